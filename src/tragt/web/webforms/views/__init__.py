"""Pages of forms: those that visitors fill in, and those on which they are made."""
