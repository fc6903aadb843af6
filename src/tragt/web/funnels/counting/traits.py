"""What is known of units beside who they are: the latest values of the properties that tell them apart.

The values may be personal, so a process keeps them in its memory only, and only for the log as it is now.
"""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import polars as pl
from django.conf import settings

from tragt.funnel.definition import Unit
from tragt.web.funnels.counting.sources import event_log, log_names, log_properties

__all__ = ["MOST", "Trait", "Traits", "traits_of"]

MOST = 5

_LOOKED_AT = 12
_EVENTS = 1_000_000
_FEW = 20
_MOMENT = timedelta(minutes=1)
_AS_A_RULE = 0.9
_NUMBERED = ("id", "no", "nr", "number", "nummer")

_BESIDE = {Unit.DEAL: ("person", "company"), Unit.COMPANY: (), Unit.PERSON: ()}
"""For each kind of unit the other units that its events name; what a person's company is, the person's name says."""


@dataclass(frozen=True, slots=True)
class Trait:
    """Something that is known of units.

    Attributes:
        name: The property, or the unit that stands beside.
        kind: ``number``, ``truth``, ``date``, ``time`` or ``text``; or ``person`` or ``company``.
        filled: Of how many units it is known.
    """

    name: str
    kind: str
    filled: int


@dataclass(frozen=True, slots=True)
class Traits:
    """What is known of the units of a log.

    Attributes:
        traits: What, at most `MOST`: other units first, then what is known of most.
        values: ``unit`` (String, sorted), and a column for each trait, named by its place (``0``, ``1`` …).
    """

    traits: tuple[Trait, ...]
    values: pl.DataFrame

    def of(self, units: Sequence[str]) -> list[tuple[object, ...]]:
        """The latest known value of each trait, for some units in their order; None where nothing is known.

        Args:
            units: Units as the log names them.
        """
        asked = pl.Series("unit", units, dtype=pl.String)
        if self.values.is_empty():
            return [(None,) * len(self.traits) for _ in units]
        places = self.values["unit"].search_sorted(asked).clip(upper_bound=self.values.height - 1)
        found = self.values[places]
        return found.select(pl.when(pl.col("unit") == asked).then(pl.exclude("unit"))).rows()


_NOTHING = Traits((), pl.DataFrame(schema={"unit": pl.String}))

_lock = threading.Lock()
_known: dict[tuple[Path, str, Unit], Traits] = {}


def traits_of(unit: Unit, version: str) -> Traits:
    """What is known of the units of a log, remembered until the log changes.

    Args:
        unit: What they are; of sessions nothing is known that their person does not say.
        version: Of the log.
    """
    if unit not in _BESIDE:
        return _NOTHING
    log: tuple[Path, str] = settings.TRAGT.lake, version
    with _lock:
        found = _known.get((*log, unit))
    if found is None:
        found = _read(unit)
        with _lock:
            for other in [key for key in _known if key[:2] != log]:
                del _known[other]
            _known[*log, unit] = found
    return found


def _read(unit: Unit) -> Traits:
    names = _telling()
    found = [one for one in log_properties(names) if len(one.examples) > 1 and one.name not in _BESIDE[unit]]
    likely = sorted(found, key=lambda one: -one.count)[:_LOOKED_AT]
    log = event_log([one.name for one in likely], names)
    if str(unit) not in log.frame.columns:
        return _NOTHING
    likely = [one for one in likely if one.kind != "time" or not _is_its_moment(log.frame, f"properties.{one.name}")]
    beside = [name for name in _BESIDE[unit] if name in log.frame.columns]
    columns = {**{name: name for name in beside}, **{one.name: f"properties.{one.name}" for one in likely}}
    latest = _latest(log.frame, str(unit), list(columns.values()))
    kinds = {**{name: name for name in beside}, **{one.name: one.kind for one in likely}}
    chosen = list(_chosen(latest, columns, kinds))[:MOST]
    chosen.sort(key=lambda one: one.name not in beside)
    values = latest.select("unit", **{str(place): pl.col(columns[one.name]) for place, one in enumerate(chosen)})
    return Traits(tuple(chosen), values.sort("unit"))


def _is_its_moment(frame: pl.DataFrame, column: str) -> bool:
    """Whether a time is nearly always that of its event, as where a file tells when each was received."""
    if frame.schema[column] != frame.schema["time"]:
        return False
    near = frame.select(((pl.col(column) - pl.col("time")).abs() <= _MOMENT).mean()).item()
    return near is not None and near >= _AS_A_RULE


def _telling() -> list[str]:
    """The names of the events that are looked at: all, and of a log that is too long for that the rarest.

    What happens all the time tells least of anybody.
    """
    names: list[str] = []
    events = 0
    for one in reversed(log_names()):
        events += one.count
        if events > _EVENTS:
            break
        names.append(one.name)
    return names


def _latest(frame: pl.DataFrame, unit: str, columns: Sequence[str]) -> pl.DataFrame:
    """For each unit the last value of each column that is not missing."""
    told = frame.filter(pl.col(unit).is_not_null()).sort("time", "id")
    known = told.group_by(unit).agg(pl.col(name).drop_nulls().last() for name in columns)
    texts = [name for name, dtype in known.schema.items() if isinstance(dtype, pl.Categorical)]
    return known.with_columns(pl.col(texts).cast(pl.String)).rename({unit: "unit"})


def _chosen(latest: pl.DataFrame, columns: dict[str, str], kinds: dict[str, str]) -> Iterator[Trait]:
    """Those that tell units apart without naming each, what is known of most first."""
    filled = {name: latest[column].count() for name, column in columns.items()}
    for name in sorted(columns, key=lambda name: -filled[name]):
        different = latest[columns[name]].drop_nulls().n_unique()
        telling = different > 1 or filled[name] == 1 == latest.height
        names_each = different == filled[name] and _may_name_each(name, kinds[name], different)
        if telling and not names_each:
            yield Trait(name, kinds[name], filled[name])


def _may_name_each(name: str, kind: str, different: int) -> bool:
    """Whether values of which none comes twice are identifiers: amounts of money rarely come twice either."""
    return different >= _FEW and (kind == "text" or (kind == "number" and name.casefold().endswith(_NUMBERED)))
