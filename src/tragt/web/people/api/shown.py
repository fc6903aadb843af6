"""Persons and companies as they are answered. The number of queries does not grow with their number."""

from collections.abc import Sequence
from datetime import datetime

from ninja import Schema
from pydantic import Field

from tragt.web.accounts.models import User
from tragt.web.people.kinds import COMPANY, PERSON
from tragt.web.people.models import Company, Person
from tragt.web.records.api.custom import Shown, fields_shown
from tragt.web.records.models import Field as CustomField
from tragt.web.records.queries.fields import fields_of

__all__ = ["CompanyShown", "PersonShown", "companies_shown", "company_shown", "person_shown", "persons_shown"]


class PersonShown(Schema):
    """A person."""

    id: int
    name: str
    email: str
    phone: str = Field(description="As E.164 writes it: `+4533123456`.")
    company: int | None = Field(description="Key of the company; null where there is none for this key to see.")
    company_name: str = Field(description="Name of that company; empty where there is none.")
    owner: int | None = Field(description="Key of the user whose person this is; null means that it is everyone's.")
    tags: list[str] = Field(description="Names of tags, in their order.")
    fields: Shown
    created: datetime
    updated: datetime = Field(description="When what is known of the person last changed.")


class CompanyShown(Schema):
    """A company."""

    id: int
    key: str = Field(description="By what events and files name it, whatever their capitals and spaces.")
    name: str
    domain: str = Field(description="Empty where none is known.")
    market: str = Field(description="`small`, `mid` or `enterprise`; empty where none is known.")
    owner: int | None = Field(description="Key of the user whose company this is; null means that it is everyone's.")
    tags: list[str] = Field(description="Names of tags, in their order.")
    fields: Shown
    created: datetime


def persons_shown(rows: Sequence[Person], fields: Sequence[CustomField], user: User) -> list[PersonShown]:
    """Persons, as they are answered.

    Args:
        rows: With their tags fetched beforehand, where they are many.
        fields: The custom fields of persons.
        user: Who asks: companies that they do not see are not named.
    """
    keys = {row.company_id for row in rows if row.company_id is not None}
    named = dict(COMPANY.visible(user).filter(pk__in=keys).values_list("pk", "name")) if keys else {}
    return [
        PersonShown(
            id=row.pk,
            name=row.name,
            email=row.email,
            phone=row.phone,
            company=row.company_id if row.company_id in named else None,
            company_name=named.get(row.company_id, ""),
            owner=row.owner_id,
            tags=_tags(row),
            fields=fields_shown(PERSON, fields, row),
            created=row.created,
            updated=row.updated,
        )
        for row in rows
    ]


def companies_shown(rows: Sequence[Company], fields: Sequence[CustomField]) -> list[CompanyShown]:
    """Companies, as they are answered.

    Args:
        rows: With their tags fetched beforehand, where they are many.
        fields: The custom fields of companies.
    """
    return [
        CompanyShown(
            id=row.pk,
            key=row.key,
            name=row.name,
            domain=row.domain,
            market=row.market,
            owner=row.owner_id,
            tags=_tags(row),
            fields=fields_shown(COMPANY, fields, row),
            created=row.created,
        )
        for row in rows
    ]


def person_shown(row: Person, user: User) -> PersonShown:
    """A person, as it is answered."""
    return persons_shown([row], fields_of(PERSON), user)[0]


def company_shown(row: Company) -> CompanyShown:
    """A company, as it is answered."""
    return companies_shown([row], fields_of(COMPANY))[0]


def _tags(row: Person | Company) -> list[str]:
    return sorted(tag.name for tag in row.tags.all())
