"""What funnels tell the apps above."""

from django.dispatch import Signal

__all__ = ["redefined", "warmed"]

warmed = Signal()
"""Sent by the job that has worked the figures of all funnels out."""

redefined = Signal()
"""Sent inside the transaction in which a funnel is saved, brought back or judged otherwise, with ``saved``."""
