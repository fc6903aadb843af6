"""What other apps can listen to."""

from django.dispatch import Signal

__all__ = ["assigned", "removing", "tagged"]

assigned = Signal()
"""Sent with ``kind``, the code of a kind, and ``records``, a list of keys, when records got another owner.

It is sent in the transaction of the change.
"""

tagged = Signal()
"""Sent with ``kind`` and ``records``, as `assigned`, when records were marked with a tag or one was taken away.

It is sent in the transaction of the change.
"""

removing = Signal()
"""Sent with ``kind`` and ``records``, as `assigned`, just before records go, while those who see them still do.

``how`` says in a word how they go, where there are several ways. It is sent in the transaction of the removal.
"""
