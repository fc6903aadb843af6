"""Opening deals and changing what is known of them. How they move is another matter: `moving`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from tragt.errors import Conflict, InvalidDefinition, NotFound
from tragt.web.accounts.models import User
from tragt.web.accounts.reach import check_change, seen_by
from tragt.web.crm.actions.requirements import check_filled
from tragt.web.crm.models import Deal, Member, MemberRole, Move, MoveKind, Stage
from tragt.web.crm.queries.deals import visible_deals
from tragt.web.crm.queries.pipelines import stage_of_deals
from tragt.web.crm.telling import tell_of
from tragt.web.people.actions.who_is_who import by_hand
from tragt.web.people.models import Company, Person
from tragt.web.records.models import Field
from tragt.web.records.values import checked_all
from tragt.web.shell.acting import COMMAND_LINE, Who, acting
from tragt.web.shell.holding import hold

__all__ = ["EDITABLE", "LARGEST", "NewDeal", "changed", "edit_deal", "fill", "locked", "open_deal", "record"]

EDITABLE = ("name", "value", "currency", "company", "owner", "expected", "custom")
"""Fields of a deal that may be edited; each has its own kind of value, a record by its key."""

LARGEST = 10**15
"""What no deal is worth, in minor units: a column of the board adds up thousands, and must stay below 2**63."""

_RECORDS: Mapping[str, type[Company | User]] = {"company": Company, "owner": User}


@dataclass(frozen=True, slots=True)
class NewDeal:
    """A deal that is to be opened.

    Attributes:
        name: What it is called.
        stage: Key of the stage it begins in; its pipeline is the deal's.
        currency: Three letters.
        value: In minor units; None where nobody knows yet.
        company: Key of the company; None where it is none.
        owner: Key of the user; None where nobody has taken it up.
        expected: When it may be closed.
        contact: Key of the person who is its primary contact.
        custom: Custom fields by their codes.
    """

    name: str
    stage: int
    currency: str
    value: int | None = None
    company: int | None = None
    owner: int | None = None
    expected: date | None = None
    contact: int | None = None
    custom: Mapping[str, object] = field(default_factory=dict)


def open_deal(new: NewDeal, *, who: Who, renewal_of: Deal | None = None) -> Deal:
    """Open a deal.

    Args:
        new: What is known of it.
        who: Who opens it.
        renewal_of: The won deal that it renews.

    Raises:
        InvalidDefinition: It has no name, a custom field that must be filled in is empty, the stage asks for more, or a
            value that cannot be.
        NotFound: There is no such stage, company, user or person.
    """
    with acting(who, "deals.edit", act="open") as act:
        stage, now = stage_of_deals(new.stage), timezone.now()
        deal = Deal(
            pipeline=stage.pipeline, stage=stage, renewal_of=renewal_of, cause=by_hand(who), created=now, entered=now
        )
        given = {name: getattr(new, name) for name in EDITABLE}
        if renewal_of is None:
            given["custom"] = _whole(new.custom)
        # What a renewal names stood on the deal before it, whoever sees it.
        by = who if renewal_of is None else COMMAND_LINE
        _set(deal, given, by)
        deal.save()
        if new.contact is not None:
            Member.objects.create(deal=deal, person=_person(new.contact, by), role=MemberRole.CONTACT, primary=True)
        if renewal_of is None:
            check_filled(deal, stage)
        act.target = f"deal {deal.pk}"
        tell_of(record(deal, MoveKind.CREATED, None, who))
    return deal


def edit_deal(key: int, changes: Mapping[str, object], *, who: Who, version: int | None = None) -> Deal:
    """Change what is known of a deal.

    Args:
        key: Key of the deal.
        changes: New values by the names of `EDITABLE`.
        who: Who changes it.
        version: The version they saw; None changes it whatever happened since.

    Raises:
        NotFound: There is no such deal, or it is not theirs to see.
        NotAllowed: It is not theirs to change.
        Conflict: Somebody changed it since.
        InvalidDefinition: A field that deals do not have, or a value it cannot have.
    """
    with acting(who, "deals.edit", f"deal {key}", act="edit", fields=sorted(changes)):
        deal = locked(key, who, version)
        fill(deal, changes, who)
        changed(deal, *changes)
    return deal


def locked(key: int, who: Who, version: int | None = None) -> Deal:
    """A deal that nobody else changes until the transaction is over; for use inside an act.

    Raises:
        NotFound: There is no such deal, or it is not theirs to see.
        NotAllowed: It is not theirs to change.
        Conflict: It is no longer in the version that they saw.
    """
    assert transaction.get_connection().in_atomic_block
    user = who.user if isinstance(who.user, User) else None
    hold(Deal, key)
    rows = visible_deals(user).select_related("pipeline", "stage", "company", "owner", "reason")
    deal = rows.filter(pk=key).first()
    if deal is None:
        raise NotFound("crm.no_deal", f"There is no deal {key}. Perhaps it was deleted, or it is not yours to see.")
    check_change(who, deal.owner_id)
    if version is not None and version != deal.version:
        raise Conflict(
            "crm.changed",
            f"Somebody changed '{deal.name}' meanwhile; it is in '{deal.stage.name}' now. Look at it, then try again.",
            name=deal.name,
            stage=deal.stage.name,
            version=deal.version,
        )
    return deal


def fill(deal: Deal, changes: Mapping[str, object], who: Who) -> None:
    """Set fields of a deal; nothing is saved.

    Raises:
        InvalidDefinition: A field that deals do not have, or a value it cannot have.
        NotFound: There is no such company or user, or the company is not theirs to see.
    """
    unknown = [name for name in changes if name not in EDITABLE]
    if unknown:
        raise InvalidDefinition(
            "crm.field", f"A deal has no field '{unknown[0]}'; known are {', '.join(EDITABLE)}.", field=unknown[0]
        )
    anew = [name for name in ("value", "currency") if name in changes and changes[name] != getattr(deal, name)]
    if anew and deal.lines.exists():
        raise InvalidDefinition(
            "crm.of_lines", "The value of this deal is the sum of its lines. Change these instead.", field="value"
        )
    custom = changes.get("custom")
    if isinstance(custom, Mapping):
        fields = Field.objects.filter(kind="deal", retired=None)
        changes = {**changes, "custom": {**deal.custom, **checked_all(list(fields), custom)}}
    _set(deal, changes, who)


def changed(deal: Deal, *names: str) -> None:
    """Save fields of a deal as its next version."""
    deal.version += 1
    deal.touched = timezone.now()
    deal.save(update_fields=[*names, "version", "touched"])


def record(deal: Deal, kind: MoveKind, origin: Stage | None, who: Who, confirmed: str = "") -> Move:
    """Note how a deal moved, at the time of its last move; the move before it ends then."""
    at = deal.closed or deal.entered
    Move.objects.filter(deal=deal, left=None).update(left=at)
    return Move.objects.create(
        deal=deal,
        kind=kind,
        pipeline=deal.pipeline,
        origin=origin,
        stage=deal.stage,
        origin_name=origin.name if origin else "",
        stage_name=deal.stage.name,
        at=at,
        value=deal.value,
        currency=deal.currency,
        confirmed=confirmed,
        by=who.user if isinstance(who.user, User) else None,
        cause=by_hand(who),
    )


def _whole(told: Mapping[str, object]) -> dict[str, object]:
    """The custom fields of a new deal, as they are kept: each that must be filled in is.

    Raises:
        InvalidDefinition: One is empty, or does not take its value.
    """
    fields = list(Field.objects.filter(kind="deal", retired=None))
    required = {field.code: None for field in fields if field.required}
    return {code: value for code, value in checked_all(fields, {**required, **told}).items() if value is not None}


def _set(deal: Deal, given: Mapping[str, object], who: Who) -> None:
    for name, value in given.items():
        if name not in _RECORDS:
            setattr(deal, name, value)
        elif value != getattr(deal, f"{name}_id"):
            setattr(deal, name, _record(name, value, who))
    _check(deal)


def _check(deal: Deal) -> None:
    if not deal.name.strip():
        raise InvalidDefinition("crm.no_name", "A deal needs a name. Write whom you sell what to.", field="name")
    if deal.value is not None and not 0 <= deal.value < LARGEST:
        raise InvalidDefinition("crm.value", "The value of a deal is zero or more, or left empty.", field="value")


def _record(name: str, key: Any, who: Who) -> Company | User | None:
    if key is None:
        return None
    user = who.user if isinstance(who.user, User) else None
    theirs = {"company": seen_by(user), "owner": Q() if user is None else Q(is_active=True)}
    found = _RECORDS[name].objects.filter(theirs[name], pk=key).first()
    if found is None:
        raise NotFound(f"crm.no_{name}", f"There is no {name} {key}.", **{name: key})
    return found


def _person(key: int, who: Who) -> Person:
    user = who.user if isinstance(who.user, User) else None
    found = Person.objects.filter(seen_by(user), pk=key, struck=None).first()
    if found is None:
        raise NotFound("people.no_person", "There is no such person. Perhaps the person was erased.")
    return found
