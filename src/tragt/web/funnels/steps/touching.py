"""How many touches it takes for each one who goes on: by kind, by channel, by seller. The unit is the touch."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
from django.utils.translation import gettext

from tragt.funnel.paths import Journeys
from tragt.web.funnels.steps.opening import Opened
from tragt.web.funnels.steps.remembering import remembered
from tragt.web.funnels.steps.sampling import SELLER, Read, journeys_of, read
from tragt.web.funnels.steps.values import called
from tragt.web.shell import formats

__all__ = ["ACTIVITIES", "Effort", "Table", "Touched", "touched_of"]

ACTIVITIES = ("Call Logged", "Meeting Booked", "Meeting Held", "Email Sent", "Email Replied")
"""How the log calls what sellers do."""

TOP = 15


@dataclass(frozen=True, slots=True)
class Effort:
    """What touches of one kind took.

    Attributes:
        name: Which touches.
        touches: How many there were.
        people: How many had at least one.
        passed: How many of these went on.
        each: Touches for each of those.
    """

    name: str
    touches: int
    people: int
    passed: int
    each: str


@dataclass(frozen=True, slots=True)
class Table:
    """Touches under a heading.

    Attributes:
        title: By what they are told apart.
        head: What one of them is.
        lines: The touches, the most frequent first.
    """

    title: str
    head: str
    lines: Sequence[Effort]


@dataclass(frozen=True, slots=True)
class Touched:
    """How much it takes for each one who goes on.

    Attributes:
        tables: The touches, told apart in each way that the log knows of.
        unknown: What the log does not know, in words; empty where it knows all.
        one_in: Of how many units one was looked at.
        finding: How much it takes all in all.
    """

    tables: Sequence[Table]
    unknown: str
    one_in: int
    finding: str


@dataclass(frozen=True, slots=True)
class _Found:
    names: pl.DataFrame
    channels: pl.DataFrame | None
    sellers: pl.DataFrame | None
    touches: int
    passed: int


def touched_of(opened: Opened) -> Touched:
    """How much it takes for each one who goes on from a step.

    Raises:
        NotEnoughData: The steps come in any order.
    """
    opened.refuse_any_order()
    known = read(opened)
    found = remembered(opened, ("touches", opened.gap), lambda: _found(opened, known, journeys_of(opened)))
    events = [opened.figures.names.called_as(str(name)) for name in found.names["value"][:TOP]]
    tables = [Table(gettext("By what it was"), gettext("Touch"), _lines(found.names, events, opened))]
    for title, head, frame in (
        (gettext("By channel"), gettext("Channel"), found.channels),
        (gettext("By seller"), gettext("Seller"), found.sellers if opened.all_seen else None),
    ):
        if frame is not None and frame.height and frame["value"].null_count() < frame.height:
            words = called(frame["value"][:TOP].to_list())
            tables.append(Table(title, head, _lines(frame, words, opened)))
    return Touched([one for one in tables if one.lines], _unknown(found), known.one_in, _finding(found, opened))


def _found(opened: Opened, known: Read, made: Journeys) -> _Found:
    place = opened.gap.before
    names = made.effort(place)
    spellings = opened.figures.names.all_spellings(ACTIVITIES)
    passed = int((made.attempts.depth > opened.funnel.required.index(place) + 1).sum())
    return _Found(
        names,
        made.effort(place, known.channel) if known.channel else None,
        made.effort(place, SELLER, spellings) if known.seller else None,
        int(names["touches"].sum()),
        passed,
    )


def _lines(frame: pl.DataFrame, words: Sequence[str], opened: Opened) -> list[Effort]:
    said = opened.said
    rows = frame.head(TOP).select("touches", "attempts", "passed", "per_passed").iter_rows()
    return [
        Effort(
            word or said.chart.unset,
            touches,
            attempts,
            passed,
            formats.ABSENT if each is None else opened.short(each),
        )
        for word, (touches, attempts, passed, each) in zip(words, rows, strict=True)
    ]


def _unknown(found: _Found) -> str:
    if found.sellers is None or found.sellers.is_empty():
        return gettext("Calls, meetings and e-mails tell who made them from now on; those before do not.")
    return ""


def _finding(found: _Found, opened: Opened) -> str:
    if not found.passed:
        return gettext("Nobody has gone on from “%(before)s” yet.") % {"before": opened.before}
    return gettext("It takes %(number)s touches at “%(before)s” for each one who goes on to “%(after)s”.") % {
        "number": opened.short(found.touches / found.passed),
        "before": opened.before,
        "after": opened.after,
    }
