"""Pages on reports: for those who name readers, for readers, and for the printer."""
