"""Reading whole sources."""

import contextlib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import get_type_hints

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tragt.errors import InvalidDefinition, InvalidFile
from tragt.events import EventLog, Options, ReadOptions, files, read

HEAD = "user_id,event,timestamp"
SMALL_BLOCK = 256


def log_of(*rows: str, head: str = HEAD, **options: object) -> EventLog:
    return read("\n".join([head, *rows]).encode(), **options)  # type: ignore[arg-type]


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many batches also of small files."""
    monkeypatch.setattr(files, "BLOCK", SMALL_BLOCK)


def test_read_options_have_the_names_and_types_of_options() -> None:
    assert get_type_hints(ReadOptions) == {f: t for f, t in get_type_hints(Options).items() if f in Options.__slots__}


def test_read_columns_of_the_log_have_their_types() -> None:
    log = log_of("a,Visit,2024-03-13 10:21:14,9.5,3,true,mail", head=HEAD + ",amount,count,paid,channel")
    assert dict(log.frame.schema) == {
        "id": pl.UInt64,
        "time": pl.Datetime("us", "UTC"),
        "precision": pl.Enum(["exact", "day"]),
        "name": pl.Categorical,
        "person": pl.Categorical,
        "properties.amount": pl.Float64,
        "properties.count": pl.Int64,
        "properties.paid": pl.Boolean,
        "properties.channel": pl.Categorical,
    }


def test_read_trims_names_and_knows_words_for_nothing() -> None:
    log = log_of(" a , Visit ,2024-03-13", "NULL,Visit,2024-03-13", "b,nan,2024-03-13", "c,Visit,NaT")
    assert log.frame.select("person", "name").rows() == [("a", "Visit")]
    assert [row.field for row in log.rejected.first] == ["user_id", "event", "timestamp"]


def test_read_person_else_stands_in_where_the_person_is_missing() -> None:
    log = log_of("a,x,Visit,2024-03-13", ",y,Visit,2024-03-13", head="user_id,anonymous_id,event,time")
    assert log.frame["person"].to_list() == ["a", "y"]
    assert log.frame["properties.anonymous_id"].to_list() == ["x", "y"]


def test_read_only_the_properties_asked_for() -> None:
    log = log_of("a,Visit,2024-03-13,1,2", head=HEAD + ",Plan Name,other", properties=["plan_name"])
    assert log.property_names == ("Plan Name",)
    assert log_of("a,Visit,2024-03-13,1", head=HEAD + ",plan", properties=[]).property_names == ()


def test_read_file_of_dates_knows_the_day_only_and_of_midnights_too() -> None:
    for text in ("2024-07-01", "2024-07-01 00:00:00", "2024-07-01T00:00"):
        log = log_of(f"a,Visit,{text}", zone="Europe/Copenhagen")
        assert log.frame["precision"].to_list() == ["day"]
        assert log.frame["time"][0] == datetime(2024, 6, 30, 22, tzinfo=UTC)
    mixed = log_of("a,Visit,2024-07-01 00:00:00", "b,Visit,2024-07-01 00:00:01", "c,Visit,2024-07-01")
    assert mixed.frame["precision"].to_list() == ["exact", "exact", "day"]


@pytest.mark.usefixtures("small_blocks")
def test_read_midnights_are_judged_over_the_whole_file() -> None:
    days = [f"a{n},Visit,2024-07-{n % 30 + 1:02} 00:00:00" for n in range(60)]
    assert set(log_of(*days).frame["precision"]) == {"day"}
    assert set(log_of(*days, "b,Visit,2024-07-01 10:00:00").frame["precision"]) == {"exact"}


def test_read_dates_that_read_both_ways_are_asked_about() -> None:
    with pytest.raises(InvalidFile, match="date_order='dmy'") as caught:
        log_of("a,Visit,03/04/2024", "b,Visit,05/06/2024", "c,Visit,2024-03-13")
    assert caught.value.code == "events.ambiguous_dates"
    assert caught.value.fields["either"] == ("03/04/2024", "05/06/2024")
    for order, month in (("dmy", 4), ("mdy", 3)):
        assert log_of("a,Visit,03/04/2024", date_order=order).frame["time"][0].month == month
    with pytest.raises(InvalidFile):
        log_of("a,Visit,03/04/2024", "b,Visit,13/04/2024", date_order="ymd")
    with pytest.raises(InvalidFile):
        log_of("a,Visit,03/04/24")


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("place", [0, 25, 50])
def test_read_one_date_settles_the_order_wherever_it_stands(place: int) -> None:
    rows = [f"a{n},Visit,0{n % 9 + 1}/0{(n + 3) % 9 + 1}/2024" for n in range(50)]
    rows.insert(place, "z,Visit,31/12/2024")
    log = log_of(*rows)
    assert len(log) == 51
    assert log.frame.row(1, named=True)["time"].day == (1 if place == 0 else 2)
    assert log.rejected.total == 0


@pytest.mark.usefixtures("small_blocks")
def test_read_dates_that_contradict_each_other_are_asked_about_and_rejected_when_answered() -> None:
    rows = ["a,Visit,31/12/2024", *(f"a{n},Visit,03/04/2024" for n in range(30)), "b,Visit,12/31/2024"]
    with pytest.raises(InvalidFile, match=r"31/12/2024.*12/31/2024") as caught:
        log_of(*rows)
    assert caught.value.code == "events.contradicting_dates"
    log = log_of(*rows, date_order="dmy")
    assert [row.given for row in log.rejected.first] == ["12/31/2024"]
    assert len(log) == 31


def test_read_impossible_dates_are_rejected_by_row_and_field() -> None:
    log = log_of("a,Visit,31/02/2024", "b,Visit,13/02/2024", "c,Visit,2024-13-01", "d,Visit,0001-01-01")
    assert [(row.row, row.field) for row in log.rejected.first] == [(n, "timestamp") for n in (2, 4, 5)]


def test_read_repeated_id_keeps_the_first() -> None:
    rows = [
        "1,a,Visit,2024-03-13",
        "1,b,Visit,2024-03-13",
        "2,c,Visit,TBD",
        "2,d,Visit,2024-03-13",
        ",e,Visit,2024-03-13",
    ]
    log = log_of(*rows, head="event_id,user,event,time")
    assert log.frame["person"].to_list() == ["a", "d", "e"]
    assert log.frame["id"].to_list()[:2] == ["1", "2"]
    assert log.frame["id"].n_unique() == 3
    assert [(row.row, row.field, row.given) for row in log.rejected.first] == [(3, "event_id", "1"), (4, "time", "TBD")]


@pytest.mark.usefixtures("small_blocks")
def test_read_repeated_id_far_away_is_rejected_too() -> None:
    rows = [f"{n % 40},a{n},Visit,2024-03-13" for n in range(80)]
    log = log_of(*rows, head="event_id,user,event,time")
    assert log.frame["person"].to_list() == [f"a{n}" for n in range(40)]
    assert log.rejected.total == 40


@pytest.mark.usefixtures("small_blocks")
def test_read_column_that_turns_out_to_be_text_is_text_throughout() -> None:
    numbers = [f"a{n},Visit,2024-03-13,{n},{n}.50,{n}" for n in range(60)]
    log = log_of(*numbers, "z,Visit,2024-03-13,n/a,1.5,2.5", head=HEAD + ",text,amount,late")
    assert log.frame["properties.text"].to_list()[:2] == ["0", "1"]
    assert log.frame["properties.text"][-1] == "n/a"
    assert log.frame.schema["properties.amount"] == pl.Float64
    assert log.frame["properties.late"].to_list()[-2:] == [59.0, 2.5]


@pytest.mark.usefixtures("small_blocks")
def test_read_column_that_is_blank_at_first_gets_its_type_later() -> None:
    rows = [f"a{n},Visit,2024-03-13,{n if n > 40 else ''}," for n in range(60)]
    log = log_of(*rows, head=HEAD + ",late,never")
    assert log.frame.schema["properties.late"] == pl.Int64
    assert log.frame["properties.late"].null_count() == 41
    assert log.frame["properties.never"].null_count() == 60


def test_read_decimal_comma_and_dates_in_properties() -> None:
    log = read(b"user;event;time;amount;due\na;Visit;2024-03-13;1.234,56;2024-04-01\nb;Visit;2024-03-13;7;\n")
    assert log.frame["properties.amount"].to_list() == [1234.56, 7.0]
    assert log.frame["properties.due"].to_list() == [date(2024, 4, 1), None]
    unsettled = "a,Visit,2024-03-13,1.234"
    assert log_of(unsettled, head=HEAD + ",amount").frame["properties.amount"].to_list() == ["1.234"]
    assert log_of(unsettled, head=HEAD + ",amount", decimal=",").frame["properties.amount"].to_list() == [1234.0]


def test_read_without_a_good_row_says_why() -> None:
    with pytest.raises(InvalidFile, match="row 2, timestamp: 'TBD' given") as caught:
        log_of("a,Visit,TBD", "b,,2024-03-13")
    assert caught.value.code == "events.no_good_row"
    with pytest.raises(InvalidFile) as caught:
        log_of()
    assert caught.value.code == "events.no_rows"


def test_read_progress_is_told_and_can_stop_the_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "BLOCK", SMALL_BLOCK)
    path = tmp_path / "events.csv"
    path.write_text("\n".join([HEAD, *(f"a{n},Visit,2024-03-13" for n in range(100))]))
    told: list[tuple[int, int]] = []
    read(path, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (path.stat().st_size,) * 2
    assert told == sorted(told)
    assert len(told) > 3

    def stop(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read(path, progress=stop)


@pytest.mark.parametrize(
    ("option", "value"),
    [("zone", "Nowhere"), ("date_order", "dym"), ("decimal", "x"), ("format", "doc"), ("delimiter", ",,")],
)
def test_read_option_that_is_not_possible_is_refused(option: str, value: str) -> None:
    with pytest.raises(InvalidDefinition, match=option) as caught:
        log_of("a,Visit,2024-03-13", **{option: value})
    assert caught.value.code == "events.wrong_option"


WIDE = "deal_id,stage,made,closed_on,account"


def test_read_wide_file_by_given_columns() -> None:
    rows = [
        "1,Won,2024-03-13,2024-03-14,A",
        "2,Lead,,,B",
        "3,Open,2024-03-15,,C",
        "4,,,,D",
        "5,,2024-03-15,2024-03-16,E",
    ]
    log = log_of(*rows, head=WIDE, wide=["made=Created", "closed_on@stage"])
    events = log.frame.select("deal", "name", pl.col("time").dt.date(), "company").sort("deal", "time").rows()
    assert events == [
        ("1", "Created", date(2024, 3, 13), "A"),
        ("1", "Won", date(2024, 3, 14), "A"),
        ("3", "Created", date(2024, 3, 15), "C"),
    ]
    assert log.undated.select("deal", "name").rows() == [("2", "Lead")]
    assert log.stage_now is not None
    assert log.stage_now.select("deal", "stage").rows() == [("1", "Won"), ("2", "Lead"), ("3", "Open")]
    assert [(row.row, row.field, row.reason) for row in log.rejected.first] == [
        (5, "made", "a date, or a stage, is needed"),
        (6, "stage", "the name of an event is needed"),
    ]


def test_read_wide_file_only_names_that_were_chosen() -> None:
    rows = ["1,Won,2024-03-13,2024-03-14,A", "2,Lead,,2025-01-01,B"]
    log = log_of(*rows, head=WIDE, wide=["closed_on@stage:Won|Lost"])
    assert log.frame["name"].to_list() == ["Won"]
    assert log.undated.is_empty()


def test_read_wide_file_bad_date_rejects_the_whole_row_and_repeated_deal_the_later() -> None:
    rows = ["1,Won,2024-03-13,2024-02-31,A", "2,Won,2024-03-13,2024-03-14,A", "2,Won,2024-03-13,2024-03-14,A"]
    log = log_of(*rows, head=WIDE, wide=["made=Created", "closed_on@stage"])
    assert set(log.frame["deal"]) == {"2"}
    assert len(log) == 2
    assert [(row.row, row.field) for row in log.rejected.first] == [(2, "closed_on"), (4, "deal_id")]


def test_read_report_of_salesforce_footer_is_not_a_row() -> None:
    text = (
        '"Account Name","Opportunity Name","Stage","Close Date","Created Date"\n'
        '"Acme","One","Closed Won","3/14/2024","3/1/2024"\n"Acme","Two","Proposal","9/30/2024","3/2/2024"\n\n'
        '"Grand Totals (2 records)"\n\n"Confidential Information - Do Not Distribute"\n'
    )
    log = read(text.encode())
    assert log.names()["name"].to_list() == ["Created", "Closed Won"]
    assert [row.row for row in log.rejected.first] == [5, 7]


@pytest.mark.parametrize("folder", ["maven_crm", "maven_crm/us_dates"])
def test_read_pipeline_of_maven_gives_its_known_numbers(shared_data: Path, folder: str) -> None:
    log = read(shared_data / folder / "sales_pipeline.csv")
    assert log.mapping is not None
    assert [str(column) for column in log.mapping.wide] == ["engage_date=Engaging", "close_date@deal_stage"]
    assert dict(log.names().select("name", "count").iter_rows()) == {"Engaging": 8300, "Won": 4238, "Lost": 2473}
    assert log.undated["name"].to_list() == ["Prospecting"] * 500
    assert log.stage_now is not None
    stock = log.stage_now["stage"].cast(pl.String).value_counts()
    assert dict(stock.iter_rows()) == {"Prospecting": 500, "Engaging": 1589, "Won": 4238, "Lost": 2473}
    assert set(log.frame["precision"]) == {"day"}
    won = log.frame.filter(pl.col("name").cast(pl.String) == "Won")
    assert won["properties.close_value"].sum() == 10_005_534
    assert log.rejected.total == 0


def test_read_pipeline_of_maven_is_the_same_with_american_dates(shared_data: Path) -> None:
    iso = read(shared_data / "maven_crm" / "sales_pipeline.csv")
    american = read(shared_data / "maven_crm" / "us_dates" / "sales_pipeline.csv")
    assert set(iso.frame["id"]) == set(american.frame["id"])


def test_read_excerpt_with_only_ambiguous_american_dates_is_asked_about(shared_data: Path) -> None:
    lines = (shared_data / "maven_crm" / "us_dates" / "sales_pipeline.csv").read_text().splitlines()
    small = [line for line in lines[1:] if all(int(part.split("/")[1]) <= 12 for part in line.split(",")[5:7] if part)]
    excerpt = "\n".join([lines[0], *small]).encode()
    with pytest.raises(InvalidFile) as caught:
        read(excerpt)
    assert caught.value.code == "events.ambiguous_dates"
    assert read(excerpt, date_order="mdy").rejected.total == 0


def test_read_clicks_of_a_shop_gives_its_known_numbers(shared_data: Path) -> None:
    log = read(shared_data / "shop_events" / "shop_events.csv")
    counts = dict(log.names().select("name", "count").iter_rows())
    assert (len(log), counts["purchase"], counts["payment_error"], counts["checkout_bug"]) == (31_106, 470, 119, 44)
    assert (log.frame["person"].n_unique(), log.frame["session"].n_unique()) == (600, 3_605)


def test_read_users_of_segment_lack_what_an_event_needs(shared_data: Path) -> None:
    for name in ("users", "missing-identifiers", "missing-headers-users", "subscription-group-actions"):
        with pytest.raises(InvalidFile) as caught:
            read(shared_data / "crm_formats" / "segment_users" / f"{name}.csv")
        assert caught.value.code == "events.no_time_column"


EVENTS = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.sampled_from(["Visit", "Cart"]),
        st.integers(0, 10**7),
        st.sampled_from(["", "x", "1.5"]),
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=40)
@given(EVENTS, st.randoms(use_true_random=False), st.integers(40, 400))
def test_read_order_of_rows_and_size_of_batches_change_nothing(
    events: list[tuple[str, str, int, str]], random: object, block: int
) -> None:
    start = datetime(2024, 1, 1, tzinfo=UTC)
    rows = [
        f"{who},{what},{start + timedelta(seconds=when):%Y-%m-%d %H:%M:%S},{note}" for who, what, when, note in events
    ]
    log = log_of(*rows, head=HEAD + ",note")
    random.shuffle(rows)  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "BLOCK", block)
        shuffled = log_of(*rows, head=HEAD + ",note")
    assert shuffled.frame.sort("id").equals(log.frame.sort("id"))


@settings(max_examples=60)
@given(
    st.binary(max_size=200) | st.text(st.sampled_from('userventim,;|"\n\r\0 1a2/-:{}[]='), max_size=200).map(str.encode)
)
def test_read_of_anything_ends_in_a_log_or_an_error_that_says_why(data: bytes) -> None:
    for content in (data, b"user,event,time\n" + data, b'{"event":"a"}\n' + data):
        with contextlib.suppress(InvalidFile):
            log = read(content)
            assert log.frame["id"].n_unique() == len(log)
