"""The pages of saved funnels: what they show, to whom, and that every count leads to its people."""

import csv
import io
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode, urljoin

import polars as pl
import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from tragt import Funnel, Step, read
from tragt.events.log import EventLog
from tragt.web.accounts.models import AuditRow, Role, User
from tragt.web.funnels import queries
from tragt.web.funnels.actions import delete, save
from tragt.web.funnels.counting.figures import Asked, Figures
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.periods import PeriodKind, SavedPeriod
from tragt.web.funnels.showing.presenting import Page
from tragt.web.funnels.tasks import warm
from tragt.web.funnels.views.lists import OUTCOMES
from tragt.web.jobs.actions import enqueue
from tragt.web.jobs.models import Job
from tragt.web.jobs.worker import drain
from tragt.web.lexicon.actions import Said, describe
from tragt.web.records.workbooks import sheet_name, workbook
from tragt.web.shell.acting import COMMAND_LINE, SYSTEM

pytestmark = [pytest.mark.django_db]

STEPS = ("Visited", "Signed Up", "Paid")


@pytest.fixture
def saved(visitors: None, owner: User) -> SavedFunnel:  # noqa: ARG001
    return save(COMMAND_LINE, Funnel.of(*STEPS, window="14d"), "Visitors to customers")


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def content(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_funnel_page_states_question_finding_picture_table_and_how_it_was_counted(
    saved: SavedFunnel, owner_client: Client
) -> None:
    page = owner_client.get(f"/funnels/{saved.pk}/")

    assert page.status_code == 200
    shown = text(page)
    assert "Of the people who reached Visited , how many went on to Signed Up , then Paid" in shown
    assert "all within 14 days of the first?" in shown
    assert "More people stop between “Visited” and “Signed Up” than anywhere else" in shown
    assert "11 entered = 2 reached the end + 8 expired + 1 open." in shown
    assert re.search(r"Counted .* in [\d,]+ ms from 17 events", shown)
    assert "from tragt import" in shown
    assert page.content.count(b'class="shape tragt-follows"') == 3
    assert b"tf-paper" not in page.content
    assert b"style=" not in page.content
    assert b"<style" not in page.content


def test_funnel_page_marks_names_that_hold_markup(happened: Callable[..., None], owner_client: Client) -> None:
    happened([("p", "<script>alert(1)</script>", "2026-01-01"), ("p", "b“x”", "2026-01-02")])
    saved = save(COMMAND_LINE, Funnel.of("<script>alert(1)</script>", "b“x”", window="14d"), "<b>bold</b>")
    for address in ("", "edit/", "steps/1/"):
        page = owner_client.get(f"/funnels/{saved.pk}/{address}")
        assert page.status_code == 200
        assert b"<script>alert" not in page.content
        assert b"<b>bold" not in page.content


@pytest.mark.parametrize(
    "funnel",
    [
        Funnel.of(*STEPS, window="14d"),
        Funnel.of(*STEPS, window=None),
        Funnel.of("Visited", Step(("Signed Up",), optional=True), "Paid", window="14d"),
        Funnel.of(*STEPS, window="14d", count="every"),
        Funnel.of(*STEPS, window="14d", order="any"),
        Funnel.of("Visited", "Paid", window="14d", lost="Signed Up"),
    ],
    ids=["window", "none", "optional", "every", "any", "lost"],
)
@pytest.mark.usefixtures("visitors")
def test_list_behind_every_count_has_as_many_as_the_count(owner_client: Client, funnel: Funnel) -> None:
    saved = save(COMMAND_LINE, funnel)
    page: Page = owner_client.get(f"/funnels/{saved.pk}/").context["page"]

    for number, line in enumerate(page.report.steps, start=1):
        for outcome in OUTCOMES:
            address = f"/funnels/{saved.pk}/steps/{number}/"
            listed = owner_client.get(address, {"outcome": outcome})
            rows = content(owner_client.get(f"{address}list.csv", {"outcome": outcome})).decode("utf-8-sig")
            expected = getattr(line, outcome)
            assert (listed.context["total"], len(listed.context["people"])) == (expected, expected)
            assert len(list(csv.reader(io.StringIO(rows)))) == expected + 1


def test_list_shows_a_day_as_a_day_and_a_moment_as_a_moment(
    bring: Callable[[EventLog], None], happened: Callable[..., None], owner_client: Client
) -> None:
    days = {"person": ["ann", "ann"], "event": ["A", "B"], "time": ["2026-01-01", "2026-01-05"]}
    bring(read(days, zone="Europe/Copenhagen"))
    saved = save(COMMAND_LINE, Funnel.of("A", "B", window="14d"))
    address = f"/funnels/{saved.pk}/steps/2/"
    assert "00:00" not in text(owner_client.get(address))
    assert b"2026-01-05,2026-01-01," in content(owner_client.get(f"{address}list.csv"))

    happened([("bo", "A", "2026-01-01"), ("bo", "B", "2026-01-05")])
    assert "5 Jan 2026, 10:00" in text(owner_client.get(address))


def test_list_is_paged_and_names_whom_the_log_knows(happened: Callable[..., None], owner_client: Client) -> None:
    happened([(f"p{number:03}", name, "2026-01-01") for number in range(120) for name in ("A", "B")])
    saved = save(COMMAND_LINE, Funnel.of("A", "B", window="14d"))

    pages = [owner_client.get(f"/funnels/{saved.pk}/steps/2/", {"page": number}) for number in (1, 2, 3)]

    assert [len(page.context["people"]) for page in pages] == [50, 50, 20]
    named = [one.named.label for page in pages for one in page.context["people"]]
    assert sorted(named) == [f"p{number:03}" for number in range(120)]
    assert "Page 1 of 3" in text(pages[0])


@pytest.mark.parametrize(
    "address", ["steps/0/", "steps/4/", "steps/1/?outcome=won", "funnel.gif", "/funnels/99/", "/funnels/99/edit/"]
)
def test_address_of_what_does_not_exist_is_not_found(saved: SavedFunnel, owner_client: Client, address: str) -> None:
    assert owner_client.get(urljoin(f"/funnels/{saved.pk}/", address)).status_code == 404


ALLOWED: dict[str, set[Role]] = {
    "": set(Role),
    "steps/1/": set(Role),
    "funnel.csv": set(Role),
    "edit/": {Role.OWNER, Role.MANAGER, Role.MARKETING},
    "/funnels/new/": {Role.OWNER, Role.MANAGER, Role.MARKETING},
    "steps/1/list.csv": {Role.OWNER, Role.MANAGER, Role.MARKETING},
    "steps/1/list.xlsx": {Role.OWNER, Role.MANAGER, Role.MARKETING},
}


@pytest.mark.parametrize("role", list(Role))
def test_page_answers_by_role(
    saved: SavedFunnel, make_user: Callable[..., User], client_of: Callable[[User], Client], role: Role
) -> None:
    client = client_of(make_user(role, email=f"a-{role}@example.org"))

    for address, roles in ALLOWED.items():
        expected = 200 if role in roles else 403
        assert client.get(urljoin(f"/funnels/{saved.pk}/", address)).status_code == expected, address
    for address in ("delete/", "rename/", "undelete/"):
        if role in ALLOWED["edit/"]:
            continue
        assert client.post(f"/funnels/{saved.pk}/{address}").status_code == 403, address
    found = client.get(reverse("palette"), {"q": "new f"}).content
    assert (b"/funnels/new/" in found) == (role in ALLOWED["edit/"])
    shown = client.get(f"/funnels/{saved.pk}/")
    assert (f"/funnels/{saved.pk}/edit/" in shown.content.decode()) == (role in ALLOWED["edit/"])


def test_page_without_sign_in_leads_there(saved: SavedFunnel, client: Client) -> None:
    assert client.get(f"/funnels/{saved.pk}/").status_code == 302
    assert client.get(f"/funnels/{saved.pk}/steps/1/list.csv").status_code == 302


def test_funnel_page_asks_the_database_the_same_number_of_times_whatever_it_shows(
    happened: Callable[..., None], owner_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    happened([(f"p{number:03}", name, "2026-01-01") for number in range(60) for name in "ABCDE"])
    few, many = (save(COMMAND_LINE, Funnel.of(*names, window="14d")) for names in ("AB", "ABCDE"))
    counts = []
    for saved in (few, many):
        owner_client.get(f"/funnels/{saved.pk}/")
        with django_assert_max_num_queries(15) as asked:
            owner_client.get(f"/funnels/{saved.pk}/")
        counts.append(len(asked.captured_queries))
    assert counts[0] == counts[1]

    for address, most in (("steps/1/", 22), ("steps/1/?page=2", 18)):
        owner_client.get(f"/funnels/{few.pk}/{address}")
        with django_assert_max_num_queries(most):
            owner_client.get(f"/funnels/{few.pk}/{address}")


@pytest.mark.usefixtures("saved")
def test_index_asks_the_database_as_often_for_ten_funnels_as_for_two(
    owner_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    counts = []
    for more in (1, 9):
        for number in range(more):
            save(COMMAND_LINE, Funnel.of("Visited", "Paid", window=f"{number + more}d"))
        with django_assert_max_num_queries(14) as asked:
            assert owner_client.get("/funnels/").status_code == 200
        counts.append(len(asked.captured_queries))
    assert counts[0] == counts[1]


@pytest.mark.usefixtures("visitors")
def test_index_leads_to_the_only_funnel_lists_several_and_says_what_will_stand_there(owner_client: Client) -> None:
    assert "No funnel yet" in text(owner_client.get("/funnels/"))
    first = save(COMMAND_LINE, Funnel.of("Visited", "Paid"))
    assert owner_client.get("/funnels/").headers["Location"] == f"/funnels/{first.pk}/"
    assert owner_client.get("/funnels/?all").status_code == 200
    owner_client.get(f"/funnels/{first.pk}/")
    save(COMMAND_LINE, Funnel.of("Visited", "Signed Up"))
    listed = owner_client.get("/funnels/")
    assert listed.content.count(b'class="card funnel-card"') == 2
    assert listed.content.count(b'class="shape tragt-follows"') == 1


@pytest.mark.usefixtures("home")
def test_index_without_data_leads_to_the_import(owner_client: Client) -> None:
    page = owner_client.get("/funnels/")

    assert "Your funnel will appear here" in text(page)
    assert b'href="/imports/"' in page.content


@pytest.mark.usefixtures("home")
def test_funnel_page_without_data_says_so(owner_client: Client) -> None:
    saved = save(COMMAND_LINE, Funnel.of("Visited", "Paid"))

    shown = owner_client.get(f"/funnels/{saved.pk}/")
    assert "none of the events of this funnel: “Visited” and “Paid”" in text(shown)
    assert f'action="/funnels/{saved.pk}/delete/"'.encode() in shown.content
    assert owner_client.get(f"/funnels/{saved.pk}/funnel.csv").status_code == 404
    assert owner_client.get(f"/funnels/{saved.pk}/steps/1/").status_code == 302


@pytest.mark.usefixtures("visitors")
def test_funnel_over_a_unit_that_nothing_names_says_so(owner_client: Client) -> None:
    saved = save(COMMAND_LINE, Funnel.of("Visited", "Paid", unit="deal"))

    assert "Count another unit" in text(owner_client.get(f"/funnels/{saved.pk}/"))


@pytest.mark.usefixtures("visitors")
def test_period_that_nobody_entered_in_is_said_and_another_can_be_looked_at(owner_client: Client) -> None:
    february = SavedPeriod(PeriodKind.FIXED, date(2026, 2, 1), date(2026, 2, 28))
    saved = save(COMMAND_LINE, Funnel.of("Visited", "Paid"), asked=february)

    assert "Nobody entered in this period" in text(owner_client.get(f"/funnels/{saved.pk}/"))
    everything = owner_client.get(f"/funnels/{saved.pk}/?period=all")
    assert everything.context["page"].report.steps[0].entered == 11
    assert f"/funnels/{saved.pk}/steps/1/?period=all" in everything.content.decode()
    assert owner_client.get(f"/funnels/{saved.pk}/steps/1/?period=all").context["total"] == 11


@pytest.mark.parametrize(
    ("asked", "entered", "words"),
    [
        ({"period": "last_7"}, 1, "Last 7 days of the data, 23 Feb–1 Mar 2026"),
        ({"period": "last_365"}, 11, "Last 12 months of the data, 2 Mar 2025–1 Mar 2026"),
        ({"period": "fixed", "from": "2026-01-01", "to": "2026-01-31"}, 10, "1 Jan–31 Jan 2026"),
    ],
)
def test_period_ends_with_the_data_or_lies_between_two_days_and_goes_along(
    saved: SavedFunnel, owner_client: Client, asked: dict[str, str], entered: int, words: str
) -> None:
    page = owner_client.get(f"/funnels/{saved.pk}/", asked)

    assert page.context["page"].report.steps[0].entered == entered
    assert f"Period {words}" in text(page)
    assert "Counted back from the last event, 1 Mar 2026" in text(page)
    assert f"/steps/1/?{urlencode(asked)}".replace("&", "&amp;") in page.content.decode()
    assert owner_client.get(f"/funnels/{saved.pk}/steps/1/", asked).context["total"] == entered


@pytest.mark.parametrize(
    ("first", "last", "field", "wrong"),
    [
        ("1 May", "2026-01-31", "from", "A day is written like"),
        ("2026-01-31", "0026-01-31", "to", "A day lies in the years 1900 to 2200."),
        ("2026-01-31", "2026-01-01", "to", "The last day comes before the first."),
        ("", "", "from", "Give the first day"),
    ],
)
def test_days_that_cannot_be_are_said_beside_their_field(
    saved: SavedFunnel, owner_client: Client, first: str, last: str, field: str, wrong: str
) -> None:
    asked = {"period": "fixed", "from": first, "to": last}
    page = owner_client.get(f"/funnels/{saved.pk}/", asked)

    assert re.search(f'id="{field}-wrong">[^<]*{wrong}', page.content.decode())
    assert page.context["page"].report.steps[0].entered == 11
    back = owner_client.get(f"/funnels/{saved.pk}/steps/1/", asked)
    assert (back.status_code, back.headers["Location"]) == (302, f"/funnels/{saved.pk}/?{urlencode(asked)}")
    assert owner_client.get(f"/funnels/{saved.pk}/funnel.csv", asked).status_code == 404


def test_page_says_what_a_share_divides_by_what(saved: SavedFunnel, owner_client: Client) -> None:
    shown = text(owner_client.get(f"/funnels/{saved.pk}/"))

    assert "4 of the 10 with full time" in shown
    assert "only the 10 people of 11 who entered early enough" in shown


def test_page_says_of_a_step_that_only_the_young_reached_that_their_time_is_not_up(
    happened: Callable[..., None], owner_client: Client
) -> None:
    happened([("old", "Visited", "2026-01-01"), *(("young", step, "2026-03-01") for step in STEPS)])
    saved = save(COMMAND_LINE, Funnel.of(*STEPS, window="14d"), "Visitors to customers")
    shown = text(owner_client.get(f"/funnels/{saved.pk}/"))

    assert shown.count("nobody at the step before has had the full time yet") == 2, "in the picture and in the table"
    assert "nobody reached the step before" not in shown
    assert "0 % of all" not in shown
    number = text(owner_client.get(f"/funnels/{saved.pk}/numbers/3/from_previous/"))
    assert "Nobody at the step before has had the full time yet." in number


def test_table_has_the_whole_width_and_an_interval_stays_whole(saved: SavedFunnel, owner_client: Client) -> None:
    page = owner_client.get(f"/funnels/{saved.pk}/").content.decode()

    assert page.index('<figure class="funnel"') < page.index("<aside") < page.index("</aside>") < page.index("<table")
    assert re.search(r'class="wraps"><a [^>]*><span>40\.0\s%\s<span class="whole">\([\d–]+\)</span></span>', page)


def test_step_whose_events_are_gone_is_named(saved: SavedFunnel, owner_client: Client) -> None:
    save(COMMAND_LINE, Funnel.of("Visited", "Called", "Paid", window="14d"), saved=saved)

    assert "no event “Called” any more" in text(owner_client.get(f"/funnels/{saved.pk}/"))


@pytest.fixture
def deals(bring: Callable[[EventLog], None]) -> SavedFunnel:
    """Thirty deals of three sellers, half of them won; what they are worth changes when they are."""
    rows = [(number, "Created", f"2026-01-{number % 28 + 1:02}", 10.0 * number) for number in range(30)]
    rows += [(number, "Won", "2026-02-05", 10 * number + 0.5) for number in range(1, 30, 2)]
    frame = pl.DataFrame(rows, schema=["deal", "event", "time", "close_value"], orient="row")
    seller, note = pl.format("=Seller {}", pl.col("deal") % 3), pl.format("note {}", pl.col("deal"))
    frame = frame.with_columns(pl.col("deal").cast(pl.String), seller=seller, note=note, firm=pl.lit("one"))
    bring(read(frame, zone="Europe/Copenhagen"))
    return save(COMMAND_LINE, Funnel.of("Created", "Won", unit="deal"), "Deals: all/won")


def test_list_says_what_tells_units_apart_as_it_was_known_last(deals: SavedFunnel, owner_client: Client) -> None:
    address = f"/funnels/{deals.pk}/steps/2/"
    page = owner_client.get(address)

    assert sorted(head for head, _ in page.context["heads"]) == ["Close value", "Seller"]
    told = {one.named.label: {fact.head: fact.text for fact in one.facts} for one in page.context["people"]}
    assert told["13"] == {"Close value": "130.50", "Seller": "=Seller 1"}
    rows = csv.DictReader(io.StringIO(content(owner_client.get(f"{address}list.csv")).decode("utf-8-sig")))
    listed = {row["deal"]: row for row in rows}
    assert (listed["13"]["seller"], listed["13"]["close_value"]) == ("'=Seller 1", "130.5")


def test_list_calls_properties_as_people_do_and_leaves_out_a_time_that_is_that_of_the_event(
    bring: Callable[[EventLog], None], owner_client: Client
) -> None:
    rows = [
        (f"p{number}", name, datetime(2026, 1, number + 1, 9 + hour, tzinfo=UTC))
        for number in range(20)
        for hour, name in enumerate(("Came", "Paid"))
    ]
    frame = pl.DataFrame(rows, schema=["person", "event", "time"], orient="row").with_row_index()
    frame = frame.with_columns(
        received=pl.col("time") + pl.duration(seconds=pl.col("index")),
        renews=pl.col("time") + pl.duration(days=pl.col("index")),
        seller=pl.format("S{}", pl.col("index") % 3),
        channel=pl.format("C{}", pl.col("index") % 3),
    )
    bring(read(frame.drop("index")))
    describe(COMMAND_LINE, "Came", Said("Salesperson"), of="seller")
    saved = save(COMMAND_LINE, Funnel.of("Came", "Paid"), "Came")

    page = owner_client.get(f"/funnels/{saved.pk}/steps/1/")

    assert sorted(head for head, _ in page.context["heads"]) == ["Channel", "Renews", "Salesperson"]


def test_excel_has_numbers_as_numbers_and_text_as_text(deals: SavedFunnel, owner_client: Client) -> None:
    table = content(owner_client.get(f"/funnels/{deals.pk}/funnel.xlsx"))
    response = owner_client.get(f"/funnels/{deals.pk}/steps/2/list.xlsx")

    assert pl.read_excel(table, sheet_name="Deals all won")["Entered"].to_list() == [30, 15]
    first = pl.read_excel(content(response)).filter(pl.col("Deal").cast(pl.String) == "13").row(0, named=True)
    assert (first["Close value"], first["Seller"], first["Since then"]) == (130.5, "=Seller 1", "Passed")
    assert first["Reached the step"].isoformat() == "2026-02-05"
    assert response.headers["Content-Disposition"] == 'attachment; filename="deals-allwon-2-entered.xlsx"'
    assert AuditRow.objects.get(verb="people.export").details == {"rows": 15}


def test_no_text_in_a_workbook_is_a_formula_or_a_link() -> None:
    texts = ["=1+1", "{=1+1}", "+1", "@A1", "https://example.org", "007", "a" * 40_000]
    made = workbook([[text] for text in texts], ["=head"], "History")

    with zipfile.ZipFile(io.BytesIO(made)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet
    assert b"hyperlink" not in sheet
    read_back = pl.read_excel(made, infer_schema_length=0)
    assert read_back.to_dict(as_series=False) == {"=head": [text[:32_767] for text in texts]}


@pytest.mark.parametrize(
    ("name", "sheet"),
    [
        ("a/b: [c]*?\\", "a b c"),
        ("'quoted'", "quoted"),
        ("history", "Tragt"),
        ("//", "Tragt"),
        ("x" * 40, "x" * 31),
        ("\U0001f600" * 20, "\U0001f600" * 15),
    ],
)
def test_sheet_is_called_as_excel_allows(name: str, sheet: str) -> None:
    assert sheet_name(name) == sheet


def test_table_as_csv_has_the_counts_and_escapes_formulas(happened: Callable[..., None], owner_client: Client) -> None:
    happened([("p", "=1+1", "2026-01-01"), ("p", "B", "2026-01-02"), ("q", "=1+1", "2026-01-01")])
    saved = save(COMMAND_LINE, Funnel.of("=1+1", "B", window=None), "=name")

    response = owner_client.get(f"/funnels/{saved.pk}/funnel.csv")
    rows = list(csv.DictReader(io.StringIO(content(response).decode("utf-8-sig"))))

    assert response.headers["Content-Disposition"] == 'attachment; filename="name.csv"'
    assert [row["step"] for row in rows] == ["'=1+1", "B"]
    assert [row["entered"] for row in rows] == ["2", "1"]
    assert float(rows[1]["from_previous"]) == 0.5


def test_picture_can_be_taken_away(saved: SavedFunnel, owner_client: Client) -> None:
    assert content(owner_client.get(f"/funnels/{saved.pk}/funnel.svg")).startswith(b"<svg")
    assert content(owner_client.get(f"/funnels/{saved.pk}/funnel.png")).startswith(b"\x89PNG")


def test_list_that_is_taken_away_is_noted(saved: SavedFunnel, owner_client: Client, owner: User) -> None:
    content(owner_client.get(f"/funnels/{saved.pk}/steps/2/list.csv"))

    row = AuditRow.objects.get(verb="people.export")
    assert (row.user, row.target, row.details) == (owner, f"funnel {saved.pk} step 2", {"rows": 4})


def test_funnel_that_cannot_be_counted_for_a_reason_nobody_foresaw_can_be_changed_or_deleted(
    saved: SavedFunnel, owner_client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    compute = queries.compute

    def failing(asked: Asked) -> Figures:
        if asked.funnel == saved.funnel:
            raise OverflowError("int too big to convert")
        return compute(asked)

    monkeypatch.setattr(queries, "compute", failing)
    other = save(COMMAND_LINE, Funnel.of("Visited", "Paid"))

    page = owner_client.get(f"/funnels/{saved.pk}/")
    assert page.status_code == 200
    assert "for a reason that nobody foresaw" in text(page)
    assert f"/funnels/{saved.pk}/edit/" in page.content.decode()
    assert f"/funnels/{saved.pk}/delete/" in page.content.decode()
    assert owner_client.get(f"/funnels/{saved.pk}/funnel.csv").status_code == 404
    enqueue(warm, SYSTEM)
    drain()
    assert Job.objects.get(name="funnels.warm").state == "done"
    assert queries.figures(queries.ask(other.funnel, other.saved_period)) is not None
    said = [record for record in caplog.records if record.name.startswith("tragt.web.funnels")]
    assert [record.exc_info is not None for record in said] == [True, True, True]
    caplog.clear()


def test_page_is_shown_where_nothing_can_be_kept_and_that_is_said_once(
    saved: SavedFunnel, owner_client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_given: object, **_named: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(cache, "set", full)
        for address in (f"/funnels/{saved.pk}/", "/", f"/funnels/{saved.pk}/steps/1/"):
            assert owner_client.get(address).status_code == 200
        monkeypatch.setattr("tragt.web.funnels.queries.is_quick", lambda _asked: False)
        owner_client.get(f"/funnels/{saved.pk}/")
        drain()
    assert Job.objects.get(name="funnels.reckon").state == "done"
    assert len([record for record in caplog.records if "cannot be kept" in record.message]) == 1
    caplog.clear()


def test_address_of_the_list_takes_any_number(saved: SavedFunnel, owner_client: Client) -> None:
    for digits in ("9" * 5000, "9" * 19, "x"):
        assert owner_client.get("/funnels/", {"deleted": digits, "all": ""}).status_code == 200
    assert saved.name in text(owner_client.get("/funnels/?all"))
    assert owner_client.get(reverse("palette"), {"q": "cust\0omers"}).status_code == 200


def test_deletion_can_be_undone(saved: SavedFunnel, owner_client: Client) -> None:
    deleted = owner_client.post(f"/funnels/{saved.pk}/delete/", follow=True)

    assert "“Visitors to customers” is deleted." in text(deleted)
    assert owner_client.get(f"/funnels/{saved.pk}/").status_code == 404
    back = owner_client.post(f"/funnels/{saved.pk}/undelete/", follow=True)
    assert back.redirect_chain[-1][0] == f"/funnels/{saved.pk}/"
    assert back.status_code == 200
    assert owner_client.post(f"/funnels/{saved.pk}/undelete/").status_code == 404


def test_renaming_without_a_name_calls_it_by_its_steps(saved: SavedFunnel, owner_client: Client) -> None:
    owner_client.post(f"/funnels/{saved.pk}/rename/", {"name": "  "})

    assert SavedFunnel.objects.get().name == "Visited → Paid"


def test_palette_finds_funnels_by_name_but_no_deleted_ones(saved: SavedFunnel, owner_client: Client) -> None:
    assert f"/funnels/{saved.pk}/" in owner_client.get(reverse("palette"), {"q": "customers"}).content.decode()
    delete(COMMAND_LINE, saved)
    assert f"/funnels/{saved.pk}/" not in owner_client.get(reverse("palette"), {"q": "customers"}).content.decode()


def test_funnel_that_takes_long_is_counted_by_a_job(
    saved: SavedFunnel, owner_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tragt.web.funnels.queries.is_quick", lambda _asked: False)
    waiting = owner_client.get(f"/funnels/{saved.pk}/")
    again = owner_client.get(f"/funnels/{saved.pk}/")

    assert waiting.context["job"] == again.context["job"]
    assert "It is being counted" in text(waiting)
    assert "all within 14 days" in text(waiting)
    assert Job.objects.filter(name="funnels.reckon").count() == 1
    drain()
    assert owner_client.get(f"/funnels/{saved.pk}/").context["page"].report.steps[0].entered == 11
    listed = owner_client.get(f"/funnels/{saved.pk}/steps/3/")
    assert sorted(one.named.label for one in listed.context["people"]) == ["p0", "p1"]


def test_list_of_a_funnel_that_takes_long_waits_for_the_job(
    saved: SavedFunnel, owner_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner_client.get(f"/funnels/{saved.pk}/")
    monkeypatch.setattr("tragt.web.funnels.queries.is_quick", lambda _asked: False)

    assert "It is being counted" in text(owner_client.get(f"/funnels/{saved.pk}/steps/1/"))
    drain()
    assert owner_client.get(f"/funnels/{saved.pk}/steps/1/?outcome=open").context["total"] == 1


def test_job_that_failed_is_shown_and_can_be_tried_again(
    saved: SavedFunnel, owner_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tragt.web.funnels.queries.is_quick", lambda _asked: False)
    job = owner_client.get(f"/funnels/{saved.pk}/").context["job"]
    Job.objects.filter(pk=job.pk).update(state="failed", error_code="jobs.unexpected", error="disk")

    failed = owner_client.get(f"/funnels/{saved.pk}/")
    assert (failed.context["job"].pk, "Try again" in text(failed)) == (job.pk, True)
    assert owner_client.get(f"/funnels/{saved.pk}/?again=1").context["job"].pk != job.pk
