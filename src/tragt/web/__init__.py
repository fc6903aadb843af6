"""The application: Django apps over the library, one folder a subject."""
