"""A generation and what has changed since: which units are dirty, and their events as they are now.

A unit that only got new events keeps what the postings hold of it; every other dirty unit is read again from the lake.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from tragt.funnel.postings import Layered
from tragt.lake.index.assignment import Kind, changed
from tragt.lake.index.coding import make_codes
from tragt.lake.index.dictionary import unmatched
from tragt.lake.index.fresh import Fresh, anew, resolved, with_their_sessions
from tragt.lake.index.generation import Generation
from tragt.lake.index.journal import Journal
from tragt.lake.index.kept import Kept
from tragt.lake.index.layout import described
from tragt.lake.index.lineage import State
from tragt.lake.index.rereading import Identifiers, Lookup
from tragt.lake.index.resolving import both_named
from tragt.lake.index.session_codes import make_sessions

__all__ = ["layers"]

_OLD = (State.KEPT, State.MOVED, State.MIXED)
_NAMES = pl.Schema({"unit": pl.String()})


def layers(generation: Generation, lookup: Lookup) -> Layered:
    """A generation and what has changed since.

    Args:
        generation: The generation.
        lookup: Reads the lake as it is now.

    Returns:
        The generation without its dirty units, and these as they are now; where it cannot be told what changed, all
        events of the lake.

    Raises:
        FileNotFoundError: The generation was removed meanwhile.
    """
    noted = Journal(generation.folder).touched(lookup.files.removals)
    if not lookup.files.known or noted is None:
        return Layered(anew(lookup, generation.zone))
    names = [name for name in generation.names() if lookup.names is None or name in lookup.names]
    _make_codes(generation, lookup, names)
    new = resolved(lookup.all(State.NEW), lookup.assignment)
    again = _again(generation, lookup, names, noted, new)
    others = new.select("unit").unique().join(again, on="unit", how="anti")
    if generation.kind is Kind.SESSION or lookup.sessions:
        again, others = pl.concat([again, others]), others.clear()
    read = pl.concat([new, _reread(generation, lookup, again)])
    if lookup.sessions:
        read = with_their_sessions(read, lookup, generation)
    rows, numbers = generation.find(others["unit"])
    kept = Kept(generation, names, others["unit"].gather(rows), numbers)
    fresh = Fresh(kept, lookup.properties, read)
    view = generation.asked(fresh.meanings())
    dirty = np.zeros(generation.units, np.bool_)
    dirty[np.concatenate([numbers, generation.find(again["unit"])[1]])] = True
    source = fresh.source()
    described(generation.folder)  # it is whole to the end, or what was read of it may not be
    return Layered(view, dirty, source) if source is not None or dirty.any() else Layered(view)


def _make_codes(generation: Generation, lookup: Lookup, names: Sequence[str]) -> None:
    for property in lookup.properties:  # noqa: A001 - the field's word
        make_codes(generation, lookup.storage, lambda name: lookup.paths_of(name, *_OLD), names, property)
        for name in names:
            generation.written(name, property)
    if lookup.sessions:
        make_sessions(generation, lookup.storage, lookup.files.of(*_OLD))


def _again(
    generation: Generation, lookup: Lookup, names: Sequence[str], noted: pl.DataFrame, new: pl.DataFrame
) -> pl.DataFrame:
    """Units that are to be read again: ``unit``, each once."""
    found = [noted, _tied(generation, names, new)]
    change = changed(generation.assignment, lookup.assignment)
    change = replace(change, batches=change.batches & generation.batches)
    if change:
        touched = lookup.those(Identifiers.of_change(change), generation.locator, *_OLD)
        found += [both_named(touched, assignment) for assignment in (generation.assignment, lookup.assignment)]
    mixed = lookup.all(State.MIXED)
    if mixed.height:
        found.append(both_named(mixed, lookup.assignment))
    if lookup.sessions:
        found += [both_named(new.drop("unit"), lookup.assignment)]
        found.append(
            _in_sessions(generation, lookup, pl.concat(found, how="diagonal")["session"].drop_nulls().unique())
        )
    for property in (*lookup.properties, *([None] if lookup.sessions else [])):  # noqa: A001 - the field's word
        for name in names:
            places = unmatched(generation.folder, name, property)
            if len(places):
                found.append(generation.wholes.gather(places).rename("unit").to_frame())
    return pl.concat(found, how="diagonal").select("unit").drop_nulls().unique()


def _in_sessions(generation: Generation, lookup: Lookup, sessions: pl.Series) -> pl.DataFrame:
    """The units with events in some sessions: where one is cut may have changed for all of them."""
    whole = lookup.assignment.of_sessions
    there = replace(lookup, assignment=whole, properties=())
    found = there.those(Identifiers.of_units(sessions, whole), generation.locator, *_OLD)
    return both_named(found, lookup.assignment)


def _tied(generation: Generation, names: Sequence[str], new: pl.DataFrame) -> pl.DataFrame:
    """Units with a new event at the very moment of an old one: which comes first only their ids tell."""
    if new.is_empty() or generation.kind is Kind.SESSION:
        return _NAMES.to_frame()
    units = new["unit"].unique()
    rows, numbers = generation.find(units)
    number = pl.DataFrame({"unit": units.gather(rows), "number": numbers})
    packing = generation.packing
    moments = (
        new.select("unit", ms=pl.col("time").dt.epoch("ms"))
        .join(number, on="unit")
        .filter(pl.col("ms").is_between(packing.origin, packing.origin + (1 << packing.shift) - 1))
    )
    keys = packing.pack(moments["number"].to_numpy(), moments["ms"].to_numpy())
    keys.sort()
    moments = moments.clear() if not len(keys) else moments
    tied = np.zeros(len(keys), np.bool_)
    for name in names:
        own = generation.posting(name).keys
        if len(own):
            place = np.minimum(np.searchsorted(own, keys), len(own) - 1)
            tied |= own[place] == keys
    return pl.DataFrame({"unit": generation.unit_names(np.unique(packing.units(keys[tied])))}, schema=_NAMES)


def _reread(generation: Generation, lookup: Lookup, units: pl.DataFrame) -> pl.DataFrame:
    """The old events of some units as the lake holds them now."""
    if units.is_empty():
        return resolved(lookup.those(Identifiers(), generation.locator), lookup.assignment)
    wanted = Identifiers.of_units(units["unit"], lookup.assignment)
    found = lookup.those(wanted, generation.locator, *_OLD)
    return resolved(found, lookup.assignment).join(units, on="unit", how="semi")
