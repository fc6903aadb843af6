"""Making rows of persons be what their statements add up to. Parts of the actions, which ask for permission."""

import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence

import polars as pl
from django.db.models import Exists, OuterRef
from django.utils import timezone

from tragt.web.people.bulk import Row, chunks, insert, update
from tragt.web.people.models import Company, Market, Mention, Person, Statement
from tragt.web.people.normal import company_keys, domains
from tragt.web.people.signals import persons_changed
from tragt.web.people.told import Told, add_up

__all__ = [
    "IN_ORDER",
    "companies_by_name",
    "companies_for",
    "drop_companies",
    "market_of",
    "mention",
    "refold",
    "refold_companies",
]

IN_ORDER = ("trusted", "at", "pk")
"""The order in which statements count: of two that tell of a field the later one does."""

_FIELDS = ("name", "email", "phone", "traits", "company")

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


def companies_for(known: Sequence[Told]) -> list[int | None]:
    """The company of each: the one that is named, else the one of its e-mail address, else none."""
    named = pl.Series([one.company or None for one in known], dtype=pl.String)
    addresses = pl.Series([one.email or None for one in known], dtype=pl.String)
    names = named.zip_with(named.is_not_null(), domains(addresses)).to_list()
    keys = companies_by_name(names)
    return [keys.get(name) if name else None for name in names]


def drop_companies(among: Collection[int] | None = None) -> int:
    """Remove the companies that nobody names, that nothing belongs to and nobody has taken up, of some or of all.

    Returns:
        How many.
    """
    looked_at = (
        Company.objects.filter(owner=None) if among is None else Company.objects.filter(pk__in=among, owner=None)
    )
    for link in Company._meta.related_objects:  # noqa: SLF001 - Django's public name
        belongs = link.field.model._default_manager.filter(**{link.field.name: OuterRef("pk")})  # noqa: SLF001
        looked_at = looked_at.filter(~Exists(belongs))
    return looked_at.delete()[0]


def companies_by_name(names: Iterable[str | None]) -> dict[str, int]:
    """The keys of companies by their names as given, or their domains; those that are not known are made."""
    given = pl.Series([name for name in dict.fromkeys(names) if name], dtype=pl.String)
    spelled = pl.DataFrame({"name": given, "key": company_keys(given)}).drop_nulls()
    found = _known(spelled["key"].to_list())
    new = spelled.unique("key", keep="first", maintain_order=True).filter(~pl.col("key").is_in(list(found)))
    now = timezone.now()
    rows: list[Row] = [(key, name, key if _is_domain(name) else "", {}, now) for name, key in new.iter_rows()]
    insert(Company, ("key", "name", "domain", "traits", "created"), rows)
    found |= _known(new["key"].to_list())
    return {name: found[key] for name, key in spelled.iter_rows()}


def refold(persons: Sequence[int]) -> int:
    """Let the persons be what their statements add up to; how many are changed by it."""
    changed = 0
    for part in chunks(persons):
        known = _added_up(part)
        companies = companies_for(list(known.values()))
        now_known: dict[int, State] = {
            key: (one.name, one.email, one.phone, one.traits, company)
            for (key, one), company in zip(known.items(), companies, strict=True)
        }
        before = {
            key: (name, email, phone, traits, company)
            for key, name, email, phone, traits, company in Person.objects.filter(pk__in=part).values_list(
                "pk", "name", "email", "phone", "traits", "company_id"
            )
        }
        moved = [key for key, state in before.items() if now_known.get(key, state) != state]
        now = timezone.now()
        update(Person, (*_FIELDS, "updated"), [(*now_known[key], now, key) for key in moved])
        if moved:
            persons_changed.send(Person, persons=moved)
        changed += len(moved)
    return changed


def refold_companies(companies: Sequence[int]) -> None:
    """Let companies be what is told of them; one whose name or domain nobody tells keeps those it has by its key."""
    nothing = Told()
    for part in chunks(companies):
        mentions = Mention.objects.filter(company__in=part).order_by("company", *IN_ORDER)
        told = _folded(mentions.values_list("company", "told"))
        rows = []
        for key, named, name, own in Company.objects.filter(pk__in=part).values_list("pk", "key", "name", "domain"):
            one = told.get(key, nothing)
            domain = one.domain or (own if own == named else "")
            rows.append((one.name or name, domain, one.traits, market_of(one.traits), key))
        update(Company, ("name", "domain", "traits", "market"), rows)


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


def _is_domain(name: str) -> bool:
    return "." in name and " " not in name and name == name.lower()
