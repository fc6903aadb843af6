"""Why attempts were lost, step by step."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from tragt import Funnel, Match, Period, read
from tragt.funnel.losses import losses_on
from tragt.funnel.postings import FrameSource, Layered
from tragt.funnel.question import Question
from tragt.funnel.run import Context, counted_events

START = datetime(2026, 3, 1, 9, tzinfo=UTC)


def test_losses_are_told_at_the_step_where_they_came() -> None:
    told: dict[str, list[tuple[str, str | None]]] = {
        "a": [("Need", None), ("Lost", "dear")],
        "b": [("Need", None), ("Offer", None), ("Lost", "late")],
        "c": [("Need", None), ("Offer", None), ("Lost", None)],
        "d": [("Need", None), ("Lost", "dear")],
        "e": [("Need", None), ("Offer", None), ("Won", None)],
    }
    rows = [
        (deal, START + timedelta(days=day), name, reason)
        for deal, events in told.items()
        for day, (name, reason) in enumerate(events)
    ]
    log = read(pl.DataFrame(rows, schema=["deal", "time", "event", "reason"], orient="row"))
    funnel = Funnel(("Need", "Offer", "Won"), unit="deal", lost=Match("Lost"))
    moment = START + timedelta(days=9)
    source = FrameSource(counted_events(funnel, log, Context(), moment), ZoneInfo("UTC"))
    question = Question(funnel, int(moment.timestamp() * 1000), Period(), ZoneInfo("UTC"))

    assert losses_on(question, Layered(source), 0) == {"dear": 2}
    assert losses_on(question, Layered(source), 1) == {None: 1, "late": 1}
