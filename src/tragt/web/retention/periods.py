"""Lengths of time that data may be kept, in days and in words.

A month and a year are as long as the longest of theirs, so that nothing goes before its time.
"""

from django.utils.translation import gettext, ngettext

from tragt.web.shell import formats
from tragt.web.shell.retention import Kind

__all__ = ["FOR_EVER", "choices", "in_words"]

FOR_EVER = "for ever"

_DAYS = (1, 7, 14, 30, 60, 90, 180)
_MONTHS = {6: 184, 14: 428, 18: 550, 26: 794}
_YEARS = {1: 366, 2: 731, 3: 1096, 4: 1461, 5: 1827, 7: 2557, 10: 3653}


def choices(kind: Kind, now: int | None) -> list[tuple[str, str]]:
    """For how long a kind may be kept, the shortest first: the value of a field, and its words.

    Args:
        kind: The kind.
        now: For how many days it is kept now, which may be chosen whatever it is; None is for ever.
    """
    lengths = {*_DAYS, *_MONTHS.values(), *_YEARS.values()} | ({now} if now is not None else set())
    found = [(str(days), in_words(days)) for days in sorted(lengths) if kind.allows(days)]
    return [*found, (FOR_EVER, in_words(None))] if kind.allows(None) else found


def in_words(days: int | None) -> str:
    """A length of time in words: ``14 months``.

    Args:
        days: How many days; None is for ever.
    """
    return _counted(days).replace(" ", formats.GAP)


def _counted(days: int | None) -> str:
    if days is None:
        return gettext("for ever")
    for number, length in _YEARS.items():
        if days == length:
            return ngettext("%(number)s year", "%(number)s years", number) % {"number": formats.number(number)}
    for number, length in _MONTHS.items():
        if days == length:
            return ngettext("%(number)s month", "%(number)s months", number) % {"number": formats.number(number)}
    return ngettext("%(number)s day", "%(number)s days", days) % {"number": formats.number(days)}
