"""Backup and restore: a home in one file, and a home made of such a file again."""
