"""What passing a step is worth, counted by hand."""

from datetime import date

import polars as pl
import pytest

from tragt import Context, Funnel, Report, Value, read, run
from tragt.errors import InvalidDefinition
from tragt.events.log import EventLog

DEALS = Funnel.of("Proposed", "Won", unit="person", window="10d", lost="Lost")


def deals() -> EventLog:
    """Ann wins 100, Bo loses 50, Cy expires with 30, Di is open with 20, Ed expires and has no amount."""
    rows = [
        ("ann", "Proposed", "2026-01-01", 80.0, "EUR"),
        ("ann", "Won", "2026-01-03", 100.0, "EUR"),
        ("bo", "Proposed", "2026-01-01", 50.0, "DKK"),
        ("bo", "Lost", "2026-01-02", None, None),
        ("cy", "Proposed", "2026-01-02", 30.0, "EUR"),
        ("di", "Proposed", "2026-01-19", 20.0, "EUR"),
        ("ed", "Proposed", "2026-01-02", None, None),
        ("fi", "Else", "2026-01-20", None, None),
    ]
    columns = {name: [row[place] for row in rows] for place, name in enumerate(("person", "event", "time"))}
    amounts = {"amount": [row[3] for row in rows], "currency": [row[4] for row in rows]}
    return read(pl.DataFrame({**columns, **amounts}))


def report_of(value: Value | str) -> Report:
    return run(DEALS, deals(), context=Context(value=value))


def test_values_of_passed_and_leaked_are_those_of_the_event_that_reached_the_step() -> None:
    first, last = report_of("amount").steps

    assert first.value_passed is not None
    assert first.value_leaked is not None
    assert (first.value_passed.total, first.value_passed.mean) == (80.0, 80.0)
    assert (first.value_leaked.total, first.value_leaked.attempts, first.value_leaked.missing) == (80.0, 2, 1)
    assert last.value_passed is not None
    assert last.value_passed.total == 100.0
    assert last.value_leaked is not None
    assert last.value_leaked.mean is None


def test_values_in_other_currencies_are_converted_at_the_rate_of_the_day() -> None:
    rates = pl.DataFrame(
        {
            "currency": ["DKK", "DKK", "DKK"],
            "day": [date(2025, 12, 1), date(2026, 1, 1), date(2026, 1, 2)],
            "rate": [0.5, 0.1, 0.9],
        }
    )
    report = report_of(Value("amount", currency="currency", into="EUR", rates=rates))

    assert report.currency == "EUR"
    assert report.steps[0].value_leaked is not None
    assert report.steps[0].value_leaked.total == pytest.approx(50 * 0.1 + 30)


def test_values_before_the_first_rate_are_missing_and_never_added_up_as_they_are() -> None:
    rates = pl.DataFrame({"currency": ["DKK"], "day": [date(2026, 2, 1)], "rate": [0.1]})
    leaked = report_of(Value("amount", currency="currency", into="EUR", rates=rates)).steps[0].value_leaked

    assert leaked is not None
    assert (leaked.total, leaked.attempts, leaked.missing) == (30.0, 1, 2)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"property": "amount", "currency": "currency", "into": "EUR"}, "DKK, EUR.*give rates"),
        ({"property": "amount", "currency": "currency"}, "say what the sums are to be in"),
        ({"property": "amount", "rates": pl.DataFrame({"day": [1]})}, "Rates need the columns currency, day, rate"),
    ],
    ids=["no rates", "no target", "wrong rates"],
)
def test_values_that_cannot_be_added_up_are_refused_with_the_remedy(value: dict[str, object], told: str) -> None:
    with pytest.raises(InvalidDefinition, match=told):
        report_of(Value(**value))  # type: ignore[arg-type]
