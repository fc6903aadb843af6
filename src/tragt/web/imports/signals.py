"""What other apps may hear of imports."""

from dataclasses import dataclass

from django.dispatch import Signal

__all__ = ["NextStep", "imported", "undone"]

imported = Signal()
"""Sent once after a file was imported, with ``key`` (of the import), ``batch`` and ``who`` (a `Who`).

A receiver may return a `NextStep`, to which the page of the import then leads. It may be told a second time of the
same import where the process died in between, so it must not mind.
"""

undone = Signal()
"""Sent after an import was undone, with ``key``, ``batch`` and ``who``."""


@dataclass(frozen=True, slots=True)
class NextStep:
    """Where to go once a file is in.

    Attributes:
        title: What is there, in the words of a link: English, translated where it is shown.
        url: Its address.
    """

    title: str
    url: str
