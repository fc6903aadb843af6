"""What a batch of calls tells of persons and companies, put together. The unit of observation is the person or company.

Who is who is not asked here: what an anonymous visitor told of itself stays the visitor's.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from tragt.web.people import traits
from tragt.web.people.telling import telling
from tragt.web.people.told import FIELDS, joined

__all__ = ["Heard", "heard"]

_CALL = ("kind", "anonymous", "user", "group", "traits", "at", "trusted")


@dataclass(frozen=True, slots=True)
class Heard:
    """What calls with one kind of key tell of one person or company.

    Attributes:
        of: The actor of a person; the name of a company, as given.
        trusted: Whether a secret key sent them.
        at: The time of the latest of them.
        told: What they tell together.
    """

    of: str
    trusted: bool
    at: datetime
    told: dict[str, object]


@dataclass(slots=True)
class _Sum:
    """What calls have told so far; the later call counts."""

    at: datetime
    traits: dict[str, object] = field(default_factory=dict)
    named: dict[str, object] = field(default_factory=dict)

    def add(self, at: datetime, given: Mapping[str, object], **named: object) -> None:
        self.at = at
        self.traits.update(given)
        self.named.update(named)


_Sums = dict[tuple[str, bool], _Sum]


def heard(calls: pl.DataFrame, region: str | None = None) -> tuple[list[Heard], list[Heard]]:
    """What calls tell of persons, and of companies.

    Args:
        calls: In the order of time, as `calls.readable` gives them.
        region: Country (two letters) of telephone numbers without a country's code.

    Returns:
        Persons, normalised: of identify calls those with a user or a trait, of group calls those with a user. Companies
        that calls name: those of groups, and those in the trait ``company`` of persons.
    """
    persons: _Sums = {}
    companies: dict[tuple[str, bool], Heard] = {}
    for kind, anonymous, user, group, text, at, trusted in calls.select(_CALL).iter_rows():
        given = traits.decoded(text) if kind in ("identify", "group") else {}
        if kind == "identify":
            company = traits.company_named(given)
            if actor := user or (anonymous if given else None):
                named = {"company": company[0] if company else None} if "company" in given else {}
                persons.setdefault((actor, trusted), _Sum(at)).add(at, given, **named)
        elif kind == "group" and group:
            company = (group, given)
            if user:
                persons.setdefault((user, trusted), _Sum(at)).add(at, {}, company=group)
        else:
            company = None
        if company:
            earlier, told = companies.get((company[0], trusted)), traits.of_company(company[1])
            told = joined(earlier.told, told) if earlier else told
            companies[company[0], trusted] = Heard(company[0], trusted, at, told)
    of_persons = [one for by in (False, True) for one in _persons(persons, region, trusted=by)]
    return of_persons, list(companies.values())


def _persons(sums: _Sums, region: str | None, *, trusted: bool) -> Iterator[Heard]:
    """What was told of persons with one kind of key, each field in its one spelling."""
    own = {actor: one for (actor, by), one in sums.items() if by == trusted}
    given = {actor: {**traits.of_person(one.traits), **one.named} for actor, one in own.items()}
    frame = pl.DataFrame(
        [(actor, *(told.get(name) for name in FIELDS)) for actor, told in given.items()],
        schema=dict.fromkeys(("actor", *FIELDS), pl.String),
        orient="row",
    )
    for (actor, told), spelled in zip(given.items(), telling(frame, region).statements, strict=True):
        as_it_came = {name: value for name, value in told.items() if name not in FIELDS or value is None}
        yield Heard(actor, trusted, own[actor].at, joined(as_it_came, spelled))
