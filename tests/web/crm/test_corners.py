"""What is odd about deals, notes and records: files that come twice, users who left, two who work at once."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from tests.web.crm.conftest import OpenDeal
from tests.web.crm.test_learning import LIFE, learn, log
from tragt.errors import InvalidDefinition, NotAllowed, NotFound
from tragt.web.accounts.forms.teams import TeamForm
from tragt.web.accounts.models import Organisation, Reach, Role, Team, User
from tragt.web.crm.actions import edit_deal, lose_deal, move_deal
from tragt.web.crm.actions.activities import (
    About,
    Came,
    Entry,
    add_activity,
    finish_activity,
    remove_activity,
    reopen_activity,
)
from tragt.web.crm.actions.learning import undo_deals
from tragt.web.crm.actions.lines import NewLine, add_line
from tragt.web.crm.models import Activity, Deal, DealLine, LostReason, Pipeline, Stage
from tragt.web.crm.queries.activities import visible_activities
from tragt.web.people.models import Company, Person
from tragt.web.people.record_forms import RecordForm
from tragt.web.records.models import Field
from tragt.web.shell.acting import COMMAND_LINE, Who

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]

MakeUser = Callable[..., User]
ClientOf = Callable[[User], Client]
CREATED: dict[str, object] = {"stage": "Contact", "pipeline": "B2B"}


def reach(organisation: Organisation, sees: Reach, changes: Reach = Reach.ALL) -> None:
    organisation.sellers_see, organisation.sellers_change = sees, changes
    organisation.save()


def test_file_that_names_a_known_deal_again_keeps_what_was_edited_here() -> None:
    learn(LIFE)
    deal = Deal.objects.get(key="d1")
    edit_deal(deal.pk, {"value": 777}, who=COMMAND_LINE)
    learn(log(("d1", "Deal Created", 0, CREATED), ("d9", "Deal Created", 0, CREATED)), "import:2")
    deal.refresh_from_db()
    assert deal.value == 777
    assert Deal.objects.filter(key="d9").exists()


def test_undoing_a_file_keeps_deals_that_somebody_wrote_about() -> None:
    learn(LIFE)
    deal = Deal.objects.get(key="d1")
    add_activity(Entry("note", "They said yes"), About(deal=deal.pk), who=COMMAND_LINE)
    undo_deals(cause="import:1", who=COMMAND_LINE)
    assert list(Deal.objects.values_list("key", flat=True)) == ["d1"]
    assert Activity.objects.count() == 1


def test_known_deal_that_a_file_says_is_lost_has_its_reason() -> None:
    learn(log(("d1", "Deal Created", 0, CREATED)))
    learn(log(("d1", "Deal Lost", 5, {"reason": "price"})), "import:2")
    assert Deal.objects.get().reason == LostReason.objects.get(name="price")


def test_deal_never_moves_to_a_stage_of_persons(make_deal: OpenDeal) -> None:
    lifecycle = Pipeline.objects.create(kind="lifecycle", name="Lifecycle")
    stage = Stage.objects.create(pipeline=lifecycle, name="Lead", position=0)
    with pytest.raises(NotFound):
        move_deal(make_deal().pk, stage.pk, who=COMMAND_LINE)


def test_tasks_and_notes_of_others_are_theirs(
    make_user: MakeUser, organisation: Organisation, make_deal: OpenDeal
) -> None:
    one, other = make_user(Role.SELLER), make_user(Role.SELLER, email="other@example.org")
    private = add_activity(Entry("task", "Salary talk"), About(), who=Who.of(other))
    note = add_activity(Entry("note", "Lamps"), About(deal=make_deal(owner=other.pk).pk), who=Who.of(other))
    reach(organisation, Reach.ALL, Reach.OWN)
    with pytest.raises(NotAllowed):
        remove_activity(note.pk, who=Who.of(one))
    reach(organisation, Reach.OWN)
    assert private not in list(visible_activities(one))


def test_task_that_repeats_keeps_its_hour_over_summer_time_and_comes_once(
    owner: User, organisation: Organisation
) -> None:
    zone = ZoneInfo(organisation.time_zone)
    due = datetime(2026, 10, 22, 9, tzinfo=zone)
    task = add_activity(Entry("task", "Ring", due=due, whole_day=False, repeat="weekly"), About(), who=Who.of(owner))
    again = finish_activity(task.pk, Came(at=datetime(2026, 10, 22, 8, tzinfo=UTC)), who=Who.of(owner))
    assert again is not None
    assert again.due is not None
    assert again.due.astimezone(zone).hour == 9
    reopen_activity(task.pk, who=Who.of(owner))
    assert finish_activity(task.pk, who=Who.of(owner)) is None
    assert Activity.objects.count() == 2


def sent_back(form: RecordForm) -> QueryDict:
    """What a browser sends where nothing was touched: what a choice or a date cannot hold is empty there."""
    data = QueryDict(mutable=True)
    for name, field in form.fields.items():
        held = "" if form[name].initial is None else str(form[name].initial)
        data[form.add_initial_prefix(name)] = held
        unknown = held not in [str(value) for value, _title in getattr(field, "choices", [(held, "")])]
        undated = getattr(field.widget, "input_type", "") == "date" and not re.fullmatch(r"\d{4}-\d\d-\d\d", held)
        data[name] = "" if unknown or undated else held
    return data


def test_saving_a_record_keeps_an_owner_who_left_and_values_that_no_field_takes(make_user: MakeUser) -> None:
    gone = make_user(Role.SELLER)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    Field.objects.create(kind="person", code="size", title="Size", type="choice", choices=["S", "M"])
    Field.objects.create(kind="person", code="day", title="Day", type="date")
    reader = make_user(Role.OWNER)
    person = Person.objects.create(name="Bo", owner=gone, traits={"size": "XL", "day": "31/12/2025"})
    fields = list(Field.objects.all())
    data = sent_back(RecordForm(record=person, fields=fields, user=reader))
    data["name"] = "Bo Holm"
    form = RecordForm(data, record=person, fields=fields, user=reader)
    assert form.is_valid(), form.errors
    assert form.changes()[0] == {"name": "Bo Holm"}


def test_team_keeps_a_member_who_left(make_user: MakeUser) -> None:
    team = Team.objects.create(name="North")
    gone = make_user(Role.SELLER)
    User.objects.filter(pk=gone.pk).update(is_active=False, team=team)
    data = QueryDict(f"team{team.pk}-name=South&team{team.pk}-members={gone.pk}")
    assert TeamForm(data, prefix=f"team{team.pk}").given() == ("South", [gone.pk])


def test_board_stands_whatever_deals_are_worth(make_deal: OpenDeal, owner_client: Client) -> None:
    for one in (make_deal(), make_deal()):
        with pytest.raises(InvalidDefinition):
            add_line(one.pk, NewLine(2**62, text="Moon"), who=COMMAND_LINE)
        with pytest.raises(InvalidDefinition):
            edit_deal(one.pk, {"value": 2**62}, who=COMMAND_LINE)
    assert owner_client.get(f"/pipeline/{one.pipeline_id}/").status_code == 200


def test_currency_of_a_deal_with_lines_stays(make_deal: OpenDeal) -> None:
    deal = make_deal()
    add_line(deal.pk, NewLine(100_00, text="Lamp"), who=COMMAND_LINE)
    with pytest.raises(InvalidDefinition):
        edit_deal(deal.pk, {"currency": "JPY"}, who=COMMAND_LINE)


def test_line_is_not_removed_by_who_may_not(
    make_deal: OpenDeal, make_user: MakeUser, client_of: ClientOf, organisation: Organisation
) -> None:
    other, one = make_user(Role.SELLER, email="other@example.org"), make_user(Role.SELLER)
    deal = make_deal(owner=other.pk)
    line = add_line(deal.pk, NewLine(100_00, text="Lamp"), who=COMMAND_LINE)
    reach(organisation, Reach.ALL, Reach.OWN)
    assert client_of(one).post(f"/deals/{deal.pk}/lines/{line.pk}/", {"do": "remove"}).status_code == 302
    assert DealLine.objects.count() == 1


def test_page_of_a_company_names_nobody_whom_the_reader_does_not_see(
    make_user: MakeUser, client_of: ClientOf, organisation: Organisation
) -> None:
    other, one = make_user(Role.SELLER, email="other@example.org"), make_user(Role.SELLER)
    company = Company.objects.create(key="n", name="N")
    Person.objects.create(name="Karla Secret", company=company, owner=other)
    reach(organisation, Reach.OWN)
    assert "Karla" not in client_of(one).get(f"/people/companies/{company.pk}/").content.decode()
    assert client_of(one).get("/people/duplicates/").status_code == 403


def test_deal_that_was_closed_in_a_stage_since_removed_shows_its_name(
    make_deal: OpenDeal, stages: dict[str, Stage], reason: LostReason, owner_client: Client
) -> None:
    lose_deal(make_deal("Close").pk, reason.pk, who=COMMAND_LINE)
    Stage.objects.filter(pk=stages["Close"].pk).update(removed=timezone.now())
    assert ">Close<" in owner_client.get("/deals/").content.decode()


def test_deal_begun_from_a_person_and_a_company_knows_both(
    pipeline: Pipeline, ada: Person, owner_client: Client
) -> None:
    assert pipeline.pk
    page = owner_client.get(f"/deals/new/?company={ada.company_id}&contact={ada.pk}").content.decode()
    assert "Nordlys" in page
    assert "ada@nordlys.dk" in page


def test_custom_field_of_a_deal_is_kept_as_its_type(make_deal: OpenDeal) -> None:
    Field.objects.create(kind="deal", code="seats", title="Seats", type="number")
    deal = make_deal()
    edit_deal(deal.pk, {"custom": {"seats": "12"}}, who=COMMAND_LINE)
    deal.refresh_from_db()
    assert deal.custom == {"seats": 12}
