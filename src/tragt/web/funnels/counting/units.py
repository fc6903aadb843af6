"""Of which units a funnel counts: its condition on the unit, asked of records and segments. The unit is the unit.

A condition is asked once for all units alike in what it looks at. Units that nobody knows anything of, such as
visitors, are taken as units without any property and in no segment.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import msgspec
import numpy as np
import polars as pl
from django.core.cache import cache

from tragt.errors import InvalidDefinition
from tragt.funnel import AllOf, AnyOf, Funnel, Member
from tragt.funnel.condition import Condition, asked, holds
from tragt.funnel.condition_json import as_json
from tragt.funnel.definition import Unit
from tragt.funnel.postings import FrameSource, Layered
from tragt.stats.arrays import BoolArray
from tragt.web.crm.queries.segment_units import AS_OF_SECONDS, digest_of, records_state, segments_named, units_in
from tragt.web.crm.queries.segments import segment_names
from tragt.web.crm.queries.unit_facts import facts_of
from tragt.web.shell.remembered import Remembered

__all__ = [
    "Inside",
    "masked",
    "names_called",
    "segments_of",
    "state_at_hand",
    "state_of",
    "still",
    "units_inside",
    "with_names",
    "within",
]

_INSIDE = "inside"
_KINDS = (Unit.PERSON, Unit.COMPANY, Unit.DEAL)

_AT_HAND_SECONDS = 3600

_known: "Remembered[Inside]" = Remembered(most=8)


@dataclass(frozen=True, slots=True)
class Inside:
    """The units for which a condition holds.

    Attributes:
        units: Those of which something is known, sorted (String).
        known: All of which something is known that the condition looks at, sorted (String).
        others: Whether it holds for all others.
    """

    units: pl.Series
    known: pl.Series
    others: bool

    def among(self, units: pl.Series) -> pl.Series:
        """For each of some units whether it is inside (Boolean)."""
        held = units.is_in(self.units.implode())
        return held | ~units.is_in(self.known.implode()) if self.others else held

    @property
    def digest(self) -> str:
        """A text that tells it from others."""
        return digest_of([str(self.others), *self.units, "", *(self.known if self.others else ())])


def segments_of(condition: Condition | None) -> list[str]:
    """The segments that a condition names, each once, in its order."""
    return list(dict.fromkeys(_members(condition)))


def state_of(funnel: Funnel) -> str:
    """A text that changes when others are counted; a minute after what is known of them changes, at most.

    Args:
        funnel: The definition.

    Raises:
        InvalidDefinition: It names a segment that is gone, or of another kind of unit.
    """
    if funnel.where is None:
        return ""
    found = cache.get(_key(funnel))
    return found if isinstance(found, str) else _anew(funnel)[0]


def state_at_hand(funnel: Funnel) -> str | None:
    """The state that was worked out last, within the hour and since the last act; None where none was.

    Args:
        funnel: The definition.
    """
    if funnel.where is None:
        return ""
    found = cache.get(_key(funnel, exact=False))
    return found if isinstance(found, str) else None


def still(funnel: Funnel, state: str) -> bool:
    """Whether those of a state are counted: what is worked out while it changes is not kept as of that state.

    Args:
        funnel: The definition.
        state: As of `state_of`; the code of what is wrong, where that raises.
    """
    try:
        return state_of(funnel) == state
    except InvalidDefinition as wrong:
        return wrong.code == state


def units_inside(funnel: Funnel) -> Inside | None:
    """The units that a funnel counts; None where it counts all.

    Args:
        funnel: The definition.

    Raises:
        InvalidDefinition: It names a segment that is gone, or of another kind of unit.
    """
    if funnel.where is None:
        return None
    return _known.known(state_of(funnel)) or _anew(funnel)[1]


def with_names(funnel: Funnel, known: Mapping[str, str] | None = None) -> Funnel:
    """A funnel for readers: segments that its condition on the unit names by their keys are called by their names.

    Args:
        funnel: The definition.
        known: Names of segments by their keys, where they are known already.
    """
    if funnel.where is None or not segments_of(funnel.where):
        return funnel
    return replace(funnel, where=_renamed(funnel.where, names_called([funnel]) if known is None else known))


def names_called(funnels: Iterable[Funnel]) -> dict[str, str]:
    """The names of the segments that some funnels name by their keys.

    Args:
        funnels: The definitions.
    """
    named = {name for funnel in funnels for name in segments_of(funnel.where)}
    keys = [int(name) for name in named if name.isascii() and name.isdigit() and len(name) < 16]
    return {str(key): name for key, name in segment_names(keys).items()} if keys else {}


def within(funnel: Funnel, inside: Inside, units: pl.Series) -> tuple[Funnel, dict[str, set[str]]]:
    """A funnel that says the same of some units by one segment, and the members of that.

    Args:
        funnel: The definition.
        inside: Of which units it holds.
        units: All that there may be.
    """
    return replace(funnel, where=Member(_INSIDE)), {_INSIDE: set(units.filter(inside.among(units)))}


def masked(log: Layered, inside: Inside) -> tuple[Layered, BoolArray]:
    """A log with only the new events of those inside, and which of its indexed units are.

    Args:
        log: The index, and what has changed since it was made.
        inside: The units that count.
    """
    names = log.clean.unit_names(np.arange(log.clean.units))
    mask: BoolArray = inside.among(names).to_numpy()
    fresh = log.fresh
    if isinstance(fresh, FrameSource):
        units = fresh.frame["unit"].cast(pl.String)
        kept = fresh.frame.filter(inside.among(units))
        fresh = FrameSource(kept, fresh.zone) if kept.height else None
    return replace(log, fresh=fresh), mask


def _renamed(condition: Condition, called: Mapping[str, str]) -> Condition:
    match condition:
        case Member(segment):
            return Member(called.get(segment, segment))
        case AllOf(parts):
            return AllOf(tuple(_renamed(part, called) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(_renamed(part, called) for part in parts))
    return condition


def _members(condition: Condition | None) -> Iterator[str]:
    match condition:
        case Member(segment):
            yield segment
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _members(part)


def _anew(funnel: Funnel) -> tuple[str, Inside]:
    """The units for which the condition holds now, under the state that they are, which is told from now on."""
    keys = (_key(funnel), AS_OF_SECONDS), (_key(funnel, exact=False), _AT_HAND_SECONDS)
    inside = _worked_out(funnel)
    state = inside.digest
    for key, seconds in keys:
        cache.set(key, state, seconds)
    return state, _known.of(state, lambda: inside)


def _key(funnel: Funnel, *, exact: bool = True) -> str:
    """Under what the state is kept; it is another one every minute where it must be exact."""
    where = msgspec.json.encode(as_json(funnel.where)).decode() if funnel.where is not None else ""
    state = records_state({str(funnel.unit)}, by_minute=exact)
    return f"funnels.units.{digest_of([str(funnel.unit), where, state])}"


def _worked_out(funnel: Funnel) -> Inside:
    """The units for which the condition holds now."""
    condition = funnel.where
    names = sorted(asked(condition)) if funnel.unit in _KINDS else []
    members = _members_of(funnel)
    facts = facts_of(str(funnel.unit), names) if names else {}
    known = set(facts).union(*members.values())
    nothing = (None,) * len(names)
    answers: dict[object, bool] = {}
    inside = []
    for unit in known:
        values = facts.get(unit, nothing)
        of = frozenset(segment for segment, held in members.items() if unit in held)
        alike = (tuple(_apart(value) for value in values), of)
        if alike not in answers:
            answers[alike] = holds(condition, dict(zip(names, values, strict=True)), of)
        if answers[alike]:
            inside.append(unit)
    everyone = pl.Series("unit", sorted(known), dtype=pl.String)
    return Inside(pl.Series("unit", sorted(inside), dtype=pl.String), everyone, others=holds(condition, {}, ()))


def _apart(value: object) -> object:
    """A value such that those that a condition tells apart differ: 1 is not true, and a list can be looked up."""
    return type(value), value if isinstance(value, int | float | str | None) else repr(value)


def _members_of(funnel: Funnel) -> dict[str, set[str]]:
    named = segments_of(funnel.where)
    found = segments_named(named)
    for name in named:
        if found[name].kind != str(funnel.unit):
            raise InvalidDefinition(
                "segments.other_kind",
                # Who reads this may not know of the segment, and so not of its name.
                f"The segment {name} holds {found[name].kind}s, and the funnel counts {funnel.unit}s; "
                "choose a segment of these, or count others.",
                segment=name,
            )
    return {name: set(units_in(found[name])) for name in named}
