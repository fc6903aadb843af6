"""The event log on disk: one open table."""
