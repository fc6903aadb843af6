"""What programs tell of persons and companies: bodies, and what the actions take for them. The unit is the record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from tragt.errors import InvalidDefinition
from tragt.web.accounts.models import User
from tragt.web.api.schemas import Body, Key
from tragt.web.people.actions.editing import TRAITS
from tragt.web.people.kinds import COMPANY
from tragt.web.people.normal import company_key, email
from tragt.web.records.api.custom import Told, fields_told, users_named
from tragt.web.records.api.marks import TagNames
from tragt.web.records.kinds import Kind
from tragt.web.records.models import Field as CustomField
from tragt.web.records.queries.fields import fields_of

__all__ = [
    "Address",
    "CompanyChange",
    "Domain",
    "Known",
    "Name",
    "NewCompany",
    "NewPerson",
    "OwnerTold",
    "PersonChange",
    "changes_of",
    "known_for",
    "statement_of",
]

_LONGEST_ADDRESS = 254

Name = Annotated[str, Field(max_length=300)]
Address = Annotated[str, Field(max_length=_LONGEST_ADDRESS, description="An e-mail address; capitals do not matter.")]
_Phone = Annotated[str, Field(max_length=64, description="With its country, such as `+45 33 12 34 56`.")]
_Company = Annotated[Key | None, Field(description="Key of the company; null means that none is named.")]
_CompanyName = Annotated[
    Name | None, Field(description="Name of the company, in place of its key; one that is not known is made.")
]
_Owner = Annotated[Key | None, Field(description="Key of the user whose it shall be; null means everyone's.")]
Domain = Annotated[
    str,
    Field(
        max_length=250,
        pattern=r"^[^\s@/.][^\s@/]*\.[^\s@/.]+$",
        description="The part of its addresses after the @, such as `nordlys.dk`; capitals do not matter.",
    ),
]


class PersonChange(Body):
    """What is told of a person; null empties a field, and what is not sent stays."""

    name: Name | None = None
    email: Address | None = None
    phone: _Phone | None = None
    company: _Company = None
    company_name: _CompanyName = None
    owner: _Owner = None
    fields: Told = {}


class NewPerson(PersonChange):
    """What is told of a new person: at least a name, an e-mail address or a telephone number.

    Who does not say an owner, owns the person.
    """

    tags: TagNames = []


class CompanyChange(Body):
    """What is told of a company; null empties a field, and what is not sent stays."""

    name: Annotated[Name, Field(min_length=1)] = ""
    domain: Domain | None = None
    market: Literal["small", "mid", "enterprise"] | None = None
    owner: _Owner = None
    fields: Told = {}


class NewCompany(CompanyChange):
    """What is told of a new company: at least a name or a domain."""

    tags: TagNames = []


class OwnerTold(Body):
    """Whose a record shall be."""

    owner: Annotated[Key | None, Field(description="Key of the user; null means everyone's.")]


@dataclass(frozen=True, slots=True)
class Known:
    """What bodies refer to, read once for all of them.

    Attributes:
        fields: The custom fields of the kind that is told of.
        users: Keys of the users whom custom fields may name.
        companies: The companies that the user sees, of those that are named by key: name and key of the log.
    """

    fields: tuple[CustomField, ...]
    users: frozenset[int]
    companies: Mapping[int, tuple[str, str]]


def known_for(kind: Kind, given: Sequence[Mapping[str, Any]], user: User) -> Known:
    """What some bodies refer to.

    Args:
        kind: Persons or companies.
        given: What was sent of each record.
        user: Who tells.
    """
    keys = {one["company"] for one in given if one.get("company") is not None}
    named = COMPANY.visible(user).filter(pk__in=keys).values_list("pk", "name", "key") if keys else ()
    fields = tuple(fields_of(kind)) if any(one.get("fields") for one in given) else ()
    return Known(fields, users_named(fields), {key: (name, known_by) for key, name, known_by in named})


def changes_of(given: Mapping[str, Any], known: Known) -> dict[str, object]:
    """What was sent of a record, by the names under which it is changed.

    Args:
        given: What was sent.
        known: What it refers to.

    Raises:
        InvalidDefinition: A value that cannot be.
    """
    changes: dict[str, object] = {name: given[name] for name in ("name", "phone") if name in given}
    if "domain" in given:
        changes["domain"] = given["domain"] and given["domain"].lower()
    if "market" in given:
        changes[f"{TRAITS}market"] = given["market"]
    if {"company", "company_name"} <= given.keys():
        raise InvalidDefinition("people.two_companies", "Send either company or company_name.", field="company")
    if "email" in given:
        changes["email"] = _address(given["email"])
    if "company_name" in given:
        changes["company"] = _company_name(given["company_name"])
    elif "company" in given:
        changes["company"] = _company(given["company"], known)
    told = fields_told(known.fields, given.get("fields") or {}, known.users)
    return changes | {f"{TRAITS}{code}": value for code, value in told.items()}


def statement_of(changes: Mapping[str, object]) -> dict[str, object]:
    """What was sent of a record as what is told of it: custom fields under ``traits``."""
    traits = {name.removeprefix(TRAITS): value for name, value in changes.items() if name.startswith(TRAITS)}
    told = {name: value for name, value in changes.items() if not name.startswith(TRAITS)}
    return {**told, "traits": traits} if traits else told


def _address(given: str | None) -> str | None:
    """An address that its column takes: one of foreign letters grows as the DNS spells it."""
    if given and len(email(given)) > _LONGEST_ADDRESS:
        raise InvalidDefinition("people.value", "This address is too long.", field="email")
    return given


def _company_name(given: str | None) -> str | None:
    if given and not company_key(given):
        raise InvalidDefinition("people.no_name", "A company needs a name.", field="company_name")
    return given


def _company(key: int | None, known: Known) -> str | None:
    """The name of a company that leads to it."""
    if key is None:
        return None
    if key not in known.companies:
        raise InvalidDefinition("people.no_company", f"There is no company {key} for this key to see.", field="company")
    name, known_by = known.companies[key]
    return name if company_key(name) == known_by else known_by
