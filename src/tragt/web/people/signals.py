"""What other apps can listen to."""

from django.dispatch import Signal

__all__ = ["persons_changed", "several_told"]

persons_changed = Signal()
"""Sent with ``persons``, a list of keys, when other things are known of persons than before.

That is their fields, traits or company. It is sent in the transaction of the change, for up to `bulk.CHUNK` persons at
once: a receiver does little.
"""

several_told = Signal()
"""Sent when several persons or companies were told of at once, in the transaction of that.

With ``kind``, the code of a kind, ``made``, a list of keys, and ``changed``, the names of what was told by the keys of
those that were there before.
"""
