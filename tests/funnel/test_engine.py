"""The fast path and the arrays of the report agree with the reference on random logs."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tragt import Breakdown, Context, Funnel, Period, read, run
from tragt.events.log import EventLog
from tragt.funnel.engine import supports
from tragt.funnel.logs import unit_logs
from tragt.funnel.reference import attempts
from tragt.funnel.reference.rates import expected_from_first, observed_from_first

START = datetime(2026, 3, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

rows = st.lists(
    st.tuples(
        st.sampled_from("uvw"), st.integers(0, 40), st.sampled_from("ABCXLM"), st.sampled_from(["ads", "mail", None])
    ),
    min_size=1,
    max_size=40,
)
funnels = st.builds(
    lambda steps, window, count, lost: Funnel.of(*steps, window=window, count=count, lost=lost),
    st.sampled_from([("A", "B"), ("A", "B", "C"), ("A|X", "B", "C"), ("B", "C", "A")]),
    st.sampled_from([None, "5min", "20min", "40min"]),
    st.sampled_from(["best", "first"]),
    st.sampled_from([(), ("L",), ("L|M",), ("L", "M")]),
)


def log_of(events: list[tuple[str, int, str, str | None]]) -> EventLog:
    return read(
        pl.DataFrame(
            {
                "person": [unit for unit, _, _, _ in events],
                "time": [START + minute * MINUTE for _, minute, _, _ in events],
                "event": [name for _, _, name, _ in events],
                "source": [source for *_, source in events],
                "reason": [source for *_, source in events],
                "id": [f"{number:04}" for number in range(len(events))],
            },
            schema_overrides={"source": pl.String, "reason": pl.String},
        )
    )


@settings(max_examples=60)
@given(rows, funnels, st.integers(0, 45), st.booleans())
def test_merge_on_random_logs_gives_the_reports_of_the_reference(
    events: list[tuple[str, int, str, str | None]], funnel: Funnel, as_of: int, broken_down: bool
) -> None:
    log = log_of(events)
    period = Period(as_of=START + as_of * MINUTE)
    by = Breakdown("source") if broken_down else None
    assert supports(funnel, log.frame)

    fast = run(funnel, log, period=period, by=by)

    assert fast == run(funnel, log, period=period, by=by, context=Context(fast=False))


@settings(max_examples=40)
@given(rows, funnels)
def test_rates_of_the_report_are_those_of_the_reference(
    events: list[tuple[str, int, str, str | None]], funnel: Funnel
) -> None:
    log = log_of(events * 12)
    units = log.frame.with_columns(unit=pl.format("{} {}", "person", pl.col("id").str.slice(0, 2)))
    as_of = START + timedelta(minutes=45)
    selection = attempts(funnel, unit_logs(units), int(as_of.timestamp() * 1000))
    report = run(funnel, EventLog(units.with_columns(person="unit").drop("unit")), period=Period(as_of=as_of))

    observed = observed_from_first(selection.mature, len(funnel.steps))
    assert [step.from_first.rate for step in report.steps if step.from_first] == (observed or [])
    if report.horizon_seconds is not None:
        horizon = round(report.horizon_seconds * 1000)
        expected = expected_from_first(selection.expected, len(funnel.steps), int(as_of.timestamp() * 1000), horizon)
        shown = [step.expected_from_first.rate for step in report.steps if step.expected_from_first]
        assert shown == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    "rules",
    [
        {"lost": "X", "reopen": "Y"},
        {"exclude": "X"},
        {"hold": "source"},
        {"order": "any"},
        {"order": "adjacent"},
        {"count": "every"},
        {"tolerance": "1s"},
    ],
    ids=lambda rule: next(iter(rule)),
)
def test_supports_with_a_rule_the_merge_does_not_know_is_false(rules: dict[str, str]) -> None:
    frame = log_of([("u", 1, "A", None)]).frame

    assert not supports(Funnel.of("A", "B", window="1h", **rules), frame)


def test_supports_where_steps_share_a_name_is_false() -> None:
    assert not supports(Funnel.of("A", "A|B", window="1h"), log_of([("u", 1, "A", None)]).frame)
