"""Notes, calls, meetings, mails and tasks: what the log hears of, what comes again, and who sees it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
import time_machine

from tests.web.conftest import queries
from tests.web.crm.conftest import OpenDeal
from tragt.errors import Conflict, InvalidDefinition, NotFound
from tragt.web.accounts.models import Organisation, Reach, Role, User
from tragt.web.crm.actions.activities import (
    About,
    Came,
    Entry,
    add_activity,
    edit_activity,
    finish_activity,
    remove_activity,
    reopen_activity,
)
from tragt.web.crm.models import Activity, Deal
from tragt.web.crm.queries.activities import activities_about, visible_activities
from tragt.web.crm.queries.today import tasks_of
from tragt.web.outbox.models import Pending
from tragt.web.people.actions import learn_people, undo_learning
from tragt.web.people.models import Person
from tragt.web.shell.acting import COMMAND_LINE, SYSTEM, Who

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]

NOW = datetime(2026, 3, 31, 10, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
COPENHAGEN = ZoneInfo("Europe/Copenhagen")


def told() -> list[tuple[str, str, dict[str, object]]]:
    """What the log is told, each without which activity it is of."""
    rows = Pending.objects.order_by("pk")
    return [(row.name, row.actor, {k: v for k, v in row.properties.items() if k != "activity"}) for row in rows]


@pytest.mark.parametrize(
    ("entry", "event", "properties"),
    [
        (Entry("note", "Likes lamps"), "", {}),
        (Entry("task", "Send an offer", due=NOW), "", {}),
        (
            Entry("call", "Asked", at=NOW, outcome="reached", minutes=5),
            "Call Logged",
            {"outcome": "reached", "minutes": 5},
        ),
        (Entry("meeting", "Show", due=NOW), "Meeting Booked", {}),
        (Entry("meeting", "Show", at=NOW), "Meeting Held", {}),
        (Entry("meeting", "Show", at=NOW, outcome="no show"), "", {}),
        (Entry("email", "Hello"), "Email Sent", {}),
        (Entry("email", "Hello back", incoming=True), "Email Replied", {}),
    ],
    ids=lambda one: f"{one.kind} {one.outcome}" if isinstance(one, Entry) else "",
)
@time_machine.travel(NOW, tick=False)
def test_log_hears_of_what_is_a_touch(ada: Person, entry: Entry, event: str, properties: dict[str, object]) -> None:
    add_activity(entry, About(person=ada.pk), who=COMMAND_LINE)
    channel = {"call": "phone", "meeting": "meeting", "email": "email"}.get(entry.kind)
    way = {"direction": "in" if entry.incoming else "out", "channel": channel}
    assert told() == ([(event, "u:ada", way | properties)] if event else [])


def test_activity_of_a_deal_is_its_contacts_and_its_companys_too_and_keeps_it_from_rotting(
    make_deal: OpenDeal, ada: Person
) -> None:
    deal = make_deal(contact=ada.pk, company=ada.company_id)
    Deal.objects.update(touched=NOW - 9 * DAY)
    with time_machine.travel(NOW, tick=False):
        row = add_activity(Entry("call", "Asked", at=NOW - DAY), About(deal=deal.pk), who=COMMAND_LINE)
    assert (row.person, row.company, row.deal) == (ada, ada.company, deal)
    deal.refresh_from_db()
    assert deal.touched == NOW


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize(
    ("repeat", "due", "following"),
    [
        # At the same hour by the clock, which summer time set an hour ahead.
        ("daily", NOW - 3 * DAY, NOW + DAY - HOUR),
        ("weekly", NOW - DAY, NOW + 6 * DAY),
        ("monthly", datetime(2026, 1, 31, 8, tzinfo=UTC), datetime(2026, 4, 30, 7, tzinfo=UTC)),
        ("monthly", NOW + HOUR, datetime(2026, 4, 30, 11, tzinfo=UTC)),
        ("yearly", datetime(2024, 2, 29, 8, tzinfo=UTC), datetime(2027, 2, 28, 8, tzinfo=UTC)),
    ],
)
def test_task_that_repeats_comes_again_after_today_and_only_once(
    owner: User, repeat: str, due: datetime, following: datetime
) -> None:
    task = add_activity(Entry("task", "Ring", due=due, repeat=repeat), About(), who=Who.of(owner))
    again = finish_activity(task.pk, who=Who.of(owner))
    assert again is not None
    assert (again.due, again.owner, again.at, again.title) == (following, owner, None, "Ring")
    with pytest.raises(InvalidDefinition):
        finish_activity(task.pk, who=Who.of(owner))
    assert Activity.objects.count() == 2


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (Entry("song", "La"), "crm.kind"),
        (Entry("note", " ", " "), "crm.says_nothing"),
        (Entry("call", "Asked", at=NOW, outcome="held"), "crm.outcome"),
        (Entry("task", "Ring", repeat="daily"), "crm.repeat"),
        (Entry("call", "Asked", at=datetime(2999, 1, 1, tzinfo=UTC)), "crm.to_come"),
        (Entry("email", "Hello", due=NOW), "crm.unplanned"),
        (Entry("note", "Hello", at=NOW, due=NOW), "crm.unplanned"),
        (Entry("meeting", "Show", due=NOW, outcome="held"), "crm.no_outcome_yet"),
    ],
)
def test_entry_that_makes_no_sense_is_refused_and_nothing_is_kept(ada: Person, entry: Entry, code: str) -> None:
    with pytest.raises(InvalidDefinition) as refused:
        add_activity(entry, About(person=ada.pk), who=COMMAND_LINE)
    assert refused.value.code == code
    assert not Activity.objects.exists()
    assert told() == []


def test_note_about_nothing_is_refused() -> None:
    with pytest.raises(InvalidDefinition) as refused:
        add_activity(Entry("note", "Hm"), About(), who=COMMAND_LINE)
    assert refused.value.code == "crm.about_nothing"


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize(
    ("entry", "changes", "told_then"),
    [
        (
            Entry("call", "Rang", at=NOW - DAY, outcome="no answer"),
            {"outcome": "reached", "minutes": 9},
            [
                (
                    "Activity Corrected",
                    {"event": "Call Logged", "was_outcome": "no answer", "outcome": "reached", "minutes": 9},
                )
            ],
        ),
        (
            Entry("call", "Rang", at=NOW - DAY),
            {"at": NOW - 2 * DAY},
            [("Activity Corrected", {"event": "Call Logged", "was_at": "2026-03-30", "at": "2026-03-29"})],
        ),
        (
            Entry("meeting", "Show", at=NOW - DAY, outcome="held"),
            {"outcome": "no show"},
            [("Activity Corrected", {"event": "Meeting Held", "was_outcome": "held", "outcome": "no show"})],
        ),
        (
            Entry("meeting", "Show", at=NOW - DAY, outcome="no show"),
            {"outcome": "held"},
            [("Meeting Held", {"outcome": "held", "direction": "out", "channel": "meeting"})],
        ),
        (
            Entry("email", "Hello", at=NOW - DAY),
            {"incoming": True},
            [
                (
                    "Activity Corrected",
                    {"event": "Email Sent", "to": "Email Replied", "was_direction": "out", "direction": "in"},
                ),
                ("Email Replied", {"direction": "in", "channel": "email"}),
            ],
        ),
        (Entry("call", "Rang", at=NOW - DAY), {"title": "Rang her", "text": "Long"}, []),
        (Entry("note", "Lamps", at=NOW - DAY), {"at": NOW - 2 * DAY}, []),
        (Entry("meeting", "Show", due=NOW + DAY), {"due": NOW + 2 * DAY, "minutes": 30}, []),
    ],
)
def test_log_hears_beside_what_it_was_told_how_it_really_was(
    ada: Person, entry: Entry, changes: dict[str, object], told_then: list[tuple[str, dict[str, object]]]
) -> None:
    row = add_activity(entry, About(person=ada.pk), who=COMMAND_LINE)
    before = told()
    edit_activity(row.pk, changes, who=COMMAND_LINE)
    after = told()
    assert after[: len(before)] == before, "what was told stays"
    days = [
        (name, {key: str(value)[:10] if key.endswith("at") else value for key, value in properties.items()})
        for name, _actor, properties in after[len(before) :]
    ]
    assert days == told_then
    assert {actor for _name, actor, _properties in after} <= {"u:ada"}


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize(
    ("entry", "changes", "events", "last"),
    [
        (
            Entry("meeting", "Show", at=NOW - DAY),
            [{"outcome": "no show"}, {"outcome": "held"}, {"outcome": "cancelled"}, {"outcome": "held"}],
            ["Meeting Held"],
            {"event": "Meeting Held", "was_outcome": "cancelled", "outcome": "held"},
        ),
        (
            Entry("meeting", "Show", at=NOW - DAY, outcome="no show"),
            [{"outcome": "held"}, {"outcome": "no show"}, {"outcome": "held"}],
            ["Meeting Held"],
            {"event": "Meeting Held", "was_outcome": "no show", "outcome": "held"},
        ),
        (
            Entry("email", "Hello", at=NOW - DAY),
            [{"incoming": True}, {"incoming": False}, {"incoming": True}],
            ["Email Sent", "Email Replied"],
            {"event": "Email Sent", "to": "Email Replied", "was_direction": "out", "direction": "in"},
        ),
    ],
)
def test_activity_is_told_once_under_each_name_however_often_it_is_corrected(
    ada: Person, entry: Entry, changes: list[dict[str, object]], events: list[str], last: dict[str, object]
) -> None:
    row = add_activity(entry, About(person=ada.pk), who=COMMAND_LINE)
    for change in changes:
        edit_activity(row.pk, change, who=COMMAND_LINE)
    names = [name for name, _actor, _properties in told() if name != "Activity Corrected"]
    assert (names, told()[-1][2]) == (events, last)
    assert {pending.properties["activity"] for pending in Pending.objects.all()} == {row.pk}


def test_activity_that_was_told_before_it_was_noted_under_which_name_is_told_once(ada: Person) -> None:
    row = add_activity(Entry("meeting", "Show", at=NOW), About(person=ada.pk), who=COMMAND_LINE)
    Activity.objects.update(told=[])
    edit_activity(row.pk, {"outcome": "no show"}, who=COMMAND_LINE)
    edit_activity(row.pk, {"outcome": "held"}, who=COMMAND_LINE)
    assert [name for name, _actor, _properties in told()] == ["Meeting Held", *["Activity Corrected"] * 2]


@pytest.mark.parametrize(
    ("entry", "changes", "code"),
    [
        (Entry("call", "Rang", at=NOW), {"at": None}, "crm.no_time"),
        (Entry("call", "Ring", due=NOW), {"at": NOW}, "crm.not_done_yet"),
        (Entry("call", "Ring", due=NOW), {"outcome": "reached"}, "crm.no_outcome_yet"),
        (Entry("note", "Lamps", at=NOW), {"due": NOW}, "crm.unplanned"),
        (Entry("call", "Rang", at=NOW), {"at": datetime(2999, 1, 1, tzinfo=UTC)}, "crm.to_come"),
        (Entry("call", "Rang", at=NOW), {"author": 1}, "crm.field"),
    ],
)
@time_machine.travel(NOW, tick=False)
def test_correction_that_cannot_be_is_refused_and_changes_nothing(
    ada: Person, entry: Entry, changes: dict[str, object], code: str
) -> None:
    row = add_activity(entry, About(person=ada.pk), who=COMMAND_LINE)
    before = told()
    with pytest.raises(InvalidDefinition) as refused:
        edit_activity(row.pk, changes, who=COMMAND_LINE)
    assert refused.value.code == code
    assert (Activity.objects.get().version, told()) == (1, before)


def test_what_repeats_is_planned_as_long_as_before_whatever_it_took(owner: User) -> None:
    call = add_activity(Entry("task", "Ring", due=NOW, minutes=30, repeat="weekly"), About(), who=Who.of(owner))
    again = finish_activity(call.pk, Came(minutes=5), who=Who.of(owner))
    assert again is not None
    assert (again.minutes, Activity.objects.get(pk=call.pk).minutes) == (30, 5)


def test_second_of_two_who_change_a_task_hears_of_the_first(owner: User) -> None:
    task = add_activity(Entry("task", "Ring"), About(), who=Who.of(owner))
    edit_activity(task.pk, {"title": "Write"}, who=Who.of(owner), version=1)
    with pytest.raises(Conflict):
        edit_activity(task.pk, {"title": "Call"}, who=Who.of(owner), version=1)
    finish_activity(task.pk, who=Who.of(owner), version=2)
    assert reopen_activity(task.pk, who=Who.of(owner)).at is None
    remove_activity(task.pk, who=Who.of(owner))
    with pytest.raises(NotFound):
        remove_activity(task.pk, who=Who.of(owner))


def test_seller_who_sees_only_their_own_sees_no_note_about_anothers_deal(
    make_deal: OpenDeal, make_user: Callable[..., User], organisation: Organisation
) -> None:
    seller, other = make_user(Role.SELLER, email="me@example.org"), make_user(Role.SELLER, email="other@example.org")
    organisation.sellers_see = Reach.OWN
    organisation.save()
    theirs = add_activity(Entry("note", "Secret"), About(deal=make_deal(owner=other.pk).pk), who=COMMAND_LINE)
    shared = add_activity(Entry("note", "Open"), About(deal=make_deal().pk), who=COMMAND_LINE)
    assert list(visible_activities(seller)) == [shared]
    with pytest.raises(NotFound):
        edit_activity(theirs.pk, {"title": "Mine"}, who=Who.of(seller))
    with pytest.raises(NotFound):
        add_activity(Entry("note", "Hello"), About(deal=theirs.deal_id), who=Who.of(seller))


def test_what_is_about_somebody_who_is_struck_is_left_out_except_for_jobs(ada: Person, owner: User) -> None:
    about = add_activity(Entry("task", "Ring Ada"), About(person=ada.pk), who=Who.of(owner))
    other = add_activity(Entry("task", "Tidy"), About(), who=Who.of(owner))
    Person.objects.filter(pk=ada.pk).update(struck=NOW)
    assert list(visible_activities(owner)) == tasks_of(owner, COPENHAGEN).someday == [other]
    assert set(visible_activities(None)) == {about, other}


@time_machine.travel(NOW, tick=False)
def test_tasks_stand_by_their_day_in_the_organisations_zone(owner: User) -> None:
    def due(moment: datetime | None, title: str) -> None:
        add_activity(Entry("task", title, due=moment), About(), who=Who.of(owner))

    midnight = datetime(2026, 4, 1, tzinfo=COPENHAGEN)
    for moment, title in ((midnight, "tomorrow"), (midnight - HOUR, "late today"), (midnight - DAY, "early today")):
        due(moment, title)
    due(midnight - DAY - HOUR, "yesterday")
    due(None, "someday")
    due(midnight + 30 * DAY, "far")
    found = tasks_of(owner, COPENHAGEN)
    titles = [[row.title for row in part] for part in (found.overdue, found.today, found.coming, found.someday)]
    assert titles == [["yesterday"], ["early today", "late today"], ["tomorrow"], ["someday"]]


def test_record_shows_what_is_to_be_done_first_and_then_the_newest(make_deal: OpenDeal, ada: Person) -> None:
    deal = make_deal(contact=ada.pk)
    for entry in (
        Entry("call", "old", at=NOW - DAY),
        Entry("call", "new", at=NOW),
        Entry("task", "later", due=NOW + DAY),
    ):
        add_activity(entry, About(deal=deal.pk), who=COMMAND_LINE)
    add_activity(Entry("task", "soon", due=NOW), About(deal=deal.pk), who=COMMAND_LINE)
    assert [row.title for row in activities_about(None, person=ada.pk)] == ["soon", "later", "new", "old"]
    assert queries(lambda: [(str(row.owner), str(row.deal)) for row in activities_about(None, deal=deal.pk)]) == 1


def test_person_about_whom_somebody_wrote_stays_where_the_import_is_undone(make_user: Callable[..., User]) -> None:
    names = {"u:1": "Ada Holm", "u:2": "Bo Berg"}
    learn_people(pl.DataFrame({"actor": list(names), "name": list(names.values())}), cause="import:1", who=SYSTEM)
    ada = Person.objects.get(name="Ada Holm")
    seller = Who.of(make_user(Role.SELLER))
    add_activity(Entry(kind="note", text="Asked for an offer"), About(person=ada.pk), who=seller)
    undo_learning(cause="import:1", who=SYSTEM)
    assert list(Person.objects.values_list("name", flat=True)) == ["Ada Holm"]
    assert Activity.objects.count() == 1
