"""Reading records: pages of lists, what the search finds, custom fields, tags."""
