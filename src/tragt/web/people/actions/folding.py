"""Making rows of persons be what their statements add up to. Parts of the actions, which ask for permission."""

import itertools
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import polars as pl
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from tragt.web.jobs.actions import enqueue
from tragt.web.jobs.registry import find
from tragt.web.log.actions import touch
from tragt.web.people.bulk import CHUNK, Row, chunks, insert, update
from tragt.web.people.models import Company, Market, Mention, Person, Statement
from tragt.web.people.normal import company_keys, domain_spellings, domains
from tragt.web.people.signals import persons_changed
from tragt.web.people.told import Told, add_up
from tragt.web.shell.acting import SYSTEM

__all__ = [
    "IN_ORDER",
    "companies_by_name",
    "companies_for",
    "drop_companies",
    "follow_domains",
    "made_for_addresses",
    "market_of",
    "mention",
    "refold",
    "refold_companies",
]

IN_ORDER = ("trusted", "at", "pk")
"""The order in which statements count: of two that tell of a field the later one does."""

AT_ONCE = 1_000
"""More persons than these follow a domain by a job, so that nobody who saves a company waits for them."""

_FIELDS = ("name", "email", "phone", "traits", "company")
_LONGEST_DOMAIN = 255

State = tuple[str, str, str, dict[str, object], int | None]


def mention(names: Iterable[str], cause: str) -> None:
    """Note that a cause names companies; those that are not known are made."""
    keys = set(companies_by_name(names).values())
    # A user names thousands over the years, and few of them at once.
    noted = {
        key
        for part in chunks(sorted(keys))
        for key in Mention.objects.filter(cause=cause, company__in=part).values_list("company", flat=True)
    }
    now = timezone.now()
    rows: list[Row] = [(key, cause, True, now, {}) for key in sorted(keys - noted)]
    insert(Mention, ("company", "cause", "trusted", "at", "told"), rows)


def companies_for(known: Sequence[Told], standing: Sequence[int | None] = ()) -> list[int | None]:
    """The company of each: the one that is named, else the one of the domain of its e-mail address, else none.

    Args:
        known: What is known of persons.
        standing: To which company each belongs now: of several with its domain it stays in that one. Empty where nobody
            belongs to any yet.
    """
    unnamed = pl.Series([None if one.company else one.email or None for one in known], dtype=pl.String)
    own = domains(unnamed).to_list()
    named = companies_by_name(one.company for one in known)
    drawn = _of_domains({domain for domain in own if domain})
    return [
        _chosen(drawn.get(domain, ()), now) if domain else named.get(one.company)
        for one, domain, now in zip(known, own, standing or [None] * len(known), strict=True)
    ]


def _chosen(companies: Sequence[int], now: int | None) -> int | None:
    return now if now in companies else next(iter(companies), None)


def _of_domains(wanted: Collection[str]) -> dict[str, list[int]]:
    """The companies of domains: the one that is known by it first, then those that were given it; else a new one."""
    by_key = _known(sorted(wanted))
    found = {domain: [by_key[domain]] if domain in by_key else [] for domain in wanted}
    written = {spelling: domain for domain in sorted(wanted) for spelling in domain_spellings(domain)}
    for part in chunks(sorted(written)):
        for spelling, key in Company.objects.filter(domain__in=part).order_by("pk").values_list("domain", "pk"):
            if key not in found[written[spelling]]:
                found[written[spelling]].append(key)
    made = companies_by_name(domain for domain, companies in found.items() if not companies)
    return found | {domain: [key] for domain, key in made.items()}


def drop_companies(among: Collection[int] | None = None) -> int:
    """Remove the companies that nobody names, that nothing belongs to and nobody has taken up, of some or of all.

    Returns:
        How many.
    """
    every = Company.objects.all() if among is None else Company.objects.filter(pk__in=among)
    return _with_nothing(every).delete()[0]


def made_for_addresses(companies: QuerySet[Company]) -> QuerySet[Company]:
    """Those of some companies that are there for the domain of addresses alone.

    Nobody named, marked or took them up, and nothing but persons belongs to them.
    """
    return _with_nothing(companies.filter(name=F("key"), tags=None), but=Person)


def _with_nothing(companies: QuerySet[Company], but: Any = None) -> QuerySet[Company]:
    """Those of some companies that nobody owns and that nothing belongs to, rows of one model aside."""
    companies = companies.filter(owner=None)
    for link in Company._meta.related_objects:  # noqa: SLF001 - Django's public name
        model = link.field.model
        if model is not but:
            belongs = model._default_manager.filter(**{link.field.name: OuterRef("pk")})  # noqa: SLF001
            companies = companies.filter(~Exists(belongs))
    return companies


def companies_by_name(names: Iterable[str | None]) -> dict[str, int]:
    """The keys of companies by their names as given, or their domains; those that are not known are made."""
    given = pl.Series([name for name in dict.fromkeys(names) if name], dtype=pl.String)
    if given.is_empty():
        return {}
    spelled = pl.DataFrame({"name": given, "key": company_keys(given)}).drop_nulls()
    found = _known(spelled["key"].to_list())
    new = spelled.unique("key", keep="first", maintain_order=True).filter(~pl.col("key").is_in(list(found)))
    now = timezone.now()
    rows: list[Row] = [(key, name, _domain(key, name), {}, now) for name, key in new.iter_rows()]
    insert(Company, ("key", "name", "domain", "traits", "created"), rows)
    found |= _known(new["key"].to_list())
    return {name: found[key] for name, key in spelled.iter_rows()}


def refold(persons: Sequence[int], moving: Mapping[int, int] | None = None) -> int:
    """Let the persons be what their statements add up to; how many are changed by it.

    Args:
        persons: Their keys.
        moving: Companies that others take the place of: who belongs to one by the domain of an address goes there.
    """
    changed, moving = 0, moving or {}
    for part in chunks(persons):
        known = _added_up(part)
        before: dict[int, State] = {
            key: (name, email, phone, traits, company)
            for key, name, email, phone, traits, company in Person.objects.filter(pk__in=part).values_list(
                "pk", "name", "email", "phone", "traits", "company_id"
            )
        }
        belonging = [before[key][-1] if key in before else None for key in known]
        companies = companies_for(list(known.values()), [moving.get(one or 0, one) for one in belonging])
        now_known: dict[int, State] = {
            key: (one.name, one.email, one.phone, one.traits, company)
            for (key, one), company in zip(known.items(), companies, strict=True)
        }
        moved = [key for key, state in before.items() if now_known.get(key, state) != state]
        now = timezone.now()
        update(Person, (*_FIELDS, "updated"), [(*now_known[key], now, key) for key in moved])
        if moved:
            persons_changed.send(Person, persons=moved)
        changed += len(moved)
    return changed


def refold_companies(companies: Sequence[int], *, waits: bool = True) -> int:
    """Let companies be what is told of them; one whose name or domain nobody tells keeps those it has by its key.

    Where the domain of one is another by that, persons follow it.

    Args:
        companies: Their keys.
        waits: Whether whoever asks waits for however many persons follow; else many of them follow by a job.

    Returns:
        How many persons follow by a job.
    """
    later = 0
    nothing = Told()
    for part in chunks(companies):
        mentions = Mention.objects.filter(company__in=part).order_by("company", *IN_ORDER)
        told = _folded(mentions.values_list("company", "told"))
        rows, given, left = [], dict[str, int](), list[int]()
        known = Company.objects.filter(pk__in=part).order_by("pk").values_list("pk", "key", "name", "domain")
        for key, named, name, own in known:
            one = told.get(key, nothing)
            domain = one.domain or (own if own == named else "")
            rows.append((one.name or name, domain, one.traits, market_of(one.traits), key))
            if domain != own:
                given.setdefault(domain, key)
                left += [key] if own else []
        update(Company, ("name", "domain", "traits", "market"), rows)
        later += _follow(given, left, waits=waits)
    return later


def follow_domains(companies: Sequence[int], report: Callable[[int, int], None]) -> int:
    """Let persons follow the domains of companies as they are by now, so many at a time; doing it again does no harm.

    Args:
        companies: Keys of companies that have another domain than before.
        report: Told how many were looked at, and of how many.

    Returns:
        How many persons are changed by it.
    """
    among = Person.objects.filter(company__in=[*_moving(_given(companies)), *companies])
    every, done, changed, last = among.count(), 0, 0, 0
    while True:
        with transaction.atomic():
            moving = _moving(_given(companies))
            held = Person.objects.select_for_update().filter(company__in=[*moving, *companies], pk__gt=last)
            part = list(held.order_by("pk").values_list("pk", flat=True)[:CHUNK])
            changed += refold(part, moving)
            if not part:
                drop_companies(list(moving))
                if changed:
                    touch()
                return changed
        last, done = part[-1], done + len(part)
        report(done, max(every, done))


def _given(companies: Sequence[int]) -> dict[str, int]:
    """The domains that some companies have; of several with one the first."""
    having = Company.objects.filter(pk__in=companies).exclude(domain="").order_by("-pk")
    return dict(having.values_list("domain", "pk"))


def _follow(given: Mapping[str, int], left: Sequence[int], *, waits: bool) -> int:
    """Let persons follow domains, of those who belong by their address and to no company that people know of.

    Args:
        given: The company that was given each domain.
        left: Companies that have another domain than before, or none.
        waits: As of `refold_companies`.

    Returns:
        How many follow by a job.
    """
    moving = _moving(given)
    among = Person.objects.filter(company__in=[*moving, *left])
    if not waits and among.order_by().values("pk")[: AT_ONCE + 1].count() > AT_ONCE:
        companies = sorted({*given.values(), *left})
        enqueue(find("people.follow_domains"), SYSTEM, companies=companies)
        return among.count()
    # Held before what is told of them is read: a correction meanwhile would be overwritten.
    persons = among.select_for_update().order_by("pk").values_list("pk", flat=True)
    if refold(list(persons), moving):
        touch()
    drop_companies(list(moving))
    return 0


def _moving(given: Mapping[str, int]) -> dict[int, int]:
    """The companies that are there for the addresses of domains alone, and those that take their place.

    Args:
        given: The company that has each domain.
    """
    spelled = {spelling: key for domain, key in given.items() if domain for spelling in domain_spellings(domain)}
    stood_in = made_for_addresses(Company.objects.filter(key__in=list(spelled)).exclude(pk__in=list(given.values())))
    return {key: spelled[name] for key, name in stood_in.values_list("pk", "key")}


def market_of(traits: Mapping[str, object]) -> str:
    """The market that traits tell; empty where they tell none."""
    told = traits.get("market")
    return told if isinstance(told, str) and told in Market.values else ""


def _added_up(persons: Sequence[int]) -> dict[int, Told]:
    statements = Statement.objects.filter(person__in=persons)
    return _folded(statements.order_by("person", *IN_ORDER).values_list("person", "told"))


def _folded(rows: Iterable[tuple[int, dict[str, object]]]) -> dict[int, Told]:
    """What is told of each, of rows in their order."""
    return {key: add_up(told for _, told in group) for key, group in itertools.groupby(rows, key=lambda row: row[0])}


def _known(keys: Sequence[str]) -> dict[str, int]:
    found = Company.objects.values_list("key", "pk")
    return dict(row for part in chunks(keys) for row in found.filter(key__in=part))


def _domain(key: str, name: str) -> str:
    """The domain of a company that is named by one; empty where it is named otherwise."""
    named = "." in name and " " not in name and name == name.lower() and len(key) <= _LONGEST_DOMAIN
    return key if named else ""
