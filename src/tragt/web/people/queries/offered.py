"""Persons and companies that what somebody types leads to, of those that they see."""

from collections.abc import Sequence

from django.db.models import Q

from tragt.web.accounts.models import User
from tragt.web.accounts.reach import seen_by
from tragt.web.people.models import Company, Person
from tragt.web.people.normal import company_key, domain_spellings
from tragt.web.records.expressions import Folded, variants

__all__ = ["MOST", "companies_like", "company_named", "company_told", "namesakes"]

MOST = 8
_SHORTEST = 2
_MOST_NAMESAKES = 3


def companies_like(text: str, user: User | None) -> Sequence[Company]:
    """Companies whose name, or domain, begins as a text; at most `MOST`.

    Args:
        text: What was typed; of fewer than two letters none is found.
        user: Who looks.
    """
    key = company_key(text)
    if len(key) < _SHORTEST:
        return []
    rows = Company.objects.filter(seen_by(user)).alias(folded=Folded("name"))
    begins = Q()
    for one in variants(text.strip()):
        begins |= Q(folded__begins=one)
    named = list(rows.filter(begins).order_by("folded", "pk")[:MOST])
    known = {one.pk for one in named}
    for field in ("key", "domain"):
        found = [one for one in rows.filter(**{f"{field}__begins": key}).order_by(field)[:MOST] if one.pk not in known]
        known |= {one.pk for one in found}
        named += found
    return named[:MOST]


def company_named(name: str, user: User | None) -> Company | None:
    """The company of a name, whatever its capitals and spaces, or of a domain; None where none that they see has it.

    Args:
        name: As somebody typed it.
        user: Who looks.
    """
    rows = Company.objects.filter(seen_by(user))
    by_key = rows.filter(key=company_key(name)).first()
    folded = rows.alias(folded=Folded("name")).filter(folded__in=variants(name.strip()))
    named = by_key or folded.order_by("pk").first()
    if named or "." not in name:
        return named
    return rows.filter(domain__in=domain_spellings(name.strip().lower())).order_by("pk").first()


def company_told(name: str, user: User | None) -> str:
    """What a statement tells so that it leads to the company that somebody named; the name itself where it is new.

    Args:
        name: As somebody typed it.
        user: Who names it.
    """
    found = company_named(name, user)
    if found is None:
        return name
    return found.name if company_key(found.name) == found.key else found.key


def namesakes(kind: str, name: str, user: User | None) -> Sequence[Person] | Sequence[Company]:
    """The first few persons or companies of a name that a user sees.

    Args:
        kind: ``person`` or ``company``.
        name: As somebody typed it, whatever its capitals; nobody is called nothing.
        user: Who looks.
    """
    wanted = variants(" ".join(name.split()))
    if not name.strip():
        return []
    if kind == "company":
        companies = Company.objects.filter(seen_by(user)).alias(folded=Folded("name"))
        return list(companies.filter(folded__in=wanted).order_by("pk")[:_MOST_NAMESAKES])
    persons = Person.objects.filter(seen_by(user), struck=None).alias(folded=Folded("name"))
    return list(persons.filter(folded__in=wanted).select_related("company").order_by("pk")[:_MOST_NAMESAKES])
