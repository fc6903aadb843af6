"""Whole pages of persons and companies at many events: how long a reader waits.

Claim: p95 of both pages is below 100 ms at 100 M events. The lake is the one that `benchmarks/timeline.py --keep` left
in a folder, else one of a million events; a home beside it has persons drawn at random from its visitors, each with a
row, fifty of them a company. Pages are asked through Django's own client, in one process, warm, one after another, each
of another person or company; the settings page, which asks nothing of the log, says what every page costs.

Run: python -m benchmarks.timeline_pages [FOLDER [persons, 10,000 unless given]]
"""

import os
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

COLLEAGUES = 50
ROUNDS = 100
WARM = 3
SEED = 20_261_122
START = datetime(2026, 1, 1, tzinfo=UTC)


def main(folder: Path, persons: int) -> None:
    """Measure the pages over the lake in a folder."""
    home = folder / f"home-{persons}"
    new = not home.exists()
    home.mkdir(exist_ok=True)
    os.environ |= {"TRAGT_HOME": str(home), "TRAGT_SECRET_KEY": "benchmark", "TRAGT_LOG_LEVEL": "error"}
    os.environ["DJANGO_SETTINGS_MODULE"] = "tragt.web.project.settings"
    import django  # noqa: PLC0415 - the home must be known before

    django.setup()
    if new:
        prepare(folder, persons)
    ask()


def prepare(folder: Path, persons: int) -> None:
    """A home with an owner, persons and companies, over the lake and with the indexes of the folder."""
    from django.conf import settings  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import transaction  # noqa: PLC0415

    from benchmarks.index import EVENTS_A_PERSON, ROWS  # noqa: PLC0415
    from benchmarks.timeline import filled  # noqa: PLC0415
    from tragt.lake.index import Kind  # noqa: PLC0415
    from tragt.web.accounts.models import Organisation, User  # noqa: PLC0415
    from tragt.web.log.actions import touch  # noqa: PLC0415
    from tragt.web.log.queries import index_folder, lake  # noqa: PLC0415
    from tragt.web.people.actions import build_index  # noqa: PLC0415
    from tragt.web.people.bulk import insert  # noqa: PLC0415
    from tragt.web.people.models import Company, Identifier, Person  # noqa: PLC0415

    for database in ("default", "inbox"):
        call_command("migrate", database=database, verbosity=0)
    Organisation.objects.create(pk=1, name="Benchmark", time_zone="Europe/Copenhagen")
    User.objects.create(email="owner@example.org", role="owner", password="!")
    (folder / "lake").mkdir(exist_ok=True)
    settings.TRAGT.lake.symlink_to(folder.absolute() / "lake")
    if lake().version < 0:
        filled(lake(), 1, ROWS // EVENTS_A_PERSON)
    visitors = int(lake().snapshot().files["rows"].sum()) // EVENTS_A_PERSON
    whose = np.random.default_rng(SEED).permutation(visitors)[:persons]
    companies = persons // COLLEAGUES
    with transaction.atomic():
        insert(
            Company,
            ("key", "name", "domain", "traits", "created"),
            [(f"c{number}", f"C{number}", "", {}, START) for number in range(companies)],
        )
        company = Company.objects.order_by("pk").values_list("pk", flat=True)[0]
        names = ("name", "email", "phone", "traits", "company", "created", "updated")
        insert(
            Person,
            names,
            [(f"P{number}", "", "", {}, company + number % companies, START, START) for number in range(persons)],
        )
        person = Person.objects.order_by("pk").values_list("pk", flat=True)[0]
        insert(Identifier, ("actor", "person"), [(f"u:user_{each}", person + n) for n, each in enumerate(whose)])
        touch()
    index_folder().mkdir()
    began = time.perf_counter()
    build_index(Kind.COMPANY)
    print(f"the index of {companies:,} companies of {COLLEAGUES} built in {time.perf_counter() - began:.0f} s")


def ask() -> None:
    """Ask for pages, and say how long they took."""
    from django.conf import settings  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    from tragt.web.accounts.models import User  # noqa: PLC0415
    from tragt.web.people.models import Company, Person  # noqa: PLC0415

    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client()
    client.force_login(User.objects.get())
    persons = Person.objects.order_by("pk").values_list("pk", flat=True)[: ROUNDS + WARM]
    companies = Company.objects.order_by("pk").values_list("pk", flat=True)[: ROUNDS + WARM]
    addresses = {
        "person": [f"/people/{key}/?timeline=1" for key in persons],
        "company": [f"/people/companies/{key}/?timeline=1" for key in companies],
        "company, one name": [f"/people/companies/{key}/?name=Purchase" for key in companies],
        "company, June": [f"/people/companies/{key}/?start=2024-06-01&end=2024-06-30" for key in companies],
        "settings": ["/settings/"] * (ROUNDS + WARM),
    }
    for what, those in addresses.items():
        report(what, client, those)


def report(what: str, client: object, addresses: Sequence[str]) -> None:
    """Ask for pages one after another, and print what they took."""
    wall, processor = [], []
    for address in addresses:
        begun, used = time.perf_counter(), time.process_time()
        response = client.get(address)  # type: ignore[attr-defined]
        wall.append(1000 * (time.perf_counter() - begun))
        processor.append(1000 * (time.process_time() - used))
        assert response.status_code == 200, response.status_code
    p50, p95, p99 = np.percentile(wall[WARM:], [50, 95, 99])
    print(
        f"  {what}: p50 {p50:,.1f} ms, p95 {p95:,.1f} ms, p99 {p99:,.1f} ms, "
        f"processor {np.median(processor[WARM:]):,.1f} ms, {len(wall) - WARM} pages"
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as aside:
        main(Path(sys.argv[1] if sys.argv[1:] else aside), int(sys.argv[2]) if sys.argv[2:] else 10_000)
