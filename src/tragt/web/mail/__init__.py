"""Outgoing mail: templates, sending, why it did not leave."""
