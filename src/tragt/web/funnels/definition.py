"""A funnel's definition as JSON text, as saved funnels keep it.

Everything a definition says is kept; the same definition always gives the same text, so that the text may serve as
a key. A text of another version, or with a field that nobody knows, is refused rather than half understood.
"""

from datetime import timedelta

import msgspec

from tragt.errors import InvalidDefinition
from tragt.funnel import Exclude, Funnel, Match, Step
from tragt.funnel.condition import Condition
from tragt.funnel.condition_json import Written
from tragt.funnel.condition_json import read as read_of
from tragt.funnel.condition_json import written as written_of
from tragt.funnel.definition import Count, Entry, Order, Skips, Unit, Window

__all__ = ["VERSION", "from_json", "to_json"]

VERSION = 1

_MICROSECOND = timedelta(microseconds=1)


class _Match(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    names: tuple[str, ...]
    where: Written | None = None


class _Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    names: tuple[str, ...]
    where: Written | None = None
    within_us: int | None = None
    optional: bool = False
    anchored: bool = False
    label: str = ""


class _Exclude(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    names: tuple[str, ...]
    after: int = 1
    before: int | None = None
    where: Written | None = None


class _Definition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    version: int
    unit: Unit
    steps: tuple[_Step, ...]
    window_us: int | None = None
    session: bool = False
    order: Order = Order.ORDERED
    count: Count = Count.BEST
    hold: tuple[str, ...] = ()
    exclude: tuple[_Exclude, ...] = ()
    lost: tuple[_Match, ...] = ()
    reopen: tuple[_Match, ...] = ()
    among: tuple[str, ...] = ()
    entry: Entry = Entry.FIRST
    tolerance_us: int = 0
    where: Written | None = None
    skips: Skips | None = None
    robots: bool = False
    own: bool = False
    name: str = ""


class _Versioned(msgspec.Struct):
    version: int


def to_json(funnel: Funnel) -> str:
    """A definition as text: compact JSON with its version.

    Args:
        funnel: The definition.
    """
    written = _Definition(
        version=VERSION,
        unit=funnel.unit,
        steps=tuple(_write_step(step) for step in funnel.steps),
        window_us=_microseconds(funnel.window) if isinstance(funnel.window, timedelta) else None,
        session=funnel.window == "session",
        order=funnel.order,
        count=funnel.count,
        hold=funnel.hold,
        exclude=tuple(_Exclude(x.names, x.after, x.before, _write(x.where)) for x in funnel.exclude),
        lost=tuple(_Match(match.names, _write(match.where)) for match in funnel.lost),
        reopen=tuple(_Match(match.names, _write(match.where)) for match in funnel.reopen),
        among=funnel.among,
        entry=funnel.entry,
        tolerance_us=_microseconds(funnel.tolerance),
        where=_write(funnel.where),
        skips=funnel.skips,
        robots=funnel.robots,
        own=funnel.own,
        name=funnel.name,
    )
    return msgspec.json.encode(written).decode()


def from_json(text: str) -> Funnel:
    """The definition that a text holds.

    Args:
        text: What `to_json` gave.

    Raises:
        InvalidDefinition: The text is no definition, of a newer version, or means what no funnel can mean.
    """
    try:
        version = msgspec.json.decode(text, type=_Versioned).version
        if version != VERSION:
            raise InvalidDefinition(
                "definition.version",
                f"The definition has version {version}; this Tragt reads version {VERSION}. Use a newer Tragt.",
                version=version,
            )
        read = msgspec.json.decode(text, type=_Definition)
    except msgspec.DecodeError as problem:
        raise InvalidDefinition(
            "definition.unreadable", f"This is no definition of a funnel: {problem}.", problem=str(problem)
        ) from None
    return Funnel(
        steps=tuple(_read_step(step) for step in read.steps),
        unit=read.unit,
        window=_window(read),
        order=read.order,
        count=read.count,
        hold=read.hold,
        exclude=tuple(Exclude(x.names, x.after, x.before, _read(x.where)) for x in read.exclude),
        lost=tuple(Match(match.names, _read(match.where)) for match in read.lost),
        reopen=tuple(Match(match.names, _read(match.where)) for match in read.reopen),
        among=read.among,
        entry=read.entry,
        tolerance=_length(read.tolerance_us),
        where=_read(read.where),
        skips=read.skips,
        robots=read.robots,
        own=read.own,
        name=read.name,
    )


def _write_step(step: Step) -> _Step:
    within = None if step.within is None else _microseconds(step.within)
    return _Step(step.names, _write(step.where), within, step.optional, step.anchored, step.label)


def _read_step(step: _Step) -> Step:
    within = None if step.within_us is None else _length(step.within_us)
    return Step(step.names, _read(step.where), within, step.optional, step.anchored, step.label)


def _window(read: _Definition) -> Window:
    if read.session:
        return "session"
    return None if read.window_us is None else _length(read.window_us)


def _write(condition: Condition | None) -> Written | None:
    return None if condition is None else written_of(condition)


def _read(condition: Written | None) -> Condition | None:
    return None if condition is None else read_of(condition)


def _microseconds(length: timedelta) -> int:
    return length // _MICROSECOND


def _length(microseconds: int) -> timedelta:
    try:
        return timedelta(microseconds=microseconds)
    except OverflowError:
        raise InvalidDefinition(
            "definition.unreadable", f"{microseconds} microseconds are longer than a length of time may be."
        ) from None
