"""Hypotheses as pages and files show them, in the reader's language. The unit of observation is the hypothesis."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tragt.errors import TragtError
from tragt.funnel.words import words
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.showing.presenting import language
from tragt.web.hypotheses.models import OVER, Entry, Hypothesis, State
from tragt.web.hypotheses.queries.cards import called
from tragt.web.leaks.presenting import money_in
from tragt.web.leaks.steps import names_of_steps
from tragt.web.lexicon.meaning import NOTHING, Lexicon
from tragt.web.lexicon.queries import lexicon
from tragt.web.shell import formats

__all__ = ["FIELDS", "Card", "Line", "amount", "cards", "lines"]

FIELDS: Mapping[str, str | Promise] = {
    "belief": _("What is believed"),
    "why": pgettext_lazy("hypothesis", "Why"),
    "attempt": _("What to try"),
    "gain": _("Expected gain a month"),
    "gain_low": _("At least"),
    "gain_high": _("At most"),
    "currency": _("Currency"),
    "owner": _("Owner"),
}
"""What the fields of a hypothesis are called."""

_TAGS = {State.RUNNING: "warn", State.WORKS: "good", State.NO_EFFECT: "bad"}


def amount(gain: float | None, currency: str) -> str:
    """What a hypothesis should bring, in its currency or in conversions; empty where nobody says."""
    if gain is None:
        return ""
    if currency:
        return money_in(currency)(gain)
    return words(language()).leak.conversions.format(number=formats.number(gain, 0 if gain == round(gain) else 1))


@dataclass(frozen=True)
class Card:
    """A hypothesis.

    Attributes:
        row: What is kept of it.
        titles: What readers call the steps of its funnel.
        by: What readers call the property of the breakdown; empty for all.
    """

    row: Hypothesis
    titles: Mapping[str, str] = field(default_factory=dict)
    by: str = ""

    @property
    def title(self) -> str:
        """What it is called, in a line."""
        return called(self.row) or formats.ABSENT

    @property
    def url(self) -> str:
        """Its page."""
        return reverse("hypotheses:one", args=[self.row.pk])

    @property
    def before(self) -> str:
        """The step at which people stand, as readers call it."""
        return self.titles.get(self.row.before, self.row.before)

    @property
    def step(self) -> str:
        """The next step, as readers call it."""
        return self.titles.get(self.row.step, self.row.step)

    @property
    def place(self) -> str:
        """Between which steps it should help; empty where it is about none."""
        return " → ".join(filter(None, (self.before, self.step)))

    @property
    def part(self) -> str:
        """Which part of those who come there: the value of the breakdown; empty for all."""
        if not self.row.by:
            return ""
        return self.row.value or words(language()).chart.unset

    @property
    def funnel(self) -> SavedFunnel | None:
        """The funnel, where it is still there."""
        return self.row.funnel if self.row.funnel is not None and self.row.funnel.deleted is None else None

    @property
    def funnel_name(self) -> str:
        """What the funnel is called, or was."""
        return self.funnel.name if self.funnel else self.row.funnel_name

    @property
    def gain(self) -> str:
        """What it should bring a month; empty where nobody says."""
        return amount(self.row.gain, self.row.currency)

    @property
    def interval(self) -> str:
        """Between what that lies; empty where nobody says."""
        low, high = (amount(one, self.row.currency) for one in (self.row.gain_low, self.row.gain_high))
        return f"{low or formats.ABSENT} – {high or formats.ABSENT}" if low or high else ""

    @property
    def tag(self) -> str:
        """How its state is marked."""
        return _TAGS.get(State(self.row.state), "")

    @property
    def over(self) -> bool:
        """Whether nothing more is tried."""
        return self.row.state in OVER


def cards(rows: Iterable[Hypothesis]) -> list[Card]:
    """Hypotheses as pages show them, with a number of queries that does not grow with them."""
    listed = list(rows)
    funnels = {row.funnel_id: row.funnel for row in listed if row.funnel is not None}
    names = lexicon() if any(row.funnel_id or row.by for row in listed) else NOTHING
    titles = {key: _titles(one, names) for key, one in funnels.items()}
    return [Card(row, titles.get(row.funnel_id, {}), row.by and names.property_as(row.by)) for row in listed]


def _titles(saved: SavedFunnel, names: Lexicon) -> dict[str, str]:
    try:
        funnel = saved.funnel
    except TragtError:
        return {}
    return dict(zip(names_of_steps(funnel), (step.title for step in names.shown(funnel).steps), strict=True))


@dataclass(frozen=True)
class Line:
    """A line of a log."""

    row: Entry

    @cached_property
    def fields(self) -> str:
        """The fields that a change touched, in words."""
        return ", ".join(str(FIELDS[name]) for name in self.row.fields if name in FIELDS)

    @property
    def tag(self) -> str:
        """How the state is marked that it led to."""
        return _TAGS.get(State(self.row.state), "") if self.row.state else ""


def lines(rows: Iterable[Entry]) -> list[Line]:
    """A log as a page shows it."""
    return [Line(row) for row in rows]
