"""Retention: for how long each kind of data is kept."""
