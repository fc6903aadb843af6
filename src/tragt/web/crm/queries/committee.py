"""Reading who is on a deal, and finding people and companies by what somebody types."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from tragt.web.accounts.models import User
from tragt.web.accounts.reach import owned_by, seen_by, visible_owners
from tragt.web.crm.models import Deal, Member
from tragt.web.people.models import Company, Identifier, Person
from tragt.web.people.normal import company_key
from tragt.web.people.queries.identity import joined
from tragt.web.records.expressions import Folded, variants

__all__ = [
    "Committee",
    "actors_of",
    "committee_of",
    "companies_like",
    "company_named",
    "people_like",
    "person_typed",
    "written",
]

MOST = 8
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Committee:
    """The people of a deal.

    Attributes:
        now: Who is on it, the primary contact first, then by their time.
        before: Who was on it, who left last first.
        unseen: How many are on it who are not the reader's to see.
    """

    now: list[Member]
    before: list[Member]
    unseen: int = 0


def committee_of(deal: Deal, user: User | None) -> Committee:
    """The people of a deal; those who were struck are left out.

    Args:
        deal: The deal.
        user: Who looks; None sees everybody.
    """
    there = Member.objects.filter(deal=deal, person__struck=None).select_related("person__company")
    owners = visible_owners(user) if user is not None else None
    every = list(there)
    rows = [row for row in every if owned_by(owners, row.person.owner_id)]
    ended = [(row.until, row) for row in rows if row.until is not None]
    return Committee(
        now=[row for row in rows if row.until is None],
        before=[row for _until, row in sorted(ended, key=_when, reverse=True)],
        unseen=sum(row.until is None for row in every) - sum(row.until is None for row in rows),
    )


def actors_of(deal: Deal, user: User | None) -> list[str]:
    """Who is on a deal now whom a user sees, as the log calls them: each once, a user of the log where there is one.

    Args:
        deal: The deal.
        user: Who looks; None sees everybody.
    """
    there = Member.objects.filter(seen_by(user, "person__owner"), deal=deal, until=None, person__struck=None)
    rows = Identifier.objects.filter(person__in=there.values("person")).order_by("pk").values_list("person", "actor")
    first: dict[int, str] = {}
    for person, actor in sorted(rows, key=lambda row: row[1].startswith("a:")):
        first.setdefault(person, actor)
    one = dict(joined(first.values()).iter_rows())
    return list(dict.fromkeys(one.get(actor, actor) for actor in first.values()))


def people_like(text: str, user: User | None) -> Sequence[Person]:
    """Persons whose name or e-mail address begins as a text; at most `MOST`.

    Args:
        text: What was typed; of fewer than two letters nobody is found.
        user: Who looks.
    """
    text = text.strip()
    if len(text) < _SHORTEST:
        return []
    rows = Person.objects.filter(seen_by(user), struck=None).select_related("company").alias(folded=Folded("name"))
    named = list(rows.filter(_begins("folded", text)).order_by("folded", "pk")[:MOST])
    known = {one.pk for one in named}
    reached = rows.filter(email__begins=text.lower()).order_by("email", "pk")[:MOST]
    return [*named, *(one for one in reached if one.pk not in known)][:MOST]


def companies_like(text: str, user: User | None) -> Sequence[Company]:
    """Companies whose name begins as a text; at most `MOST`.

    Args:
        text: What was typed; of fewer than two letters none is found.
        user: Who looks.
    """
    key = company_key(text)
    if len(key) < _SHORTEST:
        return []
    rows = Company.objects.filter(seen_by(user)).alias(folded=Folded("name"))
    named = list(rows.filter(_begins("folded", text.strip())).order_by("folded", "pk")[:MOST])
    known = {one.pk for one in named}
    keyed = rows.filter(key__begins=key).order_by("key")[:MOST]
    return [*named, *(one for one in keyed if one.pk not in known)][:MOST]


def company_named(name: str, user: User | None) -> Company | None:
    """The company of a name, whatever its capitals and spaces; None where none that they see has it.

    Args:
        name: As somebody typed it.
        user: Who looks.
    """
    rows = Company.objects.filter(seen_by(user))
    by_key = rows.filter(key=company_key(name)).first()
    folded = rows.alias(folded=Folded("name")).filter(folded__in=variants(name.strip()))
    return by_key or folded.order_by("pk").first()


def person_typed(name: str, email: str, user: User | None) -> list[Person]:
    """The persons of an e-mail address, or without one of a name; at most two, enough to know whether it is one.

    Args:
        name: Name; used where there is no address.
        email: Address, normalised; empty where there is none.
        user: Who looks.
    """
    wanted = Q(email=email) if email else Q(folded__in=variants(name.strip()))
    rows = Person.objects.filter(seen_by(user), struck=None).alias(folded=Folded("name"))
    return list(rows.filter(wanted).order_by("pk")[:2])


def written(person: Person) -> str:
    """A person as a field shows and takes them: ``Anna Holm <anna@nordlys.example>``, ``Anna Holm #12``."""
    if person.email:
        return f"{person.name} <{person.email}>" if person.name else person.email
    return f"{person} #{person.pk}"


def _begins(field: str, text: str) -> Q:
    """The condition that a field, in small letters as its index has it, begins with a text."""
    found = Q()
    for one in variants(text):
        found |= Q(**{f"{field}__begins": one})
    return found


def _when(pair: tuple[datetime, Member]) -> datetime:
    return pair[0]
