"""Operations on persons: listing, reading, adding and changing them, whose they are and how they are marked."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Query, Router

from tragt.web.accounts.models import User
from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.schemas import KeyInPath
from tragt.web.api.versions import check_tag, digest_of, mark
from tragt.web.people.actions.adding import add_person as add
from tragt.web.people.actions.editing import known_of, save_person
from tragt.web.people.actions.owners import assign
from tragt.web.people.api.shown import PersonShown, person_shown, persons_shown
from tragt.web.people.api.told import NewPerson, OwnerTold, PersonChange, changes_of, known_for, statement_of
from tragt.web.people.kinds import PERSON
from tragt.web.people.models import Person
from tragt.web.records.api.found import one_seen
from tragt.web.records.api.listing import Asked, Listed, asked_of, found
from tragt.web.records.api.marks import TagInPath, check_owner, mark_record, unmark_record
from tragt.web.records.queries.fields import fields_of
from tragt.web.shell.acting import Who

__all__ = ["router"]

router = Router(tags=["Persons"])

if TYPE_CHECKING:
    PersonsAsked = Asked
else:
    PersonsAsked = asked_of(PERSON)


@operation(router, "GET", permission="people.see", gives=Listed[PersonShown])
def list_persons(request: HttpRequest, asked: Annotated[PersonsAsked, Query()]) -> Listed[PersonShown]:
    """Persons, with the filters and orders of their list page.

    Custom fields are filtered by `f<key>.<operator>`, such as `f7.from=2026-01-01`; `/lists/person` names all filters.
    """
    user, fields = user_of(request), fields_of(PERSON)
    rows, besides = found(PERSON, fields, request, asked, user)
    return Listed[PersonShown](items=persons_shown(rows, fields, user), **besides)


@operation(router, "GET /{person}", permission="people.see", gives=PersonShown)
def read_person(request: HttpRequest, person: KeyInPath, response: HttpResponse) -> PersonShown:
    """A person."""
    user = user_of(request)
    return _answer(one_seen(PERSON, user, person), user, response)


@operation(router, "POST", permission="people.edit", gives=PersonShown, status=201)
def add_person(request: HttpRequest, body: NewPerson, response: HttpResponse) -> PersonShown:
    """Add a person."""
    user, given = user_of(request), body.given()
    check_owner(body.owner)
    told = statement_of(changes_of(given, known_for(PERSON, [given], user)))
    with transaction.atomic():
        row = add(told, Who.of(user), fields=fields_of(PERSON))
        for name in body.tags:
            mark_record(PERSON, row.pk, name, Who.of(user))
        if "owner" in given:
            assign(PERSON, [row.pk], body.owner, who=Who.of(user))
    response.headers["Location"] = reverse("api:read_person", args=[row.pk])
    return _answer(_again(row.pk), user, response)


@operation(router, "PATCH /{person}", permission="people.edit", gives=PersonShown, versioned=True)
def change_person(request: HttpRequest, person: KeyInPath, body: PersonChange, response: HttpResponse) -> PersonShown:
    """Change what is known of a person.

    Only what is sent is changed, so that two who change different fields both keep their change.
    """
    user, given = user_of(request), body.given()
    with _of_what_was_read(request, user, person) as row:
        check_owner(given.get("owner"))
        changes = changes_of(given, known_for(PERSON, [given], user))
        if changes:
            save_person(person, changes, known_of(row), who=Who.of(user))
        if "owner" in given:
            assign(PERSON, [person], body.owner, who=Who.of(user))
    return _answer(_again(person), user, response)


@operation(router, "PUT /{person}/owner", permission="people.edit", gives=PersonShown, versioned=True)
def assign_person(request: HttpRequest, person: KeyInPath, body: OwnerTold, response: HttpResponse) -> PersonShown:
    """Hand a person to a user, or to everyone."""
    user = user_of(request)
    with _of_what_was_read(request, user, person):
        check_owner(body.owner)
        assign(PERSON, [person], body.owner, who=Who.of(user))
    return _answer(_again(person), user, response)


@operation(router, "PUT /{person}/tags/{path:tag}", permission="people.edit", gives=PersonShown, versioned=True)
def tag_person(request: HttpRequest, person: KeyInPath, tag: TagInPath, response: HttpResponse) -> PersonShown:
    """Mark a person with a tag; one of a new name is made."""
    user = user_of(request)
    with _of_what_was_read(request, user, person):
        mark_record(PERSON, person, tag, Who.of(user))
    return _answer(_again(person), user, response)


@operation(router, "DELETE /{person}/tags/{path:tag}", permission="people.edit", gives=PersonShown, versioned=True)
def untag_person(request: HttpRequest, person: KeyInPath, tag: TagInPath, response: HttpResponse) -> PersonShown:
    """Take a tag away from a person."""
    user = user_of(request)
    with _of_what_was_read(request, user, person):
        unmark_record(PERSON, person, tag, Who.of(user))
    return _answer(_again(person), user, response)


@contextmanager
def _of_what_was_read(request: HttpRequest, user: User, key: int) -> Iterator[Person]:
    """Do the block only of the person as it was read, and let nobody change it meanwhile.

    Raises:
        NotFound: There is no such person to see.
        Outdated: It was changed since.
    """
    with transaction.atomic():
        row = one_seen(PERSON, user, key, locked=True)
        check_tag(request, digest_of(person_shown(row, user)))
        yield row


def _again(key: int) -> Person:
    """A person as it is after a change, also where it was handed to somebody whose records are not seen."""
    return Person.objects.get(pk=key)


def _answer(row: Person, user: User, response: HttpResponse) -> PersonShown:
    shown = person_shown(row, user)
    mark(response, digest_of(shown))
    return shown
