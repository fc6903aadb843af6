"""Lists, filters and search over the records of a CRM: a million persons and 200,000 companies.

Pages are asked for through Django's test client by a signed-in user, one after another in one process: the time is
that of the server from request to answer, without network and browser. Questions vary: columns to sort by, places to
go on from, filters that leave few, many or no records, and words that many or few have. The number of queries stands
beside. There is no peer: what is claimed is a bound (p95 under 100 ms), not a ratio.

The home is made once and kept with ``--keep``; with ``--database`` the records stand in PostgreSQL.
"""

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

PERSONS, COMPANIES = 1_000_000, 200_000
USERS, TAGS, ROUNDS, SEED = 20, 30, 200, 20_261_122
START = datetime(2023, 1, 1, tzinfo=UTC)
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


def main() -> None:
    """Make the home, or take it as it is, and measure."""
    asked = _arguments()
    with tempfile.TemporaryDirectory(dir=os.environ.get("TRAGT_BENCH_FOLDER")) as folder:
        home = asked.keep or Path(folder)
        _opened(home, asked.database)
        if not _filled():
            _fill(asked.persons)
        _measure(asked.rounds)


def _arguments() -> argparse.Namespace:
    first = (__doc__ or "").partition("\n")[0]
    asked = argparse.ArgumentParser("python -m benchmarks.crm", description=first)
    asked.add_argument("--persons", type=int, default=PERSONS, help="how many persons; a fifth as many companies")
    asked.add_argument("--rounds", type=int, default=ROUNDS, help="questions of each section")
    asked.add_argument("--keep", type=Path, help="a home that is kept; what is there is taken")
    asked.add_argument("--database", default="", help="address of an empty PostgreSQL database, or of one made before")
    return asked.parse_args()


def _opened(home: Path, database: str) -> None:
    (home / "incoming").mkdir(parents=True, exist_ok=True)
    os.environ |= {"TRAGT_HOME": str(home), "TRAGT_SECRET_KEY": "benchmark", "TRAGT_LOG_LEVEL": "error"}
    os.environ["DJANGO_SETTINGS_MODULE"] = "tragt.web.project.settings"
    if database:
        os.environ["TRAGT_DATABASE_URL"] = database
    import django  # noqa: PLC0415 - the settings must be known before
    from django.core.management import call_command  # noqa: PLC0415

    django.setup()
    call_command("migrate", verbosity=0)
    from django.conf import settings  # noqa: PLC0415
    from django.db import connections  # noqa: PLC0415

    if settings.INBOX in connections and settings.INBOX != "default":
        call_command("migrate", database=settings.INBOX, verbosity=0)


def _filled() -> bool:
    from tragt.web.people.models import Person  # noqa: PLC0415

    return Person.objects.exists()


def _fill(persons: int) -> None:
    from django.db import connection, transaction  # noqa: PLC0415

    from tragt.web.accounts.models import Organisation, User  # noqa: PLC0415
    from tragt.web.people.bulk import insert, undisturbed  # noqa: PLC0415
    from tragt.web.people.models import Company, Person  # noqa: PLC0415
    from tragt.web.records.actions.fields import index_fields  # noqa: PLC0415
    from tragt.web.records.models import Field, Tag  # noqa: PLC0415

    began = time.perf_counter()
    random = np.random.default_rng(SEED)
    Organisation.objects.create(pk=1, name="Benchmark", time_zone="Europe/Copenhagen", currency="DKK", language="en")
    users = [User.objects.create(email=f"u{n}@example.org", role="owner", name=f"User {n}").pk for n in range(USERS)]
    tags = [Tag.objects.create(name=f"Tag {number}").pk for number in range(TAGS)]
    Field.objects.create(kind="person", code="seats", title="Seats", type="number")
    Field.objects.create(kind="person", code="plan", title="Plan", type="choice", choices=list(PLANS))
    Field.objects.create(kind="person", code="renewal", title="Renewal", type="date")
    Field.objects.create(kind="company", code="staff", title="Staff", type="number")
    with undisturbed():
        companies = max(1, persons // 5)
        for part in _parts(companies):
            with transaction.atomic():
                insert(
                    Company, ("key", "name", "domain", "traits", "owner", "created"), _companies(random, part, users)
                )
        keys = list(Company.objects.order_by("pk").values_list("pk", flat=True))
        fields = ("name", "email", "phone", "traits", "company", "owner", "created", "updated")
        for part in _parts(persons):
            with transaction.atomic():
                insert(Person, fields, _persons(random, part, keys, users))
        for model, number in ((Person, persons), (Company, companies)):
            _tag(random, model, number, tags)
    index_fields()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "postgresql" else "PRAGMA optimize")
    print(f"{persons:,} persons and {companies:,} companies made in {time.perf_counter() - began:.0f} s", flush=True)


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


def _companies(random: np.random.Generator, part: range, users: Sequence[int]) -> Iterator[tuple[object, ...]]:
    names, moments, owners = _names(random, len(part)), _moments(random, len(part)), _owners(random, len(part), users)
    staff = random.geometric(0.02, len(part))
    for place, number in enumerate(part):
        name = f"{names[place].split()[1]} {number} A/S"
        domain = f"{names[place].split()[1].lower()}{number}.dk" if number % 3 else ""
        yield (name.lower(), name, domain, {"staff": int(staff[place])}, owners[place], moments[place])


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
        chosen = random.choice(number, max(2, number // 2 ** (place // 2 + 2)), replace=False)
        through.objects.bulk_create(
            [through(**{f"{link}_id": first + int(one), "tag_id": tag}) for one in chosen], batch_size=5_000
        )


def _measure(rounds: int) -> None:
    from django.db import connection  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    from tragt.web.accounts.models import User  # noqa: PLC0415
    from tragt.web.people.models import Company, Person  # noqa: PLC0415

    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.order_by("pk")[0])
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, {connection.vendor}")
    print(f"{Person.objects.count():,} persons, {Company.objects.count():,} companies, {rounds} questions a section\n")
    print(f"{'section':34}{'p50':>9}{'p95':>9}{'worst':>9}{'CPU p50':>9}{'CPU p95':>9}   queries")
    for name, ask in (
        ("list: sorted, first pages", _sorted_pages),
        ("list: going on, ten pages in", _later_pages),
        ("filter: one condition", _filtered),
        ("filter: two conditions", _twice_filtered),
        ("companies: sorted and filtered", _companies_asked),
        ("search: what people type", _searched),
    ):
        _shown(name, client, ask(np.random.default_rng(SEED), client), rounds)


def _shown(name: str, client: Any, addresses: Iterator[str], rounds: int) -> None:
    from django.db import connection  # noqa: PLC0415

    walls, works, asked, slowest = [], [], set(), ("", 0.0)
    for _ in range(3):
        client.get(next(addresses))
    for _ in range(rounds):
        address = next(addresses)
        began, worked = time.perf_counter(), time.process_time()
        answer = client.get(address)
        walls.append(1e3 * (time.perf_counter() - began))
        works.append(1e3 * (time.process_time() - worked))
        assert answer.status_code == 200, (address, answer.status_code)
        if walls[-1] > slowest[1]:
            slowest = (address, walls[-1])
    for _ in range(min(rounds, 30)):
        address = next(addresses)
        asked.add(_queries(connection, client, address))
    half, most = np.percentile(walls, [50, 95])
    work, more = np.percentile(works, [50, 95])
    told = f"{min(asked)}–{max(asked)}" if len(asked) > 1 else f"{min(asked)}"
    print(f"{name:34}{half:7.1f}ms{most:7.1f}ms{max(walls):7.0f}ms{work:7.1f}ms{more:7.1f}ms   {told}", flush=True)
    print(f"    slowest: {slowest[0]}", flush=True)


def _queries(connection: Any, client: Any, address: str) -> int:
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    with CaptureQueriesContext(connection) as captured:
        client.get(address)
    return len(captured)


def _sorted_pages(random: np.random.Generator, _client: Any) -> Iterator[str]:
    while True:
        column = random.choice(["name", "-name", "email", "-email", "phone", "created", "-created", "updated"])
        yield f"/people/?sort={column}"


def _later_pages(random: np.random.Generator, _client: Any) -> Iterator[str]:
    from tragt.web.people.models import Person  # noqa: PLC0415

    last = Person.objects.order_by("-pk").values_list("pk", flat=True)[0]
    while True:
        column = random.choice(["name", "-name", "email", "phone", "-phone", "created", "-created"])
        yield f"/people/?sort={column}&{random.choice(['after', 'before'])}={random.integers(1, last)}"


def _conditions(random: np.random.Generator) -> Iterator[str]:
    """A condition on persons, few or many of whom it leaves."""
    from tragt.web.accounts.models import User  # noqa: PLC0415
    from tragt.web.records.models import Field, Tag  # noqa: PLC0415

    users, tags = (list(model.objects.values_list("pk", flat=True)) for model in (User, Tag))
    code = {field.code: f"f{field.pk}" for field in Field.objects.all()}
    while True:
        root, end, first = (str(random.choice(one)).lower() for one in (ROOTS, ENDS, FIRST))
        year, month = random.integers(2023, 2026), random.integers(1, 13)
        made = (
            f"name.contains={root}{end}",
            f"name.contains={first}+{root}",
            f"name.contains={end}",
            f"name.starts={first}",
            f"name.starts={first}+{root[:3]}",
            f"email.contains={first}.{root}",
            f"email.starts={first}.{root}{end}{random.integers(1, 1000)}",
            f"phone.contains={random.integers(1000, 9999)}",
            f"phone.starts=%2B45{random.integers(100, 999)}",
            "phone.empty=no",
            "owner.any=me",
            f"owner.any={random.choice(users)}",
            "owner.empty=yes",
            f"tags.any={random.choice(tags)}",
            f"tags.any={tags[-1]}",
            f"created.from={year}-{month:02d}-01&created.to={year}-{month:02d}-{random.integers(2, 28):02d}",
            f"{code['seats']}.from={random.integers(1, 60)}",
            f"{code['seats']}.from={random.integers(60, 150)}",
            f"{code['plan']}.any={random.choice(PLANS)}",
            f"{code['renewal']}.from=2026-0{random.integers(1, 9)}-01&{code['renewal']}.to=2026-12-01",
            f"company.contains={root}{end}+{random.integers(1, 100)}",
        )
        yield str(random.choice(made))


def _filtered(random: np.random.Generator, _client: Any) -> Iterator[str]:
    for condition in _conditions(random):
        yield f"/people/?sort={random.choice(['name', '-name', 'email', 'created', '-created'])}&{condition}"


def _twice_filtered(random: np.random.Generator, _client: Any) -> Iterator[str]:
    conditions = _conditions(random)
    while True:
        one, other = next(conditions), next(conditions)
        yield f"/people/?sort={random.choice(['name', 'email', '-created'])}&{one}&{other}"


def _companies_asked(random: np.random.Generator, _client: Any) -> Iterator[str]:
    while True:
        root, end = str(random.choice(ROOTS)).lower(), str(random.choice(ENDS))
        made = ("", f"name.contains={root}{end}", f"domain.starts={root}", "owner.any=me", f"name.starts={root}")
        yield f"/people/companies/?sort={random.choice(['name', '-name', 'domain', '-created'])}&{random.choice(made)}"


def _searched(random: np.random.Generator, _client: Any) -> Iterator[str]:
    from urllib.parse import quote  # noqa: PLC0415

    while True:
        first, root, end = (str(random.choice(one)) for one in (FIRST, ROOTS, ENDS))
        made = (
            first[:1], first[:2], first[:3], first, root, f"{root}{end}", f"{first} {root}", f"{root}{end} {first}",
            f"{first} {root}{end}", f"{first}.{root}{end}{random.integers(1, 10**6)}@".lower(), "zzqx",
            str(random.integers(10**4, 10**7)), f"{root}{end} {random.integers(1, COMPANIES)}",
            f"{root}{end}{random.integers(1, COMPANIES)}.dk".lower(),
        )  # fmt: skip
        yield f"/palette/?q={quote(str(random.choice(made)))}"


if __name__ == "__main__":
    main()
