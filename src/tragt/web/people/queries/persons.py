"""Persons and companies for lists. The number of queries does not grow with the list."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
from django.utils.translation import gettext

from tragt.web.accounts.models import User
from tragt.web.accounts.reach import seen_by, visible_owners
from tragt.web.people.models import Company, Identifier, Person
from tragt.web.people.queries.identity import joined

__all__ = [
    "Named",
    "colleagues",
    "companies_of",
    "company_at",
    "person_at",
    "person_of_row",
    "persons_of",
    "seen_of",
]


@dataclass(frozen=True, slots=True)
class Named:
    """Who or what an id of the log is.

    Attributes:
        id: The id, as the log has it.
        label: What it is called on a page; never empty.
        key: Key of its row; None where there is none.
        email: E-mail address; empty where there is none.
        company: Name of the company; empty where there is none.
        phone: Telephone number; empty where there is none.
        company_key: Key of the company's row; None where there is none.
    """

    id: str
    label: str
    key: int | None = None
    email: str = ""
    company: str = ""
    phone: str = ""
    company_key: int | None = None


def persons_of(ids: Sequence[str], one: pl.DataFrame | None = None) -> list[Named]:
    """The persons that ids are, in the order of the ids.

    Args:
        ids: Canonical actors, as the column ``person`` of the event log has them.
        one: Who is one with them, as `joined` gives it, where that was asked already.
    """
    of_user = (joined(ids) if one is None else one).filter(pl.col("person").is_in(list(ids)))
    canonical = {**{each: each for each in ids}, **dict(of_user.select("actor", "person").iter_rows())}
    rows = Identifier.objects.filter(actor__in=list(canonical), person__struck=None).select_related("person__company")
    described: dict[str, Person] = {}
    for row in rows.order_by("pk"):
        person = canonical[row.actor]
        if person not in described or row.actor == person:
            described[person] = row.person
    return [_named(each, described.get(each)) for each in ids]


def companies_of(ids: Sequence[str]) -> list[Named]:
    """The companies that ids are, in the order of the ids.

    Args:
        ids: Keys, as the column ``company`` of the event log has them.
    """
    found = {row.key: row for row in Company.objects.filter(key__in=list(ids))}
    return [Named(one, found[one].name, found[one].pk) if one in found else Named(one, one) for one in ids]


def person_at(key: int) -> Named | None:
    """The person whose row this is; None where there is none, or none any more.

    Args:
        key: Key of the row.
    """
    row = Person.objects.select_related("company").filter(pk=key, struck=None).first()
    return person_of_row(row) if row else None


def person_of_row(row: Person) -> Named | None:
    """The person whose row this is; None where the log knows none by it.

    Args:
        row: The row, with its company.
    """
    rows = Identifier.objects.filter(person=row).order_by("pk").values_list("actor", flat=True)
    actors = sorted(rows, key=lambda actor: actor.startswith("a:"))
    if not actors:
        return None
    one = joined(actors[:1])
    if one.is_empty():
        return _named(actors[0], row)
    return persons_of([dict(one.iter_rows()).get(actors[0], actors[0])], one)[0]


def company_at(key: int) -> Named | None:
    """The company whose row this is; None where there is none.

    Args:
        key: Key of the row.
    """
    row = Company.objects.filter(pk=key).first()
    return Named(row.key, row.name, row.pk) if row else None


def colleagues(company: int, most: int, user: User | None = None) -> tuple[list[Person], int]:
    """Persons whose rows say that they belong to a company, by name, and how many there are.

    Args:
        company: Key of its row.
        most: How many are given at most.
        user: Who looks; others than they see are left out. None sees everyone.
    """
    rows = Person.objects.filter(seen_by(user), company=company, struck=None)
    return list(rows.order_by("name", "email", "pk")[:most]), rows.count()


def seen_of(found: Sequence[Named], user: User | None) -> list[Named]:
    """Those of some persons that a user sees; whom no row describes, everybody sees.

    Args:
        found: Persons.
        user: Who looks; None sees everyone.
    """
    if user is None or visible_owners(user) is None:
        return list(found)
    rows = Person.objects.filter(seen_by(user), pk__in={one.key for one in found if one.key is not None})
    seen = set(rows.values_list("pk", flat=True))
    return [one for one in found if one.key is None or one.key in seen]


def _named(one: str, person: Person | None) -> Named:
    kind, _, rest = one.partition(":")
    label = gettext("Anonymous visitor %(id)s") % {"id": rest[:8]} if kind == "a" else rest
    if person is None:
        return Named(one, label)
    known = person.name or person.email or person.phone or label
    company = person.company.name if person.company else ""
    return Named(one, known, person.pk, person.email, company, person.phone, person.company_id)
