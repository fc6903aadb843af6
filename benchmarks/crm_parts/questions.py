"""What people ask of records, drawn at random: addresses without end."""

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

import msgspec
import numpy as np

from benchmarks.crm_parts.rows import ENDS, FIRST, MARKETS, PLANS, ROOTS, THINGS
from tragt.web.accounts.models import User
from tragt.web.crm.models import Deal, LostReason, Pipeline, PipelineKind, Stage, Status
from tragt.web.people.models import Company, Person
from tragt.web.records.models import Field, Tag

__all__ = ["Home", "Questions", "of_a_program", "of_a_seller", "sections"]

Questions = Callable[["Home", np.random.Generator], Iterator[str]]
Conditions = Callable[["Home", np.random.Generator], tuple[str, ...]]

_PERSONS = ("name", "-name", "email", "-email", "phone", "created", "-created", "updated", "-updated", "-mql")
_COMPANIES = ("name", "-name", "domain", "-domain", "created", "-created")
_DEALS = (
    "name", "-name", "value", "-value", "expected", "-expected", "closed", "-closed", "created", "-created", "entered",
)  # fmt: skip


def _keys(model: type[User | Tag | Stage | LostReason]) -> list[int]:
    return list(model.objects.order_by("pk").values_list("pk", flat=True))


@dataclass(frozen=True)
class Home:
    """What is asked about.

    Attributes:
        persons: Keys of the first and the last of them.
        companies: Likewise.
        deals: Likewise.
        board: Key of the pipeline that most deals are in.
        users: Keys.
        tags: Keys; the first is on very many records, the last on very few.
        stages: Keys; the last four are those of the lifecycle.
        reasons: Keys.
        code: The codes of the columns of custom fields, by the codes of the fields.
    """

    persons: tuple[int, int]
    companies: tuple[int, int]
    deals: tuple[int, int]
    board: int
    users: list[int] = field(default_factory=lambda: _keys(User))
    tags: list[int] = field(default_factory=lambda: _keys(Tag))
    stages: list[int] = field(default_factory=lambda: _keys(Stage))
    reasons: list[int] = field(default_factory=lambda: _keys(LostReason))
    code: dict[str, str] = field(default_factory=lambda: {one.code: f"f{one.pk}" for one in Field.objects.all()})

    @classmethod
    def here(cls) -> "Home":
        """The home that Django works on."""
        board = Pipeline.objects.filter(kind=PipelineKind.DEALS).order_by("position")[0]
        return cls(_ends(Person), _ends(Company), _ends(Deal), board.pk)


def _ends(model: type[Person | Company | Deal]) -> tuple[int, int]:
    keys = model._default_manager.order_by("pk").values_list("pk", flat=True)  # noqa: SLF001
    return keys[0], keys.reverse()[0]


def sections() -> dict[str, Questions]:
    """What is measured: for each section where its addresses come from."""
    return {
        "persons: first page": _sorted("/people/", _PERSONS),
        "persons: far in": _far("/people/", _PERSONS, "persons"),
        "persons: one filter": _filtered("/people/", _PERSONS, _of_persons),
        "persons: two filters": _filtered("/people/", _PERSONS, _of_persons, 2),
        "companies: first page": _sorted("/people/companies/", _COMPANIES),
        "companies: far in": _far("/people/companies/", _COMPANIES, "companies"),
        "companies: one filter": _filtered("/people/companies/", _COMPANIES, _of_companies),
        "companies: two filters": _filtered("/people/companies/", _COMPANIES, _of_companies, 2),
        "deals: first page": _sorted("/deals/", _DEALS),
        "deals: far in": _far("/deals/", _DEALS, "deals"),
        "deals: one filter": _filtered("/deals/", _DEALS, _of_deals),
        "deals: two filters": _filtered("/deals/", _DEALS, _of_deals, 2),
        "search: what people type": _searched,
        "search: all results": _all_found,
        "board: all": _board(lambda _home, _random: ""),
        "board: of one owner": _board(_owner),
        "board: of one market": _board(_market),
        "board: with a text": _board(_text),
        "page of a person": _page("/people/{}/", "persons"),
        "timeline of a person": _page("/people/{}/?timeline=1", "persons"),
        "page of a company": _page("/people/companies/{}/", "companies"),
        "timeline of a company": _page("/people/companies/{}/?timeline=1", "companies"),
        "page of a deal": _page("/deals/{}/", "deals"),
        "today": lambda _home, _random: iter(lambda: "/today/", ""),
    }


def of_a_seller(words: str) -> dict[str, Questions]:
    """What is measured of somebody who does not see everything; each list in turns as above.

    Args:
        words: Who that is; the names of the sections begin with it.
    """

    def lists(address: str, orders: tuple[str, ...], whose: str, of: Conditions) -> Questions:
        return _in_turns(
            _sorted(address, orders), _far(address, orders, whose), *(_filtered(address, orders, of, n) for n in (1, 2))
        )

    return {
        f"{words}: persons": lists("/people/", _PERSONS, "persons", _of_persons),
        f"{words}: companies": lists("/people/companies/", _COMPANIES, "companies", _of_companies),
        f"{words}: deals": lists("/deals/", _DEALS, "deals", _of_deals),
        f"{words}: board": _board(lambda _home, random: str(random.choice(["", "owner=mine", "owner=team"]))),
        f"{words}: board with a filter": _in_turns(_board(_market), _board(_text)),
        f"{words}: today": lambda _home, _random: iter(lambda: "/today/", ""),
    }


def of_a_program() -> dict[str, Questions]:
    """What is measured of the REST API."""
    return {
        "API, persons: first page": _sorted("/api/v1/persons", _PERSONS),
        "API, persons: far in": _further("/api/v1/persons", Person, "persons"),
        "API, persons: one filter": _filtered("/api/v1/persons", _PERSONS, _of_persons),
        "API, deals: first page": _sorted("/api/v1/deals", _DEALS),
        "API, deals: far in": _further("/api/v1/deals", Deal, "deals"),
        "API, deals: one filter": _filtered("/api/v1/deals", _DEALS, _of_deals),
        "API, board": lambda home, _random: iter(lambda: f"/api/v1/pipelines/{home.board}/board", ""),
    }


def _in_turns(*ways: Questions) -> Questions:
    def ask(home: Home, random: np.random.Generator) -> Iterator[str]:
        asked = [way(home, random) for way in ways]
        while True:
            yield from map(next, asked)

    return ask


def _further(address: str, model: type[Person | Deal], whose: str) -> Questions:
    """What follows on any record in the order in which they were made, by a cursor as the page before gives it."""

    def ask(home: Home, random: np.random.Generator) -> Iterator[str]:
        first, last = getattr(home, whose)
        while True:
            row = model._default_manager.get(pk=int(random.integers(first, last + 1)))  # noqa: SLF001
            said = msgspec.json.encode(["created", row.created, row.pk])
            yield f"{address}?sort=created&cursor={base64.urlsafe_b64encode(said).decode().rstrip('=')}"

    return ask


def _sorted(address: str, orders: tuple[str, ...]) -> Questions:
    def ask(_home: Home, random: np.random.Generator) -> Iterator[str]:
        while True:
            yield f"{address}?sort={random.choice(orders)}"

    return ask


def _far(address: str, orders: tuple[str, ...], whose: str) -> Questions:
    """Pages before and after any record: on average in the middle of the list."""

    def ask(home: Home, random: np.random.Generator) -> Iterator[str]:
        first, last = getattr(home, whose)
        while True:
            place = f"{random.choice(['after', 'before'])}={random.integers(first, last + 1)}"
            yield f"{address}?sort={random.choice(orders)}&{place}"

    return ask


def _filtered(address: str, orders: tuple[str, ...], of: Conditions, number: int = 1) -> Questions:
    def ask(home: Home, random: np.random.Generator) -> Iterator[str]:
        while True:
            conditions = "&".join(str(random.choice(of(home, random))) for _ in range(number))
            yield f"{address}?sort={random.choice(orders)}&{conditions}"

    return ask


def _of_persons(home: Home, random: np.random.Generator) -> tuple[str, ...]:
    """Conditions on persons, few or many of whom they leave."""
    first, root, end = _letters(random)
    year, month = random.integers(2023, 2026), random.integers(1, 13)
    code = home.code
    return (
        f"name.contains={root}{end}",
        f"name.contains={first}+{root}",
        f"name.contains={end if len(end) > 2 else root + end}",
        f"name.starts={first}",
        f"name.starts={first}+{root[:3]}",
        f"email.contains={first}.{root}",
        f"email.starts={first}.{root}{end}{random.integers(1, 1000)}",
        f"phone.contains={random.integers(1000, 9999)}",
        f"phone.starts=%2B45{random.integers(100, 999)}",
        "phone.empty=no",
        "owner.any=me",
        f"owner.any={random.choice(home.users)}",
        "owner.empty=yes",
        f"tags.any={random.choice(home.tags)}",
        f"tags.any={home.tags[-1]}",
        f"created.from={year}-{month:02d}-01&created.to={year}-{month:02d}-{random.integers(2, 28):02d}",
        f"{code['seats']}.from={random.integers(1, 60)}",
        f"{code['seats']}.from={random.integers(60, 150)}",
        f"{code['plan']}.any={random.choice(PLANS)}",
        f"{code['renewal']}.from=2026-0{random.integers(1, 9)}-01&{code['renewal']}.to=2026-12-01",
        f"company.contains={root}{end}+{random.integers(1, 100)}",
        f"stage.any={random.choice(home.stages[-4:])}",
        "mql.empty=no",
        "sql.empty=no",
        f"q={first}+{root}",
    )


def _of_companies(home: Home, random: np.random.Generator) -> tuple[str, ...]:
    _first, root, end = _letters(random)
    year = random.integers(2023, 2026)
    return (
        f"name.contains={root}{end}",
        f"name.starts={root}",
        f"name.starts={root}{end}+{random.integers(1, 100)}",
        f"domain.starts={root}",
        f"domain.contains={end}{random.integers(10, 99)}",
        "domain.empty=yes",
        "owner.any=me",
        "owner.empty=yes",
        f"owner.any={random.choice(home.users)}",
        f"tags.any={random.choice(home.tags)}",
        f"created.from={year}-03-01&created.to={year}-05-{random.integers(2, 28):02d}",
        f"{home.code['staff']}.from={random.integers(1, 200)}",
    )


def _of_deals(home: Home, random: np.random.Generator) -> tuple[str, ...]:
    _first, root, end = _letters(random)
    year, user, stage = random.integers(2023, 2026), random.choice(home.users), random.choice(home.stages[:-4])
    return (
        f"name.contains={random.choice(THINGS)}",
        f"name.starts={root}",
        f"name.contains={root}{end}",
        f"status.any={random.choice(list(Status))}",
        "status.any=open",
        f"stage.any={stage}",
        f"owner.any={user}",
        "owner.any=me",
        f"pipeline.any={home.board}",
        f"value.from={random.integers(1, 100) * 1000}&value.to={random.integers(100, 200) * 1000}",
        "value.empty=yes",
        f"expected.from={year}-02-01&expected.to={year}-02-{random.integers(2, 28):02d}",
        f"closed.from={year}-01-01",
        f"created.from={year}-06-01&created.to={year}-09-01",
        f"tags.any={random.choice(home.tags)}",
        f"{home.code['licences']}.from={random.integers(1, 500)}",
        f"company.starts={root}{end}",
        f"company.contains={root}{end}+{random.integers(1, 100)}",
        "rotting.is=yes",
        "next.empty=yes",
        "next.to=2026-11-15",
        f"reason.any={random.choice(home.reasons)}",
        f"q={root}{end}",
    )


def _searched(_home: Home, random: np.random.Generator) -> Iterator[str]:
    while True:
        first, root, end = (str(random.choice(one)) for one in (FIRST, ROOTS, ENDS))
        made = (
            first[:1], first[:2], first[:3], first, root, f"{root}{end}", f"{first} {root}", f"{root}{end} {first}",
            f"{first} {root}{end}", f"{first}.{root}{end}{random.integers(1, 10**6)}@".lower(), "zzqx",
            str(random.integers(10**4, 10**7)), f"{root}{end} {random.integers(1, 200_000)}",
            f"{root}{end}{random.integers(1, 200_000)}.dk".lower(), str(random.choice(THINGS)),
            f"{random.choice(THINGS)} {random.integers(1, 200_000)}",
        )  # fmt: skip
        yield f"/palette/?q={quote(str(random.choice(made)))}"


def _all_found(home: Home, random: np.random.Generator) -> Iterator[str]:
    for address in _searched(home, random):
        yield address.replace("/palette/", "/search/")


def _board(narrowed: Callable[[Home, np.random.Generator], str]) -> Questions:
    def ask(home: Home, random: np.random.Generator) -> Iterator[str]:
        while True:
            # An address without a filter would bring back the one that the session remembers.
            yield f"/pipeline/{home.board}/?{narrowed(home, random) or 'owner='}"

    return ask


def _owner(home: Home, random: np.random.Generator) -> str:
    return f"owner={random.choice(['mine', *map(str, home.users[1:])])}"


def _market(_home: Home, random: np.random.Generator) -> str:
    return f"market={random.choice(sorted(set(MARKETS) - {''}))}"


def _text(_home: Home, random: np.random.Generator) -> str:
    _first, root, end = _letters(random)
    return (
        f"text={random.choice([root, f'{root}{end}', random.choice(THINGS), str(random.integers(100, 999)), 'zzqx'])}"
    )


def _page(address: str, whose: str) -> Questions:
    def ask(home: Home, random: np.random.Generator) -> Iterator[str]:
        first, last = getattr(home, whose)
        while True:
            yield address.format(random.integers(first, last + 1))

    return ask


def _letters(random: np.random.Generator) -> tuple[str, str, str]:
    first, root, end = (str(random.choice(one)).lower() for one in (FIRST, ROOTS, ENDS))
    return first, root, end
