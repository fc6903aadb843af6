"""What other apps may hear of the lexicon."""

from django.dispatch import Signal

__all__ = ["merged"]

merged = Signal()
"""Sent within the act that lets two names count as one, or as two again: figures over either are others now."""
