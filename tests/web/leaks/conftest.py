"""A funnel that leaks at one source, counted and gone through."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

from tests.web.funnels.conftest import Bring, bring, happened, home, visitors
from tragt.events import EventLog
from tragt.funnel import Funnel
from tragt.web.funnels.actions import Judging, choose_judging, save
from tragt.web.funnels.models import SavedFunnel
from tragt.web.jobs.worker import drain
from tragt.web.leaks.models import Found
from tragt.web.leaks.queries import open_leaks
from tragt.web.leaks.tasks import look
from tragt.web.shell.acting import COMMAND_LINE

__all__ = ["Bring", "bring", "happened", "home", "visitors"]

START = datetime(2026, 3, 2, 10, tzinfo=UTC)
DAYS = 40
FUNNEL = Funnel.of("Visited", "Asked", "Paid", window="2d")
ASKING = {"ads": 0.2, "search": 0.5, "mail": 0.52, "partner": 0.49, "fair": 0.5}


def firm(days: int = DAYS, *, valued: bool = True) -> EventLog:
    """Twelve a day and source visit; half of them ask, of ads a fifth, and half of these pay 300 kroner or so."""
    dice = np.random.default_rng(1)
    rows: list[tuple[object, ...]] = []
    for day in range(days):
        for source, share in ASKING.items():
            for number in range(12):
                person, at = f"{source}-{day}-{number}", START + timedelta(days=day, seconds=float(dice.integers(3600)))
                rows.append((person, at, "Visited", source, None, None))
                if dice.random() < share:
                    rows.append((person, at + timedelta(hours=1), "Asked", source, None, None))
                    if dice.random() < 0.5:
                        worth = 300 * dice.uniform(0.5, 1.5) if valued else None
                        rows.append((person, at + timedelta(hours=2), "Paid", source, worth, "DKK" if valued else None))
    columns = ("person", "time", "name", "properties.source", "properties.amount", "properties.currency")
    kinds = {"properties.amount": pl.Float64(), "properties.currency": pl.String()}
    frame = pl.DataFrame(rows, schema=columns, schema_overrides=kinds, orient="row").with_columns(
        pl.format("e{}", pl.int_range(pl.len())).alias("id"), pl.lit("exact").alias("precision")
    )
    return EventLog(frame.sort("time"), zone=ZoneInfo("UTC"))


@pytest.fixture
def saved(organisation: object, bring: Bring) -> SavedFunnel:  # noqa: ARG001
    """The funnel over the firm's log, with a target that is met; nobody has gone through it."""
    bring(firm())
    row = save(COMMAND_LINE, FUNNEL, "Shop")
    choose_judging(COMMAND_LINE, row, Judging(targets={"Paid": 0.4}))
    return SavedFunnel.objects.get(pk=row.pk)


@pytest.fixture
def look_again() -> Callable[[], None]:
    """Goes through all funnels, as the job does at night."""

    def gone_through() -> None:
        from tragt.web.jobs.actions import enqueue  # noqa: PLC0415
        from tragt.web.shell.acting import SYSTEM  # noqa: PLC0415

        enqueue(look, SYSTEM, subject="leaks")
        drain()

    return gone_through


@pytest.fixture
def leak(saved: SavedFunnel, look_again: Callable[[], None]) -> Found:  # noqa: ARG001
    """The leak of ads, found."""
    look_again()
    return open_leaks()[0]
