"""A deal that was made by mistake goes for good: its rows, what stood on it, its events in the log."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from tests.web.crm.calling import send
from tests.web.crm.conftest import OpenDeal
from tests.web.people.conftest import home
from tragt.errors import Conflict, NotAllowed
from tragt.funnel import Period
from tragt.web.accounts.models import AuditRow, Organisation, Reach, Role, User
from tragt.web.collect.settler import drain as settle
from tragt.web.collect.settling import Settler
from tragt.web.crm.actions import edit_deal, move_deal, win_deal
from tragt.web.crm.actions.activities import About, Entry, add_activity
from tragt.web.crm.actions.lines import NewLine, add_line
from tragt.web.crm.actions.removing import may_remove, remove_deal
from tragt.web.crm.models import Activity, Deal, DealLine, Member, Move, Pipeline, Stage
from tragt.web.crm.queries.funnels import funnel_of
from tragt.web.files.models import File
from tragt.web.funnels.counting.counting import report_of
from tragt.web.jobs.models import Job
from tragt.web.jobs.worker import drain as work
from tragt.web.log.queries import lake
from tragt.web.people.models import Person
from tragt.web.records.queries.search import found as search
from tragt.web.shell.acting import COMMAND_LINE, Who

__all__ = ["home"]

Stages = dict[str, Stage]
MakeUser = Callable[..., User]


def events_of(deal: Deal) -> int:
    return lake().read(columns=["deal"]).filter(pl.col("deal") == deal.key).height


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("told_before", [True, False])
def test_removed_deal_counts_in_no_funnel_whether_the_log_had_heard_of_it_or_not(
    home: Path,  # noqa: ARG001
    pipeline: Pipeline,
    make_deal: OpenDeal,
    stages: Stages,
    told_before: bool,
) -> None:
    kept, mistaken = make_deal(value=100), make_deal(value=900)
    for deal in (kept, mistaken):
        move_deal(deal.pk, stages["Need"].pk, who=COMMAND_LINE)
    win_deal(mistaken.pk, who=COMMAND_LINE)
    if told_before:
        settle()
        assert events_of(mistaken) == 4
    remove_deal(mistaken.pk, who=COMMAND_LINE)
    settle()
    work()
    assert (events_of(mistaken), events_of(kept)) == (0, 3)
    report = report_of(funnel_of(pipeline), Period())
    assert [step.entered for step in report.steps] == [1, 1, 0, 0, 0]


@pytest.mark.django_db(transaction=True)
def test_job_that_takes_a_deal_out_of_the_log_waits_outside_of_the_worker(
    home: Path,  # noqa: ARG001
    make_deal: OpenDeal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    deal, now = make_deal(), timezone.now()
    monkeypatch.setattr("time.sleep", lambda _seconds: pytest.fail("a long job may stand behind this one"))
    remove_deal(deal.pk, who=COMMAND_LINE)
    assert work() == 1
    job = Job.objects.get(name="crm.take_out")
    assert (job.state, job.error_code, job.run_after > now) == ("waiting", "crm.events_under_way", True)
    waited_for = job.arguments["own"]
    make_deal(name="Later")
    Settler().settle()
    work(now + timedelta(minutes=2))
    again = Job.objects.get(name="crm.take_out", state="waiting")
    assert (again.arguments["own"], again.arguments["batch"] > 0) == (waited_for, True)
    settle()
    work(now + timedelta(minutes=4))
    assert (events_of(deal), Job.objects.filter(state="waiting").exists()) == (0, False)


@pytest.mark.django_db
def test_what_stood_on_a_removed_deal_goes_with_it_and_the_audit_says_who_did_it(
    home: Path,  # noqa: ARG001
    make_deal: OpenDeal,
    ada: Person,
    owner: User,
    owner_client: Client,
    pipeline: Pipeline,
) -> None:
    deal, other = make_deal(name="Mistake", contact=ada.pk), make_deal(name="Meant")
    for one in (deal, other):
        add_activity(Entry("note", "They rang"), About(deal=one.pk), who=COMMAND_LINE)
        add_line(one.pk, NewLine(100, text="Lamp"), who=COMMAND_LINE)
        File.objects.create(kind="deal", key=one.pk, name="a.pdf", place=f"{one.pk:032x}", size=1)
        note = one.activities.get().pk
        File.objects.create(kind="activity", key=note, name="b.pdf", place=f"{note:031x}b", size=1)
    page = owner_client.get(f"/deals/{deal.pk}/remove/", headers={"HX-Request": "true"}).content.decode()
    for part in ("1 note or task", "1 file", "1 line", "1 person on it", "1 move in its history"):
        assert f"<li>{part}</li>" in page
    answer = owner_client.post(f"/deals/{deal.pk}/remove/", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == f"/pipeline/{pipeline.pk}/"
    rows = (Deal, Move, DealLine, Activity, File)
    assert [model.objects.count() for model in rows] == [1, 1, 1, 1, 2], "the files go at once, not with the night"
    assert not Member.objects.exists()
    assert Person.objects.filter(pk=ada.pk).exists()
    assert "“Mistake” is removed." in owner_client.get("/deals/").content.decode()
    assert "Mistake" not in owner_client.get("/deals/").content.decode()
    assert "Mistake" not in owner_client.get(f"/pipeline/{pipeline.pk}/").content.decode()
    assert owner_client.get(f"/deals/{deal.pk}/").status_code == 404
    row = AuditRow.objects.get(verb="deals.remove")
    assert (row.user, row.target, row.details["act"]) == (owner, f"deal {deal.pk}", "remove")


@pytest.mark.django_db
def test_removed_deal_is_not_found_by_search(make_deal: OpenDeal, owner: User) -> None:
    deal = make_deal(name="Mistake")
    assert len(search("mistake", owner, 9)) == 1
    remove_deal(deal.pk, who=Who.of(owner))
    assert not search("mistake", owner, 9)


@pytest.mark.django_db
def test_deal_is_removed_by_managers_and_for_a_day_by_the_one_who_made_it(
    make_deal: OpenDeal, make_user: MakeUser, client_of: Callable[[User], Client]
) -> None:
    anna, bo = (make_user(Role.SELLER, f"{name}@example.org") for name in ("anna", "bo"))
    manager = make_user(Role.MANAGER, "manager@example.org")
    deal = make_deal(by=anna)
    assert [may_remove(deal.pk, Who.of(one)) for one in (anna, bo, manager)] == [True, False, True]
    assert client_of(bo).get(f"/deals/{deal.pk}/remove/").status_code == 403
    with pytest.raises(NotAllowed):
        remove_deal(deal.pk, who=Who.of(bo))
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1)):
        assert not may_remove(deal.pk, Who.of(anna))
        with pytest.raises(NotAllowed):
            remove_deal(deal.pk, who=Who.of(anna))
    remove_deal(deal.pk, who=Who.of(anna))
    assert not Deal.objects.exists()


@pytest.mark.django_db
def test_deal_that_was_handed_to_another_is_not_for_its_maker_to_remove(
    make_deal: OpenDeal, make_user: MakeUser
) -> None:
    Organisation.objects.update(sellers_see=Reach.ALL, sellers_change=Reach.OWN)
    anna, bo = (make_user(Role.SELLER, f"{name}@example.org") for name in ("anna", "bo"))
    deal = make_deal(by=anna, owner=bo.pk)
    with pytest.raises(NotAllowed):
        remove_deal(deal.pk, who=Who.of(anna))
    assert Deal.objects.exists()


@pytest.mark.django_db
def test_deal_that_was_changed_meanwhile_is_not_removed(
    make_deal: OpenDeal, owner: User, owner_client: Client, program_of: Callable[[User], Client]
) -> None:
    deal, program = make_deal(), program_of(owner)
    tag = send(program, "GET", f"/deals/{deal.pk}").headers["ETag"]
    edit_deal(deal.pk, {"value": 5}, who=COMMAND_LINE)
    with pytest.raises(Conflict):
        remove_deal(deal.pk, who=COMMAND_LINE, version=1)
    assert owner_client.post(f"/deals/{deal.pk}/remove/", {"version": 1}).status_code == 422
    assert send(program, "DELETE", f"/deals/{deal.pk}", **{"If-Match": tag}).status_code == 412
    assert send(program, "DELETE", f"/deals/{deal.pk}").status_code == 204
    assert send(program, "GET", f"/deals/{deal.pk}").status_code == 404
