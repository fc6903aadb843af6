"""The demonstration firm in the application: loaded into an empty home, removed in one click."""
