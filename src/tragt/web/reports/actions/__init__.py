"""Naming readers of weekly reports, what readers say themselves, and sending."""
