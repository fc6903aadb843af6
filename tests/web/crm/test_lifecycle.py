"""Persons pass the lifecycle by hand, by rule and by event; only a hand leads back, and the log hears of it all."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from tests.web.crm.conftest import OpenDeal
from tests.web.people.touching import call, learn
from tragt.errors import InvalidDefinition, NotAllowed, NotFound
from tragt.funnel import AllOf, Compare
from tragt.web.accounts.models import Organisation, Reach, Role, User
from tragt.web.collect import subscribers
from tragt.web.collect.settling import Settler
from tragt.web.crm.actions import win_deal
from tragt.web.crm.actions.lifecycle import Arrival, apply_rules, arrive, enter_stage, set_mark, take_mark
from tragt.web.crm.actions.pipelines import archive_pipeline, make_pipeline
from tragt.web.crm.actions.stages import edit_stage, remove_stage
from tragt.web.crm.hearing import hear_changes, hear_events
from tragt.web.crm.models import How, Passage, Pipeline, Stage, Standing
from tragt.web.crm.queries import stages_of
from tragt.web.crm.queries.pipelines import numbers_in
from tragt.web.crm.queries.standings import passages_of, standing_of
from tragt.web.crm.rules import Rule
from tragt.web.crm.tasks import apply_rules as rules_job
from tragt.web.jobs.models import Job
from tragt.web.jobs.progress import Progress
from tragt.web.outbox.models import Pending
from tragt.web.people.actions.who_is_who import edit_person, merge
from tragt.web.people.models import Edge, EdgeKind, Identifier, Person
from tragt.web.shell.acting import COMMAND_LINE, Who

pytestmark = pytest.mark.django_db

MARCH = datetime(2026, 3, 2, 9, tzinfo=UTC)
Told = dict[str, object]


@pytest.fixture
def lifecycle(organisation: object) -> Pipeline:  # noqa: ARG001
    """Awareness, Interest (MQL), Decision (SQL), Action, Loyalty."""
    return make_pipeline("five", who=COMMAND_LINE)


@pytest.fixture
def places(lifecycle: Pipeline) -> dict[str, Stage]:
    """The stages of the lifecycle by their names."""
    return {stage.name: stage for stage in stages_of(lifecycle).select_related("pipeline")}


@pytest.fixture
def home(settings: Settings, tmp_path: Path) -> Path:
    """An empty home folder."""
    settings.TRAGT = replace(settings.TRAGT, home=tmp_path)
    return tmp_path


def told() -> list[Told]:
    return [row.properties for row in Pending.objects.filter(name="Lifecycle Stage Entered").order_by("pk")]


def where(person: Person) -> str:
    standing = standing_of(person.pk)
    return standing.stage.name if standing else ""


def happened(*rows: tuple[str, str, float], human: float | None = None, traffic: str | None = None) -> pl.DataFrame:
    """Settled events: name, actor, hours."""
    given_rows = [(name, actor, MARCH + timedelta(hours=hours), human, traffic) for name, actor, hours in rows]
    types = (pl.String(), pl.String(), pl.Datetime("us", "UTC"), pl.Float64(), pl.String())
    schema = pl.Schema(zip(("name", "actor", "time", "human", "traffic"), types, strict=True))
    return pl.DataFrame(given_rows, schema=schema, orient="row")


def test_stage_entered_by_hand_goes_any_way_and_is_told(
    places: dict[str, Stage], ada: Person, make_user: Callable[..., User]
) -> None:
    seller = make_user(Role.SELLER)
    for name in ("Decision", "Interest", "Interest", "Action"):
        enter_stage(ada.pk, places[name].pk, who=Who.of(seller))
    rows = [(row.origin_name, row.stage_name, row.mark, row.how, row.by) for row in passages_of(ada.pk)]
    assert rows == [
        ("", "Decision", "sql", "hand", seller),
        ("Decision", "Interest", "mql", "hand", seller),
        ("Interest", "Action", "", "hand", seller),
    ]
    key = {"stage_key": places["Decision"].pk, "how": "hand"}
    assert told()[0] == {"stage": "Decision", "mark": "sql"} | key
    assert told()[1]["from"] == "Decision"
    row = Pending.objects.filter(name="Lifecycle Stage Entered")[0]
    assert (row.actor, row.company) == ("u:ada", "nordlys")
    standing = standing_of(ada.pk)
    assert standing is not None
    assert standing.mql is not None
    assert standing.sql is not None


def test_stage_of_a_file_leads_forwards_only_and_at_its_own_time(places: dict[str, Stage], ada: Person) -> None:
    for name, hours in (("Interest", 0), ("Awareness", 1)):
        at = MARCH + timedelta(hours=hours)
        enter_stage(ada.pk, places[name].pk, who=COMMAND_LINE, how=How.IMPORT, at=at, cause="import:7")
    (row,) = passages_of(ada.pk)
    assert (row.stage_name, row.at, row.cause, row.how) == ("Interest", MARCH, "import:7", "import")
    assert Pending.objects.get(name="Lifecycle Stage Entered").time == MARCH


def test_stage_of_deals_or_nobody_is_refused(lifecycle: Pipeline, stages: dict[str, Stage], ada: Person) -> None:
    with pytest.raises(InvalidDefinition, match="no stage of the lifecycle"):
        enter_stage(ada.pk, stages["Need"].pk, who=COMMAND_LINE)
    with pytest.raises(NotFound):
        enter_stage(ada.pk + 1, stages_of(lifecycle)[0].pk, who=COMMAND_LINE)
    assert not Standing.objects.exists()


def test_person_of_another_seller_is_not_led(
    places: dict[str, Stage], ada: Person, make_user: Callable[..., User]
) -> None:
    Organisation.objects.update(sellers_change=Reach.OWN)
    ada.owner = make_user(Role.MANAGER)
    ada.save()
    seller = Who.of(make_user(Role.SELLER))
    with pytest.raises(NotAllowed):
        enter_stage(ada.pk, places["Action"].pk, who=seller)
    with pytest.raises(NotAllowed):
        set_mark(ada.pk, "mql", who=seller)
    assert not Passage.objects.exists()


def test_mark_is_set_once_and_told_without_a_stage(places: dict[str, Stage], ada: Person) -> None:
    set_mark(ada.pk, "sql", who=COMMAND_LINE, at=MARCH)
    set_mark(ada.pk, "sql", who=COMMAND_LINE)
    assert where(ada) == "Awareness"
    take_mark(ada.pk, "sql", who=COMMAND_LINE)
    take_mark(ada.pk, "sql", who=COMMAND_LINE)
    assert told() == [
        {"stage": "Awareness", "stage_key": places["Awareness"].pk, "how": "hand"},
        {"mark": "sql", "how": "hand"},
        {"mark_taken": "sql", "how": "hand"},
    ]
    assert [(row.mark, row.taken) for row in passages_of(ada.pk)] == [("", False), ("sql", False), ("sql", True)]
    standing = standing_of(ada.pk)
    assert standing is not None
    assert standing.sql is None
    with pytest.raises(InvalidDefinition, match="mql, sql"):
        set_mark(ada.pk, "vip", who=COMMAND_LINE)


def test_mark_without_a_lifecycle_is_refused(ada: Person) -> None:
    with pytest.raises(InvalidDefinition, match="Make one"):
        set_mark(ada.pk, "mql", who=COMMAND_LINE)


@pytest.mark.usefixtures("places")
def test_event_leads_whoever_it_happened_to_forwards(ada: Person) -> None:
    rows = happened(("Form Submitted", "a:1", 1), ("Deal Won", "u:ada", 2), ("Meeting Booked", "u:ada", 3))
    Edge.objects.create(kind=EdgeKind.CLAIM, actor="a:1", user="u:ada", at=MARCH, cause="x")
    hear_events(rows, "collect:1")
    passed = [(row.stage_name, row.mark, row.how, row.cause) for row in passages_of(ada.pk)]
    assert passed == [("Interest", "mql", "event", "collect:1"), ("Action", "", "event", "collect:1")]
    hear_events(rows, "collect:1")
    assert Passage.objects.count() == 2


@pytest.mark.usefixtures("places")
def test_event_of_robots_own_people_and_strangers_leads_nowhere(ada: Person) -> None:
    rows = [("Form Submitted", actor, 1) for actor in ("u:ada", "a:stranger", "u:nobody")]
    hear_events(happened(*rows, human=0.1), "collect:1")
    hear_events(happened(*rows, traffic="own"), "collect:1")
    hear_events(happened(*rows[1:]), "collect:1")
    hear_events(happened(("Page Viewed", "u:ada", 1)), "collect:1")
    ada.struck = MARCH
    ada.save()
    hear_events(happened(*rows), "collect:1")
    assert not Passage.objects.exists()


@pytest.mark.usefixtures("places")
def test_event_of_merged_users_leads_their_one_person(ada: Person) -> None:
    Identifier.objects.create(actor="u:zoe", person=Person.objects.create(name="Zoe"))
    merge("u:ada", "u:zoe", who=COMMAND_LINE)
    hear_events(happened(("Form Submitted", "u:zoe", 1)), "collect:1")
    assert list(Standing.objects.values_list("person", flat=True)) == [ada.pk]


@pytest.mark.usefixtures("home", "places")
@pytest.mark.django_db(transaction=True)
def test_deal_that_is_won_leads_its_contact_as_it_settles(make_deal: OpenDeal, ada: Person) -> None:
    win_deal(make_deal(contact=ada.pk).pk, who=COMMAND_LINE)
    settler = Settler()
    settler.settle()
    assert where(ada) == "Action"
    assert [row["stage"] for row in told()] == ["Decision", "Action"]
    settler.settle()
    assert not Pending.objects.exists()


def test_subscriber_that_fails_is_passed_over_unless_the_database_is_in_trouble(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(problem: Exception) -> Callable[[pl.DataFrame, str], None]:
        def hear(_rows: pl.DataFrame, _cause: str) -> None:
            raise problem

        return hear

    heard: list[str] = []
    rows = happened(("A", "u:1", 0))
    monkeypatch.setattr(
        subscribers, "_subscribers", [failing(ValueError("no")), lambda _rows, cause: heard.append(cause)]
    )
    subscribers.publish(rows, "collect:1")
    subscribers.publish(rows.clear(), "collect:2")
    assert heard == ["collect:1"]
    assert "collect:1" in caplog.text
    monkeypatch.setattr(subscribers, "_subscribers", [failing(OperationalError("locked"))])
    with pytest.raises(OperationalError):
        subscribers.publish(rows, "collect:3")


def put_rule(stage: Stage, rule: Rule) -> None:
    edit_stage(stage.pk, {"rule": rule.as_json}, who=COMMAND_LINE)


def test_rule_leads_when_a_person_changes_and_only_forwards(places: dict[str, Stage], ada: Person) -> None:
    put_rule(places["Interest"], Rule(Compare("plan", "equals", "trial")))
    put_rule(places["Action"], Rule(AllOf((Compare("plan", "equals", "pro"), Compare("company", "is_set")))))
    edit_person(ada.pk, {"company": "Nordlys", "traits": {"plan": "pro"}}, who=COMMAND_LINE)
    assert where(ada) == "Action"
    edit_person(ada.pk, {"traits": {"plan": "trial"}}, who=COMMAND_LINE)
    assert where(ada) == "Action"
    put_rule(places["Interest"], Rule(Compare("plan", "equals", "trial"), backwards=True))
    edit_person(ada.pk, {"name": "Ada L."}, who=COMMAND_LINE)
    assert [(row.origin_name, row.stage_name, row.how) for row in passages_of(ada.pk)] == [
        ("", "Action", "rule"),
        ("Action", "Interest", "rule"),
    ]


def test_rule_leads_those_who_settle(places: dict[str, Stage]) -> None:
    put_rule(places["Decision"], Rule(Compare("size", "greater", 50)))
    learn(call("identify", user="u:1", traits={"size": 51}), call("identify", user="u:2", traits={"size": 50}))
    assert [row.stage_name for row in Passage.objects.all()] == ["Decision"]


def test_rule_that_changes_is_applied_to_everybody_by_a_job(places: dict[str, Stage], ada: Person) -> None:
    put_rule(places["Decision"], Rule(Compare("email", "contains", "@nordlys")))
    assert not Passage.objects.exists()
    (asked,) = Job.objects.filter(name="crm.apply_rules")
    assert asked.arguments == {}
    for _ in range(2):
        rules_job(Progress(asked))
    assert where(ada) == "Decision"
    assert Passage.objects.count() == 1


def test_many_changes_at_once_are_left_to_the_job(places: dict[str, Stage]) -> None:
    hear_changes(range(5000))
    assert not Job.objects.exists()
    put_rule(places["Decision"], Rule(Compare("email", "is_set")))
    Job.objects.all().delete()
    hear_changes(range(5000))
    assert Job.objects.get().name == "crm.apply_rules"


def test_rules_and_passages_take_as_many_queries_for_one_as_for_many(places: dict[str, Stage]) -> None:
    put_rule(places["Interest"], Rule(Compare("email", "is_set")))
    put_rule(places["Action"], Rule(Compare("email", "contains", "dk")))
    counts = []
    for number in (1, 60):
        made = Person.objects.bulk_create(Person(email=f"{number}-{one}@x.dk") for one in range(number))
        Identifier.objects.bulk_create(Identifier(actor=f"u:{number}-{row.pk}", person=row) for row in made)
        with CaptureQueriesContext(connection) as asked:
            assert apply_rules([row.pk for row in made]) == number
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 12


def test_stage_of_the_lifecycle_is_removed_only_with_a_place_for_its_persons(
    lifecycle: Pipeline, places: dict[str, Stage], ada: Person
) -> None:
    enter_stage(ada.pk, places["Decision"].pk, who=COMMAND_LINE)
    assert numbers_in(lifecycle) == {places["Decision"].pk: 1}
    with pytest.raises(InvalidDefinition, match="1 are in 'Decision'"):
        remove_stage(places["Decision"].pk, who=COMMAND_LINE)
    remove_stage(places["Decision"].pk, who=COMMAND_LINE, to=places["Interest"].pk)
    assert where(ada) == "Interest"
    assert told()[-1]["from"] == "Decision"


def test_stage_of_an_earlier_lifecycle_holds_nobody_back(
    lifecycle: Pipeline, places: dict[str, Stage], ada: Person
) -> None:
    enter_stage(ada.pk, places["Loyalty"].pk, who=COMMAND_LINE)
    archive_pipeline(lifecycle.pk, who=COMMAND_LINE)
    make_pipeline("aida", who=COMMAND_LINE)
    hear_events(happened(("Email Clicked", "u:ada", 1)), "collect:1")
    assert [row.origin_name for row in passages_of(ada.pk).order_by("pk")] == ["", "Loyalty"]


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 50)), max_size=8))
def test_arrivals_property_of_events_never_lead_back(lifecycle: Pipeline, steps: list[tuple[int, int]]) -> None:
    stages = list(stages_of(lifecycle).select_related("pipeline"))
    person = Person.objects.create(name="x")
    arrivals = [Arrival(person.pk, stages[place], MARCH + timedelta(hours=hours)) for place, hours in steps]
    arrive(arrivals, how=How.EVENT)
    passed = [row.stage.position for row in Passage.objects.filter(person=person)]
    assert passed == sorted(set(passed))
    if steps:
        assert where(person) == stages[max(place for place, _ in steps)].name
