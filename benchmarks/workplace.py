"""The funnel workplace at ten million events: how long people wait who build, look at and open funnels.

Claims, each at the server and as p95: any change of the builder is drawn in less than 300 ms; the first view of a
saved funnel, with nothing kept and in a process that has worked before, in less than 500 ms; each question of twenty
people who work at once, each of whom asks for something every four seconds, in less than 1 s. The log is the
demonstration firm's, many times over with other people. The peer, in the same run: the same funnels counted by
`tragt.funnel.run` on a log that is in memory already.

Pages are asked for through Django's test client by a signed-in user, one after another in one process, in rounds; what
twenty people ask goes over HTTP to the real server with its worker. The property in conditions was asked for before:
the first time a job looks it up in the log, and the page says so. The home is made once and kept with ``--keep``.

Run: python -m benchmarks.workplace [--keep FOLDER] [--persons 970000] [--only WORDS] [--rounds 3] [--questions 40]
"""

import argparse
import gc
import os
import platform
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.crm_parts.home import opened
from benchmarks.workplace_parts.home import fill, filled

# Taken away: the application knows no such settings, and would not begin.
SMALL = os.environ.pop("TRAGT_BENCH_SMALL", "") == "1"
FOLDER = os.environ.pop("TRAGT_BENCH_FOLDER", None)
PERSONS = 2_000 if SMALL else 970_000
BUILDER_MS, FIRST_MS, TOGETHER_MS = 300.0, 500.0, 1000.0
PEOPLE, SECONDS = 20, 5.0 if SMALL else 60.0

Asks = Iterator[tuple[str, Callable[[], object]]]


def main() -> None:
    """Make the home, or take it as it is, and measure."""
    asked = _arguments()
    with tempfile.TemporaryDirectory(dir=FOLDER) as aside:
        home = (asked.keep or Path(aside)) / "home"
        opened(home, "")
        if not filled(home):
            fill(home, asked.persons)
        _measure(asked, home)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m benchmarks.workplace", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--persons", type=int, default=PERSONS, help="how many; each has about ten events")
    parser.add_argument("--keep", type=Path, help="a folder that is kept; what is there is taken")
    parser.add_argument("--only", default="", help="the sections whose names have this in them")
    parser.add_argument("--rounds", type=int, default=1 if SMALL else 3)
    parser.add_argument("--questions", type=int, default=4 if SMALL else 40, help="of each section in a round")
    parser.add_argument("--slowest", action="store_true", help="name the slowest question of each section")
    return parser.parse_args()


def _measure(asked: argparse.Namespace, home: Path) -> None:
    from benchmarks.crm_parts import measuring  # noqa: PLC0415 - the home must be open
    from benchmarks.crm_parts.askers import signed_in  # noqa: PLC0415
    from benchmarks.workplace_parts.changes import PROPERTY  # noqa: PLC0415
    from benchmarks.workplace_parts.together import together  # noqa: PLC0415
    from tragt.lake.index import Kind  # noqa: PLC0415
    from tragt.web.accounts.models import User  # noqa: PLC0415
    from tragt.web.funnels.counting import answering, counting  # noqa: PLC0415
    from tragt.web.funnels.counting.knowing import know_few_valued  # noqa: PLC0415
    from tragt.web.funnels.counting.sources import log_names  # noqa: PLC0415

    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"{os.cpu_count()} cores, load {load}, Python {platform.python_version()}")
    print(f"{sum(one.count for one in log_names()):,} events; {asked.rounds} rounds of {asked.questions} questions\n")
    know_few_valued([Kind.PERSON])  # as the job does after each build
    # As the job does once it is asked for.
    counting.make_known(Kind.PERSON, [one.name for one in log_names()], PROPERTY)
    setattr(answering, "worker_alive", lambda: True)  # noqa: B010 - as beside the server
    gc.freeze()  # as the server does
    client = signed_in(User.objects.order_by("pk")[0])
    print(measuring.head(), flush=True)
    for within, sections in _sections(client):
        measuring.bound = within
        wanted = {name: asks for name, asks in sections.items() if asked.only in name}
        questions = asked.questions if within < TOGETHER_MS else max(asked.questions // 10, 2)
        for name, taken in measuring.measured(wanted, asked.rounds, questions).items():
            print(measuring.line(name, taken), flush=True)
            if asked.slowest:
                print(f"    slowest: {taken.slowest[1]}")
    if asked.only in "twenty at once":
        print("\nOn the real server:", flush=True)
        together(home, client.cookies["tragt_session"].value, PEOPLE, SECONDS, TOGETHER_MS)


def _sections(client: Any) -> Iterator[tuple[float, Mapping[str, Asks]]]:
    """What is asked, by the time within which it is to be answered."""
    from tragt.web.funnels.counting.sources import log_names  # noqa: PLC0415
    from tragt.web.funnels.models import SavedFunnel  # noqa: PLC0415

    random = np.random.default_rng(20_261_123)
    plain, other = SavedFunnel.objects.order_by("pk")
    names = [one.name for one in log_names()]
    yield BUILDER_MS, {"builder: a change": _changes(client, random, names)}
    yield (
        FIRST_MS,
        {
            "first view, plain": _anew(client, plain),
            "first view, an exclusion": _anew(client, other),
            "view of other days": _days(client, plain.pk, random),
        },
    )
    yield FIRST_MS, dict(_kept(client, plain))
    yield float("inf"), dict(_peers((plain, other)))


def _kept(client: Any, plain: Any) -> Iterator[tuple[str, Asks]]:
    """Pages whose figures are kept; what they ask for besides is what they cost."""
    from tragt.web.funnels import queries  # noqa: PLC0415

    asked = queries.ask(plain.funnel, plain.saved_period)

    def kept(address: str) -> Asks:
        for words, ask in _gets(client, address):
            queries.reckoned(asked)
            yield words, ask

    for name, address in (
        ("view, figures kept", f"/funnels/{plain.pk}/"),
        ("list of funnels", "/funnels/?all"),
        ("a step", f"/funnels/{plain.pk}/steps/3/"),
        ("overview", "/"),
        ("ledger of leaks", "/leaks/"),
    ):
        yield name, kept(address)


def _peers(funnels: Any) -> Iterator[tuple[str, Asks]]:
    from tragt.funnel import run  # noqa: PLC0415
    from tragt.web.funnels.counting.sources import log_of  # noqa: PLC0415

    for words, saved in zip(("run() in memory, plain", "run() in memory, an exclusion"), funnels, strict=True):

        def counts(saved: Any = saved, words: str = words) -> Asks:
            funnel, log = saved.funnel, log_of(saved.funnel)
            while True:
                yield words, lambda: run(funnel, log)

        yield words, counts()


def _changes(client: Any, random: np.random.Generator, names: list[str]) -> Asks:
    from benchmarks.workplace_parts.changes import forms  # noqa: PLC0415

    for words, form in forms(random, names):

        def ask(form: dict[str, list[str]] = form, words: str = words) -> None:
            answer = client.post("/funnels/preview/", form)
            assert answer.status_code == 200, (words, answer.status_code)
            assert b"funnel-rows" in answer.content or b"Nobody entered" in answer.content, words

        yield words, ask


def _gets(client: Any, address: str) -> Asks:
    """Asks for a page."""
    while True:

        def ask() -> None:
            answer = client.get(address)
            assert answer.status_code == 200, (address, answer.status_code)

        yield address, ask


def _anew(client: Any, saved: Any) -> Asks:
    """Asks for the page of a funnel with nothing of its figures kept, as for one that was just saved."""
    from django.core.cache import cache  # noqa: PLC0415

    from tragt.web.funnels import queries  # noqa: PLC0415

    for words, ask in _gets(client, f"/funnels/{saved.pk}/"):
        asked = queries.ask(saved.funnel, saved.saved_period)
        cache.delete_many([asked.key, asked.lasting])
        yield words, ask


def _days(client: Any, key: int, random: np.random.Generator) -> Asks:
    """A funnel over days that nobody looked at before."""
    while True:
        first = np.datetime64("2025-01-01") + random.integers(0, 500)
        address = f"/funnels/{key}/?period=fixed&from={first}&to={first + random.integers(20, 200)}"
        yield address, next(_gets(client, address))[1]


if __name__ == "__main__":
    main()
