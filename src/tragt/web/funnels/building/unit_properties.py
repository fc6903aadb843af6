"""What can be asked of units beside their events: properties of their records, and segments. The unit is the unit."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tragt.web.accounts.models import User
from tragt.web.crm.queries.segments import segments_seen
from tragt.web.crm.queries.unit_facts import COLUMNS
from tragt.web.records.kinds import kind_of
from tragt.web.records.models import FieldType
from tragt.web.records.queries.fields import fields_of

__all__ = ["NOTHING_ASKABLE", "Askable", "SegmentOffer", "UnitProperty", "askable", "unit_properties"]

_KINDS = {"value": "number", "created": "time", "closed": "time", "expected": "date", "mql": "time", "sql": "time"}
_TITLES = {
    "name": _("Name"),
    "email": _("E-mail"),
    "phone": _("Phone"),
    "company": _("Company"),
    "market": _("Market"),
    "owner": _("Owner"),
    "stage": _("Stage"),
    "mql": _("Marketing qualified (MQL)"),
    "sql": _("Sales qualified (SQL)"),
    "created": _("Created"),
    "domain": _("Domain"),
    "value": _("Value"),
    "currency": _("Currency"),
    "status": _("Status"),
    "pipeline": _("Pipeline"),
    "reason": _("Reason"),
    "expected": _("Expected close"),
    "closed": _("Closed"),
}
_OF_FIELDS = {FieldType.NUMBER: "number", FieldType.BOOLEAN: "truth", FieldType.DATE: "day"}


@dataclass(frozen=True, slots=True)
class UnitProperty:
    """Something that is known of units.

    Attributes:
        name: As conditions name it.
        title: What people call it.
        kind: ``number``, ``truth``, ``date``, ``time``, ``text``; ``day`` is a date that is kept as text.
        choices: The values that it can have; none where it can have any.
    """

    name: str
    title: str
    kind: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SegmentOffer:
    """A segment that can be asked for.

    Attributes:
        key: Its key.
        name: What the reader is told that it is called.
        unit: Of what it is.
        seen: Whether the reader may know of it.
    """

    key: str
    name: str
    unit: str
    seen: bool = True


@dataclass(frozen=True, slots=True)
class Askable:
    """What can be asked of units.

    Attributes:
        segments: Those that the reader may know of, and those that stay.
    """

    segments: tuple[SegmentOffer, ...] = ()

    def kinds(self, unit: str) -> dict[str, str]:
        """Of each property of a unit what it holds."""
        return {one.name: one.kind for one in unit_properties(unit)}

    def of(self, unit: str) -> list[SegmentOffer]:
        """The segments of a kind of unit."""
        return [one for one in self.segments if one.unit == unit]


NOTHING_ASKABLE = Askable()


def askable(user: User | None, kept: Sequence[str] = ()) -> Askable:
    """What can be asked of units.

    Args:
        user: Who asks, as of `segments_seen`.
        kept: Keys of segments that stay, though this one may not know of them.
    """
    seen = {str(key): (name, kind) for key, name, kind in segments_seen(user).values_list("pk", "name", "kind")}
    others = {} if seen.keys() >= set(kept) else _kinds_of(set(kept) - seen.keys())
    own = gettext("Somebody’s own segment")
    known = [SegmentOffer(key, name, kind) for key, (name, kind) in seen.items()]
    return Askable((*known, *(SegmentOffer(key, own, kind, seen=False) for key, kind in others.items())))


def _kinds_of(keys: set[str]) -> dict[str, str]:
    numbers = [int(key) for key in keys if key.isascii() and key.isdigit() and len(key) < 16]
    return {str(key): kind for key, kind in segments_seen(None).filter(pk__in=numbers).values_list("pk", "kind")}


def unit_properties(unit: str) -> tuple[UnitProperty, ...]:
    """What is known of units: columns of their records, then custom fields; of sessions nothing.

    Args:
        unit: Their kind.
    """
    if unit not in COLUMNS:
        return ()
    own = [
        UnitProperty(field.code, field.title, _OF_FIELDS.get(FieldType(field.type), "text"), tuple(field.choices))
        for field in fields_of(kind_of(unit))
    ]
    taken = {one.name for one in own}
    columns = [
        UnitProperty(name, str(_TITLES.get(name, name)), _KINDS.get(name, "text"))
        for name in COLUMNS[unit]
        if name not in taken
    ]
    return (*columns, *own)
