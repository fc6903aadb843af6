"""Changes from one week to the next, in words. The unit of observation is the count."""

from dataclasses import dataclass

from django.utils.translation import gettext

from tragt.web.reports.weeks import Change
from tragt.web.shell import formats

__all__ = ["Said", "said"]

_MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True)
class Said:
    """A change as pages and letters tell it.

    Attributes:
        now: How many this week.
        before: How many the week before.
        change: By how much it changed, with its sign; empty where the week before had none.
        interval: Between which changes it may lie, with "and" between the two; empty where there is none.
        spread: The same with "to" between the two, for a table.
        verdict: Whether it is more than chance explains, in words.
        kind: ``better``, ``worse`` or empty: of what is beyond chance.
    """

    now: str
    before: str
    change: str
    interval: str
    spread: str
    verdict: str
    kind: str

    @property
    def sentence(self) -> str:
        """All of it in one line."""
        told = gettext("%(now)s this week, %(before)s the week before") % {"now": self.now, "before": self.before}
        if not self.change:
            return told
        more = gettext("%(change)s, between %(interval)s; %(verdict)s") % {
            "change": self.change,
            "interval": self.interval,
            "verdict": self.verdict,
        }
        return f"{told}: {more}"


def said(change: Change) -> Said:
    """A change in the reader's language.

    Args:
        change: The change.
    """
    now, before = formats.number(change.now), formats.number(change.before)
    if change.share is None or change.low is None or change.high is None:
        return Said(now, before, "", "", "", gettext("nothing to compare with"), "")
    limits = {"low": _signed(change.low), "high": _signed(change.high)}
    interval, spread = gettext("%(low)s and %(high)s") % limits, gettext("%(low)s to %(high)s") % limits
    if not change.beyond_chance:
        return Said(now, before, _signed(change.share), interval, spread, gettext("within chance"), "")
    kind = "better" if change.share > 0 else "worse"
    verdict = gettext("more, beyond chance") if kind == "better" else gettext("fewer, beyond chance")
    return Said(now, before, _signed(change.share), interval, spread, verdict, kind)


def _signed(share: float) -> str:
    """A share with its sign; without end where the week before may have had none."""
    if share == float("inf"):
        return "+\N{INFINITY}"
    sign = "+" if share > 0 else _MINUS if share < 0 else "±"
    return sign + formats.share(abs(share))
