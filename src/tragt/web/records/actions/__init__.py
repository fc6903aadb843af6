"""Changing tags, custom fields and columns, and keeping the search index."""
