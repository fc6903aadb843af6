"""A home whose log holds the demonstration firm many times over, each time with other people, and its index."""

import time
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

__all__ = ["FUNNELS", "fill", "filled"]

_FILLED = "filled"
_PART = 97_000
"""People of a part: about a million events, so that neither memory nor a file of the lake grows with the log."""

FUNNELS = ("Visitor to customer", "Visitor to demo, without those who churn")


def filled(home: Path) -> bool:
    """Whether a home was filled to the end."""
    return (home / _FILLED).exists()


def fill(home: Path, persons: int) -> None:
    """Let an empty home hold the firm's events, an owner, and two funnels: a plain one and one with an exclusion.

    Args:
        home: The home; Django works on it already.
        persons: How many people.
    """
    from django.db import transaction  # noqa: PLC0415 - the home must be open

    from tragt.demo import FUNNEL_STEPS, FUNNEL_WINDOW, DemoFirm  # noqa: PLC0415
    from tragt.funnel import Exclude, Funnel  # noqa: PLC0415
    from tragt.lake import Marker  # noqa: PLC0415
    from tragt.lake.index import Kind  # noqa: PLC0415
    from tragt.lake.rows import events_of  # noqa: PLC0415
    from tragt.web.accounts.models import Organisation, User  # noqa: PLC0415
    from tragt.web.funnels.actions import save  # noqa: PLC0415
    from tragt.web.log.actions import touch  # noqa: PLC0415
    from tragt.web.log.queries import lake  # noqa: PLC0415
    from tragt.web.people.actions import build_index  # noqa: PLC0415
    from tragt.web.shell.acting import COMMAND_LINE  # noqa: PLC0415

    began, events = time.perf_counter(), 0
    Organisation.objects.create(pk=1, name="Benchmark", time_zone="Europe/Copenhagen")
    User.objects.create(email="owner@example.org", role="owner", password="!")
    for part, first in enumerate(range(0, persons, _PART)):
        log = DemoFirm(persons=min(_PART, persons - first), seed=part + 1).log()
        rows = events_of(log, batch=f"import:{part + 1}", source="demo", received=datetime(2026, 1, 1, tzinfo=UTC))
        others = [pl.format(f"{{}}-{part}", pl.col(name)).alias(name) for name in ("id", "actor", "deal", "session")]
        lake().append(rows.with_columns(others), marker=Marker(f"import:{part + 1}", 1), batch=f"import:{part + 1}")
        events += len(log)
    with transaction.atomic():
        touch()
    print(
        f"{events:,} events of {persons:,} people, made and written in {time.perf_counter() - began:.0f} s", flush=True
    )
    began = time.perf_counter()
    build_index(Kind.PERSON)
    print(f"the index of its people built in {time.perf_counter() - began:.0f} s", flush=True)
    save(COMMAND_LINE, Funnel.of(*FUNNEL_STEPS, window=FUNNEL_WINDOW), FUNNELS[0])
    without = Funnel(list(FUNNEL_STEPS[:3]), window=FUNNEL_WINDOW, exclude=[Exclude("Call", after=1, before=3)])
    save(COMMAND_LINE, without, FUNNELS[1])
    (home / _FILLED).touch()
