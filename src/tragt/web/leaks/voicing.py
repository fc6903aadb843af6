"""What pages and mails say of alarms, in the reader's language. The unit of observation is the alarm."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext

from tragt.errors import TragtError
from tragt.funnel import Breakdown
from tragt.funnel.leaks import Against, Kind, Leak
from tragt.funnel.leaks.wording import leak_in_words
from tragt.funnel.words import words
from tragt.web.funnels.showing.presenting import language
from tragt.web.leaks.models import Alarm
from tragt.web.leaks.presenting import KIND_WORDS, money_in
from tragt.web.leaks.steps import names_of_steps
from tragt.web.lexicon.meaning import Lexicon
from tragt.web.lexicon.queries import lexicon
from tragt.web.shell import formats

__all__ = ["Voiced", "voiced"]


@dataclass(frozen=True)
class Voiced:
    """An alarm as a page shows it.

    Attributes:
        row: The alarm.
        before: The step at which they leak, as readers call it.
        step: The step that fewer reach.
        place: Place of that step among all, from 0; None where the funnel has it no more.
        new: Whether it was raised since the reader looked.
        by: The property of the breakdown, as readers call it; empty for all.
    """

    row: Alarm
    before: str
    step: str
    place: int | None
    new: bool = False
    by: str = ""

    @property
    def part(self) -> str:
        """Which part of those who come there: the value of the breakdown; empty for all."""
        if not self.row.by:
            return ""
        return self.row.value or words(language()).chart.unset

    @property
    def where(self) -> str:
        """The steps, and the part, in a few words."""
        steps = f"{self.before} → {self.step}"
        return f"{steps}, {self.by}: {self.part}" if self.by else steps

    @property
    def sentence(self) -> str:
        """Where it is, and how it compares with the time before."""
        return leak_in_words(self._leak, language(), steps=(self.before, self.step))

    @property
    def cost(self) -> str:
        """What it costs a month, about; empty where that is not known."""
        cost = self.row.figures.get("cost")
        if cost is not None:
            return money_in(self.row.currency)(float(cost))
        chance = self.row.figures.get("chance")
        if chance is None:
            return ""
        number = formats.number(float(self.row.figures["lost"]) * float(chance), 1)
        return words(language()).leak.conversions.format(number=number)

    @property
    def cost_sentence(self) -> str:
        """What it costs, in a sentence."""
        cost = self.cost
        if not cost:
            return ""
        return gettext("If it stays so, that costs up to about %(cost)s a month.") % {"cost": cost}

    @property
    def kind(self) -> Promise:
        """What becomes of those who leak."""
        return KIND_WORDS[self.row.fate]

    @property
    def url(self) -> str:
        """The page of the funnel."""
        return reverse("funnel", args=[self.row.funnel_id])

    @property
    def _leak(self) -> Leak:
        held, row = self.row.figures, self.row
        return Leak(
            kind=Kind(row.fate),
            against=Against.PREVIOUS,
            step=row.step,
            previous_step=row.before,
            by=Breakdown(row.by) if row.by else None,
            value=row.value or None,
            entered=held["entered"],
            kept=held["kept"],
            rate=held["rate"],
            reference=held["reference"],
            p_value=0.0,
            q_value=0.0,
            units_lost=held["lost"],
        )


def voiced(rows: Iterable[Alarm], new: Iterable[int] = ()) -> list[Voiced]:
    """Alarms as pages show them, with a number of queries that does not grow with the alarms.

    Args:
        rows: The alarms.
        new: Keys of those that were raised since the reader looked.
    """
    listed, fresh = list(rows), set(new)
    if not listed:
        return []
    names = lexicon()
    called: dict[int, dict[str, tuple[int, str]]] = {}
    for row in listed:
        if row.funnel_id not in called:
            called[row.funnel_id] = _steps(row, names)
    return [
        _voiced(row, called[row.funnel_id], row.by and names.property_as(row.by), new=row.pk in fresh) for row in listed
    ]


def _voiced(row: Alarm, steps: dict[str, tuple[int, str]], by: str, *, new: bool) -> Voiced:
    _place, before = steps.get(row.before, (None, row.before))
    place, step = steps.get(row.step, (None, row.step))
    return Voiced(row, before, step, place, new, by)


def _steps(row: Alarm, names: Lexicon) -> dict[str, tuple[int, str]]:
    """The place and the shown title of each step of an alarm's funnel, by what the ledger calls it."""
    try:
        funnel = row.funnel.funnel
    except TragtError:
        return {}
    shown = names.shown(funnel).steps
    return {name: (place, shown[place].title) for place, name in enumerate(names_of_steps(funnel))}
