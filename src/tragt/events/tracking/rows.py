"""Calls as rows of the event log, and as what they tell of who is who. The unit of observation is the call.

What is not done here: dropping what came twice, sessions, and judging who is a robot.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any, Final, NamedTuple

import numpy as np
import polars as pl
from msgspec.structs import astuple

from tragt.events.tracking.addresses import truncated
from tragt.events.tracking.calls import Kind
from tragt.events.tracking.fields import TELLING
from tragt.events.tracking.objects import compact, decoded, text_of, written
from tragt.events.tracking.taken import unpacked

__all__ = ["TOUCHES", "Delivery", "Read", "joined", "rows_of"]

_TIME = pl.Datetime("us", "UTC")

ROWS: Final = pl.Schema(
    {
        "id": pl.String(),
        "time": _TIME,
        "name": pl.String(),
        "actor": pl.String(),
        "company": pl.String(),
        "deal": pl.String(),
        "session": pl.String(),
        "source": pl.String(),
        "received": _TIME,
        "properties": pl.String(),
        "context": pl.String(),
        "agent": pl.String(),
        "mark": pl.String(),
    }
)

TOUCHES: Final = pl.Schema(
    {
        "kind": pl.String(),
        "anonymous": pl.String(),
        "user": pl.String(),
        "previous": pl.String(),
        "group": pl.String(),
        "traits": pl.String(),
        "at": _TIME,
        "trusted": pl.Boolean(),
    }
)

_LINES: Final = ("kind", "id", "name", "user", "anonymous", "previous", "group", "deal", "told")
"""The texts of taken calls, in their order."""

_CONTEXTS: Final = pl.Schema(
    {
        "context": pl.String(),
        "company": pl.String(),
        "session": pl.String(),
        "agent": pl.String(),
        "traffic": pl.String(),
    }
)

_DELIVERIES: Final = pl.Schema(
    {
        "source": pl.String(),
        "trusted": pl.Boolean(),
        "received": pl.Int64(),
        "program": pl.String(),
        "mark": pl.String(),
    }
)

_TOLD = ('"ip"', '"traits"', '"groupId"', '"sessionId"', '"userAgent"', '"traffic"')
_WEAKEST = "machine"
"""Where somebody says that something is a test or one's own, it tells no more that it came from a data centre."""
_MARKS = ("own", "test", _WEAKEST)
_MICROSECONDS = 1e6


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came in one request and was taken.

    Attributes:
        calls: The calls, as `taken.packed` gives them.
        source: What sent it, as the log calls it.
        trusted: Whether a secret key sent it.
        received: When it came, µs since 1970.
        address: Where it came from, as far as it is kept; empty where it is not.
        agent: What the sender's program calls itself.
        mark: What was seen of the request when it came, such as ``own``; empty where that is nothing.
    """

    calls: bytes
    source: str
    trusted: bool
    received: int
    address: str = ""
    agent: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """What deliveries hold.

    Attributes:
        rows: The events, with the columns of the log that a call fills, and ``agent``: the program that
            acted for the person, as far as it is known; a server that tells of a person is not that. And ``mark``:
            that of the delivery, else what the context says of ``traffic``: ``own``, ``test`` or ``machine``.
        touches: What tells of who is who, the columns of `TOUCHES`.
    """

    rows: pl.DataFrame
    touches: pl.DataFrame


class _Context(NamedTuple):
    """What a call tells beside what happened: what the log keeps of it, and traits, which it does not keep there."""

    kept: tuple[str | None, ...]
    traits: dict[str, Any] | None = None


@dataclass(slots=True)
class _Gathered:
    """The calls of deliveries, field by field, and of each its delivery and its context."""

    lines: list[list[str]] = field(default_factory=lambda: [[] for _ in _LINES])
    times: bytearray = field(default_factory=bytearray)
    deliveries: list[tuple[str | bool | int | None, ...]] = field(default_factory=list)
    contexts: list[_Context] = field(default_factory=list)
    of_delivery: list[int] = field(default_factory=list)
    of_context: list[int] = field(default_factory=list)
    _known: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, delivery: Delivery) -> None:
        *lines, times, places, contexts = astuple(unpacked(delivery.calls))
        if not places:
            return
        address = "" if delivery.trusted else delivery.address
        here = [self._context(text, address) for text in contexts]
        self.of_context += [here[place] for place in places]
        self.of_delivery += repeat(len(self.deliveries), len(places))
        program = None if delivery.trusted else delivery.agent or None
        self.deliveries.append((delivery.source, delivery.trusted, delivery.received, program, delivery.mark or None))
        self.times += times
        for texts, more in zip(self.lines, lines, strict=True):
            texts.append(more)

    def frame(self) -> pl.DataFrame:
        """A row a call."""
        lines = zip(_LINES, self.lines, strict=True)
        columns = [pl.Series(name, texts, pl.String).str.split("\n").explode() for name, texts in lines]
        times = pl.Series("at", np.frombuffer(self.times))
        contexts = _frame([one.kept for one in self.contexts], _CONTEXTS)[pl.Series(self.of_context, dtype=pl.UInt32)]
        deliveries = _frame(self.deliveries, _DELIVERIES)[pl.Series(self.of_delivery, dtype=pl.UInt32)]
        return self._with_traits(pl.DataFrame([*columns, times]).hstack(contexts).hstack(deliveries))

    def _context(self, text: str, address: str) -> int:
        known = self._known.get((text, address))
        if known is None:
            known = self._known[text, address] = len(self.contexts)
            self.contexts.append(_context(text, address))
        return known

    def _with_traits(self, calls: pl.DataFrame) -> pl.DataFrame:
        """Calls with the whole traits of a person, which stand in either of two places."""
        identify = (calls["kind"] == _IDENTIFY).arg_true()
        contexts = [self.contexts[self.of_context[place]].traits or {} for place in identify]
        told = calls["told"].gather(identify)
        whole = [written({**traits, **decoded(text)}) for traits, text in zip(contexts, told, strict=True)]
        return calls.with_columns(calls["told"].scatter(identify, whole)) if whole else calls


_IDENTIFY, _ALIAS = str(Kind.IDENTIFY), str(Kind.ALIAS)


def rows_of(deliveries: Iterable[Delivery]) -> Read:
    """The events that deliveries hold, in the order in which they came.

    Args:
        deliveries: What came.

    Raises:
        msgspec.DecodeError: A delivery is none that `taken.packed` gave.
    """
    gathered = _Gathered()
    for delivery in deliveries:
        gathered.add(delivery)
    calls = gathered.frame().with_columns(
        user=_given("user", "u:"),
        anonymous=_given("anonymous", "a:"),
        previous=_given("previous"),
        company=pl.coalesce(_given("group"), "company"),
        deal=_given("deal"),
        at=(pl.col("at") * _MICROSECONDS).round().cast(pl.Int64).cast(_TIME),
    )
    return Read(_rows(calls), _touches(calls))


def _given(name: str, before: str = "") -> pl.Expr:
    """A text with something before it; missing where it is empty."""
    return pl.when(pl.col(name) != "").then(pl.lit(before) + pl.col(name))


def _frame(rows: Sequence[tuple[object, ...]], schema: pl.Schema) -> pl.DataFrame:
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    return pl.DataFrame(
        [pl.Series(name, values, dtype) for (name, dtype), values in zip(schema.items(), columns, strict=True)]
    )


def joined(parts: Sequence[Read]) -> Read:
    """What several readings hold, one after the other."""
    return Read(
        pl.concat([ROWS.to_frame(), *(part.rows for part in parts)]),
        pl.concat([TOUCHES.to_frame(), *(part.touches for part in parts)]),
    )


def _rows(calls: pl.DataFrame) -> pl.DataFrame:
    own: dict[str, str | pl.Expr] = {
        "id": pl.concat_str("source", pl.lit(":"), "id"),
        "time": "at",
        "actor": pl.coalesce("user", "anonymous"),
        "received": pl.col("received").cast(_TIME),
        "properties": "told",
        "agent": pl.coalesce("agent", "program"),
        "mark": pl.coalesce(pl.when(pl.col("mark") != _WEAKEST).then("mark"), "traffic", "mark"),
    }
    return calls.select(**{name: own.get(name, name) for name in ROWS})


def _touches(calls: pl.DataFrame) -> pl.DataFrame:
    telling = pl.col("kind").is_in(sorted(TELLING))
    has_traits = telling & (pl.col("kind") != _ALIAS) & (pl.col("told") != "{}")
    own: dict[str, str | pl.Expr] = {
        "kind": pl.when(telling).then("kind").otherwise(pl.lit("touch")),
        "group": "company",
        "traits": pl.when(has_traits).then("told"),
    }
    told = calls.filter(telling | (pl.col("user").is_not_null() & pl.col("anonymous").is_not_null()))
    return told.select(**{name: own.get(name, name) for name in TOUCHES})


def _context(text: str, address: str) -> _Context:
    """A context as the log keeps it: without traits, which belong to the person, and with a network for an address."""
    if not address and not any(name in text for name in _TOLD):
        return _Context((compact(text), *repeat(None, len(_CONTEXTS) - 1)))
    told = decoded(text)
    traits = told.pop("traits", None)
    mark = told.pop("traffic") if told.get("traffic") in _MARKS else None
    if "ip" in told:
        told["ip"] = truncated(str(told["ip"]))
    elif address:
        told["ip"] = address
    group, session, agent = (text_of(told.get(name)) or None for name in ("groupId", "sessionId", "userAgent"))
    return _Context((written(told), group, session, agent, mark), traits if isinstance(traits, dict) else None)
