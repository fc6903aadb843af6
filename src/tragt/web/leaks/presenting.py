"""What pages say of leaks, in the reader's language. The unit of observation is the leak."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from babel.numbers import get_currency_precision
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tragt.errors import TragtError
from tragt.funnel.leaks import Against, Kind, Leak, NotJudged
from tragt.funnel.leaks.wording import cost_in_words, leak_in_words, note_of
from tragt.funnel.words import words
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.showing.presenting import language
from tragt.web.leaks.models import Found, Judged
from tragt.web.leaks.parts import Linked, links_of
from tragt.web.leaks.queries import teams_by
from tragt.web.leaks.steps import names_of_steps
from tragt.web.lexicon.meaning import Lexicon
from tragt.web.lexicon.queries import lexicon
from tragt.web.shell import formats

__all__ = ["KIND_WORDS", "Entry", "Gone", "entries", "money_in"]

DAYS_OF_MONTH = 365.25 / 12

KIND_WORDS: dict[str, Promise] = {
    "below_target": _("Below target"),
    "worse_than_before": _("Worse than before"),
    "breakdown_value": _("Worse than the others"),
    "stuck": _("Stuck"),
    "drifted": _("Drifted away"),
}
_OF_AGAINST = {
    Against.TARGET: "below_target",
    Against.PREVIOUS: "worse_than_before",
    Against.OTHERS: "breakdown_value",
}
_BETTER = {
    Against.TARGET: _("Above target"),
    Against.PREVIOUS: _("Better than before"),
    Against.OTHERS: _("Better than the others"),
}


def money_in(currency: str) -> Callable[[float], str]:
    """Writes amounts in a currency; those whose currency nobody named stand without one."""

    def written(amount: float) -> str:
        if not currency:
            return formats.number(round(amount))
        minor = round(Decimal(amount).scaleb(get_currency_precision(currency)))
        return formats.money(int(minor), currency, whole=True)

    return written


class _Steps:
    """The steps of a funnel as readers call them; of one that cannot be read nothing is known."""

    def __init__(self, saved: SavedFunnel, names: Lexicon, owners: Mapping[str, str]) -> None:
        self.places: dict[str, int] = {}
        self.titles: list[str] = []
        self.owners: Mapping[str, str] = {}
        self.names = names
        try:
            funnel = saved.funnel
        except TragtError:
            return
        self.places = {name: place for place, name in enumerate(names_of_steps(funnel))}
        self.titles = [step.title for step in names.shown(funnel).steps]
        self.owners = owners

    def called(self, name: str) -> str:
        return self.titles[self.places[name]] if name in self.places else name


@dataclass(frozen=True)
class Entry:
    """A leak, or what does better, as a page shows it.

    Attributes:
        row: The row of the ledger.
        steps: The steps of its funnel.
    """

    row: Found
    steps: _Steps

    @cached_property
    def leak(self) -> Leak:
        """The comparison that leads."""
        return self.row.leak

    @property
    def before(self) -> str:
        """The step before, as readers call it."""
        return self.steps.called(self.row.before)

    @property
    def step(self) -> str:
        """The step, as readers call it."""
        return self.steps.called(self.row.step)

    @property
    def by(self) -> str:
        """The property of the breakdown, as readers call it; empty for all."""
        return self.row.by and self.steps.names.property_as(self.row.by)

    @property
    def part(self) -> str:
        """Which part of those who come there: the value of the breakdown; empty for all."""
        if not self.row.by:
            return ""
        return self.row.value or words(language()).chart.unset

    @property
    def sentence(self) -> str:
        """Where it is and how it compares."""
        return leak_in_words(self.leak, language(), steps=(self.before, self.step))

    @property
    def cost_sentence(self) -> str:
        """What it costs, or why that is not known."""
        if self.leak.cost is None:
            reason = words(language()).reason(self.leak.reason)
            return f"{reason[:1].upper()}{reason[1:]}." if reason else ""
        return cost_in_words(self.leak.cost, language(), self._money)

    @property
    def upper(self) -> str:
        """That the cost is an upper estimate; empty where there is none."""
        return words(language()).leak.upper if self.leak.cost is not None else ""

    @property
    def _money(self) -> Callable[[float], str]:
        return money_in(self.row.currency)

    @property
    def cost(self) -> str:
        """What it costs a month; empty where that is not known."""
        return self._amount(abs(self.leak.cost.per_month)) if self.leak.cost else ""

    @property
    def interval(self) -> str:
        """The interval of the cost; empty where there is none."""
        cost = self.leak.cost
        if cost is None:
            return ""
        sign = -1 if cost.per_month < 0 else 1
        low, high = sorted((sign * cost.low, sign * cost.high))
        return f"{self._amount(low)} – {self._amount(high)}"

    def _amount(self, amount: float) -> str:
        cost = self.leak.cost
        if cost is not None and cost.in_money:
            return self._money(amount)
        return words(language()).leak.conversions.format(number=formats.number(amount, 1))

    @property
    def note(self) -> str:
        """What it costs, in a few words for the picture."""
        return note_of(self.leak.cost, language(), self._money) if self.leak.cost else gettext("leak")

    @property
    def beyond(self) -> str:
        """What of the cost exceeds that of the step as a whole, where that is another figure; else empty."""
        cost = self.leak.cost
        if cost is None or not self.row.by or abs(cost.beyond_step - cost.per_month) <= abs(cost.per_month) / 1000:
            return ""
        return self._amount(cost.beyond_step)

    @property
    def kinds(self) -> list[Promise]:
        """Its kinds in words: what it was compared with, and what becomes of those who leak."""
        if self.row.better:
            return [_BETTER[self.leak.against]]
        return [KIND_WORDS[_OF_AGAINST[self.leak.against]], KIND_WORDS[str(self.leak.kind)]]

    @property
    def also(self) -> list[str]:
        """What else the same place was found by, in sentences."""
        steps = (self.before, self.step)
        return [leak_in_words(other, language(), steps=steps) for other in self.row.others]

    @property
    def lost(self) -> float:
        """How many a month are lost in the mean."""
        return abs(self.leak.units_lost) * self.months

    @property
    def months(self) -> float:
        """A month divided by the days that were judged."""
        start, end = self.leak.days or (date.min, date.min + timedelta(days=1))
        return DAYS_OF_MONTH / max((end - start).days, 1)

    @property
    def product(self) -> str:
        """The cost as what it is multiplied from; empty where there is none."""
        cost = self.leak.cost
        if cost is None:
            return ""
        told = {
            "lost": formats.number(abs(self.leak.units_lost), 1),
            "factor": formats.number(self.months, 3),
            "chance": formats.share(cost.chance),
            "cost": self.cost,
        }
        if cost.value is None:
            said = gettext(
                "%(lost)s lost in the days judged × %(factor)s for a month × %(chance)s reach the end = %(cost)s"
            )
            return said % told
        told["value"] = self._money(cost.value)
        said = gettext(
            "%(lost)s lost in the days judged × %(factor)s for a month × %(chance)s reach the end × %(value)s each = "
            "%(cost)s"
        )
        return said % told

    @property
    def days(self) -> str:
        """The days judged, in words."""
        if self.leak.days is None:
            return ""
        start, end = self.leak.days
        return words(language()).calendar.span(start, end - timedelta(days=1))

    @property
    def owner(self) -> str:
        """Whose the step is: the team of the stage before it, else who made the funnel; empty where nobody is."""
        return self.steps.owners.get(self.row.before, "") or str(self.row.funnel.owner or "")

    @property
    def place(self) -> int | None:
        """Place of the step among all steps, from 0; None where the funnel has it no more."""
        return self.steps.places.get(self.row.step)

    @property
    def url(self) -> str:
        """Its page."""
        return reverse("leaks:one", args=[self.row.pk])

    @property
    def links(self) -> list[Linked]:
        """What can be done about it."""
        return links_of(self.row.pk)


def entries(rows: Iterable[Found]) -> list[Entry]:
    """Leaks as pages show them, with a number of queries that does not grow with the leaks."""
    listed = list(rows)
    if not listed:
        return []
    names, funnels = lexicon(), {row.funnel_id: row.funnel for row in listed}
    pipelines = {one.pipeline_id for one in funnels.values() if one.pipeline_id is not None}
    owners = teams_by(pipelines) if pipelines else {}
    steps = {key: _Steps(one, names, owners.get(one.pipeline_id or 0, {})) for key, one in funnels.items()}
    return [Entry(row, steps[row.funnel_id]) for row in listed]


_MISTAKES: dict[str, Promise] = {
    "leaks.few": _("Too few have entered it to tell a leak from chance."),
    "funnel.no_events": _("There are no events yet."),
    "units.unknown": _("No event says which unit it belongs to."),
    "value.currencies": _("Its amounts are in several currencies, and there are no rates between them."),
    "funnels.no_index": _("It is looked at as soon as its index is built."),
}


@dataclass(frozen=True)
class Gone:
    """How a funnel was gone through, as a page shows it.

    Attributes:
        judged: How it was gone through.
    """

    judged: Judged

    @property
    def mistake(self) -> str:
        """Why it could not be gone through; empty where it could."""
        code = self.judged.mistake
        return str(_MISTAKES.get(code, _("It cannot be counted; its page says why."))) if code else ""

    @property
    def reasons(self) -> list[str]:
        """What could not be judged and why, each reason once."""
        said = words(language())
        told = [_read(one) for one in self.judged.not_judged]
        return list(dict.fromkeys(f"{_compared(one)}: {said.reason(one.reason)}." for one in told))

    @property
    def days(self) -> str:
        """The last days that were old enough, in words."""
        return _span(self.judged.days)

    @property
    def previous(self) -> str:
        """The days they were compared with, in words."""
        return _span(self.judged.previous)


def _read(held: dict[str, str | None]) -> NotJudged:
    kind, against = Kind(str(held["kind"])), Against(str(held["against"]))
    return NotJudged(kind, against, str(held["reason"]), held["step"])


def _compared(one: NotJudged) -> str:
    kind = KIND_WORDS[str(one.kind)], KIND_WORDS[_OF_AGAINST[one.against]]
    step = f" ({one.step})" if one.step else ""
    return f"{kind[0]}, {str(kind[1]).lower()}{step}"


def _span(days: Sequence[str]) -> str:
    if not days:
        return ""
    start, end = map(date.fromisoformat, days)
    return words(language()).calendar.span(start, end - timedelta(days=1))
