"""Which unit an event belongs to."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from tragt import Funnel, read, run
from tragt.errors import InvalidDefinition
from tragt.events.sessions import with_sessions
from tragt.events.units import Links, with_units

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
Row = tuple[float, str, str | None, str | None, str | None]


def frame_of(*rows: Row) -> pl.DataFrame:
    """Events from (days since the start, name, person, company, deal)."""
    return read(
        pl.DataFrame(
            {
                "time": [START + timedelta(days=day) for day, *_ in rows],
                "event": [name for _, name, *_ in rows],
                "person": [person for _, _, person, _, _ in rows],
                "company": [company for *_, company, _ in rows],
                "deal": [deal for *_, deal in rows],
                "id": [f"{number:03}" for number in range(len(rows))],
            },
            schema_overrides={"person": pl.String, "company": pl.String, "deal": pl.String},
        )
    ).frame


def belongings(frame: pl.DataFrame, unit: str, **options: object) -> set[tuple[str, str]]:
    found = with_units(frame, unit, **options)  # type: ignore[arg-type]
    return {(name, str(of)) for name, of in found.select(pl.col("name").cast(pl.String), "unit").iter_rows()}


JOURNEY: tuple[Row, ...] = (
    (-100, "Old Page", "ann", None, None),
    (-10, "Page", "ann", None, None),
    (-9, "Page", "bo", None, None),
    (0, "Deal Created", "ann", "acme", "d1"),
    (5, "Call", "bo", None, "d1"),
    (6, "Mail", "ann", None, None),
    (9, "Deal Won", None, None, "d1"),
    (20, "Late Page", "ann", None, None),
)


def test_deal_has_its_own_events_and_its_contacts_touches_until_it_closes() -> None:
    assert belongings(frame_of(*JOURNEY), "deal") == {
        (name, "d1") for name in ("Page", "Deal Created", "Call", "Mail", "Deal Won")
    }


def test_deal_with_a_longer_lookback_has_older_touches() -> None:
    found = belongings(frame_of(*JOURNEY), "deal", lookback=timedelta(days=120))

    assert ("Old Page", "d1") in found


def test_deals_event_without_a_person_belongs_to_the_primary_contact() -> None:
    found = belongings(frame_of(*JOURNEY), "person")

    assert ("Deal Won", "ann") in found
    assert ("Deal Won", "bo") not in found


def test_deals_event_with_all_contacts_belongs_to_each() -> None:
    found = belongings(frame_of(*JOURNEY), "person", contacts="all")

    assert {("Deal Won", "ann"), ("Deal Won", "bo")} <= found


def test_company_has_the_events_of_its_people_and_deals() -> None:
    found = belongings(frame_of(*JOURNEY), "company")

    assert {("Old Page", "acme"), ("Deal Won", "acme"), ("Call", "acme")} <= found


def test_company_of_a_person_who_moves_is_the_one_at_the_time() -> None:
    frame = frame_of(
        (0, "Joined", "ann", "acme", None),
        (1, "Page", "ann", None, None),
        (2, "Joined", "ann", "beta", None),
        (3, "Call", "ann", None, None),
    )

    assert {("Page", "acme"), ("Call", "beta")} <= belongings(frame, "company")


def test_touch_of_a_person_with_two_deals_belongs_to_both() -> None:
    frame = frame_of(
        (0, "Page", "ann", None, None), (1, "Deal Created", "ann", None, "d1"), (2, "Deal Created", "ann", None, "d2")
    )

    assert {("Page", "d1"), ("Page", "d2")} <= belongings(frame, "deal")


def test_units_the_log_does_not_know_are_refused() -> None:
    frame = frame_of((0, "Page", "ann", None, None)).drop("deal", "company")

    with pytest.raises(InvalidDefinition, match="no column for the unit 'deal'"):
        with_units(frame, "deal")


def test_funnel_over_derived_units_equals_the_one_with_units_written_out() -> None:
    by_link = read(frame_of(*JOURNEY).rename({"name": "event"}))
    written = by_link.frame.with_columns(deal=pl.lit("d1").cast(pl.Categorical)).filter(
        ~pl.col("name").cast(pl.String).is_in(["Old Page", "Late Page"])
    )
    by_hand = read(written.drop("person", "company").rename({"name": "event"}))
    funnel = Funnel.of("Page", "Deal Created", "Deal Won", unit="deal")

    steps = [run(funnel, log).steps for log in (by_link, by_hand)]

    assert [step.entered for step in steps[0]] == [step.entered for step in steps[1]] == [1, 1, 1]


def test_contact_in_a_role_only_for_a_time_gets_only_those_events() -> None:
    frame = frame_of((0, "Deal Created", None, None, "d1"), (9, "Deal Won", None, None, "d1"))
    contacts = pl.DataFrame(
        {"deal": ["d1"], "person": ["bo"], "primary": [True], "since": [None], "until": [START + timedelta(days=3)]},
        schema_overrides={"since": pl.Datetime("us", "UTC"), "until": pl.Datetime("us", "UTC")},
    )

    assert belongings(frame, "person", links=Links(contacts=contacts)) == {("Deal Created", "bo")}


def sessions_of(*minutes: float, session: str | None = "s") -> list[str | None]:
    frame = pl.DataFrame(
        {
            "time": [START + timedelta(minutes=minute) for minute in minutes],
            "person": ["ann"] * len(minutes),
            "session": [session] * len(minutes),
        },
        schema_overrides={"session": pl.String},
    )
    return with_sessions(frame)["session"].to_list()


def test_session_with_a_pause_of_thirty_minutes_goes_on_and_with_more_is_cut() -> None:
    assert sessions_of(0, 30, 60.5) == ["s", "s", "s #2"]


def test_session_of_rows_in_any_order_is_the_same() -> None:
    assert sessions_of(60.5, 0, 30) == ["s #2", "s", "s"]


def test_events_without_a_session_id_make_sessions_of_their_person() -> None:
    assert sessions_of(0, 5, session=None) == ["ann (no id)", "ann (no id)"]
