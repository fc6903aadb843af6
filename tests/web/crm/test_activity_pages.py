"""The page of today, adding and finishing things from it, and one activity's own page."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from tests.web.conftest import queries
from tests.web.crm.conftest import OpenDeal
from tragt.web.accounts.models import Organisation, Reach, Role, User
from tragt.web.crm.actions.activities import About, Entry, add_activity
from tragt.web.crm.models import Activity
from tragt.web.people.models import Person
from tragt.web.shell.acting import COMMAND_LINE, Who

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]

DAY = timedelta(days=1)


def add(client: Client, **given: object) -> str:
    """Send the form that adds something; what the next page says."""
    answer = client.post("/activities/add/", {"kind": "note", "text": "Likes lamps", **given}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_today_without_anything_to_do_says_what_will_stand_there(owner_client: Client) -> None:
    assert "Nothing to do yet" in owner_client.get("/today/").content.decode()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({}, {"kind": "note", "title": "Likes lamps", "text": "", "due": None}),
        ({"text": "First line\nand more"}, {"title": "First line", "text": "and more"}),
        (
            {"kind": "task", "day": "2031-05-06"},
            {"at": None, "whole_day": True, "due": datetime(2031, 5, 6, 10, tzinfo=UTC)},
        ),
        (
            {"kind": "task", "day": "2031-05-06", "hour": "08:30"},
            {"due": datetime(2031, 5, 6, 6, 30, tzinfo=UTC), "whole_day": False},
        ),
        (
            {"kind": "call", "call_outcome": "reached", "day": "2021-05-06"},
            {"outcome": "reached", "at": datetime(2021, 5, 6, 10, tzinfo=UTC)},
        ),
        ({"kind": "meeting", "day": "2031-05-06", "repeat": "daily"}, {"at": None, "repeat": ""}),
        ({"kind": "email", "incoming": "on", "call_outcome": "reached"}, {"incoming": True, "outcome": ""}),
    ],
)
def test_what_is_added_is_kept_as_its_kind_asks(
    owner_client: Client, ada: Person, given: dict[str, object], kept: dict[str, object]
) -> None:
    add(owner_client, person=ada.pk, **given)
    row = Activity.objects.get()
    assert {name: getattr(row, name) for name in kept} == kept
    assert row.person == ada


def test_long_text_has_a_title_and_loses_nothing(owner_client: Client, ada: Person) -> None:
    add(owner_client, person=ada.pk, text="x" * 5000)
    row = Activity.objects.get()
    assert (len(row.title), row.text) == (200, "x" * 5000)


def test_refusal_is_said_and_nothing_is_kept(owner_client: Client) -> None:
    assert "Say whom or what this is about" in add(owner_client)
    assert "Write a word about it first" in add(owner_client, text="")
    assert "no such deal" in add(owner_client, deal=999)
    assert not Activity.objects.exists()


def test_task_is_done_taken_back_changed_and_removed(owner: User, owner_client: Client) -> None:
    task = add_activity(Entry("task", "Ring Ada", due=datetime.now(UTC) - 2 * DAY), About(), who=Who.of(owner))
    assert "overdue" in owner_client.get("/today/").content.decode()
    owner_client.post(f"/activities/{task.pk}/finish/", {"next": "/today/"})
    assert "Ring Ada" not in owner_client.get("/today/").content.decode()
    owner_client.post(f"/activities/{task.pk}/reopen/")
    address = f"/activities/{task.pk}/?next=/people/"
    page = owner_client.get(address).content.decode()
    assert 'value="/people/"' in page
    task.refresh_from_db()
    given = {"title": "Write to Ada", "version": task.version, "day": "", "repeat": ""}
    assert owner_client.post(address, {**given, "next": "/today/"}).headers["Location"] == "/today/"
    stale = owner_client.post(address, given).content.decode()
    assert "Somebody changed" in stale
    owner_client.post(f"/activities/{task.pk}/remove/")
    assert owner_client.get(f"/activities/{task.pk}/").status_code == 404


def test_page_to_go_back_to_is_never_another_site(owner_client: Client, owner: User) -> None:
    task = add_activity(Entry("task", "Ring"), About(), who=Who.of(owner))
    answer = owner_client.post(f"/activities/{task.pk}/finish/", {"next": "https://elsewhere.example/"})
    assert answer.headers["Location"] == "/today/"


def test_number_of_queries_does_not_grow_with_the_tasks(
    owner: User, owner_client: Client, make_deal: OpenDeal, ada: Person
) -> None:
    def plan(number: int) -> None:
        for _ in range(number):
            add_activity(
                Entry("task", "Ring", due=datetime.now(UTC)),
                About(deal=make_deal(contact=ada.pk).pk),
                who=Who.of(owner),
            )

    plan(1)
    owner_client.get("/today/")
    few = queries(lambda: owner_client.get("/today/"))
    plan(5)
    assert queries(lambda: owner_client.get("/today/")) == few


def test_viewer_reads_and_changes_nothing_and_a_stranger_finds_nothing(
    make_user: Callable[..., User], client_of: Callable[[User], Client], organisation: Organisation, make_deal: OpenDeal
) -> None:
    organisation.sellers_see = Reach.OWN
    organisation.save()
    deal = make_deal(owner=make_user(Role.SELLER, email="other@example.org").pk)
    row = add_activity(Entry("note", "Secret"), About(deal=deal.pk), who=COMMAND_LINE)
    viewer, seller = client_of(make_user(Role.VIEWER)), client_of(make_user(Role.SELLER))
    assert "Secret" in viewer.get(f"/activities/{row.pk}/").content.decode()
    assert viewer.post("/activities/add/", {"kind": "note", "text": "x"}).status_code == 403
    assert seller.get(f"/activities/{row.pk}/").status_code == 404
    seller.post(f"/activities/{row.pk}/remove/")
    assert Activity.objects.filter(pk=row.pk).exists()
