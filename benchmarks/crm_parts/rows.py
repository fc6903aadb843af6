"""Invented persons, companies and deals, tens of thousands at a time. All is drawn from one seed."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

import numpy as np
from django.db import transaction

from tragt.web.accounts.models import Organisation, User
from tragt.web.crm.models import Activity, Deal, LostReason, Member, Move, Pipeline, PipelineVersion, Stage, Standing
from tragt.web.people.bulk import insert
from tragt.web.people.models import Company, Identifier, Person
from tragt.web.records.actions.fields import index_fields
from tragt.web.records.models import Field, Tag

__all__ = ["ENDS", "FIRST", "MARKETS", "PLANS", "ROOTS", "SEED", "write"]

USERS, TAGS, SEED = 20, 30, 20_261_122
START = datetime(2023, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 1, tzinfo=UTC)
OPEN = 0.03
"""The share of deals that are still to be won: of 200,000 deals 6,000."""
FIRST = (
    "Anna", "Bo", "Carl", "Ditte", "Emil", "Frida", "Gustav", "Hanne", "Ingrid", "Jens", "Karen", "Lars", "Mette",
    "Niels", "Oda", "Peter", "Ragnhild", "Søren", "Tove", "Ulla", "Åse", "Ørjan", "Astrid", "Birgit", "Erik", "Freja",
    "Håkon", "Ida", "Johan", "Kirsten", "Linnea", "Magnus", "Nora", "Olav", "Pia", "Rasmus", "Signe", "Thor", "Vibeke",
)  # fmt: skip
ROOTS = (
    "Ander", "Berg", "Christoffer", "Daniel", "Eken", "Frede", "Gunder", "Hammer", "Isak", "Jørgen", "Kvalheim", "Lind",
    "Mårten", "Niel", "Ol", "Peder", "Quist", "Rasmus", "Sønder", "Tveit", "Ulrik", "Vester", "Win", "Ytter", "Øster",
    "Åker", "Holm", "Lund", "Nord", "Strand",
)  # fmt: skip
ENDS = ("sen", "sson", "gaard", "strøm", "by", "dal", "feldt", "holt", "mann", "quist", "stad", "vik")
PLANS = ("free", "team", "firm")
MARKETS = ("small", "small", "small", "mid", "mid", "enterprise", "")
STAGES = ("Prospecting", "Contact", "Need", "Offer", "Objections", "Close")
ROLES = ("contact", "champion", "decider", "influencer", "user")
CURRENCIES = ("DKK", "DKK", "DKK", "DKK", "SEK", "EUR")
THINGS = ("annual plan", "upgrade", "licences", "renewal", "pilot", "training")


def write(persons: int) -> None:
    """Write the records of an empty home."""
    random = np.random.default_rng(SEED)
    Organisation.objects.create(pk=1, name="Benchmark", time_zone="Europe/Copenhagen", currency="DKK", language="en")
    users = [User.objects.create(email=f"u{n}@example.org", role="owner", name=f"User {n}").pk for n in range(USERS)]
    tags = [Tag.objects.create(name=f"Tag {number}").pk for number in range(TAGS)]
    Field.objects.create(kind="person", code="seats", title="Seats", type="number")
    Field.objects.create(kind="person", code="plan", title="Plan", type="choice", choices=list(PLANS))
    Field.objects.create(kind="person", code="renewal", title="Renewal", type="date")
    Field.objects.create(kind="company", code="staff", title="Staff", type="number")
    Field.objects.create(kind="deal", code="licences", title="Licences", type="number")
    fifth = max(1, persons // 5)
    for part in _parts(fifth):
        _insert(Company, _COMPANY, _companies(random, part, users))
    companies = _keys(Company)
    for part in _parts(persons):
        _insert(Person, _PERSON, _persons(random, part, companies, users))
    people = _keys(Person)
    for part in _parts(persons):
        _insert(Identifier, ("actor", "person"), ((f"u:user_{one}", people[one]) for one in part))
    _deals(random, fifth, companies, people, users)
    _standings(random, people)
    for model, number in ((Person, persons), (Company, fifth), (Deal, fifth)):
        _tag(random, model, number, tags)
    index_fields()
    for part in _parts(persons // 10):
        _insert(Activity, _ACTIVITY, _notes(random, part, people, users))


def _insert(model: Any, names: Sequence[str], rows: Iterator[tuple[object, ...]]) -> None:
    with transaction.atomic():
        insert(model, names, rows)


def _keys(model: Any) -> list[int]:
    return list(model.objects.order_by("pk").values_list("pk", flat=True))


def _parts(number: int, size: int = 50_000) -> Iterator[range]:
    return (range(start, min(start + size, number)) for start in range(0, number, size))


def _names(random: np.random.Generator, number: int) -> list[str]:
    first, root, end = (random.integers(0, len(one), number) for one in (FIRST, ROOTS, ENDS))
    return [f"{FIRST[a]} {ROOTS[b]}{ENDS[c]}" for a, b, c in zip(first, root, end, strict=True)]


def _moments(random: np.random.Generator, number: int) -> list[datetime]:
    return [START + timedelta(seconds=int(one)) for one in random.integers(0, 1400 * 86_400, number)]


def _owners(random: np.random.Generator, number: int, users: Sequence[int]) -> list[int | None]:
    drawn = random.integers(-len(users) // 2, len(users), number)
    return [users[one] if one >= 0 else None for one in drawn]


_COMPANY = ("key", "name", "domain", "traits", "owner", "created", "market")


def _companies(random: np.random.Generator, part: range, users: Sequence[int]) -> Iterator[tuple[object, ...]]:
    names, moments, owners = _names(random, len(part)), _moments(random, len(part)), _owners(random, len(part), users)
    staff, markets = random.geometric(0.02, len(part)), random.integers(0, len(MARKETS), len(part))
    for place, number in enumerate(part):
        name = f"{names[place].split()[1]} {number} A/S"
        domain = f"{names[place].split()[1].lower()}{number}.dk" if number % 3 else ""
        market = MARKETS[markets[place]]
        traits = {"staff": int(staff[place])} | ({"market": market} if market else {})
        yield (name.lower(), name, domain, traits, owners[place], moments[place], market)


_PERSON = ("name", "email", "phone", "traits", "company", "owner", "created", "updated")


def _persons(
    random: np.random.Generator, part: range, companies: Sequence[int], users: Sequence[int]
) -> Iterator[tuple[object, ...]]:
    names, moments, owners = _names(random, len(part)), _moments(random, len(part)), _owners(random, len(part), users)
    firms = random.integers(-len(companies) // 4, len(companies), len(part))
    phones, seats, plans = random.integers(0, 10**8, len(part)), random.geometric(0.05, len(part)), len(PLANS)
    for place, number in enumerate(part):
        email = f"{names[place].lower().replace(' ', '.')}{number}@example{number % 977}.dk" if number % 8 else ""
        phone = f"+45{phones[place]:08d}" if number % 4 == 0 else ""
        traits = {"plan": PLANS[number % plans], "title": "Head of growth"} | (
            {"seats": int(seats[place]), "renewal": f"{2026 + number % 3}-{1 + number % 12:02d}-15"}
            if number % 2
            else {}
        )
        company = companies[firms[place]] if firms[place] >= 0 else None
        yield (names[place], email, phone, traits, company, owners[place], moments[place], moments[place])


def _tag(random: np.random.Generator, model: Any, number: int, tags: Sequence[int]) -> None:
    """Some tags on half of the records: the first is on very many, the last on very few."""
    first = model.objects.order_by("pk").values_list("pk", flat=True).first()
    link, through = model.__name__.lower(), model.tags.through
    for place, tag in enumerate(tags):
        chosen = random.choice(number, min(number, max(2, number // 2 ** (place // 2 + 2))), replace=False)
        _insert(through, (link, "tag"), ((first + int(one), tag) for one in chosen))


_DEAL = (
    "key", "name", "pipeline", "stage", "status", "value", "currency", "company", "owner", "expected", "reason",
    "reason_text", "custom", "cause", "version", "created", "entered", "touched", "closed",
)  # fmt: skip
_MOVE = (
    "deal", "kind", "pipeline", "origin", "stage", "origin_name", "stage_name", "at", "left", "value", "currency",
    "by", "cause", "confirmed",
)  # fmt: skip
_ACTIVITY = (
    "kind", "title", "text", "at", "due", "whole_day", "minutes", "outcome", "incoming", "repeat", "owner", "author",
    "person", "company", "deal", "cause", "created", "version", "told",
)  # fmt: skip


def _deals(
    random: np.random.Generator, number: int, companies: Sequence[int], people: Sequence[int], users: Sequence[int]
) -> None:
    """Deals in two pipelines, nine of ten in the first, with their moves, people and activities."""
    pipelines = [_pipeline(name, place) for place, name in enumerate(("New business", "Partners"))]
    reasons = [LostReason.objects.create(name=name).pk for name in ("Price", "No need", "Another one")]
    for part in _parts(number, 25_000):
        drawn = [_deal(random, one, pipelines, companies, users, reasons) for one in part]
        _insert(Deal, _DEAL, iter(drawn))
        keys = list(Deal.objects.order_by("-pk").values_list("pk", flat=True)[: len(part)])[::-1]
        told = [dict(zip(_DEAL, one, strict=True)) | {"pk": key} for one, key in zip(drawn, keys, strict=True)]
        _insert(Move, _MOVE, chain.from_iterable(_moves(one, dict(pipelines)) for one in told))
        members = chain.from_iterable(_members(random, one, people) for one in told)
        _insert(Member, ("deal", "person", "role", "primary", "since", "until"), members)
        _insert(Activity, _ACTIVITY, chain.from_iterable(_activities(random, one) for one in told))


Stages = tuple[int, list[tuple[int, str]]]


def _pipeline(name: str, place: int, kind: str = "deals", stages: Sequence[str] = STAGES) -> Stages:
    pipeline = Pipeline.objects.create(name=name, kind=kind, position=place)
    made = [
        Stage.objects.create(pipeline=pipeline, name=one, position=at, rotting_days=21, probability=10 + 15 * at)
        for at, one in enumerate(stages)
    ]
    told = [{"key": one.pk, "name": one.name, "probability": 10, "level": "", "target": None} for one in made]
    PipelineVersion.objects.create(pipeline=pipeline, number=1, name=name, stages=told)
    return pipeline.pk, [(one.pk, one.name) for one in made]


def _deal(
    random: np.random.Generator,
    number: int,
    pipelines: Sequence[Stages],
    companies: Sequence[int],
    users: Sequence[int],
    reasons: Sequence[int],
) -> tuple[object, ...]:
    dice = random.random(8)
    pipeline, stages = pipelines[int(dice[0] > 0.9)]
    status = "open" if dice[1] < OPEN else "won" if dice[1] < 0.4 else "lost"
    stage = stages[int(dice[2] * len(stages))][0]
    ended = NOW - timedelta(seconds=int(dice[3] * (40 if status == "open" else 1_300) * 86_400))
    made = ended - timedelta(seconds=int(dice[4] * 90 * 86_400))
    company = companies[int(dice[5] * len(companies))] if dice[6] < 0.95 else None
    owner = users[int(dice[7] * len(users))] if number % 20 else None
    expected = (ended + timedelta(days=int(dice[6] * 90))).date()
    return (
        f"deal-{number}",
        f"{ROOTS[number % len(ROOTS)]}{ENDS[number % len(ENDS)]} {THINGS[number % len(THINGS)]} {number}",
        pipeline,
        stage,
        status,
        int(dice[4] * 10**7) * 100 if number % 10 else None,
        CURRENCIES[number % len(CURRENCIES)],
        company,
        owner,
        expected if number % 7 else None,
        reasons[number % len(reasons)] if status == "lost" else None,
        "",
        {"licences": int(dice[5] * 500)} if number % 2 else {},
        "",
        1,
        made,
        ended,
        ended,
        None if status == "open" else ended,
    )


def _moves(deal: dict[str, Any], pipelines: dict[int, list[tuple[int, str]]]) -> Iterator[tuple[object, ...]]:
    """The way of a deal to where it is, in equal steps."""
    stages = pipelines[deal["pipeline"]]
    last = next(place for place, (key, _name) in enumerate(stages) if key == deal["stage"])
    step = (deal["entered"] - deal["created"]) / (last + 1)
    worth = (deal["value"], deal["currency"], deal["owner"], "", "")
    moments = [deal["created"] + place * step for place in range(last + 1)]
    for place, at in enumerate(moments):
        origin, origin_name = stages[place - 1] if place else (None, "")
        left = moments[place + 1] if place < last else deal["closed"]
        kind, (stage, name) = "entered" if place else "created", stages[place]
        yield (deal["pk"], kind, deal["pipeline"], origin, stage, origin_name, name, at, left, *worth)
    if deal["closed"]:
        stage, name = stages[last]
        yield (deal["pk"], deal["status"], deal["pipeline"], stage, stage, name, name, deal["closed"], None, *worth)


def _members(random: np.random.Generator, deal: dict[str, Any], people: Sequence[int]) -> Iterator[tuple[object, ...]]:
    chosen = random.integers(0, len(people), 1 + deal["pk"] % 3)
    for place, one in enumerate(dict.fromkeys(chosen.tolist())):
        yield (deal["pk"], people[one], ROLES[place], place == 0, deal["created"], None)


def _activities(random: np.random.Generator, deal: dict[str, Any]) -> Iterator[tuple[object, ...]]:
    about: tuple[object, ...] = (
        deal["owner"],
        deal["owner"],
        None,
        deal["company"],
        deal["pk"],
        "",
        deal["created"],
        1,
        [],
    )
    for place in range(3 if deal["status"] == "open" else 1):
        at = deal["created"] + timedelta(hours=place)
        text = "They want to see it in use before they decide."
        yield ("call", "Called", text, at, None, False, 15, "reached", False, "", *about)
    if deal["status"] == "open" and deal["pk"] % 3:
        due = NOW + timedelta(hours=int(random.integers(-200, 1_000)))
        yield ("task", "Send the offer", "", None, due, True, None, "", False, "", *about)


def _notes(
    random: np.random.Generator, part: range, people: Sequence[int], users: Sequence[int]
) -> Iterator[tuple[object, ...]]:
    chosen, moments = random.integers(0, len(people), len(part)), _moments(random, len(part))
    for place, number in enumerate(part):
        user = users[number % len(users)]
        about: tuple[object, ...] = (user, user, people[chosen[place]], None, None, "", moments[place], 1, [])
        yield ("note", "", "Met at the fair.", moments[place], None, False, None, "", False, "", *about)


def _standings(random: np.random.Generator, people: Sequence[int]) -> None:
    """A third of the persons in the lifecycle, a fifth of them MQLs, half of these SQLs."""
    _, stages = _pipeline("Lifecycle", 0, "lifecycle", ("Subscriber", "Lead", "Opportunity", "Customer"))
    for part in _parts(len(people) // 3):
        drawn, moments = random.integers(0, len(stages), len(part)), _moments(random, len(part))
        rows = (
            (
                people[3 * one],
                stages[drawn[place]][0],
                moments[place],
                moments[place] if one % 5 == 0 else None,
                moments[place] if one % 10 == 0 else None,
            )
            for place, one in enumerate(part)
        )
        _insert(Standing, ("person", "stage", "since", "mql", "sql"), rows)
