"""Columns of the list of deals that no field holds: age in the stage, rotting, the next task; why deals are lost."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.web.conftest import queries
from tests.web.crm.conftest import OpenDeal
from tragt.web.accounts.models import Organisation, Reach, User
from tragt.web.crm.actions import lose_deal, win_deal
from tragt.web.crm.models import Activity, Deal, LostReason, Stage
from tragt.web.people.models import Company, Person
from tragt.web.records.kinds import kind_of
from tragt.web.records.listing import read
from tragt.web.records.models import Layout, Tag
from tragt.web.records.queries import pages
from tragt.web.shell.acting import COMMAND_LINE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]
DAY = timedelta(days=1)


def names(query: str, user: User | None = None) -> list[str]:
    kind = kind_of("deal")
    asked = read(kind, kind.listed, QueryDict(query))
    assert not asked.wrong
    return [row.name for row in pages.page(asked, user).records]


def idle(deal: Deal, days: int, touched: int | None = None) -> None:
    now = timezone.now()
    last = now - DAY * (days if touched is None else touched)
    Deal.objects.filter(pk=deal.pk).update(entered=now - DAY * days, touched=last)


def plan(deal: Deal, day: datetime | None, **fields: object) -> Activity:
    return Activity.objects.create(kind="task", title="Ring", deal=deal, due=day, **fields)


def test_deals_rot_about_which_nothing_was_done_for_longer_than_their_stage_allows(
    make_deal: OpenDeal, stages: dict[str, Stage]
) -> None:
    Stage.objects.filter(pk=stages["Need"].pk).update(rotting_days=10)
    for name, days, touched in (("Rotten", 11, 11), ("Tended", 11, 2), ("Fresh", 9, 9), ("Won", 11, 11)):
        deal = make_deal("Need", name=name)
        if name == "Won":
            win_deal(deal.pk, who=COMMAND_LINE)
        idle(deal, days, touched)
    idle(make_deal("Contact", name="Patient"), 400)
    assert names("rotting.is=yes") == ["Rotten"]
    assert names("rotting.is=no&sort=name") == ["Fresh", "Patient", "Tended", "Won"]
    assert names("rotting.is=yes&status.any=won") == []


def test_no_deal_rots_where_no_stage_says_after_how_long(make_deal: OpenDeal) -> None:
    Stage.objects.update(rotting_days=None)
    idle(make_deal("Need"), 400)
    assert names("rotting.is=yes") == names("rotting.is=yes&status.any=open&name.contains=deal") == []
    assert len(names("rotting.is=no")) == 1


@pytest.mark.skipif(connection.vendor == "postgresql", reason="PostgreSQL keeps what it found within one question")
def test_deals_that_rot_are_found_out_once_for_their_number_and_their_page(
    make_deal: OpenDeal, stages: dict[str, Stage]
) -> None:
    Stage.objects.filter(pk=stages["Need"].pk).update(rotting_days=10)
    for name, days in (("Rotten", 11), ("Fresh", 9)):
        idle(make_deal("Need", name=name), days)
    with CaptureQueriesContext(connection) as captured:
        assert names("rotting.is=yes&status.any=open") == ["Rotten"]
    assert sum('"touched" < ' in one["sql"] for one in captured.captured_queries) == 1


def test_deals_are_filtered_by_the_day_of_what_is_due_next(make_deal: OpenDeal) -> None:
    """The next one counts: a deal with a task tomorrow and one next year is due tomorrow."""
    first, later = datetime(2026, 3, 5, 9, tzinfo=UTC), datetime(2026, 6, 5, 9, tzinfo=UTC)
    soon, late, both = (make_deal(name=name) for name in ("Soon", "Late", "Both"))
    plan(soon, first), plan(late, later), plan(both, later), plan(both, first)
    done, dayless = make_deal(name="Done"), make_deal(name="Dayless")
    plan(done, first, at=first), plan(dayless, None)
    assert names("next.to=2026-03-05&sort=name") == ["Both", "Soon"]
    assert names("next.from=2026-03-06") == ["Late"]
    assert names("next.from=2026-03-05&sort=name") == ["Both", "Late", "Soon"]
    assert names("next.from=2026-03-05&next.to=2026-05-01&sort=name") == ["Both", "Soon"]
    assert names("next.empty=yes&sort=name") == ["Dayless", "Done"]
    assert names("next.empty=no&sort=name") == ["Both", "Late", "Soon"]


@pytest.mark.parametrize(
    "query",
    [
        "rotting.is=yes",
        "rotting.is=no",
        "next.to=2026-03-05",
        "next.empty=no",
        "next.from=2026-03-05",
        "reason.empty=no",
    ],
)
def test_lists_walked_in_their_order_leave_the_same_deals(
    make_deal: OpenDeal, stages: dict[str, Stage], reason: LostReason, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    Stage.objects.filter(pk=stages["Need"].pk).update(rotting_days=10)
    for number in range(8):
        deal = make_deal("Need" if number % 2 else "Contact", name=f"Deal {number}")
        idle(deal, number * 4)
        if number % 3:
            plan(deal, datetime(2026, 3, 1 + number, 9, tzinfo=UTC))
        if number == 7:
            lose_deal(deal.pk, reason.pk, who=COMMAND_LINE)
    found = names(f"{query}&sort=name")
    assert 0 < len(found) < 8
    monkeypatch.setattr(pages, "MOST_COUNTED", 0)
    assert names(f"{query}&sort=name") == found


def test_deals_are_filtered_by_why_they_were_lost(make_deal: OpenDeal, reason: LostReason) -> None:
    other = LostReason.objects.create(name="Gone", archived=timezone.now())
    dear, gone = make_deal(name="Dear"), make_deal(name="Gone away")
    make_deal(name="Open")
    lose_deal(dear.pk, reason.pk, who=COMMAND_LINE)
    lose_deal(gone.pk, reason.pk, who=COMMAND_LINE)
    Deal.objects.filter(pk=gone.pk).update(reason=other)
    assert names(f"reason.any={reason.pk}") == ["Dear"]
    assert names(f"reason.any={other.pk}") == ["Gone away"], "also one that is chosen no longer"
    assert names("reason.empty=yes") == ["Open"]


def test_list_and_file_show_age_rotting_next_task_reason_and_tags(
    owner_client: Client, owner: User, make_deal: OpenDeal, stages: dict[str, Stage], reason: LostReason
) -> None:
    Stage.objects.filter(pk=stages["Need"].pk).update(rotting_days=10)
    deal, lost = make_deal("Need", name="Lamps"), make_deal(name="Chairs")
    deal.tags.add(Tag.objects.create(name="VIP"))
    lose_deal(lost.pk, reason.pk, who=COMMAND_LINE)
    plan(deal, datetime(2026, 3, 5, 9, tzinfo=UTC))
    idle(deal, 34)
    assert "VIP" in owner_client.get("/deals/").content.decode(), "tags are shown unless somebody chose columns"
    Layout.objects.create(user=owner, kind="deal", columns=["entered", "rotting", "next", "reason"])
    page = owner_client.get("/deals/?sort=name").content.decode()
    chairs, lamps = page.split("Chairs</a>")[1].split("Lamps</a>")
    assert "· 34 days<" in lamps
    assert 'data-label="Rotting"><span class="tag warn">Yes<' in lamps
    assert 'data-label="Rotting">No<' in chairs
    assert 'data-label="Next task due" class="day">5 Mar 2026<' in lamps
    assert 'data-label="Reason for losing">Too dear<' in chairs
    rows = list(csv.DictReader(io.StringIO(owner_client.get("/deals/list.csv").getvalue().decode("utf-8-sig"))))
    found = {row["Name"]: row for row in rows}
    assert [found["Lamps"]["Rotting"], found["Chairs"]["Rotting"]] == ["Yes", "No"]
    assert found["Lamps"]["Next task due"].startswith("2026-03-05")
    assert found["Chairs"]["Reason for losing"] == "Too dear"


def test_list_with_all_columns_takes_the_same_queries_however_long(
    owner_client: Client, owner: User, make_deal: OpenDeal
) -> None:
    Layout.objects.create(user=owner, kind="deal", columns=["entered", "rotting", "next", "reason", "tags"])
    address = "/deals/?rotting.is=no&next.empty=no&sort=entered"
    plan(make_deal(), timezone.now())
    owner_client.get(address)
    few = queries(lambda: owner_client.get(address))
    for _ in range(9):
        plan(make_deal(), timezone.now())
    assert queries(lambda: owner_client.get(address)) <= few + 1


@pytest.fixture
def seller(organisation: Organisation, make_user: Callable[..., User]) -> User:
    organisation.sellers_see = Reach.OWN
    organisation.save()
    return make_user("seller")


def test_what_a_seller_does_not_see_is_not_planned_for_them(make_deal: OpenDeal, seller: User, owner: User) -> None:
    deal = make_deal(name="Lamps", owner=seller.pk)
    plan(deal, datetime(2026, 3, 5, 9, tzinfo=UTC), person=Person.objects.create(name="Secret", owner=owner))
    assert names("next.empty=yes", seller) == ["Lamps"]
    assert names("next.to=2026-12-31", seller) == []
    assert names("next.to=2026-12-31", owner) == ["Lamps"]


def test_company_that_a_seller_does_not_see_is_as_none(
    make_deal: OpenDeal, seller: User, owner: User, program_of: Callable[..., Client]
) -> None:
    """By the page and by the API: nothing tells whether there is a company that they may not see."""
    hidden = Company.objects.create(key="hidden", name="Hidden Ltd", owner=owner)
    shown = Company.objects.create(key="shown", name="Shown Ltd")
    make_deal(name="Bare", owner=seller.pk)
    make_deal(name="Veiled", owner=seller.pk, company=hidden.pk)
    make_deal(name="Plain", owner=seller.pk, company=shown.pk)
    Person.objects.create(name="Veiled person", company=hidden)
    assert names("company.empty=yes&sort=name", seller) == ["Bare", "Veiled"]
    assert names("company.empty=no", seller) == ["Plain"]
    assert names("company.empty=yes", owner) == ["Bare"]
    program = program_of(seller)
    found = program.get("/api/v1/deals?company.empty=yes&sort=name&count=true").json()
    assert [one["name"] for one in found["items"]] == ["Bare", "Veiled"]
    assert found["count"] == 2
    assert program.get("/api/v1/persons?company.empty=no").json()["items"] == []


def test_company_that_is_not_seen_is_as_none_where_the_list_is_walked(
    make_deal: OpenDeal, seller: User, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST_COUNTED", 0)
    hidden = Company.objects.create(key="hidden", name="Hidden Ltd", owner=owner)
    shown = Company.objects.create(key="shown", name="Shown Ltd")
    for name, company in (("Bare", None), ("Veiled", hidden.pk), ("Plain", shown.pk)):
        make_deal(name=name, owner=seller.pk, company=company)
    assert names("company.empty=yes&sort=name", seller) == ["Bare", "Veiled"]
    assert names("company.empty=no&sort=name", seller) == ["Plain"]


@pytest.mark.parametrize("role", ["marketing", "manager"])
def test_files_name_no_company_that_their_reader_does_not_see(
    make_deal: OpenDeal, make_user: Callable[..., User], client_of: Callable[[User], Client], role: str
) -> None:
    """Who may take lists away sees all today; within a seller's reach, as a key of theirs is, a file is masked."""
    from tragt.web.records.downloads import rows_of  # noqa: PLC0415
    from tragt.web.records.views.lists import names_of  # noqa: PLC0415

    user, other = make_user(role), make_user("owner")
    hidden = Company.objects.create(key="hidden", name="Hidden Ltd", owner=other)
    make_deal(name="Lamps", company=hidden.pk)
    text = client_of(user).get("/deals/list.csv").getvalue().decode()
    assert "Hidden Ltd" in text
    Organisation.objects.update(sellers_see=Reach.OWN)
    bound = user.within("seller")
    kind = kind_of("deal")
    asked = read(kind, kind.listed, QueryDict(""))
    rows = list(rows_of(asked, bound, names_of(asked, bound)))
    assert [row[0] for row in rows] == ["Lamps"]
    assert "Hidden Ltd" not in str(rows)


def test_api_tells_the_next_task_and_rotting_as_the_list_does(
    make_deal: OpenDeal, stages: dict[str, Stage], program_of: Callable[..., Client], owner: User
) -> None:
    Stage.objects.filter(pk=stages["Need"].pk).update(rotting_days=10)
    rotten, fresh = make_deal("Need", name="Rotten"), make_deal(name="Fresh")
    idle(rotten, 11)
    plan(fresh, datetime(2026, 6, 5, 9, tzinfo=UTC)), plan(fresh, datetime(2026, 3, 5, 9, tzinfo=UTC))
    program = program_of(owner)
    found = {one["name"]: one for one in program.get("/api/v1/deals").json()["items"]}
    assert [found["Rotten"]["rotting"], found["Fresh"]["rotting"]] == [True, False]
    assert found["Rotten"]["next_due"] is None
    assert datetime.fromisoformat(found["Fresh"]["next_due"]) == datetime(2026, 3, 5, 9, tzinfo=UTC)
    for query, names in (("rotting.is=yes", ["Rotten"]), ("next.to=2026-03-05", ["Fresh"]), ("sort=entered", None)):
        items = program.get(f"/api/v1/deals?{query}").json()["items"]
        assert [one["name"] for one in items] == (names or ["Rotten", "Fresh"])
