"""Keeping what was found in funnels: leaks are opened, kept up to date, and closed where they are gone."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from tragt.errors import InvalidDefinition, NotEnoughData, TragtError
from tragt.funnel.leaks import Leak, NotJudged
from tragt.web.funnels.models import SavedFunnel
from tragt.web.leaks.models import VALUE_LENGTH, Found, Judged, Rank, WhyClosed
from tragt.web.leaks.searching import Searched, ground_of
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

    What was found in a funnel that is another one by now, or in a log that somebody took something from since, is not
    kept: it would bring back what was erased.

    Args:
        saved: The funnel.
        state: What `tragt.web.leaks.searching.state_of` said before it was gone through.
        searched: What was found.
    """
    now = timezone.now()
    found = {one.cell: one for one in _merged(searched)}
    with acting(SYSTEM, "leaks.search", f"funnel {saved.pk}") as act:
        hold(SavedFunnel, saved.pk)
        row = SavedFunnel.objects.filter(pk=saved.pk, deleted=None).first()
        if row is None or ground_of(row) != searched.ground:
            act.details["kept"] = False
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
    """Keep that a funnel could not be gone through, and why.

    What was found in it before stays, unless too little is left to tell a leak from chance, or the step is gone.

    Args:
        saved: The funnel.
        state: As for `keep`; what passes by itself is tried again whatever it says.
        error: What was wrong.
    """
    lasting, now = isinstance(error, InvalidDefinition | NotEnoughData), timezone.now()
    with acting(SYSTEM, "leaks.search", f"funnel {saved.pk}", refused=error.code):
        hold(SavedFunnel, saved.pk)
        row = SavedFunnel.objects.filter(pk=saved.pk).first()
        if row is None:
            return
        if lasting:
            _close(_gone_with(row, error), row, now)
        told = {"state": state if lasting else "", "mistake": error.code, "computed": now}
        Judged.objects.update_or_create(funnel=row, defaults=told)


def _gone_with(saved: SavedFunnel, error: TragtError) -> list[Found]:
    """The open rows of a funnel that cannot be gone through which nobody can say of any more that they leak."""
    try:
        steps = set(names_of_steps(saved.funnel))
    except TragtError:
        return []
    rows = Found.objects.filter(funnel=saved, closed=None)
    return [row for row in rows if isinstance(error, NotEnoughData) or row.step not in steps]


def _close(rows: Sequence[Found], saved: SavedFunnel, now: datetime) -> None:
    steps = set(names_of_steps(saved.funnel)) if rows else set()
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
    """What was found, one for each place; of two values that the ledger cannot tell apart, the one that counts most."""
    cells: dict[Cell, dict[object, list[Leak]]] = {}
    for better, several in ((False, searched.leaks.worse), (True, searched.leaks.better)):
        for leak in several:
            value = "" if leak.value is None else str(leak.value)[:VALUE_LENGTH]
            cell = (leak.step, leak.by.property if leak.by else "", value, better)
            cells.setdefault(cell, {}).setdefault(leak.value, []).append(leak)
    return [_of_cell(cell, values, searched) for cell, values in cells.items()]


def _of_cell(cell: Cell, values: Mapping[object, Sequence[Leak]], searched: Searched) -> _Merged:
    found = (_of_one(cell, several, searched) for several in values.values())
    return min(found, key=lambda one: (one.rank, -one.least))


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
