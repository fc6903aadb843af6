"""What fits what somebody types in the builder: properties of some events, or values of one, the most frequent first.

Values may be personal: nothing of them is kept but in this process's memory, and who builds funnels sees all records.
Of a large log the values are those that its index knows, where they come up often.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from tragt.lake.index import Kind
from tragt.lake.index.dictionary import code_file, dictionary
from tragt.web.accounts.models import User
from tragt.web.accounts.queries import users
from tragt.web.crm.models import Market, Status
from tragt.web.crm.queries.pipelines import every_pipeline, every_reason, every_stage, lifecycle_stages
from tragt.web.funnels.building.choices import EVENT, NAMED, STAGES_OF, places
from tragt.web.funnels.building.offers import Offers, offers
from tragt.web.funnels.building.unit_properties import UnitProperty, unit_properties
from tragt.web.funnels.building.values import values_held
from tragt.web.funnels.counting.steady import steady_version
from tragt.web.log.queries import index

__all__ = ["Suggestion", "suggested"]

MOST = 50
_FEWEST = 5
"""Values of an index that come up less often name somebody, or are of nobody any more."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something that could be meant.

    Attributes:
        value: As the field takes it.
        text: What it is called besides; empty where that is the same.
        count: How often it comes up; None where that is not counted.
    """

    value: str
    text: str = ""
    count: int | None = None


def suggested(
    choices: Sequence[str], name: str, text: str, *, unit: str = "", user: User | None = None
) -> list[Suggestion]:
    """What fits, those that begin with what was typed before those that only hold it.

    Args:
        choices: What was chosen as the events whose properties are asked, as fields send them; none is all events.
        name: The property whose values are asked; empty asks for properties.
        text: What was typed.
        unit: The kind of unit whose properties are asked, in place of those of events.
        user: Who asks.
    """
    found = _of_unit(unit, name, user) if unit else _of_events(choices, name)
    wanted = text.casefold()
    fitting = [one for one in found if wanted in f"{one.value} {one.text}".casefold()]
    fitting.sort(key=lambda one: not one.value.casefold().startswith(wanted))
    return fitting[:MOST]


def _of_events(choices: Sequence[str], name: str) -> list[Suggestion]:
    known = offers()
    names = _names(choices, known) or [one.value.removeprefix(EVENT) for one in known.events]
    meant = list(known.names.all_spellings(names))
    if name:
        return list(_values(meant, name, known))
    found = [(one.name, one.among(set(meant))) for one in known.properties]
    having = sorted((one for one in found if one[1]), key=lambda one: (-one[1], one[0]))
    return [Suggestion(one, count=count) for one, count in having]


def _names(choices: Sequence[str], known: Offers) -> list[str]:
    """The names of the events that choices mean."""
    found: list[str] = []
    there = places() if any(not one.startswith(EVENT) for one in choices) else None
    for one in choices:
        place = there.of(one) if there else None
        if one.startswith(EVENT):
            found += known.names.spellings(one.removeprefix(EVENT))
        elif one.startswith(NAMED):
            found += [STAGES_OF.entered, STAGES_OF.created]
        elif place is not None:
            found += place.match.names
    return list(dict.fromkeys(found))


def _values(names: Sequence[str], name: str, known: Offers) -> Iterator[Suggestion]:
    values = values_held(names, name, steady_version())
    if values is not None:
        column = values.columns[0]
        for value, count in values.drop_nulls(column).iter_rows():
            yield Suggestion(_written(value), count=count)
        return
    counted = _indexed(names, name)
    yield from counted
    seen = {one.value for one in counted}
    for found in known.properties:
        if found.name == name:
            yield from (Suggestion(one) for one in found.examples if one not in seen)


def _indexed(names: Sequence[str], name: str) -> list[Suggestion]:
    """The values that the index of persons knows, where they were ever asked for."""
    generation = index(Kind.PERSON).current()
    if generation is None:
        return []
    tokens = dictionary(generation.folder, name)
    counts = np.zeros(len(tokens) + 1, np.int64)
    for one in names:
        if one in generation.names() and code_file(generation.folder, one, name).exists():
            held = np.bincount(generation.written(one, name), minlength=len(counts))
            counts[: len(held)] += held[: len(counts)]
    frame = pl.DataFrame({"token": tokens, "count": counts[1:]}).filter(pl.col("count") >= _FEWEST)
    frequent = frame.sort("count", descending=True).head(20 * MOST)
    return [Suggestion(_written(json.loads(token)), count=count) for token, count in frequent.iter_rows()]


def _of_unit(unit: str, name: str, user: User | None) -> list[Suggestion]:
    known = unit_properties(unit)
    if not name:
        return [Suggestion(one.name, one.title if one.title != one.name else "") for one in known]
    asked = next((one for one in known if one.name == name), None)
    return [] if asked is None else [Suggestion(one) for one in dict.fromkeys(_choices(unit, asked, user))]


def _choices(unit: str, asked: UnitProperty, user: User | None) -> list[str]:
    """The values that a property of a unit can have, where these are few and known."""
    if asked.choices:
        return list(asked.choices)
    if asked.name == "stage":
        return [one.name for one in (every_stage() if unit == "deal" else lifecycle_stages())]
    if asked.name == "owner" and user is not None:
        return list(users().order_by("name").values_list("name", flat=True))
    return {
        "pipeline": lambda: [one.name for one in every_pipeline()],
        "reason": lambda: [one.name for one in every_reason()],
        "market": lambda: list(Market.values),
        "status": lambda: list(Status.values),
    }.get(asked.name, list)()


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
