"""What other apps can listen to."""

from django.dispatch import Signal

__all__ = ["persons_changed"]

persons_changed = Signal()
"""Sent with ``persons``, a list of keys, when other things are known of persons than before.

That is their fields, traits or company. It is sent in the transaction of the change, for up to `bulk.CHUNK` persons at
once: a receiver does little.
"""
