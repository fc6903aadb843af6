"""What a saved funnel asks beside its definition: over which period, beside what, and by what its leaks are judged."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tragt.web.funnels.models import Compared, SavedFunnel
from tragt.web.funnels.periods import PeriodKind, SavedPeriod

__all__ = ["Asked"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a saved funnel asks beside its definition.

    Attributes:
        period: The period it is usually looked at over.
        compare: What its figures stand beside.
        compare_days: With other days, the first and the last, included; None with anything else.
        compare_segment: With a segment, its key; None with anything else.
        value: The property of the last step that is money; empty: it is guessed.
        breakdowns: The properties of the entry by which leaks are looked for; none: they are chosen.
    """

    period: SavedPeriod = field(default_factory=SavedPeriod)
    compare: Compared = Compared.NOTHING
    compare_days: tuple[date, date] | None = None
    compare_segment: int | None = None
    value: str = ""
    breakdowns: tuple[str, ...] = ()

    @classmethod
    def of(cls, saved: SavedFunnel) -> "Asked":
        """What a funnel asks as it is saved."""
        start, end = saved.compare_start, saved.compare_end
        return cls(
            saved.saved_period,
            Compared(saved.compare),
            None if start is None or end is None else (start, end),
            saved.compare_segment_id,
            saved.value,
            tuple(saved.breakdowns),
        )

    @classmethod
    def read(cls, held: Mapping[str, Any]) -> "Asked":
        """What a version of a funnel asked, from what is kept of it.

        Args:
            held: As `written` gave it.
        """
        days = [_day(held.get(name)) for name in ("compare_start", "compare_end")]
        return cls(
            SavedPeriod(PeriodKind(held.get("period", PeriodKind.ALL)), _day(held.get("start")), _day(held.get("end"))),
            Compared(held.get("compare", Compared.NOTHING)),
            (days[0], days[1]) if days[0] and days[1] else None,
            held.get("compare_segment"),
            held.get("value", ""),
            tuple(held.get("breakdowns", ())),
        )

    def put(self, row: SavedFunnel) -> None:
        """Write it into a row, which is not saved."""
        row.period, row.start, row.end = self.period.kind, self.period.start, self.period.end
        row.compare = self.compare
        days = self.compare_days if self.compare == Compared.DAYS else None
        row.compare_start, row.compare_end = days or (None, None)
        row.compare_segment_id = self.compare_segment if self.compare == Compared.SEGMENT else None
        row.value, row.breakdowns = self.value, list(self.breakdowns)

    def written(self) -> dict[str, Any]:
        """As a version keeps it."""
        start, end = self.compare_days or (None, None)
        return {
            "period": str(self.period.kind),
            "start": _text(self.period.start),
            "end": _text(self.period.end),
            "compare": str(self.compare),
            "compare_start": _text(start),
            "compare_end": _text(end),
            "compare_segment": self.compare_segment,
            "value": self.value,
            "breakdowns": list(self.breakdowns),
        }


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
