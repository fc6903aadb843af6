"""Which column means what."""

import pytest

from tragt.errors import InvalidDefinition, InvalidFile
from tragt.events import Mapping, recognise
from tragt.events.headers import entered_stage, plain, stem


def found(header: str, *rows: str, **options: str) -> Mapping:
    return recognise("\n".join([header, *rows]).encode(), **options)  # type: ignore[arg-type]


def roles(mapping: Mapping) -> dict[str, str]:
    names = ("time", "event", "person", "company", "deal", "session", "id", "stage")
    return {name: column for name in names if (column := getattr(mapping, name)) is not None}


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("user_id,event,timestamp", ["user_id", "event", "timestamp"]),
        ("User ID,Event Name,Occurred-At", ["User ID", "Event Name", "Occurred-At"]),
        ("distinct_id,event,time", ["distinct_id", "event", "time"]),
        ("userId,event,originalTimestamp", ["userId", "event", "originalTimestamp"]),
        ("user_pseudo_id,event_name,event_timestamp", ["user_pseudo_id", "event_name", "event_timestamp"]),
        ("Email,Activity,Date", ["Email", "Activity", "Date"]),
        ("customer,action,created_at", ["customer", "action", "created_at"]),
        ("Bruger-id,Hændelse,Tidspunkt", ["Bruger-id", "Hændelse", "Tidspunkt"]),
        ("Kundenr.,Aktivitet,Dato", ["Kundenr.", "Aktivitet", "Dato"]),
        ("Användare,Händelse,Datum", ["Användare", "Händelse", "Datum"]),
        ("Bruker,Hendelse,Tidspunkt", ["Bruker", "Hendelse", "Tidspunkt"]),
        ("user,properties.user_id,event,time", ["user", "event", "time"]),
        ("properties.distinct_id,event,properties.time", ["properties.distinct_id", "event", "properties.time"]),
    ],
)
def test_recognise_long_file_by_its_headers(header: str, expected: list[str]) -> None:
    row = "a,Visit,2024-03-13 10:21:14" if header.count(",") == 2 else "a,b,Visit,2024-03-13 10:21:14"
    mapping = found(header, row)
    assert [mapping.person, mapping.event, mapping.time] == expected


def test_recognise_log_of_our_own_by_its_columns() -> None:
    mapping = found("id,time,precision,name,person,properties.event,properties.stage", "1,2024-03-13,day,Visit,a,x,y")
    assert roles(mapping) == {"time": "time", "event": "name", "person": "person", "id": "id"}
    assert mapping.precision == "precision"


def test_recognise_units_id_and_properties() -> None:
    mapping = found(
        "message_id,account,user,session_id,deal_id,event,time,plan,anonymous_id",
        "m1,Acme,u1,s1,d1,Visit,2024-03-13,pro,a1",
    )
    assert roles(mapping) == {
        "id": "message_id",
        "company": "account",
        "person": "user",
        "session": "session_id",
        "deal": "deal_id",
        "event": "event",
        "time": "time",
    }
    assert mapping.person_else == "anonymous_id"
    assert mapping.properties == ("plan", "anonymous_id")


def test_recognise_time_must_hold_times() -> None:
    mapping = found("user,event,time,when", "a,Visit,morning,2024-03-13", "b,Cart,noon,2024-03-14")
    assert mapping.time == "when"
    mapping = found("user,event,timestamp,created_at", "a,Visit,,2024-03-13", "b,Cart,,2024-03-14")
    assert mapping.time == "created_at"


def test_recognise_id_that_repeats_is_none() -> None:
    rows = [f"{n % 2},u{n},Visit,2024-03-13" for n in range(20)]
    assert found("id,user,event,time", *rows).id is None
    assert found("event_id,user,event,time", *rows).id == "event_id"


def test_recognise_vague_names_are_events_only_where_values_repeat() -> None:
    notes = [f"u{n},note number {n},2024-03-13 10:21:{n:02}" for n in range(50)]
    with pytest.raises(InvalidFile, match="names the event"):
        found("user,name,time", *notes)
    few = [f"u{n},step {n % 3},2024-03-13 10:21:{n:02}" for n in range(50)]
    assert found("user,name,time", *few).event == "name"


@pytest.mark.parametrize(
    ("header", "row", "code", "words"),
    [
        ("user,event", "a,Visit", "no_time_column", "Name the right one with time="),
        ("user,time", "a,2024-03-13", "no_event_column", "event="),
        ("colour,event,time", "red,Visit,2024-03-13", "no_person_column", "person="),
        ("user id,user_id,event,time", "a,b,Visit,2024-03-13", "ambiguous_column", "'user id', 'user_id'"),
        ("user,event,time,time", "a,Visit,2024-03-13,2024-03-13", "ambiguous_column", "'time', 'time \\(2\\)'"),
        ("user,event,one,two", "a,Visit,2024-03-13,2024-03-13", "ambiguous_column", "'one', 'two'"),
        ("jo@x.dk,Visit,2024-03-13", "a,b,c", "no_time_column", "a header is needed"),
    ],
)
def test_recognise_needed_column_that_is_missing_or_ambiguous_is_asked_for(
    header: str, row: str, code: str, words: str
) -> None:
    with pytest.raises(InvalidFile, match=words) as caught:
        found(header, row)
    assert caught.value.code == f"events.{code}"


def test_recognise_column_that_was_named_is_found_in_any_spelling_or_refused() -> None:
    assert found("Who,event,time", "a,Visit,2024-03-13", person="who").person == "Who"
    with pytest.raises(InvalidFile, match="perhaps 'user_id' is meant") as caught:
        found("user_id,event,time", "a,Visit,2024-03-13", person="user_ids")
    assert caught.value.code == "events.no_such_column"


def wide(mapping: Mapping) -> list[str]:
    return [str(column) for column in mapping.wide]


def test_recognise_wide_file_names_dates_by_stages_that_sound_alike() -> None:
    rows = ["1,Engaging,2024-03-13,,", "2,Won,2024-03-14,2024-03-15,", "3,Prospecting,,,"]
    mapping = found("opportunity_id,deal_stage,engage_date,close_date,last_activity_date", *rows)
    assert wide(mapping) == ["engage_date=Engaging", "close_date@deal_stage"]
    assert roles(mapping) == {"deal": "opportunity_id", "id": "opportunity_id", "stage": "deal_stage"}
    assert mapping.properties == ("last_activity_date",)


def test_recognise_wide_file_of_persons_without_a_stage() -> None:
    rows = ["1,2024-03-13,2024-03-14,pro", "2,2024-03-13,,pro"]
    mapping = found("user_id,signed_up_at,first_purchase_date,plan", *rows)
    assert wide(mapping) == ["signed_up_at=Signed up", "first_purchase_date=First purchase"]


def test_recognise_close_date_of_open_deals_is_only_expected() -> None:
    rows = [
        "1,Closed Won,2024-03-14,2024-03-01",
        "2,Proposal,2024-09-30,2024-03-02",
        "3,Closed Lost,2024-03-10,2024-03-03",
    ]
    mapping = found("Opportunity ID,Stage,Close Date,Created Date", *rows)
    assert wide(mapping) == ["Close Date@Stage:Closed Lost|Closed Won", "Created Date=Created"]


def test_recognise_export_of_hubspot() -> None:
    header = (
        "Record ID,Deal Name,Pipeline,Deal Stage,Amount,Close Date,Create Date,"
        '"Date entered ""Demo (Sales Pipeline)""",Date entered “Closed Won (Sales Pipeline)”,hs_v2_date_entered_42,'
        "Last Activity Date,Associated Contact,Associated Company"
    )
    row = "{0},Deal {0},Sales,Demo,10,2024-09-01 00:00,2024-03-0{0} 10:21,2024-04-0{0} 10:21,,2024-04-09 10:21,,Jo,Acme"
    rows = [row.format(number) for number in range(1, 6)]
    mapping = found(header, *rows)
    assert wide(mapping) == [
        "Create Date=Created",
        'Date entered "Demo (Sales Pipeline)"=Demo',
        "Date entered “Closed Won (Sales Pipeline)”=Closed Won",
        "hs_v2_date_entered_42=42",
    ]
    assert roles(mapping) == {
        "deal": "Record ID",
        "id": "Record ID",
        "stage": "Deal Stage",
        "person": "Associated Contact",
        "company": "Associated Company",
    }


def test_recognise_export_of_pipedrive() -> None:
    header = (
        "Deal - ID,Deal - Title,Deal - Stage,Deal - Status,Deal - Creation date,Deal - Expected close date,"
        "Deal - Won time,Deal - Lost time,Deal - Closed on,Deal - Organization,"
        "Deal - Contact person,Deal - Last stage change"
    )
    won = "1,A,Offer,Won,2024-03-01 10:00,2024-06-01,2024-05-01 10:00,,2024-05-01 10:00,Acme,Jo,2024-05-01 10:00"
    lost = "2,B,Offer,Lost,2024-03-02 10:00,2024-06-01,,2024-05-02 10:00,2024-05-02 10:00,Acme,Jo,2024-05-01 10:00"
    mapping = found(header, won, lost)
    assert wide(mapping) == ["Deal - Creation date=Created", "Deal - Won time=Won", "Deal - Lost time=Lost"]
    assert roles(mapping) == {
        "deal": "Deal - ID",
        "id": "Deal - ID",
        "stage": "Deal - Stage",
        "company": "Deal - Organization",
        "person": "Deal - Contact person",
    }


def test_recognise_history_of_stages_is_long() -> None:
    rows = [f"{n % 4},{stage},2024-0{n % 8 + 1}-13" for n, stage in enumerate(["Lead", "Offer", "Won"] * 8)]
    mapping = found("deal_id,stage,date", *rows)
    assert (mapping.event, mapping.time, mapping.wide) == ("stage", "date", ())


@pytest.mark.parametrize("spec", ["close_date", "nope=Won", "=Won", "close_date@nope", "close_date="])
def test_recognise_date_column_that_is_not_understood_is_refused(spec: str) -> None:
    with pytest.raises(InvalidDefinition, match="COLUMN=NAME") as caught:
        recognise(b"deal_id,close_date\n1,2024-03-13\n", wide=[spec])
    assert caught.value.code == "events.wrong_date_column"


def test_headers_are_compared_without_case_and_punctuation() -> None:
    assert plain("User-ID ") == plain("user_id") == plain("USERID")
    assert (stem("engage_date"), stem("CLOSEDATE"), stem("signedUpAt"), stem("date")) == (
        "engage",
        "close",
        "signed up",
        "",
    )
    assert entered_stage("Date entered 'Demo'") == "Demo"
    assert entered_stage("Date of birth") is None
