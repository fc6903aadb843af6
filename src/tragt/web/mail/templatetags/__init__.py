"""Filters for templates that show mails."""
