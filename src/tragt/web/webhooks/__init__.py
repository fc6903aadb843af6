"""Telling other systems what happens to records: signed, until they took it, and no more than their maker sees."""
