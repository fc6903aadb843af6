"""Pipelines are made, changed and told apart by time; nothing that changes them makes history untrue."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
import time_machine

from tests.web.crm.conftest import OpenDeal
from tragt.errors import Conflict, InvalidDefinition, NotAllowed
from tragt.events.log import PRECISION, TIME, EventLog
from tragt.funnel import run
from tragt.web.accounts.audit import LEFT_OUT
from tragt.web.accounts.models import AuditRow, Role, User
from tragt.web.crm.actions import move_deal, win_deal
from tragt.web.crm.actions.pipelines import (
    archive_pipeline,
    bring_back_pipeline,
    edit_pipeline,
    make_pipeline,
    shift_pipeline,
)
from tragt.web.crm.actions.reasons import add_reason, archive_reason, bring_back_reason, rename_reason, shift_reason
from tragt.web.crm.actions.requirements import REQUIRABLE
from tragt.web.crm.actions.stages import (
    add_stage,
    bring_back_stage,
    edit_stage,
    order_stages,
    remove_stage,
    shift_stage,
)
from tragt.web.crm.blueprints import BLUEPRINTS, Blueprint
from tragt.web.crm.models import Deal, LostReason, Move, Pipeline, PipelineKind, PipelineVersion, Stage
from tragt.web.crm.queries import lost_reasons, pipelines, stages_of
from tragt.web.crm.queries.funnels import funnel_of
from tragt.web.crm.queries.pipelines import names_ever, numbers_in, open_numbers, removed_stages, stages_at
from tragt.web.outbox.models import Pending
from tragt.web.people.models import Person
from tragt.web.shell.acting import COMMAND_LINE, Who

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]

Stages = dict[str, Stage]
JANUARY = datetime(2026, 1, 15, 9, tzinfo=UTC)
DEALS = [one for one in BLUEPRINTS if one.kind == PipelineKind.DEALS]


def log_of(rows: Sequence[Mapping[str, object]]) -> EventLog:
    """An event log of rows as the lake has them."""
    frame = pl.DataFrame(rows, infer_schema_length=None)
    exact = pl.lit("exact").cast(PRECISION)
    return EventLog(frame.with_columns(pl.col("time").cast(TIME), precision=exact), zone=ZoneInfo("UTC"))


def names(pipeline: Pipeline) -> list[str]:
    return list(stages_of(pipeline).values_list("name", flat=True))


@pytest.mark.parametrize("plan", DEALS, ids=lambda plan: plan.code)
def test_blueprint_probabilities_are_the_product_of_the_targets_from_there_on(plan: Blueprint) -> None:
    going_on = 1.0
    for stage in reversed(plan.stages):
        assert stage.target is not None
        assert stage.probability is not None
        going_on *= stage.target / 100
        assert stage.probability == pytest.approx(100 * going_on, abs=2.5), stage.name


@pytest.mark.parametrize("plan", BLUEPRINTS, ids=lambda plan: plan.code)
def test_blueprint_becomes_a_pipeline_whose_stages_the_actions_accept(plan: Blueprint) -> None:
    made = make_pipeline(plan.code, who=COMMAND_LINE)
    assert made.name == str(plan.name)
    rows = list(stages_of(made))
    assert [row.level for row in rows] == sorted((row.level for row in rows), key=["tofu", "mofu", "bofu"].index)
    assert len({row.name for row in rows}) == len(rows) == len(plan.stages)
    assert all(row.criteria and row.playbook and set(row.required) <= set(REQUIRABLE) for row in rows)
    for row in rows:
        said = ("name", "probability", "level", "criteria", "required", "playbook", "rotting_days", "target", "mark")
        edit_stage(row.pk, {name: getattr(row, name) for name in (*said, "enters_on")}, who=COMMAND_LINE)
    assert list(stages_of(made).values()) == [
        {**before, "pipeline_id": made.pk} for before in Stage.objects.filter(pk__in=[row.pk for row in rows]).values()
    ]


def test_pipeline_made_twice_gets_a_number_and_only_the_first_brings_reasons() -> None:
    first = make_pipeline("b2b", who=COMMAND_LINE)
    LostReason.objects.all().delete()
    add_reason("Ours", who=COMMAND_LINE)
    again = make_pipeline("b2b", who=COMMAND_LINE)
    assert (first.name, again.name) == ("B2B sales", "B2B sales 2")
    assert list(pipelines()) == [first, again]
    assert [row.name for row in lost_reasons()] == ["Ours"]
    with pytest.raises(InvalidDefinition, match="already"):
        make_pipeline("mid", who=COMMAND_LINE, name="B2B sales 2")


def test_second_lifecycle_is_refused_until_the_first_is_archived() -> None:
    first = make_pipeline("five", who=COMMAND_LINE)
    with pytest.raises(InvalidDefinition, match="one only"):
        make_pipeline("aida", who=COMMAND_LINE)
    archive_pipeline(first.pk, who=COMMAND_LINE)
    make_pipeline("aida", who=COMMAND_LINE)
    with pytest.raises(InvalidDefinition, match="one only"):
        bring_back_pipeline(first.pk, who=COMMAND_LINE)


def test_every_change_of_a_pipeline_writes_a_version(pipeline: Pipeline, stages: Stages) -> None:
    acts: list[Callable[[], object]] = [
        lambda: edit_pipeline(pipeline.pk, {"name": "Selling", "market": "mid"}, who=COMMAND_LINE),
        lambda: add_stage(pipeline.pk, {"name": "Talk", "probability": 20}, who=COMMAND_LINE, place=1),
        lambda: edit_stage(stages["Offer"].pk, {"name": "Proposal"}, who=COMMAND_LINE),
        lambda: shift_stage(stages["Close"].pk, -9, who=COMMAND_LINE),
        lambda: remove_stage(stages["Need"].pk, who=COMMAND_LINE),
        lambda: bring_back_stage(stages["Need"].pk, who=COMMAND_LINE),
        lambda: archive_pipeline(pipeline.pk, who=COMMAND_LINE),
        lambda: bring_back_pipeline(pipeline.pk, who=COMMAND_LINE),
    ]
    for act in acts:
        act()
    versions = list(PipelineVersion.objects.filter(pipeline=pipeline))
    assert [row.number for row in versions] == list(range(1, len(acts) + 2))
    assert [[stage["name"] for stage in row.stages] for row in versions[:7]] == [
        ["Contact", "Need", "Offer", "Close"],
        ["Contact", "Need", "Offer", "Close"],
        ["Contact", "Talk", "Need", "Offer", "Close"],
        ["Contact", "Talk", "Need", "Proposal", "Close"],
        ["Close", "Contact", "Talk", "Need", "Proposal"],
        ["Close", "Contact", "Talk", "Proposal"],
        ["Close", "Contact", "Talk", "Proposal", "Need"],
    ]
    assert [row.name for row in versions[:2]] == ["Sales", "Selling"]
    pipeline.refresh_from_db()
    assert pipeline.version == versions[-1].number
    rows = AuditRow.objects.filter(verb="pipelines.edit").exclude(target="")
    assert rows.count() == len(acts)
    assert LEFT_OUT not in str(list(rows.values_list("details", flat=True)))


def test_stages_at_a_moment_are_those_of_then() -> None:
    with time_machine.travel(JANUARY, tick=False):
        made = make_pipeline("renewal", who=COMMAND_LINE)
    first = stages_of(made)[0]
    with time_machine.travel(JANUARY + timedelta(days=10), tick=False):
        edit_stage(first.pk, {"name": "Alive", "probability": 50}, who=COMMAND_LINE)
    assert stages_at(made, JANUARY - timedelta(seconds=1)) == []
    then, now = (stages_at(made, JANUARY + timedelta(days=days))[0] for days in (9, 10))
    assert (then.key, then.name, then.probability) == (first.pk, "Running", 85)
    assert (now.key, now.name, now.probability) == (first.pk, "Alive", 50)
    assert names_ever(made)[first.pk] == ("Alive", "Running")


def test_change_of_a_pipeline_somebody_changed_meanwhile_is_a_conflict(stages: Stages) -> None:
    edit_stage(stages["Need"].pk, {"target": 50}, who=COMMAND_LINE, version=1)
    with pytest.raises(Conflict):
        edit_stage(stages["Need"].pk, {"target": 60}, who=COMMAND_LINE, version=1)
    stages["Need"].refresh_from_db()
    assert stages["Need"].target == 50


def test_seller_may_not_change_pipelines(pipeline: Pipeline, make_user: Callable[..., User]) -> None:
    with pytest.raises(NotAllowed):
        edit_pipeline(pipeline.pk, {"name": "Mine"}, who=Who.of(make_user(Role.SELLER)))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": " "}, "crm.stage_name"),
        ({"name": "Close"}, "crm.stage_name_taken"),
        ({"probability": 101}, "crm.stage_value"),
        ({"probability": True}, "crm.stage_value"),
        ({"rotting_days": 0}, "crm.stage_value"),
        ({"level": "top"}, "crm.stage_value"),
        ({"required": ["value", "custom.budget", "budget"]}, "crm.requirable"),
        ({"required": ["custom."]}, "crm.requirable"),
        ({"enters_on": ["Deal Won"]}, "crm.stage_field"),
        ({"position": 3}, "crm.stage_field"),
    ],
)
def test_stage_refuses_what_it_cannot_have(stages: Stages, changes: dict[str, object], code: str) -> None:
    with pytest.raises(InvalidDefinition) as refused:
        edit_stage(stages["Need"].pk, changes, who=COMMAND_LINE)
    assert refused.value.code == code


def test_lifecycle_stage_refuses_a_rule_that_is_none() -> None:
    stage = stages_of(make_pipeline("five", who=COMMAND_LINE))[0]
    for rule in ({"when": {"type": "compare"}}, {"when": {"type": "all", "parts": []}}, {"if": 1}):
        with pytest.raises(InvalidDefinition):
            edit_stage(stage.pk, {"rule": rule}, who=COMMAND_LINE)


def test_stages_are_ordered_only_all_at_once(pipeline: Pipeline, stages: Stages) -> None:
    keys = [stages[name].pk for name in ("Need", "Contact", "Close", "Offer")]
    order_stages(pipeline.pk, keys, who=COMMAND_LINE)
    assert names(pipeline) == ["Need", "Contact", "Close", "Offer"]
    with pytest.raises(InvalidDefinition, match="once"):
        order_stages(pipeline.pk, keys[:3], who=COMMAND_LINE)


def test_stage_with_open_deals_is_removed_only_with_a_place_for_them(
    pipeline: Pipeline, stages: Stages, make_deal: OpenDeal, ada: Person, make_user: Callable[..., User]
) -> None:
    manager = make_user(Role.MANAGER)
    open_deal, won = make_deal("Need", contact=ada.pk), make_deal("Need", name="Lights")
    win_deal(won.pk, who=COMMAND_LINE)
    with pytest.raises(InvalidDefinition, match="1 are in 'Need'"):
        remove_stage(stages["Need"].pk, who=Who.of(manager))
    Pending.objects.all().delete()
    remove_stage(stages["Need"].pk, who=Who.of(manager), to=stages["Offer"].pk)
    assert names(pipeline) == ["Contact", "Offer", "Close"]
    open_deal.refresh_from_db()
    won.refresh_from_db()
    assert (open_deal.stage, open_deal.version, won.stage) == (stages["Offer"], 2, stages["Need"])
    first, last = Move.objects.filter(deal=open_deal)
    assert (last.origin_name, last.stage_name, last.by, last.left) == ("Need", "Offer", manager, None)
    assert first.left == last.at == open_deal.entered
    told = Pending.objects.get()
    assert (told.name, told.actor, told.properties["to"]) == ("Deal Stage Entered", "u:ada", "Offer")
    assert [row.name for row in removed_stages(pipeline)] == ["Need"]


def test_last_stage_and_a_used_pipeline_stay(stages: Stages, pipeline: Pipeline, make_deal: OpenDeal) -> None:
    deal = make_deal("Close")
    for name in ("Contact", "Need", "Offer"):
        remove_stage(stages[name].pk, who=COMMAND_LINE)
    with pytest.raises(InvalidDefinition, match="only stage"):
        remove_stage(stages["Close"].pk, who=COMMAND_LINE)
    with pytest.raises(InvalidDefinition, match="1 open deals"):
        archive_pipeline(pipeline.pk, who=COMMAND_LINE)
    win_deal(deal.pk, who=COMMAND_LINE)
    assert archive_pipeline(pipeline.pk, who=COMMAND_LINE).archived


def test_stage_comes_back_unless_another_has_its_name(stages: Stages, pipeline: Pipeline) -> None:
    remove_stage(stages["Need"].pk, who=COMMAND_LINE)
    new = add_stage(pipeline.pk, {"name": "Need"}, who=COMMAND_LINE)
    with pytest.raises(InvalidDefinition, match="already"):
        bring_back_stage(stages["Need"].pk, who=COMMAND_LINE)
    edit_stage(new.pk, {"name": "Wish"}, who=COMMAND_LINE)
    bring_back_stage(stages["Need"].pk, who=COMMAND_LINE)
    assert names(pipeline) == ["Contact", "Offer", "Close", "Wish", "Need"]


def test_won_deal_is_renewed_in_the_pipeline_chosen_for_it_until_that_is_archived(
    pipeline: Pipeline, make_deal: OpenDeal, ada: Person
) -> None:
    renewal = make_pipeline("renewal", who=COMMAND_LINE)
    edit_pipeline(pipeline.pk, {"renewal": renewal.pk, "renewal_months": 24}, who=COMMAND_LINE)
    won = win_deal(make_deal(value=1, contact=ada.pk).pk, who=COMMAND_LINE)
    opened = Deal.objects.get(renewal_of=won)
    assert (opened.pipeline, opened.stage.name) == (renewal, "Running")
    with pytest.raises(InvalidDefinition, match="open deals"):
        archive_pipeline(renewal.pk, who=COMMAND_LINE)
    win_deal(opened.pk, who=COMMAND_LINE, confirmed=renewal.stages.get(name="Signing").criteria)
    archive_pipeline(renewal.pk, who=COMMAND_LINE)
    pipeline.refresh_from_db()
    assert pipeline.renewal is None
    with pytest.raises(InvalidDefinition, match="in use"):
        edit_pipeline(pipeline.pk, {"renewal": renewal.pk}, who=COMMAND_LINE)


def test_pipelines_are_put_in_another_order(pipeline: Pipeline) -> None:
    other = make_pipeline("mid", who=COMMAND_LINE)
    shift_pipeline(other.pk, -1, who=COMMAND_LINE)
    assert list(pipelines()) == [other, pipeline]


def test_stages_say_how_many_are_in_them(pipeline: Pipeline, stages: Stages, make_deal: OpenDeal) -> None:
    for _ in range(2):
        make_deal("Need")
    win_deal(make_deal("Need").pk, who=COMMAND_LINE)
    assert numbers_in(pipeline) == {stages["Need"].pk: 2}
    assert open_numbers() == {pipeline.pk: 2}


def test_funnel_over_a_pipeline_matches_what_its_stages_were_called_before(pipeline: Pipeline, stages: Stages) -> None:
    """Counted by hand: five deals; stage Need was called Talk in files, and its old name went to a new stage."""
    edit_stage(stages["Need"].pk, {"name": "Talk"}, who=COMMAND_LINE)
    edit_stage(stages["Need"].pk, {"name": "Want"}, who=COMMAND_LINE)
    new = add_stage(pipeline.pk, {"name": "Talk"}, who=COMMAND_LINE, place=2)
    edit_pipeline(pipeline.pk, {"name": "Selling"}, who=COMMAND_LINE)
    contact, want = stages["Contact"].pk, stages["Need"].pk
    entered, won, lost = "Deal Stage Entered", "Deal Won", "Deal Lost"
    told: list[tuple[str, str, str | None, str, int | None]] = [
        # Recorded here: the name of then, and the key that never changes. Want, then Talk, in both meanings of Talk.
        ("d1", entered, "Contact", "Sales", contact),
        ("d1", entered, "Talk", "Sales", want),
        ("d1", entered, "Talk", "Selling", new.pk),
        ("d1", won, None, "Selling", new.pk),
        # Only as far as the stage that was called Talk once.
        ("d2", entered, "Contact", "Sales", contact),
        ("d2", entered, "Talk", "Sales", want),
        ("d2", lost, None, "Sales", want),
        # From a file: names alone.
        ("d3", entered, "Contact", "Sales", None),
        ("d3", entered, "Need", "Sales", None),
        # Another pipeline with stages of the same names.
        ("d4", entered, "Contact", "Other", None),
        ("d4", entered, "Need", "Other", None),
        ("d5", entered, "Contact", "Selling", contact),
    ]
    rows = [
        {
            "id": str(number),
            "time": JANUARY + timedelta(hours=number),
            "name": name,
            "actor": f"u:{deal}",
            "deal": deal,
            "properties.to": to,
            "properties.pipeline": of,
            "properties.stage_key": key,
        }
        for number, (deal, name, to, of, key) in enumerate(told)
    ]
    report = run(funnel_of(pipeline), log_of(rows))
    steps = {step.name: (step.entered, step.lost) for step in report.steps}
    assert steps == {"Contact": (4, 0), "Want": (3, 1), "Talk": (1, 0), "Offer": (1, 0), "Close": (1, 0), won: (1, 0)}


def test_funnel_over_what_deals_did_here_counts_them(pipeline: Pipeline, stages: Stages, make_deal: OpenDeal) -> None:
    moved = make_deal("Contact")
    make_deal("Contact")
    move_deal(moved.pk, stages["Close"].pk, who=COMMAND_LINE)
    edit_stage(stages["Close"].pk, {"name": "Sign"}, who=COMMAND_LINE)
    win_deal(moved.pk, who=COMMAND_LINE)
    rows = [
        {"id": str(row.pk), "time": row.time, "name": row.name, "actor": "u:x", "deal": row.deal}
        | {f"properties.{name}": row.properties.get(name) for name in ("to", "stage", "pipeline", "stage_key")}
        for row in Pending.objects.order_by("pk")
    ]
    report = run(funnel_of(pipeline), log_of(rows))
    assert [(step.name, step.entered) for step in report.steps] == [
        ("Contact", 2),
        ("Need", 1),
        ("Offer", 1),
        ("Sign", 1),
        ("Deal Won", 1),
    ]


def test_reasons_are_added_renamed_ordered_and_archived(reason: LostReason) -> None:
    other = add_reason("  No   budget ", who=COMMAND_LINE)
    assert other.name == "No budget"
    shift_reason(other.pk, -5, who=COMMAND_LINE)
    rename_reason(reason.pk, "Too expensive", who=COMMAND_LINE)
    assert [row.name for row in lost_reasons()] == ["No budget", "Too expensive"]
    with pytest.raises(InvalidDefinition, match="already"):
        rename_reason(reason.pk, "no BUDGET", who=COMMAND_LINE)
    archive_reason(other.pk, who=COMMAND_LINE)
    assert [row.name for row in lost_reasons()] == ["Too expensive"]
    bring_back_reason(other.pk, who=COMMAND_LINE)
    assert lost_reasons().count() == 2
