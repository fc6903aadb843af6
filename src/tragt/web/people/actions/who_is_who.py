"""Saying that two users are one person, taking back who is who, and correcting what is known of a person."""

from collections.abc import Mapping

from django.utils import timezone

from tragt.errors import InvalidDefinition, NotFound
from tragt.web.accounts.reach import check_change
from tragt.web.log.actions import touch
from tragt.web.people.actions.folding import drop_companies, mention, refold
from tragt.web.people.models import Edge, EdgeKind, Identifier, Person, Statement
from tragt.web.people.normal import email
from tragt.web.people.normal import phone as telephone
from tragt.web.people.told import FIELDS
from tragt.web.shell.acting import Who, acting

__all__ = ["by_hand", "claim", "correct", "edit_person", "merge", "spelled", "unclaim", "unmerge"]


def by_hand(who: Who) -> str:
    """The cause of what somebody does with their own hand."""
    return f"user:{who.user.pk}" if who.user else who.kind


def merge(one: str, other: str, *, who: Who, cause: str = "") -> Edge:
    """Say that two users are one person. No row is changed, so that taking the edge back restores everything.

    Args:
        one: A user, ``u:…``.
        other: Another one.
        who: Who says so.
        cause: Why, where it is not the user's own word.

    Raises:
        InvalidDefinition: They are the same, one is no known user, or one is being erased.
    """
    with acting(who, "people.edit", act="merge") as act:
        first, second = sorted((one, other))
        if first == second or not (first.startswith("u:") and second.startswith("u:")):
            raise InvalidDefinition(
                "people.merge", "A merge needs two different known users; an anonymous visitor is claimed, not merged."
            )
        _check_stays(first, second)
        edge = Edge.objects.create(
            kind=EdgeKind.MERGE, actor=first, user=second, at=timezone.now(), cause=cause or by_hand(who)
        )
        act.target = f"edge {edge.pk}"
        touch()
    return edge


def unmerge(edge: int, *, who: Who) -> None:
    """Take a merge back; the edge stays in the ledger with the time of its undoing.

    Args:
        edge: Key of the edge.
        who: Who takes it back.

    Raises:
        NotFound: There is no such merge, or it has been taken back already.
    """
    with acting(who, "people.edit", f"edge {edge}", act="unmerge"):
        if not _undo(edge, EdgeKind.MERGE):
            raise NotFound("people.no_merge", "This merge does not stand. Perhaps it was taken back already.")


def claim(visitor: str, user: str, *, who: Who) -> Edge:
    """Say that an anonymous visitor is a user from now on, and before, as long as nobody else has claimed it.

    Args:
        visitor: An anonymous actor, ``a:…``.
        user: A user, ``u:…``.
        who: Who says so.

    Raises:
        InvalidDefinition: One is no visitor or no user, or the user is being erased.
    """
    with acting(who, "people.edit", act="claim") as act:
        if not (visitor.startswith("a:") and user.startswith("u:")):
            raise InvalidDefinition("people.claim", "A claim needs an anonymous visitor and a known user.")
        _check_stays(visitor, user)
        edge = Edge.objects.create(kind=EdgeKind.CLAIM, actor=visitor, user=user, at=timezone.now(), cause=by_hand(who))
        act.target = f"edge {edge.pk}"
        touch()
    return edge


def unclaim(edge: int, *, who: Who) -> None:
    """Take back that an anonymous visitor was a user; the edge stays in the ledger with the time of its undoing.

    The same claim is not made again by what websites and apps send.

    Args:
        edge: Key of the edge.
        who: Who takes it back.

    Raises:
        NotFound: There is no such claim, or it has been taken back already.
    """
    with acting(who, "people.edit", f"edge {edge}", act="unclaim"):
        if not _undo(edge, EdgeKind.CLAIM):
            raise NotFound("people.no_claim", "This claim does not stand. Perhaps it was taken back already.")


def edit_person(person: int, told: Mapping[str, object], *, who: Who) -> bool:
    """Correct what is known of a person; whether that changed anything.

    Args:
        person: Key of the person.
        told: Any of ``name``, ``email``, ``phone``, ``company`` and ``traits``; None empties a field.
        who: Who corrects.

    Raises:
        NotFound: There is no such person.
        NotAllowed: The person belongs to somebody else.
        InvalidDefinition: A field that persons do not have, or a value that the field cannot have.
    """
    with acting(who, "people.edit", f"person {person}", act="edit", fields=sorted(told)):
        found = Person.objects.filter(pk=person, struck=None).first()
        if found is None:
            raise NotFound("people.no_person", "There is no such person. Perhaps the person was erased.")
        return correct(found, told, who=who)


def correct(person: Person, told: Mapping[str, object], *, who: Who) -> bool:
    """Correct what is known of a person, as a part of an act that asks for the permission; whether it changed anything.

    Args:
        person: The row, as it is now.
        told: As `edit_person` takes it.
        who: Who corrects.

    Raises:
        NotAllowed: The person belongs to somebody else.
        InvalidDefinition: A field that persons do not have, or a value that the field cannot have.
    """
    check_change(who, person.owner_id)
    statement = {name: spelled(name, value) for name, value in told.items()}
    Statement.objects.create(person=person, cause=by_hand(who), told=statement)
    if isinstance(company := statement.get("company"), str):
        mention([company], by_hand(who))
    changed = refold([person.pk]) > 0
    if person.company_id is not None and statement.keys() & {"company", "email"}:
        # Of all companies only the one that the person left may have nobody now.
        drop_companies([person.company_id])
    touch()
    return changed


def _check_stays(*actors: str) -> None:
    if Identifier.objects.filter(actor__in=actors).exclude(person__struck=None).exists():
        raise InvalidDefinition("people.struck", "One of the two is being erased. There is nothing left to merge.")


def _undo(edge: int, kind: EdgeKind) -> bool:
    """Whether an edge of a kind stood until now."""
    undone = Edge.objects.filter(pk=edge, kind=kind, undone=None).update(undone=timezone.now())
    if undone:
        touch()
    return bool(undone)


def spelled(name: str, value: object) -> object:
    """What somebody says of a field of a person, in the one spelling; None empties the field.

    Args:
        name: Name of the field, or ``traits``.
        value: As it was typed.

    Raises:
        InvalidDefinition: A field that persons do not have, or a value that the field cannot have.
    """
    if name == "traits" and isinstance(value, Mapping):
        return dict(value)
    if name not in FIELDS or not isinstance(value, str | None):
        raise InvalidDefinition(
            "people.field", f"A person has no field '{name}' of this kind; known are {', '.join(FIELDS)} and traits."
        )
    if not value or name not in ("email", "phone"):
        return value or None
    spelled = email(value) if name == "email" else telephone(value)
    if not spelled:
        what = (
            "an e-mail address" if name == "email" else "a telephone number with its country, such as +45 33 12 34 56"
        )
        raise InvalidDefinition("people.value", f"This is not {what}.", field=name)
    return spelled
