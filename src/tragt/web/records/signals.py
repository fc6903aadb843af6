"""What other apps can listen to."""

from django.dispatch import Signal

__all__ = ["assigned"]

assigned = Signal()
"""Sent with ``kind``, the code of a kind, and ``records``, a list of keys, when records got another owner.

It is sent in the transaction of the change.
"""
