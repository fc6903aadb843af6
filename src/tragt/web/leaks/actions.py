"""Keeping what was found in funnels: leaks are opened, kept up to date, and closed where they are gone."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from tragt.errors import TragtError
from tragt.funnel.leaks import Leak, NotJudged
from tragt.web.funnels.models import SavedFunnel
from tragt.web.leaks.models import VALUE_LENGTH, Found, Judged, Rank, WhyClosed
from tragt.web.leaks.searching import Searched
from tragt.web.leaks.steps import names_of_steps
from tragt.web.shell import organisation
from tragt.web.shell.acting import SYSTEM, acting
from tragt.web.shell.holding import hold

__all__ = ["keep", "keep_mistake"]

Cell = tuple[str, str, str, bool]
"""Step, breakdown, value, and whether it does better."""


@dataclass(frozen=True, slots=True)
class _Merged:
    """All comparisons in which one place was found, the one that counts most first."""

    cell: Cell
    leaks: tuple[Leak, ...]
    rank: Rank
    least: float


def keep(saved: SavedFunnel, state: str, searched: Searched) -> None:
    """Keep what was found in a funnel in the place of what was found before.

    Args:
        saved: The funnel.
        state: What `tragt.web.leaks.searching.state_of` said before it was gone through.
        searched: What was found.
    """
    now = timezone.now()
    found = {one.cell: one for one in _merged(searched)}
    with acting(SYSTEM, "leaks.search", f"funnel {saved.pk}") as act:
        hold(SavedFunnel, saved.pk)
        if not SavedFunnel.objects.filter(pk=saved.pk).exists():
            return
        open_now = {_cell_of(row): row for row in Found.objects.filter(funnel=saved, closed=None)}
        gone = [row for cell, row in open_now.items() if cell not in found]
        _close(gone, saved, now)
        for cell, one in found.items():
            _put(open_now.get(cell) or Found(funnel=saved, opened=now), one, searched, now)
        Judged.objects.update_or_create(funnel=saved, defaults=_judged(state, searched, now))
        act.details["opened"] = sum(not one[3] for one in found.keys() - open_now.keys())
        act.details["closed"] = sum(not row.better for row in gone)


def keep_mistake(saved: SavedFunnel, state: str, error: TragtError) -> None:
    """Keep that a funnel could not be gone through, and why; what was found in it before stays.

    Args:
        saved: The funnel.
        state: As for `keep`; empty where it is to be tried again.
        error: What was wrong.
    """
    with acting(SYSTEM, "leaks.search", f"funnel {saved.pk}", refused=error.code):
        if SavedFunnel.objects.filter(pk=saved.pk).exists():
            told = {"state": state, "mistake": error.code, "computed": timezone.now()}
            Judged.objects.update_or_create(funnel=saved, defaults=told)


def _close(rows: Iterable[Found], saved: SavedFunnel, now: datetime) -> None:
    steps = set(names_of_steps(saved.funnel))
    for row in rows:
        row.closed = now
        row.why_closed = WhyClosed.GONE if row.step in steps else WhyClosed.CHANGED
        row.save(update_fields=["closed", "why_closed"])


def _put(row: Found, one: _Merged, searched: Searched, now: datetime) -> None:
    leading, *others = one.leaks
    row.step, row.by, row.value, row.better = one.cell
    row.before = leading.previous_step
    row.fate, row.against = str(leading.kind), str(leading.against)
    row.rank, row.least = one.rank, one.least
    row.currency = searched.leaks.currency or ""
    row.figures, row.also = _held(leading), [_held(other) for other in others]
    row.computed = now
    row.save()


def _merged(searched: Searched) -> list[_Merged]:
    """What was found, one for each place."""
    cells: dict[Cell, list[Leak]] = {}
    for better, several in ((False, searched.leaks.worse), (True, searched.leaks.better)):
        for leak in several:
            value = "" if leak.value is None else str(leak.value)[:VALUE_LENGTH]
            cells.setdefault((leak.step, leak.by.property if leak.by else "", value, better), []).append(leak)
    return [_of_one(cell, several, searched) for cell, several in cells.items()]


def _of_one(cell: Cell, several: Sequence[Leak], searched: Searched) -> _Merged:
    ranked = sorted(several, key=lambda leak: (_rank(leak, searched), -_least(leak, better=cell[3])))
    return _Merged(cell, tuple(ranked), _rank(ranked[0], searched), _least(ranked[0], better=cell[3]))


def _rank(leak: Leak, searched: Searched) -> Rank:
    if leak.cost is None:
        return Rank.UNKNOWN
    if not leak.cost.in_money:
        return Rank.CONVERSIONS
    ours = searched.leaks.currency in (None, organisation.current().currency)
    return Rank.MONEY if ours else Rank.OTHER_MONEY


def _least(leak: Leak, *, better: bool) -> float:
    """What it costs at least, or brings at least; where that is not known, how many are lost."""
    if leak.cost is None:
        return abs(leak.units_lost)
    return -leak.cost.high if better else leak.cost.low


def _cell_of(row: Found) -> Cell:
    return row.step, row.by, row.value, row.better


def _held(leak: Leak) -> dict[str, Any]:
    """The figures of a comparison; where it stands, the row itself says."""
    names = ("entered", "kept", "rate", "reference", "p_value", "q_value", "units_lost", "reason")
    return {
        "kind": str(leak.kind),
        "against": str(leak.against),
        **{name: getattr(leak, name) for name in names},
        "cost": None if leak.cost is None else asdict(leak.cost),
        "days": _days(leak.days),
    }


def _judged(state: str, searched: Searched, now: datetime) -> dict[str, Any]:
    leaks, money = searched.leaks, searched.money
    without = "none" if money.value is None else "rates" if money.lacking else ""
    return {
        "state": state,
        "mistake": "",
        "value": money.value.property if money.value else "",
        "without_money": without,
        "breakdowns": list(searched.breakdowns),
        "cells": leaks.judged,
        "false_share": leaks.false_share,
        "days": _days(leaks.days),
        "previous": _days(leaks.previous),
        "not_judged": [_told(one) for one in leaks.not_judged],
        "as_of": leaks.as_of,
        "took_ms": searched.took_ms,
        "computed": now,
    }


def _told(one: NotJudged) -> dict[str, str | None]:
    return {"kind": str(one.kind), "against": str(one.against), "reason": one.reason, "step": one.step}


def _days(span: tuple[date, date] | None) -> list[str]:
    return [] if span is None else [day.isoformat() for day in span]
