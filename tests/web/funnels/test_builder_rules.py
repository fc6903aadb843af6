"""The rules of the builder: stages, exclusions, times, conditions on the unit, comparison; each kept, carried, said."""

import html
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from tests.web.funnels.test_builder import FIELDS, START, form_of, posted
from tests.web.people.conftest import Put, home, put
from tragt import AllOf, AnyOf, Compare, Exclude, Funnel, Match, Member, Step
from tragt.events import read
from tragt.events.log import EventLog
from tragt.funnel.sentence import sentence
from tragt.web.accounts.models import User
from tragt.web.crm.models import Pipeline, PipelineKind, Segment, Stage
from tragt.web.crm.queries.funnels import funnel_of, lifecycle_funnel
from tragt.web.funnels.actions import save
from tragt.web.funnels.asked import Asked
from tragt.web.funnels.building.buttons import changed
from tragt.web.funnels.building.choices import choices_of, places
from tragt.web.funnels.building.draft import Draft, DraftCondition, DraftExclude, DraftMatch, DraftStep, read_draft
from tragt.web.funnels.building.filling import draft_of
from tragt.web.funnels.building.reading import Known, build
from tragt.web.funnels.building.unit_properties import Askable, SegmentOffer
from tragt.web.funnels.models import Compared, SavedFunnel
from tragt.web.funnels.periods import PeriodKind, SavedPeriod
from tragt.web.records.models import Field
from tragt.web.shell.acting import COMMAND_LINE

__all__ = ["home", "put"]


def pipeline_of(name: str, *stages: str, kind: str = PipelineKind.DEALS) -> Pipeline:
    made = Pipeline.objects.create(name=name, kind=kind)
    for position, stage in enumerate(stages):
        Stage.objects.create(pipeline=made, name=stage, position=position)
    return made


@pytest.fixture
def two(organisation: object) -> tuple[Pipeline, Pipeline]:  # noqa: ARG001
    """Two pipelines, each of which has an offer."""
    return pipeline_of("Small", "Need", "Offer"), pipeline_of("Large", "Pilot", "Offer")


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", answer.content.decode())))


@pytest.mark.django_db
def test_funnel_of_a_pipeline_is_said_by_its_stages(two: tuple[Pipeline, Pipeline]) -> None:
    said = sentence(funnel_of(two[0]))

    assert said == (
        "Of the deals that reached “Need”, how many went on to “Offer”, then “Deal Won”, however long it took? "
        "A stage that was skipped counts as reached. “Deal Lost” counts as lost, unless “Deal Reopened” follows. "
        "Each deal counts once, with the attempt that came furthest. The stages and their ends are those of “Small”."
    )


@pytest.mark.django_db
def test_stages_of_two_pipelines_are_told_apart_in_the_sentence_and_in_the_titles(
    two: tuple[Pipeline, Pipeline],
) -> None:
    keys = [one.stages.last().pk for one in two]  # type: ignore[union-attr]
    steps = tuple(DraftStep((f"k:{key}",)) for key in keys)
    built = build(Draft(unit="deal", scale="none", steps=steps), Known(places=places()))

    assert built.funnel is not None
    assert [step.title for step in built.funnel.steps] == ["Offer (Small)", "Offer (Large)"]
    assert "“Offer (Small)” (in “Small”), how many went on to “Offer (Large)” (in “Large”)" in sentence(built.funnel)
    assert "those of" not in sentence(built.funnel)


@pytest.mark.django_db
def test_funnel_of_a_pipeline_opens_as_stages_and_stays_what_it_was(two: tuple[Pipeline, Pipeline]) -> None:
    funnel = funnel_of(two[0])
    need, offer = (f"k:{row.pk}" for row in two[0].stages.all())
    first = min(row.pk for row in two[0].stages.all())
    draft = draft_of(funnel, "", Asked())

    assert [step.names for step in draft.steps] == [(need,), (offer,), (f"p:won:{first}",)]
    assert (draft.lost[0].names, draft.reopen[0].names) == ((f"p:lost:{first}",), (f"p:reopened:{first}",))
    assert not any(row.conditions or row.keeps for row in (*draft.steps, *draft.lost, *draft.reopen))
    assert build(read_draft(form_of(draft)), Known(places=places()), funnel).funnel == funnel
    built_anew = build(replace(draft, skips=""), Known(places=places()))
    assert built_anew.funnel == replace(funnel, name="")
    two[0].stages.update(removed=datetime(2026, 1, 1, tzinfo=UTC))
    moved, _ = changed(draft, "down-0")
    assert [step.where for step in build(moved, Known(places=places()), funnel).funnel.steps[:2]] == [  # type: ignore[union-attr]
        funnel.steps[1].where,
        funnel.steps[0].where,
    ]


@pytest.mark.django_db
def test_stage_keeps_what_is_asked_besides(two: tuple[Pipeline, Pipeline]) -> None:
    draft = draft_of(funnel_of(two[0]), "", Asked())
    asked = replace(draft.steps[1], conditions=(DraftCondition("amount", "greater", "100"),))
    funnel = build(replace(draft, steps=(draft.steps[0], asked, draft.steps[2])), Known(places=places())).funnel

    assert funnel is not None
    assert choices_of(funnel.steps[1].match) == (asked.names, Compare("amount", "greater", 100))
    assert "“Offer” (where amount is over 100), then" in sentence(funnel)


@pytest.mark.django_db
def test_lifecycle_is_a_funnel_of_people_that_counts_them(organisation: object, owner: User, put: Put) -> None:  # noqa: ARG001
    lifecycle = pipeline_of("Leads", "Lead", "Talking", "Customer", kind=PipelineKind.LIFECYCLE)
    lead, talking, customer = lifecycle.stages.all()
    told = "Lifecycle Stage Entered"
    at = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3)]
    put(
        [
            (told, "ann", at[0], {"stage": "Lead", "stage_key": lead.pk}),
            (told, "ann", at[1], {"stage": "Renamed", "stage_key": talking.pk, "mark": "mql"}),
            (told, "bo", at[0], {"stage": "Lead", "stage_key": lead.pk}),
            (told, "cy", at[0], {"stage": "Lead"}),
            (told, "cy", at[2], {"stage": "Customer", "stage_key": customer.pk}),
        ]
    )
    funnel = lifecycle_funnel(lifecycle)
    from tragt.web.funnels.counting.sources import log_of  # noqa: PLC0415

    assert [step.entered for step in funnel.run(log_of(funnel)).steps] == [3, 2, 1]
    draft = draft_of(funnel, "", Asked())
    assert [step.names[0][:2] for step in draft.steps] == ["k:"] * 3
    marked = (DraftStep((f"k:{lead.pk}",)), DraftStep(("m:mql",)))
    built = build(Draft(scale="none", steps=marked), Known(places=places())).funnel
    assert built is not None
    assert [step.title for step in built.steps] == ["Lead", "MQL"]
    assert [step.entered for step in built.run(log_of(built)).steps] == [3, 1]


MIXES: list[tuple[str, tuple[str, ...]]] = [
    ("deal", ("e:Visited", "s:Need", "s:Offer")),
    ("person", ("s:Need", "s:Offer")),
    ("deal", ("m:mql", "s:Need", "s:Offer")),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("unit", "names"), MIXES)
def test_skipped_stages_are_not_reached_where_units_are_mixed(
    organisation: object,  # noqa: ARG001
    unit: str,
    names: tuple[str, ...],
) -> None:
    pipeline_of("Leads", "Lead", kind=PipelineKind.LIFECYCLE)
    draft = Draft(unit=unit, scale="none", steps=tuple(DraftStep((name,)) for name in names))
    known = Known(places=places())

    assert build(draft, known).funnel.skips is None  # type: ignore[union-attr]
    built = build(replace(draft, skips="fill"), known)
    assert [one.field for one in built.mistakes] == ["skips"]
    assert "leave the other steps out" in built.mistakes[0].text


FOUR = replace(START, steps=(*START.steps, DraftStep(("e:D",))), exclude=(DraftExclude(("e:X",), after=1, before=2),))


@pytest.mark.parametrize(
    ("do", "between"),
    [
        ("up-0", (1, 2)),
        ("down-0", (0, 2)),
        ("down-2", (1, 3)),
        ("up-1", (0, 2)),
        ("down-1", (2, 1)),
        ("drop-0", (0, 1)),
        ("drop-1", (0, 1)),
        ("drop-2", (1, 2)),
        ("drop-3", (1, 2)),
        ("add", (1, 2)),
    ],
)
def test_exclusion_goes_with_its_steps(do: str, between: tuple[int, int]) -> None:
    draft, _ = changed(FOUR, do)
    assert [(one.after, one.before) for one in draft.exclude] == [between]


def test_exclusion_that_ends_at_a_step_that_went_ends_at_the_last() -> None:
    draft, _ = changed(replace(FOUR, exclude=(DraftExclude(("e:X",), after=1, before=3),)), "drop-3")
    assert build(draft, Known()).funnel.exclude == (Exclude(("X",), 2),)  # type: ignore[union-attr]


RULED = Funnel.of(
    "A",
    Step("B", within="2d"),
    "C",
    exclude=(Exclude(("X", "Y"), 2, 3, AnyOf((Compare("p", "equals", "q"), Compare("r", "is_set")))), "Z"),
    lost=Match("L", Compare("size", "less", 5)),
    reopen=Match("R", Compare("size", "less", 6)),
    hold=("shop", "product"),
    tolerance="90s",
    where=AllOf((AnyOf((Member("4"), Compare("market", "equals", "b2b"))), Compare("owner", "equals", "Ann"))),
)


@pytest.mark.django_db
def test_every_rule_stands_in_the_fields_and_comes_back() -> None:
    draft = draft_of(RULED, "", Asked())

    assert not any(row.keeps for part in ("step", "lost", "reopen", "exclude", "where") for row in draft.rows(part))
    known = Known(askable=Askable((SegmentOffer("4", "Friends", "person"),)))
    assert build(read_draft(form_of(draft)), known).funnel == RULED


@pytest.mark.parametrize(
    ("fields", "field", "says"),
    [
        ({"step-1-name": "k:99"}, "step-1", "not there any more"),
        ({"step-1-name": ["e:A", "p:won:9"]}, "step-1", "not there any more"),
        ({"step-0-within": "2"}, "step-0-within", "cannot come first"),
        ({"step-1-within": "soon"}, "step-1-within", "2 days"),
        ({"step-1-within": "99999999"}, "step-1-within", "hundred years"),
        ({"hold": list("abcd")}, "hold", "three"),
        ({"tolerance": "-1"}, "tolerance", "2 days"),
        ({"reopen-0-name": "e:R"}, "reopen", "needs something that loses"),
        ({"exclude-0-name": ""}, "exclude-0", "Choose an event"),
        ({"exclude-0-name": "e:Paid"}, "exclude", "nobody would ever pass"),
        ({"exclude-0-name": "e:X", "exclude-0-after": "1"}, "exclude-0", "between two steps"),
        ({"exclude-0-name": "e:X", "exclude-0-before": "0"}, "exclude-0", "between two steps"),
        ({"exclude-0-name": "e:X", "exclude-0-after": "9"}, "exclude-0", "between two steps"),
        (
            {
                "exclude-0-name": "e:X",
                "exclude-0-property": "amount",
                "exclude-0-operator": "equals",
                "exclude-0-value": "x",
            },
            "exclude-0-condition-0",
            "numbers",
        ),
        ({"where-0-property": "", "where-0-operator": "member", "where-0-value": ""}, "where-0-condition-0", "segment"),
        (
            {"where-0-property": "", "where-0-operator": "member", "where-0-value": "8"},
            "where-0-condition-0",
            "others than",
        ),
        (
            {"where-0-property": "created", "where-0-operator": "less", "where-0-value": "x"},
            "where-0-condition-0",
            "dates",
        ),
        (
            {"unit": "session", "where-0-property": "p", "where-0-operator": "is_set", "where-0-value": ""},
            "where",
            "Sessions",
        ),
        ({"skips": "fill", "step-1-within": "2"}, "skips", "no step can"),
        ({"compare": "soon"}, "compare", "stand beside"),
        ({"compare": "before"}, "compare", "nothing before all time"),
        ({"compare": "days", "compare_start": "2026-01-01"}, "compare", "first and the last day"),
        ({"compare": "days", "compare_start": "x"}, "compare", "2026-12-31"),
        ({"compare": "segment", "compare_segment": "8"}, "compare", "others than"),
        ({"compare": "segment", "compare_segment": "9"}, "compare", "Choose a segment"),
        ({"breakdowns": list("abcd")}, "breakdowns", "at most three"),
        ({"value": "x" * 201}, "value", "200"),
    ],
)
@pytest.mark.django_db
def test_mistake_in_a_rule_is_said_at_its_field(fields: dict[str, Any], field: str, says: str) -> None:
    known = Known(kinds={"amount": "number"}, askable=Askable((SegmentOffer("8", "Firms", "company"),)))
    built = build(read_draft(posted(**fields)), known)

    assert [one.field for one in built.mistakes] == [field]
    assert says in built.mistakes[0].text


@pytest.mark.django_db
def test_mistake_in_any_rule_stands_on_the_page_beside_its_field(
    visitors: None,  # noqa: ARG001
    owner_client: Client,
) -> None:
    wrong = {"step-1-within": "soon", "exclude-0-name": "", "hold": list("abcd"), "compare": "before"}
    page = owner_client.post("/funnels/new/", FIELDS | wrong)

    shown = page.content.decode()
    assert page.status_code == 422
    assert re.search(r'id="step-1-within-wrong">Write how long', shown)
    assert re.search(r'id="exclude-0-wrong">Choose an event', shown)
    assert re.search(r'id="compare-wrong">There is nothing', shown)
    assert len(re.findall(r'<details class="opens" id="(?:rules|besides)" open>', shown)) == 2
    assert not SavedFunnel.objects.exists()


@pytest.mark.django_db
def test_funnel_counts_those_of_a_segment_and_says_its_name(
    put: Put,
    owner: User,
    owner_client: Client,
) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    put([(name, one, at, {}) for one in ("ann", "bo") for name in ("Visited", "Paid")])
    segment = Segment.objects.create(kind="person", name="Friends", live=False, owner=owner)
    segment.members.create(key="ann")
    page = owner_client.post("/funnels/new/", FIELDS | {"do": "in-where-0"})
    assert f'<option value="{segment.pk}">Friends</option>' in page.content.decode()
    asked = {"where-0-property": "", "where-0-operator": "member", "where-0-value": str(segment.pk)}
    said = owner_client.post("/funnels/preview/", FIELDS | asked)
    assert "Only people where they are in the segment Friends." in text_of(said)
    saved = owner_client.post("/funnels/new/", FIELDS | asked)
    row = SavedFunnel.objects.get()
    assert row.funnel.where == Member(str(segment.pk))
    page = owner_client.get(saved.headers["Location"]).context["page"]
    assert [step.entered for step in page.report.steps] == [1, 1]


@pytest.mark.django_db
def test_comparison_value_and_breakdowns_are_saved_and_shown_again(
    visitors: None,  # noqa: ARG001
    owner_client: Client,
) -> None:
    besides = {"compare": "days", "compare_start": "2025-01-01", "compare_end": "2025-01-31"}
    owner_client.post("/funnels/new/", FIELDS | besides | {"value": "amount", "breakdowns": ["source", "", "plan"]})
    row = SavedFunnel.objects.get()
    assert Asked.of(row) == Asked(
        compare=Compared.DAYS,
        compare_days=(date(2025, 1, 1), date(2025, 1, 31)),
        value="amount",
        breakdowns=("source", "plan"),
    )
    shown = owner_client.get(f"/funnels/{row.pk}/edit/")
    assert shown.context["form"].draft.compare_end == "2025-01-31"
    assert '<option value="days" selected>' in shown.content.decode()
    assert draft_of(row.funnel, "", Asked(SavedPeriod(PeriodKind.ALL))).compare == "nothing"


@pytest.mark.django_db
def test_second_of_two_editors_is_told_and_keeps_what_was_typed(
    visitors: None,  # noqa: ARG001
    owner_client: Client,
) -> None:
    saved = save(COMMAND_LINE, Funnel.of("Visited", "Paid", window="14d"), "Mine")
    page = owner_client.get(f"/funnels/{saved.pk}/edit/")
    assert f'name="version" value="{saved.version}"' in page.content.decode()
    save(COMMAND_LINE, Funnel.of("Visited", "Signed Up"), "Theirs", saved=saved)
    answer = owner_client.post(f"/funnels/{saved.pk}/edit/", FIELDS | {"name": "Ours", "version": str(saved.version)})
    now = SavedFunnel.objects.get()
    assert (answer.status_code, now.name) == (409, "Theirs")
    assert 'value="Ours"' in answer.content.decode()
    assert f'name="version" value="{now.version}"' in answer.content.decode()
    assert "changed “Theirs”" in text_of(answer)
    owner_client.post(f"/funnels/{saved.pk}/edit/", FIELDS | {"name": "Ours", "version": str(now.version)})
    assert SavedFunnel.objects.get().name == "Ours"


def test_any_of_several_comparisons_can_be_asked() -> None:
    lines = {
        "step-1-property": ["p", "p", "q"],
        "step-1-operator": ["equals", "equals", "is_set"],
        "step-1-value": ["a", "b", ""],
        "step-1-joint": ["and", "or", "and"],
    }
    funnel = build(read_draft(posted(**lines)), Known()).funnel

    assert funnel is not None
    assert funnel.steps[1].where == AllOf(
        (AnyOf((Compare("p", "equals", "a"), Compare("p", "equals", "b"))), Compare("q", "is_set"))
    )


@pytest.mark.django_db
def test_stages_are_offered_by_pipeline_and_counted_apart(
    two: tuple[Pipeline, Pipeline], owner_client: Client, put: Put
) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [(one, stage) for one in two for stage in one.stages.all()]
    told = [
        ({"pipeline": one.name, "to": stage.name, "stage_key": stage.pk}, {"deal": str(one.pk)}) for one, stage in rows
    ]
    put([("Deal Stage Entered", None, at, properties, deal) for properties, deal in told])
    shown = owner_client.get("/funnels/new/").content.decode()
    assert '<optgroup label="Pipeline: Small">' in shown
    small, large = ([f"k:{row.pk}" for row in one.stages.all()] for one in two)
    for value in (*small, *large):
        assert f'<option value="{value}">' in shown
    asked = {"step-0-name": small[0], "step-1-name": small[1], "unit": "deal", "scale": "none"}
    saved = owner_client.post("/funnels/new/", FIELDS | asked)
    page = owner_client.get(saved.headers["Location"]).context["page"]
    assert [(step.name, step.entered) for step in page.report.steps] == [("Need", 1), ("Offer", 1)]
    assert "stage_key" not in f"{page.sentence.question} {page.sentence.rules}"


def suggestions(client: Client, **asked: Any) -> list[tuple[str, int | None]]:
    answer = client.get("/funnels/suggest/", asked)
    assert answer.status_code == 200
    return [(one["value"], one["count"]) for one in answer.json()["options"]]


@pytest.mark.django_db
def test_properties_and_values_of_the_steps_events_are_suggested_with_counts(
    bring: Callable[[EventLog], None], owner_client: Client
) -> None:
    rows = {"person": list("abca"), "event": list("AAAB"), "plan": ["Team", "Solo", "Team", None]}
    bring(read(rows | {"time": ["2026-01-01"] * 4, "size": [None, None, None, 7]}))

    assert suggestions(owner_client, event="e:A") == [("plan", 3)]
    assert suggestions(owner_client, event="e:B") == [("size", 1)]
    assert suggestions(owner_client, event="e:A", property="plan") == [("Team", 2), ("Solo", 1)]
    assert suggestions(owner_client, event="e:A", property="plan", text="so") == [("Solo", 1)]
    assert suggestions(owner_client, event="e:B", property="size") == [("7", 1)]
    assert ("plan", 3) in suggestions(owner_client)


@pytest.mark.django_db
def test_properties_of_units_and_their_few_values_are_suggested(
    two: tuple[Pipeline, Pipeline],  # noqa: ARG001
    home: object,  # noqa: ARG001
    owner_client: Client,
    client_of: Callable[[User], Client],
    make_user: Callable[..., User],
) -> None:
    assert suggestions(owner_client, unit="deal", text="pipe") == [("pipeline", None)]
    assert suggestions(owner_client, unit="deal", property="pipeline") == [("Small", None), ("Large", None)]
    assert suggestions(owner_client, unit="session") == []
    assert client_of(make_user("viewer")).get("/funnels/suggest/").status_code == 403


def test_time_within_is_read_in_its_unit() -> None:
    funnel = build(read_draft(posted(**{"step-1-within": "48", "step-1-scale": "hours"})), Known()).funnel

    assert funnel is not None
    assert funnel.steps[1].within == timedelta(days=2)


@pytest.mark.django_db
def test_date_of_a_custom_field_is_compared_as_it_is_kept() -> None:
    Field.objects.create(kind="person", code="met", title="Met", type="date")
    asked = {"where-0-property": "met", "where-0-operator": "greater", "where-0-value": "2026-01-31"}

    assert build(read_draft(posted(**asked)), Known()).funnel.where == Compare("met", "greater", "2026-01-31")  # type: ignore[union-attr]


def test_row_that_was_never_sent_is_no_row() -> None:
    draft = read_draft(posted(**{"lost-0-name": "e:L", "lost-2-name": "e:M"}))
    assert draft.lost == (DraftMatch(("e:L",)),)
