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
from tragt.web.api.operations import operation
from tragt.web.api.problems import Problem, problem_of
from tragt.web.api.schemas import Body, Key
from tragt.web.people.actions.adding import check_filled, company_hidden
from tragt.web.people.actions.domains import take_turns_at
from tragt.web.people.actions.editing import check_domain
from tragt.web.people.actions.owners import assign
from tragt.web.people.actions.several import Said, tell_companies, tell_persons
from tragt.web.people.actions.who_is_who import spelled
from tragt.web.people.api.told import CompanyChange, Known, PersonChange, changes_of, known_for, statement_of
from tragt.web.people.api.unseen import check_hidden, unseen_companies
from tragt.web.people.kinds import COMPANY, PERSON
from tragt.web.people.models import Company
from tragt.web.people.normal import company_key, domain_spellings, email
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
        who: Who tells.
        by_key: The records that the user sees, of those that items name by key: key and owner.
        by_name: The same of those that items name by address, domain or name.
        hidden: Addresses, domains and names of records that the user does not see.
        firms: By what persons are put to companies that the user does not see.
        domains: The companies that have or are known by the domains that items give.
        reach: The owners whose records the user changes; None means everyone's.
        owners: Who may own records.
        values: What the values of items refer to.
        required: The custom fields that a new record must have.
    """

    kind: Kind
    who: Who
    by_key: Mapping[int, _Found]
    by_name: Mapping[str, _Found]
    hidden: frozenset[str]
    firms: frozenset[str]
    domains: Mapping[str, frozenset[int]]
    reach: frozenset[int] | None
    owners: frozenset[int]
    values: Known
    required: tuple[CustomField, ...]

    def check(self, given: Mapping[str, Any], found: _Found | None) -> None:
        """Make sure that a record is one to change, and that what it is put to may be that.

        Raises:
            NotAllowed: It belongs to somebody else.
            InvalidDefinition: The owner is nobody who can sign in, the company of a person is not seen, or the domain
                is another company's.
        """
        if found and not owned_by(self.reach, found[1]):
            raise NotAllowed("accounts.not_yours", "This belongs to somebody else. Ask its owner or a manager.")
        owner = given.get("owner")
        if owner is not None and owner not in self.owners:
            raise InvalidDefinition("accounts.no_user", f"There is no user {owner} who can sign in.", field="owner")
        firm = given.get("company_name")
        if firm and company_key(firm) in self.firms:
            raise company_hidden(firm)
        if found and "domain" in given:
            self._check_domain(found[0], given["domain"])

    def found(self, given: Mapping[str, Any], names: Sequence[str]) -> _Found | None:
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
        seen = next((self.by_name[name] for name in names if name in self.by_name), None)
        if seen is None and not self.hidden.isdisjoint(names):
            raise Conflict(
                "people.hidden", "There is one of this name or address already, which is not for this key to see."
            )
        return seen

    def _check_domain(self, key: int, domain: str | None) -> None:
        """Ask of a domain alone that others have, or that is taken away."""
        small = (domain or "").lower()
        if not small or any(self.domains.get(one, frozenset()) - {key} for one in domain_spellings(small)):
            check_domain(Company.objects.get(pk=key), small, self.who)


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
        take_turns_at(one.get("domain") or "" for one in sent)
        known, claimed = _known(kind, sent, user), dict[str, int | None]()
        said = [_said(given, known, claimed) for given in sent]
        check_hidden(request, sum(isinstance(one, TragtError) and one.code.endswith("hidden") for one in said))
        good = [one for one in said if isinstance(one, Said)]
        tell = tell_persons if kind is PERSON else tell_companies
        keys = iter(tell(good, who=who) if good else [])
        outcomes = [_outcome(request, one, keys) for one in said]
        done = [(one.id, given) for one, given in zip(outcomes, sent, strict=True) if one.id is not None]
        _mark(kind, done, who)
    return Outcomes(items=outcomes, refused=len(said) - len(good))


def _said(given: Mapping[str, Any], known: _Known, claimed: dict[str, int | None]) -> Said | TragtError:
    """What an item tells of which record, or why nothing is done.

    Args:
        given: The item.
        known: What items refer to.
        claimed: By what items before it name new records, and the domains that they give known ones; its own are added.
    """
    try:
        names = _names(known.kind, given)
        found = known.found(given, names)
        key = found[0] if found else None
        known.check(given, found)
        own = names if found is None or given.get("domain") else ()
        _check_claimed(own, key, claimed)
        told = statement_of(changes_of(given, known.values))
        if found is None:
            check_filled(known.required, told.get("traits"))
        if known.kind is PERSON:
            told = _person_told(told, is_new=found is None)
        elif found is None and not names:
            raise InvalidDefinition("people.no_name", "A company needs a name or a domain.", field="name")
    except TragtError as wrong:
        return wrong
    claimed.update(dict.fromkeys(own, key))
    return Said(key, told, (given.get("domain") or "").lower() or given.get("name") or "")


def _check_claimed(names: Sequence[str], key: int | None, claimed: Mapping[str, int | None]) -> None:
    """Make sure that no two items make one record, or give one domain to two.

    Raises:
        Conflict: They do.
    """
    for name in names:
        if name in claimed and (key is None or claimed[name] != key):
            raise Conflict("people.twice", f"An item before this one is of '{name}' too. Send both as one.")


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


def _names(kind: Kind, given: Mapping[str, Any]) -> Sequence[str]:
    """By what an item names its record; a domain of foreign letters has two spellings. Nothing where it does not."""
    if kind is PERSON:
        spelled = [email(given.get("email") or "")]
    elif given.get("domain"):
        spelled = [company_key(one) for one in domain_spellings(given["domain"].lower())]
    else:
        spelled = [company_key(given.get("name") or "")]
    return [one for one in spelled if one]


def _known(kind: Kind, sent: Sequence[Mapping[str, Any]], user: User) -> _Known:
    seen, every = kind.visible(user), kind.rows()
    keys = {one["id"] for one in sent if one.get("id") is not None}
    names = {name for one in sent if one.get("id") is None for name in _names(kind, one)}
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
        who=Who.of(user),
        by_key={key: (key, owner) for key, owner in seen.filter(pk__in=keys).values_list("pk", "owner_id")},
        by_name=named,
        hidden=frozenset(there - named.keys()),
        firms=unseen_companies((one["company_name"] for one in sent if one.get("company_name")), user),
        domains=_domains(sent),
        reach=changeable_owners(user),
        owners=frozenset(owners.values_list("pk", flat=True)),
        values=known_for(kind, sent, user),
        required=tuple(one for one in fields_of(kind) if one.required),
    )


def _domains(sent: Sequence[Mapping[str, Any]]) -> Mapping[str, frozenset[int]]:
    """The companies that have the domains which items give, or are known by them."""
    given = {spelled for one in sent if one.get("domain") for spelled in domain_spellings(one["domain"].lower())}
    found: dict[str, set[int]] = {}
    for field in ("domain", "key") if given else ():
        # By its key a company is known in small letters and one spelling of signs.
        asked = {company_key(one) if field == "key" else one: one for one in given}
        for name, key, _owner in _named(COMPANY.rows(), field, asked):
            found.setdefault(asked[name], set()).add(key)
    return {domain: frozenset(keys) for domain, keys in found.items()}


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
