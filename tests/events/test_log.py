"""The log."""

from datetime import UTC, datetime

import polars as pl

from tragt.events import EventLog, read

LOG = read(
    pl.DataFrame(
        {
            "user": ["a", "a", "b"],
            "event": ["Cart", "Visit", "Visit"],
            "time": [datetime(2024, 3, day, tzinfo=UTC) for day in (14, 13, 15)],
            "plan": ["pro", "free", "pro"],
        }
    )
)


def test_names_are_counted_with_their_first_and_last_time() -> None:
    assert LOG.names().rows() == [
        ("Visit", 2, datetime(2024, 3, 13, tzinfo=UTC), datetime(2024, 3, 15, tzinfo=UTC)),
        ("Cart", 1, datetime(2024, 3, 14, tzinfo=UTC), datetime(2024, 3, 14, tzinfo=UTC)),
    ]


def test_log_tells_its_size_units_properties_and_bounds() -> None:
    assert (len(LOG), LOG.units, LOG.property_names) == (3, ("person",), ("plan",))
    assert LOG.first_time == datetime(2024, 3, 13, tzinfo=UTC)
    assert LOG.last_time == datetime(2024, 3, 15, tzinfo=UTC)
    assert LOG.head(2).height == 2


def test_empty_log_has_no_last_time() -> None:
    assert EventLog(LOG.frame.clear()).last_time is None
    assert EventLog(LOG.frame.clear()).names().is_empty()
