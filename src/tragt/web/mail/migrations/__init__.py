"""Changes of the tables of the app `mail`."""
