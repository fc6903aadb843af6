"""What a draft asks beside its definition: over which period, beside what, what it is worth, by what it is divided."""

from datetime import date

from django.utils.translation import gettext as _

from tragt.web.funnels.asked import Asked
from tragt.web.funnels.building.draft import HELD, Draft
from tragt.web.funnels.building.typed import Wrong
from tragt.web.funnels.building.unit_properties import Askable
from tragt.web.funnels.models import Compared
from tragt.web.funnels.periods import PeriodKind, SavedPeriod, read_days
from tragt.web.funnels.showing.mistakes import Mistake

__all__ = ["asked_of"]

NAME_LENGTH = 200


def asked_of(draft: Draft, askable: Askable) -> Asked | list[Mistake]:
    """What is asked; or what is wrong with it.

    Args:
        draft: What stands in the fields.
        askable: What can be asked of units.
    """
    mistakes: list[Mistake] = []
    found: dict[str, object] = {}
    for name, read in (
        ("period", lambda: _period(draft)),
        ("compare", lambda: _compared(draft)),
        ("compare_segment", lambda: _segment(draft, askable)),
        ("value", lambda: _named(draft.value, "value")),
        ("breakdowns", lambda: _breakdowns(draft)),
    ):
        try:
            found[name] = read()
        except Wrong as wrong:
            mistakes.append(wrong.mistake)
    if mistakes:
        return mistakes
    return Asked(compare_days=_days(draft), **found)  # type: ignore[arg-type]


def _period(draft: Draft) -> SavedPeriod:
    if draft.period not in PeriodKind.values:
        raise Wrong("period", _("Choose a period."))
    kind = PeriodKind(draft.period)
    if kind != PeriodKind.FIXED:
        return SavedPeriod(kind)
    days = read_days(draft.start, draft.end)
    for text in days.wrong.values():
        raise Wrong("period", str(text))
    return SavedPeriod(kind, days.start, days.end)


def _compared(draft: Draft) -> Compared:
    if draft.compare not in Compared.values:
        raise Wrong("compare", _("Choose what the figures stand beside."))
    kind = Compared(draft.compare)
    if kind in (Compared.BEFORE, Compared.YEAR) and draft.period == PeriodKind.ALL:
        raise Wrong("compare", _("There is nothing before all time. Choose a period, or compare with something else."))
    if kind == Compared.DAYS:
        days = read_days(draft.compare_start, draft.compare_end)
        for text in days.wrong.values():
            raise Wrong("compare", str(text))
        if days.start is None or days.end is None:
            raise Wrong("compare", _("Give the first and the last day that the figures stand beside."))
    return kind


def _days(draft: Draft) -> tuple[date, date] | None:
    """The first and the last day that the figures stand beside."""
    days = read_days(draft.compare_start, draft.compare_end) if draft.compare == Compared.DAYS else None
    return (days.start, days.end) if days and days.start and days.end else None


def _segment(draft: Draft, askable: Askable) -> int | None:
    if draft.compare != Compared.SEGMENT:
        return None
    known = {one.key: one.unit for one in askable.segments}
    if draft.compare_segment not in known:
        raise Wrong("compare", _("Choose a segment."))
    if known[draft.compare_segment] != draft.unit:
        text = _("This segment holds others than are counted. Choose a segment of what is counted.")
        raise Wrong("compare", text)
    return int(draft.compare_segment)


def _named(name: str, field: str) -> str:
    if len(name) > NAME_LENGTH:
        raise Wrong(field, _("The name of a property has at most 200 letters."))
    return name


def _breakdowns(draft: Draft) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(draft.breakdowns))
    if len(names) > HELD:
        raise Wrong("breakdowns", _("Choose at most three properties."))
    return tuple(_named(name, "breakdowns") for name in names)
