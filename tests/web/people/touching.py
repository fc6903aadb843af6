"""Calls of the tracking API by hand, for tests of what is learnt of them."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

import msgspec
import polars as pl

from tragt.events.tracking import TOUCHES
from tragt.web.people.actions import learn_touches
from tragt.web.people.models import Identifier

START = datetime(2026, 3, 2, 9, tzinfo=UTC)

Call = Mapping[str, object]
State = dict[str, list[object]]


def call(kind: str, hours: float = 0, **given: object) -> Call:
    """One call: ``call("identify", 2, user="u:1", traits={…}, trusted=True)``; public where it is not said."""
    text = msgspec.json.encode(given["traits"]).decode() if "traits" in given else None
    at = START + timedelta(hours=hours)
    return {**dict.fromkeys(TOUCHES), "trusted": False, **given, "kind": kind, "at": at, "traits": text}


def frame(calls: Iterable[Call]) -> pl.DataFrame:
    """Calls as the settler gives them."""
    return pl.DataFrame(list(calls), schema=TOUCHES)


def learn(*calls: Call, cause: str = "settled:1") -> None:
    """Learn of calls."""
    learn_touches(frame(calls), cause=cause)


def state() -> State:
    """Every person as it is known, without keys and times."""
    fields = ("actor", "person__name", "person__email", "person__phone", "person__traits", "person__company__key")
    return {actor: list(rest) for actor, *rest in Identifier.objects.order_by("actor").values_list(*fields)}
