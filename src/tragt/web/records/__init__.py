"""What all kinds of records have in common: lists, search, custom fields, tags."""
