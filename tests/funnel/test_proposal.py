"""A funnel proposed from a log nobody has described."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from tragt import read
from tragt.errors import NotEnoughData
from tragt.events.log import EventLog
from tragt.funnel.proposal import propose

START = datetime(2026, 3, 1, 9, tzinfo=UTC)


def log_of(*paths: str, hours: float = 1.0, key: str = "person") -> EventLog:
    """A log in which each path, such as ``Visit Cart Paid``, is one unit's."""
    rows = [
        (f"u{unit}", START + timedelta(hours=hours * place), name)
        for unit, path in enumerate(paths)
        for place, name in enumerate(path.split())
    ]
    return read(
        pl.DataFrame({key: [u for u, _, _ in rows], "time": [t for _, t, _ in rows], "event": [n for *_, n in rows]})
    )


def steps(log: EventLog) -> list[str]:
    return [step.title for step in propose(log).steps]


def test_proposal_follows_the_usual_order_to_the_sale() -> None:
    log = log_of(*["Visit Cart Purchase"] * 6, *["Visit Cart"] * 4, *["Visit"] * 5)

    assert steps(log) == ["Visit", "Cart", "Purchase"]


def test_proposal_leaves_out_what_buyers_rarely_do_and_what_comes_after() -> None:
    log = log_of(*["Visit Cart Purchase Support"] * 6, *["Visit Wishlist Cart Purchase"] * 1, *["Visit Wishlist"] * 8)

    assert steps(log) == ["Visit", "Cart", "Purchase"]


def test_proposal_of_many_steps_keeps_five_with_the_largest_drops() -> None:
    names = [f"S{number}" for number in range(9)] + ["Purchase"]
    log = log_of(*(" ".join(names[: 10 - unit // 2]) for unit in range(20)), *[" ".join(names)] * 20)

    proposed = steps(log)

    assert len(proposed) == 5
    assert (proposed[0], proposed[-1]) == ("S0", "Purchase")


def test_proposed_window_is_the_shortest_usual_one_and_at_most_a_third_of_the_log() -> None:
    short = log_of(*["Visit Cart Purchase"] * 10, hours=5)
    filler = pl.DataFrame({"person": ["z"], "time": [START + timedelta(days=9)], "event": ["Visit"]})
    long = read(pl.concat([short.frame.select("person", "time", event="name").cast(filler.schema), filler]))

    assert propose(long).window == timedelta(days=1)
    assert propose(short).window == timedelta(hours=1)


def test_proposal_for_deals_takes_a_loss_as_a_loss_and_no_window() -> None:
    log = log_of(*["Engaging Won"] * 5, *["Engaging Lost"] * 4, *["Engaging"] * 3, key="deal")
    proposed = propose(log)

    assert [step.title for step in proposed.steps] == ["Engaging", "Won"]
    assert (proposed.unit, proposed.window, [match.names for match in proposed.lost]) == ("deal", None, [("Lost",)])


def test_proposal_from_a_single_event_name_is_refused() -> None:
    with pytest.raises(NotEnoughData, match="nothing is usually done before 'Visit'"):
        propose(log_of("Visit", "Visit"))
