"""Webhooks: what happened, told to other systems in signed messages."""
