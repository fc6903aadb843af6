"""The page of today, adding and finishing things from it, and one activity's own page."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from tests.web.conftest import queries
from tests.web.crm.conftest import OpenDeal
from tragt.web.accounts.models import Organisation, Reach, Role, User
from tragt.web.crm.actions.activities import About, Entry, add_activity
from tragt.web.crm.models import Activity
from tragt.web.outbox.models import Pending
from tragt.web.people.models import Person
from tragt.web.shell.acting import COMMAND_LINE, Who

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]

DAY = timedelta(days=1)


def add(client: Client, **given: object) -> str:
    """Send the form that adds something; what the next page says."""
    return sent(client, given, 200)


def refused(client: Client, **given: object) -> str:
    """Send the form that adds something, which is refused; what stands in its place."""
    return sent(client, given, 422)


def sent(client: Client, given: dict[str, object], status: int) -> str:
    """Send the form that adds something."""
    answer = client.post("/activities/add/", {"kind": "note", "text": "Likes lamps", **given}, follow=True)
    assert answer.status_code == status
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


def test_refusal_stands_in_the_form_with_what_was_typed_and_nothing_is_kept(owner_client: Client) -> None:
    nothing, typed = refused(owner_client), 'name="text"'
    assert "Say whom or what this is about" in nothing
    assert nothing[nothing.index(typed) :].split(">", 1)[1].strip().startswith("Likes lamps")
    assert "Write a word about it first" in refused(owner_client, text="")
    assert "no such deal" in refused(owner_client, deal=999)
    part = owner_client.post(
        "/activities/add/",
        {"kind": "call", "text": "Rang", "day": "31.02.2026", "minutes": "-1", "next": "/people/"},
        headers={"HX-Request": "true"},
    )
    said = part.content.decode()
    assert (part.status_code, "<html" in said) == (422, False)
    for kept in ("Choose a day that exists.", 'value="31.02.2026"', 'value="-1"', ">\nRang</textarea>", "/people/"):
        assert kept in said, kept
    assert not Activity.objects.exists()


def test_script_that_added_something_is_told_where_to_go_on(owner_client: Client, ada: Person) -> None:
    given = {"kind": "note", "text": "Likes lamps", "person": ada.pk, "next": f"/people/{ada.pk}/"}
    answer = owner_client.post("/activities/add/", given, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, f"/people/{ada.pk}/")


@time_machine.travel(datetime(2026, 3, 31, 10, tzinfo=UTC), tick=False)
@pytest.mark.parametrize(
    ("given", "due", "at"),
    [
        # It is noon in Copenhagen.
        ({"kind": "call", "day": "2026-04-01", "hour": "10:00"}, datetime(2026, 4, 1, 8, tzinfo=UTC), None),
        ({"kind": "call", "hour": "12:30"}, datetime(2026, 3, 31, 10, 30, tzinfo=UTC), None),
        ({"kind": "meeting", "day": "2026-04-01"}, datetime(2026, 4, 1, 10, tzinfo=UTC), None),
        ({"kind": "call", "day": "2026-03-31", "hour": "11:30"}, None, datetime(2026, 3, 31, 9, 30, tzinfo=UTC)),
        ({"kind": "meeting", "day": "2026-03-31"}, None, datetime(2026, 3, 31, 10, tzinfo=UTC)),
        ({"kind": "email", "day": "2026-03-30"}, None, datetime(2026, 3, 30, 10, tzinfo=UTC)),
        ({"kind": "call"}, None, datetime(2026, 3, 31, 10, tzinfo=UTC)),
    ],
)
def test_what_is_still_to_come_is_planned_and_the_log_hears_of_no_call(
    owner_client: Client, ada: Person, given: dict[str, str], due: datetime | None, at: datetime | None
) -> None:
    add(owner_client, person=ada.pk, **given)
    row = Activity.objects.get()
    assert (row.due, row.at) == (due, at)
    assert Pending.objects.filter(name="Call Logged").exists() == (at is not None and given["kind"] == "call")


def test_email_of_a_later_day_is_refused_with_a_sentence(owner_client: Client, ada: Person) -> None:
    page = refused(owner_client, kind="email", person=ada.pk, day="2031-05-06")
    assert "of what has happened" in page
    assert not Activity.objects.exists()


def test_note_is_of_now_whatever_day_another_kind_left_in_the_form(owner_client: Client, ada: Person) -> None:
    for day in ("2031-05-06", "2020-05-06"):
        add(owner_client, kind="note", person=ada.pk, day=day, hour="10:00")
    moments = Activity.objects.values_list("at", flat=True)
    assert all(at is not None and datetime.now(UTC) - at < DAY for at in moments)
    assert len(moments) == 2


def test_call_to_come_is_refused_an_outcome(owner_client: Client, ada: Person) -> None:
    page = refused(owner_client, kind="call", person=ada.pk, day="2031-05-06", call_outcome="reached")
    assert "nothing has come of it yet" in page
    assert not Activity.objects.exists()


def test_planned_call_is_for_who_is_chosen_with_its_length_and_asks_what_came_of_it(
    owner_client: Client, ada: Person, make_user: Callable[..., User], client_of: Callable[[User], Client]
) -> None:
    bo = make_user(Role.SELLER, "bo@example.org")
    tomorrow = datetime.now(UTC) + DAY
    add(owner_client, kind="call", person=ada.pk, day=tomorrow.date(), hour="23:00", minutes="15", owner=bo.pk)
    call = Activity.objects.get()
    assert (call.owner, call.minutes, call.at) == (bo, 15, None)
    theirs = client_of(bo)
    assert 'value="no answer"' in theirs.get("/today/").content.decode()
    page = theirs.get(f"/activities/{call.pk}/").content.decode()
    assert "They did not come" not in page
    answer = theirs.post(f"/activities/{call.pk}/finish/", {"outcome": "reached", "minutes": "7", "text": "Wants two."})
    assert answer.status_code == 302
    call.refresh_from_db()
    assert (call.outcome, call.minutes, call.text) == ("reached", 7, "Wants two.")
    assert call.at is not None
    (told,) = Pending.objects.filter(name="Call Logged")
    way = {"direction": "out", "channel": "phone", "owner": f"user:{call.owner_id}"}
    assert told.properties == {"activity": call.pk, "outcome": "reached", "minutes": 7, **way}


def test_finishing_that_was_filled_in_wrongly_keeps_what_was_typed(owner_client: Client, ada: Person) -> None:
    call = add_activity(Entry("call", "Ring", due=datetime.now(UTC) + DAY), About(person=ada.pk), who=COMMAND_LINE)
    answer = owner_client.post(f"/activities/{call.pk}/finish/", {"minutes": "-5", "text": "A long talk"})
    page = answer.content.decode()
    assert (answer.status_code, "A long talk" in page, 'value="-5"' in page) == (422, True, True)
    call.refresh_from_db()
    assert call.at is None


def test_done_call_is_corrected_on_its_page(owner_client: Client, ada: Person) -> None:
    done = datetime(2026, 3, 30, 8, 15, 30, tzinfo=UTC)
    call = add_activity(Entry("call", "Rang", at=done, outcome="no answer"), About(person=ada.pk), who=COMMAND_LINE)
    page = owner_client.get(f"/activities/{call.pk}/").content.decode()
    assert 'value="10:15"' in page
    same = {"title": "Rang", "text": "", "day": "2026-03-30", "hour": "10:15", "version": 1}
    owner_client.post(f"/activities/{call.pk}/", {**same, "outcome": "reached", "minutes": "9"})
    call.refresh_from_db()
    assert (call.outcome, call.minutes, call.at) == ("reached", 9, done)
    early = {**same, "outcome": "reached", "minutes": "9", "hour": "08:00", "version": 2}
    owner_client.post(f"/activities/{call.pk}/", early)
    call.refresh_from_db()
    assert call.at == datetime(2026, 3, 30, 6, tzinfo=UTC)
    later = owner_client.post(f"/activities/{call.pk}/", {**early, "day": "2031-01-01", "version": 3})
    assert (later.status_code, "This is still to come" in later.content.decode()) == (422, True)


def test_all_of_a_record_stand_on_pages_of_their_own_and_are_narrowed(owner_client: Client, ada: Person) -> None:
    first = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(55):
        add_activity(
            Entry("note", f"Note <{number:02}>", at=first + number * DAY), About(person=ada.pk), who=COMMAND_LINE
        )
    add_activity(Entry("task", "Ring", due=first), About(person=ada.pk), who=COMMAND_LINE)
    person = owner_client.get(f"/people/{ada.pk}/?timeline=1").content.decode()
    address = f"/activities/of/person/{ada.pk}/"
    assert ("Note &lt;54&gt;" in person, "Older" in person, "Only the first" in person) == (True, True, False)
    assert address in person
    assert "Note &lt;00&gt;" not in person
    pages = [owner_client.get(address, {"page": number}).context["activities"] for number in (1, 2)]
    assert [len(one) for one in pages] == [50, 6]
    assert (pages[0][0].title, pages[0][1].title, pages[1][-1].title) == ("Ring", "Note <54>", "Note <00>")
    assert [one.title for one in owner_client.get(address, {"kind": "task"}).context["activities"]] == ["Ring"]
    assert len(owner_client.get(address, {"state": "done", "page": "2"}).context["activities"]) == 5
    assert "Nothing of that kind" in owner_client.get(address, {"kind": "call"}).content.decode()
    company = owner_client.get(f"/activities/of/company/{ada.company_id}/").content.decode()
    assert "Note &lt;54&gt;" in company


def test_all_of_a_record_ask_no_more_of_the_database_where_there_are_more(owner_client: Client, ada: Person) -> None:
    def note(number: int) -> None:
        for one in range(number):
            add_activity(Entry("note", f"Note {one}"), About(person=ada.pk), who=COMMAND_LINE)

    address = f"/activities/of/person/{ada.pk}/"
    note(2)
    owner_client.get(address)
    few = queries(lambda: owner_client.get(address))
    note(30)
    assert queries(lambda: owner_client.get(address)) == few


def test_page_of_a_record_that_is_not_seen_is_not_told_apart_from_none(
    make_user: Callable[..., User], client_of: Callable[[User], Client], organisation: Organisation, make_deal: OpenDeal
) -> None:
    organisation.sellers_see = Reach.OWN
    organisation.save()
    hidden = make_deal(owner=make_user(Role.SELLER, email="other@example.org").pk)
    seller = client_of(make_user(Role.SELLER))
    for address in (f"deal/{hidden.pk}", "deal/999999", "song/1", "person/999999"):
        assert seller.get(f"/activities/of/{address}/").status_code == 404


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
    stale = owner_client.post(address, given)
    assert (stale.status_code, "Somebody changed" in stale.content.decode()) == (422, True)
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
