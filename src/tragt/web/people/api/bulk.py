"""Operations on many persons or companies at once: each is answered on its own, and good ones are kept.

The unit of observation is the item.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

from django.db import transaction
from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from tragt.errors import Conflict, InvalidDefinition, NotAllowed, NotFound, TragtError
from tragt.web.accounts.models import User
from tragt.web.accounts.reach import changeable_owners, owned_by
from tragt.web.api.authentication import user_of
from tragt.web.api.limits import spend_guesses
from tragt.web.api.operations import operation
from tragt.web.api.problems import Problem, problem_of
from tragt.web.api.schemas import Body, Key
from tragt.web.people.actions.adding import check_filled
from tragt.web.people.actions.owners import assign
from tragt.web.people.actions.several import Said, tell_companies, tell_persons
from tragt.web.people.actions.who_is_who import spelled
from tragt.web.people.api.told import CompanyChange, Known, PersonChange, changes_of, known_for, statement_of
from tragt.web.people.kinds import COMPANY, PERSON
from tragt.web.people.normal import company_key, email
from tragt.web.records.actions.tags import tag, untag
from tragt.web.records.api.marks import TagNames
from tragt.web.records.kinds import Kind, Rows
from tragt.web.records.models import Field as CustomField
from tragt.web.records.queries.fields import fields_of
from tragt.web.records.queries.tags import tags_seen
from tragt.web.shell.acting import Who

__all__ = ["of_companies", "of_persons"]

MOST = 500
MOST_TAGS = 100
MOST_HIDDEN = 5
"""So many items may name what is there and not for the key to see; of more nothing is done and nothing told apart."""

_Found = tuple[int, int | None]
"""A record: its key, and the key of its owner."""

of_persons = Router(tags=["Persons"])
of_companies = Router(tags=["Companies"])

_Id = Annotated[Key | None, Field(description="Key of the record that is changed; null where something else says it.")]
_Untag = Annotated[TagNames, Field(description="Names of tags that are taken away.")]


class PersonItem(PersonChange):
    """A person who is changed, by `id` or else by `email`; made where nobody has this address."""

    id: _Id = None
    tags: TagNames = []
    remove_tags: _Untag = []


class CompanyItem(CompanyChange):
    """A company that is changed, by `id`, else by `domain`, else by `name`; made where there is none."""

    id: _Id = None
    tags: TagNames = []
    remove_tags: _Untag = []


class ManyPersons(Body):
    """Persons who are made or changed."""

    items: list[PersonItem] = Field(min_length=1, max_length=MOST)


class ManyCompanies(Body):
    """Companies that are made or changed."""

    items: list[CompanyItem] = Field(min_length=1, max_length=MOST)


class Outcome(Schema):
    """What became of an item."""

    status: int = Field(description="201 made, 200 changed, else why not, as the answer to it alone would say.")
    id: int | None = Field(None, description="Key of the record; null where nothing was done.")
    problem: Problem | None = Field(None, description="Why nothing was done.")


class Outcomes(Schema):
    """What became of all items."""

    items: list[Outcome] = Field(description="In the order in which they were sent.")
    refused: int = Field(description="How many of them were refused.")


@dataclass(frozen=True, slots=True)
class _Known:
    """What items refer to, read once for all of them.

    Attributes:
        kind: Of which records.
        by_key: The records that the user sees, of those that items name by key: key and owner.
        by_name: The same of those that items name by address, domain or name.
        hidden: Addresses, domains and names of records that the user does not see.
        reach: The owners whose records the user changes; None means everyone's.
        owners: Who may own records.
        values: What the values of items refer to.
        required: The custom fields that a new record must have.
    """

    kind: Kind
    by_key: Mapping[int, _Found]
    by_name: Mapping[str, _Found]
    hidden: frozenset[str]
    reach: frozenset[int] | None
    owners: frozenset[int]
    values: Known
    required: tuple[CustomField, ...]

    def check(self, given: Mapping[str, Any], found: _Found | None) -> None:
        """Make sure that a record is one to change, and that its owner may be one.

        Raises:
            NotAllowed: It belongs to somebody else.
            InvalidDefinition: The owner is nobody who can sign in.
        """
        if found and not owned_by(self.reach, found[1]):
            raise NotAllowed("accounts.not_yours", "This belongs to somebody else. Ask its owner or a manager.")
        owner = given.get("owner")
        if owner is not None and owner not in self.owners:
            raise InvalidDefinition("accounts.no_user", f"There is no user {owner} who can sign in.", field="owner")

    def found(self, given: Mapping[str, Any], name: str) -> _Found | None:
        """The record that an item is of; None where it is a new one.

        Raises:
            NotFound: There is none of its key, or it is not seen.
            Conflict: There is one of its name, which is not seen.
        """
        key = given.get("id")
        if key is not None:
            if key not in self.by_key:
                code = self.kind.code
                said = f"There is no {code} {key}, or it is not for this key to see."
                raise NotFound(f"records.no_{code}", said)
            return self.by_key[key]
        if name in self.hidden:
            raise Conflict(
                "people.hidden", "There is one of this name or address already, which is not for this key to see."
            )
        return self.by_name.get(name)


@operation(of_persons, "POST", permission="people.edit", gives=Outcomes)
def tell_many_persons(request: HttpRequest, body: ManyPersons) -> Outcomes:
    """Make or change many persons at once.

    Each item is answered on its own: good ones are kept, and of the others it is said what is wrong. A body that is not
    as described is refused as a whole.
    """
    return _told(request, PERSON, body.items)


@operation(of_companies, "POST", permission="people.edit", gives=Outcomes)
def tell_many_companies(request: HttpRequest, body: ManyCompanies) -> Outcomes:
    """Make or change many companies at once.

    Each item is answered on its own: good ones are kept, and of the others it is said what is wrong. A body that is not
    as described is refused as a whole.
    """
    return _told(request, COMPANY, body.items)


def _told(request: HttpRequest, kind: Kind, bodies: Sequence[PersonItem | CompanyItem]) -> Outcomes:
    user, sent = user_of(request), [one.given() for one in bodies]
    who = Who.of(user)
    _check_tags(sent)
    with transaction.atomic():
        known, names = _known(kind, sent, user), set[str]()
        said = [_said(given, known, names) for given in sent]
        _check_hidden(request, said)
        good = [one for one in said if isinstance(one, Said)]
        tell = tell_persons if kind is PERSON else tell_companies
        keys = iter(tell(good, who=who) if good else [])
        outcomes = [_outcome(request, one, keys) for one in said]
        done = [(one.id, given) for one, given in zip(outcomes, sent, strict=True) if one.id is not None]
        _mark(kind, done, who)
    return Outcomes(items=outcomes, refused=len(said) - len(good))


def _check_hidden(request: HttpRequest, said: Sequence[Said | TragtError]) -> None:
    """Make sure that nobody asks of a whole list of addresses which of them there are.

    Raises:
        Conflict: Too many items name what this key may not see.
    """
    hidden = sum(isinstance(one, TragtError) and one.code.endswith("hidden") for one in said)
    if hidden > MOST_HIDDEN:
        spend_guesses(request, hidden)
        raise Conflict(
            "people.many_hidden",
            f"More than {MOST_HIDDEN} items name persons or companies that are there already and not for this key to "
            "see. Nothing was done. Send them with a key that sees them.",
            field="items",
        )


def _said(given: Mapping[str, Any], known: _Known, names: set[str]) -> Said | TragtError:
    """What an item tells of which record, or why nothing is done.

    Args:
        given: The item.
        known: What items refer to.
        names: By what items before it name new records; its own is added.
    """
    try:
        name = _name(known.kind, given)
        found = known.found(given, name)
        known.check(given, found)
        if found is None and name in names:
            raise Conflict("people.twice", f"An item before this one makes '{name}'. Send both as one.")
        told = statement_of(changes_of(given, known.values))
        if found is None:
            check_filled(known.required, told.get("traits"))
        if known.kind is PERSON:
            told = _person_told(told, is_new=found is None)
        elif found is None and not name:
            raise InvalidDefinition("people.no_name", "A company needs a name or a domain.", field="name")
    except TragtError as wrong:
        return wrong
    if found is None and name:
        names.add(name)
    return Said(found[0] if found else None, told, (given.get("domain") or "").lower() or given.get("name") or "")


def _person_told(told: Mapping[str, object], *, is_new: bool) -> dict[str, object]:
    """What is told of a person, in the one spelling.

    Raises:
        InvalidDefinition: A value that cannot be, or nothing that tells a new person apart.
    """
    kept = {name: spelled(name, value) for name, value in told.items()}
    if not is_new:
        return kept
    kept = {name: value for name, value in kept.items() if value is not None}
    if not kept.keys() & {"name", "email", "phone"}:
        said = "A person needs a name, an e-mail address or a telephone number."
        raise InvalidDefinition("people.nobody", said, field="name")
    return kept


def _name(kind: Kind, given: Mapping[str, Any]) -> str:
    """By what an item names its record; empty where it does not."""
    if kind is PERSON:
        return email(given.get("email") or "")
    return company_key(given.get("domain") or given.get("name") or "")


def _known(kind: Kind, sent: Sequence[Mapping[str, Any]], user: User) -> _Known:
    seen, every = kind.visible(user), kind.rows()
    keys = {one["id"] for one in sent if one.get("id") is not None}
    names = {name for one in sent if one.get("id") is None and (name := _name(kind, one))}
    field = "email" if kind is PERSON else "key"
    # Of several with one address the first is meant.
    named = {name: (key, owner) for name, key, owner in _named(seen, field, names)}
    if kind is COMPANY:
        named = {name: (key, owner) for name, key, owner in _named(seen, "domain", names)} | named
    fields = (field,) if kind is PERSON else (field, "domain")
    there = {name for one in fields for name, _key, _owner in _named(every, one, names)}
    owners = User.objects.filter(is_active=True, pk__in={one["owner"] for one in sent if one.get("owner") is not None})
    return _Known(
        kind=kind,
        by_key={key: (key, owner) for key, owner in seen.filter(pk__in=keys).values_list("pk", "owner_id")},
        by_name=named,
        hidden=frozenset(there - named.keys()),
        reach=changeable_owners(user),
        owners=frozenset(owners.values_list("pk", flat=True)),
        values=known_for(kind, sent, user),
        required=tuple(one for one in fields_of(kind) if one.required),
    )


def _named(rows: Rows, field: str, names: Collection[str]) -> list[tuple[str, int, int | None]]:
    return list(rows.filter(**{f"{field}__in": names}).order_by("-pk").values_list(field, "pk", "owner_id"))


def _outcome(request: HttpRequest, said: Said | TragtError, keys: Iterator[int]) -> Outcome:
    if isinstance(said, Said):
        status = HTTPStatus.CREATED if said.key is None else HTTPStatus.OK
        return Outcome(status=status, id=next(keys), problem=None)
    problem = Problem.model_validate_json(problem_of(request, said).content)
    return Outcome(status=problem.status, id=None, problem=problem)


def _check_tags(sent: Sequence[Mapping[str, Any]]) -> None:
    if len(_every(sent, "tags") | _every(sent, "remove_tags")) > MOST_TAGS:
        raise InvalidDefinition(
            "people.tags", f"All items together name at most {MOST_TAGS} tags. Send several requests.", field="items"
        )


def _mark(kind: Kind, done: Sequence[tuple[int, Mapping[str, Any]]], who: Who) -> None:
    """Mark records with tags and hand them over, all of one tag or owner together."""
    sent = [given for _key, given in done]
    for name in sorted(_every(sent, "tags")):
        tag(kind, [key for key, given in done if name in given.get("tags", ())], name, who=who)
    if gone := _every(sent, "remove_tags"):
        known = {one.name.casefold(): one.pk for one in tags_seen(who.user if isinstance(who.user, User) else None)}
        for name in sorted(gone):
            if (of := known.get(" ".join(name.split()).casefold())) is not None:
                untag(kind, [key for key, given in done if name in given.get("remove_tags", ())], of, who=who)
    by_owner: dict[int | None, list[int]] = {}
    for key, given in done:
        if "owner" in given:
            by_owner.setdefault(given["owner"], []).append(key)
    for owner, keys in by_owner.items():
        assign(kind, keys, owner, who=who)


def _every(sent: Sequence[Mapping[str, Any]], name: str) -> set[str]:
    return {tag for one in sent for tag in one.get(name, ())}
