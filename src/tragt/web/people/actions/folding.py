"""Making rows of persons be what their statements add up to. Parts of the actions, which ask for permission."""

import itertools
from collections.abc import Iterable, Sequence

import polars as pl
from django.utils import timezone

from tragt.web.people.bulk import Row, chunks, insert, update
from tragt.web.people.models import Company, Person, Statement
from tragt.web.people.normal import company_keys, domains
from tragt.web.people.told import Told, add_up

__all__ = ["companies_for", "ensure_companies", "refold"]

_FIELDS = ("name", "email", "phone", "traits", "company")

State = tuple[str, str, str, dict[str, object], int | None]


def ensure_companies(names: Iterable[str | None], cause: str) -> dict[str, int]:
    """The keys of companies by their names as given; those that are not known are made.

    Args:
        names: Names, or domains of those known by no other name.
        cause: Who tells of them.
    """
    given = pl.Series([name for name in dict.fromkeys(names) if name], dtype=pl.String)
    spelled = pl.DataFrame({"name": given, "key": company_keys(given)}).drop_nulls()
    found = _known(spelled["key"].to_list())
    new = spelled.unique("key", keep="first", maintain_order=True).filter(~pl.col("key").is_in(list(found)))
    now = timezone.now()
    rows: list[Row] = [(key, name, key if _is_domain(name) else "", {}, cause, now) for name, key in new.iter_rows()]
    insert(Company, ("key", "name", "domain", "traits", "cause", "created"), rows)
    found |= _known(new["key"].to_list())
    return {name: found[key] for name, key in spelled.iter_rows()}


def companies_for(known: Sequence[Told], cause: str) -> list[int | None]:
    """The company of each: the one that is named, else the one of its e-mail address, else none."""
    named = pl.Series([one.company or None for one in known], dtype=pl.String)
    addresses = pl.Series([one.email or None for one in known], dtype=pl.String)
    names = named.zip_with(named.is_not_null(), domains(addresses)).to_list()
    keys = ensure_companies(names, cause)
    return [keys.get(name) if name else None for name in names]


def refold(persons: Sequence[int], cause: str = "") -> int:
    """Let the persons be what their statements add up to; how many are changed by it.

    Args:
        persons: Keys of persons.
        cause: Who tells of companies that are not known yet.
    """
    changed = 0
    for part in chunks(persons):
        known = _added_up(part)
        companies = companies_for(list(known.values()), cause)
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
        changed += len(moved)
    return changed


def _added_up(persons: Sequence[int]) -> dict[int, Told]:
    rows = Statement.objects.filter(person__in=persons).order_by("person", "pk").values_list("person", "told")
    return {
        person: add_up(told for _, told in statements)
        for person, statements in itertools.groupby(rows, key=lambda row: row[0])
    }


def _known(keys: Sequence[str]) -> dict[str, int]:
    found = Company.objects.values_list("key", "pk")
    return dict(row for part in chunks(keys) for row in found.filter(key__in=part))


def _is_domain(name: str) -> bool:
    return "." in name and " " not in name and name == name.lower()
