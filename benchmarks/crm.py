"""Working with records at size: a million persons, 200,000 companies, 200,000 deals. Bound: p95 under 100 ms each.

Pages are asked for through Django's test client by a signed-in user, one after another in one process: the time is that
of the server from request to answer, without network and browser. Questions are drawn at random: columns to sort by,
places to go on from, filters that leave few, many or no records, words that many or few have. Beside the wall time
stand the processor time of the process, of the database's (PostgreSQL), and the number of queries. Each section is
asked in several rounds; a figure is the median of what they showed.

The lists and boards are asked for again by a seller who sees what the team has, and by one who sees their own alone;
the lists by a program, too. Then that opens, changes and moves 500 deals by one request each. And a seller saves and
moves deals and saves persons over HTTP on the real server, which has one core for pages, worker and settler: quiet,
and while 10,000 events a second are taken and settled. The peer is the way lists are most often made with Django:
COUNT(*), OFFSET, LIKE.

The home is made once and kept with ``--keep``; with ``--postgres`` the records stand in a PostgreSQL of its own, whose
data are kept beside it.

Run: python -m benchmarks.crm [--keep FOLDER] [--postgres] [--only WORDS] [--rounds 3] [--questions 67]
"""

import argparse
import gc
import os
import platform
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.crm_parts.home import fill, filled, opened, postgres_in

# Taken away: the application knows no such settings, and would not begin.
PART = {"HX-Request": "true"}
SMALL = os.environ.pop("TRAGT_BENCH_SMALL", "") == "1"
FOLDER = os.environ.pop("TRAGT_BENCH_FOLDER", None)
PERSONS = 5_000 if SMALL else 1_000_000
SERVING, RATE, SAVING_SECONDS = 1, 10_000, 25.0

Asks = Iterator[tuple[str, Callable[[], object]]]


def main() -> None:
    """Make the home, or take it as it is, and measure."""
    asked = _arguments()
    with tempfile.TemporaryDirectory(dir=FOLDER) as aside:
        folder = asked.keep or Path(aside)
        with postgres_in(folder / "postgres") if asked.postgres else nullcontext("") as database:
            opened(folder / "home", database)
            if not filled(folder / "home"):
                fill(folder / "home", asked.persons)
            _measure(asked, folder)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m benchmarks.crm", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--persons", type=int, default=PERSONS, help="how many; a fifth as many companies and deals")
    parser.add_argument("--keep", type=Path, help="a folder that is kept; what is there is taken")
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL of its own, with fsync")
    parser.add_argument("--only", default="", help="the sections whose names have this in them")
    parser.add_argument("--rounds", type=int, default=1 if SMALL else 3)
    parser.add_argument("--questions", type=int, default=5 if SMALL else 67, help="of each section in a round")
    parser.add_argument("--slowest", action="store_true", help="name the slowest question of each section")
    return parser.parse_args()


def _measure(asked: argparse.Namespace, folder: Path) -> None:
    from django.db import connection  # noqa: PLC0415 - the home must be open

    from benchmarks.crm_parts.askers import signed_in  # noqa: PLC0415
    from benchmarks.crm_parts.bulk import in_bulk  # noqa: PLC0415
    from benchmarks.crm_parts.questions import Home  # noqa: PLC0415
    from benchmarks.crm_parts.saving import while_settling  # noqa: PLC0415
    from tragt.web.accounts.models import User  # noqa: PLC0415
    from tragt.web.crm.models import Deal  # noqa: PLC0415
    from tragt.web.people.models import Company, Person  # noqa: PLC0415

    client = signed_in(User.objects.order_by("pk")[0])
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"{os.cpu_count()} cores, load {load}, Python {platform.python_version()}, {connection.vendor}")
    print(
        f"{Person.objects.count():,} persons, {Company.objects.count():,} companies, {Deal.objects.count():,} deals "
        f"({Deal.objects.filter(status='open').count():,} open); {asked.rounds} rounds of {asked.questions} questions\n"
    )
    gc.freeze()  # as the server does
    _pages(asked, client)
    if asked.only in "bulk":
        print(flush=True)
        in_bulk(Home.here(), np.random.default_rng(), asked.rounds)
    if asked.only in "save while events settle":
        print("\nOn the real server:", flush=True)
        seconds = 4.0 if SMALL else SAVING_SECONDS
        while_settling(folder, client.cookies["tragt_session"].value, Home.here(), seconds, RATE)


def _pages(asked: argparse.Namespace, client: Any) -> None:
    from benchmarks.crm_parts.askers import program, seller  # noqa: PLC0415
    from benchmarks.crm_parts.measuring import head  # noqa: PLC0415
    from benchmarks.crm_parts.peer import plainly  # noqa: PLC0415
    from benchmarks.crm_parts.questions import Home, of_a_program, of_a_seller, sections  # noqa: PLC0415
    from benchmarks.crm_parts.rows import SEED  # noqa: PLC0415
    from benchmarks.crm_parts.saving import saves  # noqa: PLC0415
    from tragt.web.accounts.models import Reach  # noqa: PLC0415

    home = Home.here()
    print(head(), flush=True)
    ours = _asked_by(client, home, sections()) | saves(client, home, np.random.default_rng())
    _print(asked, ours, asked.questions)
    for words, reach in (("seller of a team", Reach.TEAM), ("seller alone", Reach.OWN)):
        theirs = of_a_seller(words)
        if any(asked.only in name for name in theirs):
            with seller(home, reach) as browser:
                _print(asked, _asked_by(browser, home, theirs), asked.questions)
    with program() as other:
        _print(asked, _asked_by(other, home, of_a_program()), asked.questions)
    _print(asked, plainly(np.random.default_rng(SEED)), max(asked.questions // 10, 3))


def _asked_by(client: Any, home: Any, sections: Mapping[str, Any]) -> dict[str, Asks]:
    """What asks the questions of some sections, each section drawn from the same seed."""
    from benchmarks.crm_parts.rows import SEED  # noqa: PLC0415

    def gets(addresses: Iterator[str]) -> Asks:
        for address in addresses:

            def ask(address: str = address) -> None:
                answer = client.get(address, headers=PART if address.endswith("timeline=1") else {})
                assert answer.status_code == 200, (address, answer.status_code)

            yield address, ask

    return {name: gets(ask(home, np.random.default_rng(SEED))) for name, ask in sections.items()}


def _print(asked: argparse.Namespace, sections: Mapping[str, Asks], questions: int) -> None:
    """Ask those sections that are wanted, and print a line for each."""
    from benchmarks.crm_parts.measuring import line, measured  # noqa: PLC0415

    wanted = {name: asks for name, asks in sections.items() if asked.only in name}
    for name, taken in measured(wanted, asked.rounds, questions).items():
        print(line(name, taken), flush=True)
        if asked.slowest:
            print(f"    slowest: {taken.slowest[1]}")


if __name__ == "__main__":
    main()
