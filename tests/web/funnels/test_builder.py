"""Building a funnel: what its buttons do, what comes of the fields, and where a mistake is said."""

import html
import re
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest
from django.http import QueryDict
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from tests.funnel.strategies import GRIDS, funnels
from tests.web.funnels.test_definition import elaborate
from tragt import AllOf, AnyOf, Compare, Exclude, Funnel, Step, read
from tragt.events.log import EventLog
from tragt.funnel.stages import Pipeline, stage_funnel
from tragt.web.funnels.actions import save
from tragt.web.funnels.asked import Asked
from tragt.web.funnels.building.buttons import changed
from tragt.web.funnels.building.draft import PARTS, Draft, DraftCondition, DraftMatch, DraftStep, read_draft
from tragt.web.funnels.building.filling import draft_of
from tragt.web.funnels.building.reading import Known, build
from tragt.web.funnels.models import SavedFunnel
from tragt.web.shell.acting import COMMAND_LINE

KINDS = {"amount": "number", "paid": "truth", "day": "date", "at": "time", "zip": "text"}
Fields = dict[str, Any]
DIGITS = "9" * 5000

FIELDS: Fields = {
    "name": "",
    "steps": "2",
    "step-0-name": "e:Visited",
    "step-1-name": "e:Paid",
    "unit": "person",
    "amount": "14",
    "scale": "days",
    "period": "all",
    "start": "",
    "end": "",
    "order": "ordered",
    "count": "best",
    "do": "save",
}


def posted(**fields: Any) -> QueryDict:
    given = QueryDict(mutable=True)
    for name, value in (FIELDS | fields).items():
        given.setlist(name, value if isinstance(value, list) else [value])
    return given


def sent(**fields: Any) -> Fields:
    return FIELDS | {name.replace("_", "-"): value for name, value in fields.items()}


def form_of(draft: Draft) -> QueryDict:
    """The fields of a draft as a browser sends them."""
    texts = (one.name for one in fields(Draft) if isinstance(getattr(draft, one.name), str) and one.name != "entry")
    given = posted(**{name: getattr(draft, name) for name in texts}, steps=str(len(draft.steps)))
    for name in ("hold", "among", "breakdowns"):
        given.setlist(name, list(getattr(draft, name)))
    if draft.entry == "any":
        given["entry"] = "on"
    for part in PARTS:
        for place, row in enumerate(draft.rows(part)):
            _put(given, f"{part}-{place}-", row)
    return given


def _put(given: QueryDict, field: str, row: DraftMatch) -> None:
    given.setlist(field + "name", list(row.names))
    for name in ("property", "operator", "value", "joint"):
        given.setlist(field + name, [getattr(one, name) for one in row.conditions])
    for one in fields(row):
        held = getattr(row, one.name)
        if one.name not in ("names", "conditions") and held is not None and held is not False:
            given[field + one.name] = str(held)


PIPELINE = stage_funnel(Pipeline(("Contact", "Offer")))
COMPLICATED = Funnel.of(
    Step(("A",), AnyOf((Compare("p", "equals", 1), Compare("q", "equals", "x")))),
    Step(("B", "C"), AllOf((Compare("p", "greater", 2.5), Compare("q", "in", ("1", 2)))), label="B-ish"),
    "D",
    window="36h",
    exclude=Exclude(("X",), 1, 2),
    lost="L",
    reopen="R",
    hold="p",
    where=Compare("country", "equals", "DK"),
    robots=True,
)


@pytest.mark.parametrize("funnel", [PIPELINE, COMPLICATED, Funnel.of("A", "B", window="session")])
def test_funnel_that_is_saved_unchanged_stays_what_it_was(funnel: Funnel) -> None:
    draft = draft_of(funnel, "name", Asked())

    assert read_draft(form_of(draft)) == draft
    built = build(draft, Known(), funnel)
    assert (built.mistakes, built.funnel) == ((), funnel)


@pytest.mark.soak
@given(st.sampled_from(GRIDS).flatmap(funnels) | elaborate())
def test_any_funnel_that_is_saved_unchanged_keeps_its_steps(funnel: Funnel) -> None:
    built = build(draft_of(funnel, "", Asked()), Known(), funnel)

    if built.funnel is not None:
        assert [set(step.names) for step in built.funnel.steps] == [set(step.names) for step in funnel.steps]
        assert built.funnel.order == funnel.order
    else:
        assert built.mistakes


def test_chosen_stages_become_a_stage_funnel() -> None:
    draft = Draft(
        unit="deal",
        scale="none",
        steps=(DraftStep(("s:Contact",)), DraftStep(("s:Offer",)), DraftStep(("e:Deal Won",))),
        lost=(DraftMatch(("e:Deal Lost",)),),
    )
    funnel = build(draft, Known()).funnel

    assert funnel is not None
    assert funnel.steps == PIPELINE.steps
    assert (funnel.skips, funnel.lost, funnel.window) == (PIPELINE.skips, PIPELINE.lost, None)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (("amount", "greater", "1,5"), Compare("amount", "greater", 1.5)),
        (("amount", "in", "1 | 2"), Compare("amount", "in", (1, 2))),
        (("zip", "equals", "2100"), Compare("zip", "equals", "2100")),
        (("unknown", "equals", "2100"), Compare("unknown", "equals", 2100)),
        (("unknown", "equals", "x"), Compare("unknown", "equals", "x")),
        (("paid", "equals", "Ja"), Compare("paid", "equals", value=True)),
        (("day", "less", "2026-12-31"), Compare("day", "less", date(2026, 12, 31))),
        (("amount", "contains", "1"), Compare("amount", "contains", "1")),
        (("zip", "is_set", "ignored"), Compare("zip", "is_set")),
    ],
)
def test_value_of_a_condition_is_read_as_the_property_holds_it(line: tuple[str, str, str], expected: Compare) -> None:
    steps = (DraftStep(("e:A",)), DraftStep(("e:B",), conditions=(DraftCondition(*line),)))
    funnel = build(Draft(steps=steps), Known(kinds=KINDS)).funnel

    assert funnel is not None
    where = funnel.steps[1].where
    assert where == expected
    assert isinstance(where, Compare)
    assert type(where.value) is type(expected.value)


@pytest.mark.parametrize(
    ("fields", "field", "says"),
    [
        ({"step-1-name": ""}, "step-1", "Choose what happens"),
        ({"steps": "1"}, "steps", "at least two steps"),
        ({"step-1-name": ["e:A", "s:Offer"]}, "step-1", "cannot be alternatives"),
        ({"steps": "3", "step-0-optional": "on", "step-2-name": "e:C"}, "steps", "cannot be optional"),
        ({"amount": "soon"}, "window", "30 days"),
        ({"amount": "0"}, "window", "30 days"),
        ({"amount": "36526"}, "window", "a hundred years"),
        ({"amount": "9" * 4000, "scale": "weeks"}, "window", "a hundred years"),
        (
            {"step-1-property": "amount", "step-1-operator": "greater", "step-1-value": "9" * 40},
            "step-1-condition-0",
            "too large",
        ),
        (
            {"step-1-property": "p", "step-1-operator": "in", "step-1-value": "1 | " + "9" * 40},
            "step-1-condition-0",
            "too large",
        ),
        ({"scale": "none", "count": "every"}, "count", "there must be a window"),
        ({"order": "sideways"}, "order", "in which order"),
        ({"count": "twice"}, "count", "which attempts"),
        ({"unit": "cat"}, "unit", "what is counted"),
        ({"period": "soon"}, "period", "Choose a period"),
        ({"period": "fixed"}, "period", "first day"),
        ({"period": "fixed", "start": "31/12/26"}, "period", "2026-12-31"),
        ({"period": "fixed", "start": "2026-02-01", "end": "2026-01-01"}, "period", "before the first"),
        ({"lost-0-name": "e:Paid"}, "lost", "both a step and a loss"),
        ({"step-1-property": "", "step-1-operator": "equals", "step-1-value": "x"}, "step-1-condition-0", "Name"),
        ({"step-1-property": "p", "step-1-operator": "equals", "step-1-value": ""}, "step-1-condition-0", "value"),
        (
            {"step-1-property": "amount", "step-1-operator": "less", "step-1-value": "x"},
            "step-1-condition-0",
            "numbers",
        ),
        (
            {"step-1-property": "paid", "step-1-operator": "equals", "step-1-value": "x"},
            "step-1-condition-0",
            "yes or no",
        ),
        ({"step-1-property": "day", "step-1-operator": "less", "step-1-value": "x"}, "step-1-condition-0", "dates"),
        ({"step-1-property": "p", "step-1-operator": "like", "step-1-value": "x"}, "step-1-condition-0", "compared"),
        ({"step-1-property": "p", "step-1-operator": "in", "step-1-value": " | "}, "step-1-condition-0", "value"),
    ],
)
def test_mistake_is_said_at_its_field(fields: Fields, field: str, says: str) -> None:
    built = build(read_draft(posted(**fields)), Known(kinds=KINDS))

    assert built.funnel is None or built.asked is None
    assert [one.field for one in built.mistakes] == [field]
    assert says in built.mistakes[0].text


START = Draft(steps=(DraftStep(("e:A",)), DraftStep(("e:B",)), DraftStep(("e:C",))))


@pytest.mark.parametrize(
    ("do", "names", "focus"),
    [
        ("add", ["A", "B", "C", ""], "step-3-name-0"),
        ("drop-1", ["A", "C"], "add"),
        ("up-2", ["A", "C", "B"], "up-1"),
        ("up-1", ["B", "A", "C"], "down-0"),
        ("up-0", ["A", "B", "C"], ""),
        ("down-0", ["B", "A", "C"], "down-1"),
        ("down-1", ["A", "C", "B"], "up-2"),
        ("down-2", ["A", "B", "C"], ""),
        ("drop-7", ["A", "B", "C"], ""),
        ("drop", ["A", "B", "C"], ""),
        ("explode-1", ["A", "B", "C"], ""),
        ("", ["A", "B", "C"], ""),
    ],
)
def test_button_moves_steps_and_leaves_the_focus_where_the_hand_is(do: str, names: list[str], focus: str) -> None:
    turned, to = changed(START, do)

    assert ([step.names[0].removeprefix("e:") for step in turned.steps], to) == (names, focus)


@pytest.mark.soak
@given(
    st.lists(
        st.from_regex(
            r"(add|drop|up|down|or|unor|and|in|unand|forget)(-(step|lost|reopen|exclude|where|among|x))?(-[0-9]){0,2}",
            fullmatch=True,
        ),
        max_size=60,
    )
)
def test_no_row_of_buttons_breaks_a_draft(buttons: list[str]) -> None:
    draft = START
    for button in buttons:
        draft, _ = changed(draft, button)
        assert read_draft(form_of(draft)) == draft
        assert len(draft.steps) <= 20


@pytest.mark.django_db
def test_funnel_is_built_step_by_step_without_scripts(
    visitors: None,  # noqa: ARG001
    owner_client: Client,
) -> None:
    page = owner_client.get("/funnels/new/")
    assert re.search(r'<option value="e:Signed Up">Signed Up \(4\)</option>', page.content.decode())
    fields = sent(do="add", step_0_name="e:Visited", step_1_name="e:Signed Up")
    added = owner_client.post("/funnels/new/", fields)
    assert (added.status_code, len(added.context["form"].steps)) == (200, 3)
    assert not SavedFunnel.objects.exists()
    whole = fields | {"do": "save", "steps": "3", "step-2-name": "e:Paid"}
    saved = owner_client.post("/funnels/new/", whole)
    row = SavedFunnel.objects.get()
    assert saved.headers["Location"] == f"/funnels/{row.pk}/"
    assert row.funnel == Funnel.of("Visited", "Signed Up", "Paid", window="14d")
    assert (row.name, row.proposed, row.owner_id) == (
        "Visited → Paid",
        False,
        owner_client.session["_auth_user_id"] and row.owner_id,
    )


@pytest.mark.parametrize(
    ("name", "operator", "value", "entered"),
    [
        ("member", "equals", "true", 2),
        ("member", "not_equals", "yes", 1),
        ("signed", "less", "2026-01-03", 1),
        ("at", "greater", "2026-01-03T12:00", 1),
        ("amount", "greater", "1,5", 2),
        ("amount", "equals", "1", 1),
        ("code", "in", "0042 | x", 2),
    ],
)
@pytest.mark.django_db
def test_condition_that_is_built_finds_its_events_in_the_log(
    bring: Callable[[EventLog], None], owner_client: Client, name: str, operator: str, value: str, entered: int
) -> None:
    days = [datetime(2026, 1, day, 9, tzinfo=UTC) for day in (2, 3, 4)]
    paid = {
        "member": [True, True, False],
        "signed": [day.date() for day in days],
        "at": days,
        "amount": [1, 2, 3],
        "code": ["0042", "x", "y"],
    }
    persons = ["ann", "bo", "cy"]
    visits = pl.DataFrame({"person": persons, "event": ["Visited"] * 3, "time": [datetime(2026, 1, 1, tzinfo=UTC)] * 3})
    payments = pl.DataFrame({"person": persons, "event": ["Paid"] * 3, "time": days} | paid)
    bring(read(pl.concat([visits, payments], how="diagonal")))

    asked = {"step-1-property": name, "step-1-operator": operator, "step-1-value": value}
    saved = owner_client.post("/funnels/new/", FIELDS | asked)

    page = owner_client.get(saved.headers["Location"]).context["page"]
    assert [step.entered for step in page.report.steps] == [3, entered]


@pytest.mark.parametrize("fields", [{"steps": DIGITS}, {"do": f"up-{DIGITS}"}, {"step-0-origin": DIGITS}])
@pytest.mark.django_db
def test_number_of_any_length_is_read_or_left(
    visitors: None,  # noqa: ARG001
    owner_client: Client,
    fields: Fields,
) -> None:
    saved = save(COMMAND_LINE, Funnel.of("Visited", "Paid"))
    for address in ("/funnels/new/", f"/funnels/{saved.pk}/edit/"):
        assert owner_client.post(address, FIELDS | fields).status_code in (200, 302, 422)
    for key in (DIGITS, str(saved.pk), "²"):
        assert owner_client.post("/funnels/preview/", FIELDS | fields | {"saved": key}).status_code == 200
    assert owner_client.post("/funnels/preview/", FIELDS | {"saved": "9" * 19}).status_code in (200, 404)


@pytest.mark.django_db
def test_control_characters_are_left_out_of_names_and_conditions(
    visitors: None,  # noqa: ARG001
    owner_client: Client,
) -> None:
    asked = {"step-1-property": "p\0q", "step-1-operator": "equals", "step-1-value": "a\0\x1bb"}
    owner_client.post("/funnels/new/", FIELDS | asked | {"name": "My\0 own\n one"})
    row = SavedFunnel.objects.get()
    assert (row.name, row.funnel.steps[1].where) == ("My own one", Compare("pq", "equals", "ab"))
    owner_client.post(f"/funnels/{row.pk}/rename/", {"name": "a\0b"})
    row.refresh_from_db()
    assert row.name == "ab"
    assert save(COMMAND_LINE, Funnel.of("A\0", "B")).name == "A → B"


@pytest.mark.django_db
def test_definition_that_no_longer_holds_is_said_and_built_anew(
    visitors: None,  # noqa: ARG001
    owner_client: Client,
) -> None:
    saved = save(COMMAND_LINE, Funnel.of("Visited", "Paid", window="14d"), "Mine")
    long = saved.definition.replace("1209600000000", str(60_479_999_395_200_000_000))
    assert long != saved.definition
    SavedFunnel.objects.update(definition=long)

    shown = owner_client.get(f"/funnels/{saved.pk}/").content.decode()
    assert "a hundred years" in shown
    assert f"/funnels/{saved.pk}/delete/" in shown
    page = owner_client.get(f"/funnels/{saved.pk}/edit/")
    assert "a hundred years" in page.content.decode()
    assert page.context["form"].draft.name == "Mine"
    owner_client.post(f"/funnels/{saved.pk}/rename/", {"name": "Yours"})
    assert owner_client.post("/funnels/preview/", FIELDS | {"saved": str(saved.pk)}).status_code == 200
    owner_client.post(f"/funnels/{saved.pk}/edit/", FIELDS | {"step-0-keeps": "on", "step-0-origin": "0"})
    saved.refresh_from_db()
    assert saved.funnel == Funnel.of("Visited", "Paid", window="14d")


@pytest.mark.django_db
def test_mistake_keeps_what_was_typed_and_saves_nothing(
    visitors: None,  # noqa: ARG001
    owner_client: Client,
) -> None:
    page = owner_client.post("/funnels/new/", sent(name="Mine", amount="soon"))

    assert page.status_code == 422
    shown = page.content.decode()
    assert 'value="Mine"' in shown
    assert 'value="soon"' in shown
    assert re.search(r'id="window-wrong">Write how long', shown)
    assert not SavedFunnel.objects.exists()


@pytest.mark.django_db
def test_edited_funnel_takes_the_place_of_the_old_one(
    visitors: None,  # noqa: ARG001
    owner_client: Client,
) -> None:
    saved = save(COMMAND_LINE, COMPLICATED, "Old")
    page = owner_client.get(f"/funnels/{saved.pk}/edit/")
    assert re.search(r'<option value="or" selected>', page.content.decode())
    assert "(where p is 1 or q is <b>x</b>)" in page.content.decode()
    assert "X (not in the log)" in page.content.decode()
    assert "D (not in the log)" in page.content.decode()

    draft = page.context["form"].draft
    owner_client.post(
        f"/funnels/{saved.pk}/edit/", form_of(draft).dict() | dict(form_of(draft).lists()) | {"do": "save"}
    )
    saved.refresh_from_db()
    assert saved.funnel == COMPLICATED


@pytest.mark.django_db
def test_preview_says_the_question_or_what_is_missing(
    visitors: None,  # noqa: ARG001
    owner_client: Client,
) -> None:
    good = owner_client.post("/funnels/preview/", sent())
    bad = owner_client.post("/funnels/preview/", sent(step_1_name=""))

    assert "how many went on to <b>Paid</b> within 14 days?" in good.content.decode()
    assert "Choose what happens at this step." in bad.content.decode()
    assert not SavedFunnel.objects.exists()


@pytest.mark.django_db
def test_button_by_htmx_gives_the_form_alone(
    visitors: None,  # noqa: ARG001
    owner_client: Client,
) -> None:
    part = owner_client.post("/funnels/new/", sent(do="down-0"), headers={"HX-Request": "true"})

    assert part.content.decode().lstrip().startswith("<form")
    assert re.search(r'id="up-1"[^>]*autofocus', part.content.decode())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "operator", "value", "said"),
    [
        ("plan", "equals", "teem", "No event of “A” has “teem” as “plan”. Did you mean “Team”?"),
        ("plan", "in", "Team | solo", "No event of “A” has “solo” as “plan”. Did you mean “Solo”?"),
        ("plan", "equals", "Team", "A where plan is “Team”: 2 of 3 events"),
        ("amount", "greater", "15", "A where amount is over 15: 1 of 3 events"),
        ("plam", "equals", "Team", "No event of “A” has the property “plam”. Did you mean “plan”?"),
    ],
)
def test_preview_warns_of_what_no_event_has_and_counts_what_some_have(
    bring: Callable[[EventLog], None], owner_client: Client, name: str, operator: str, value: str, said: str
) -> None:
    plans = {"person": list("abca"), "event": list("AAAB"), "plan": ["Team", "Solo", "Team", "Other"]}
    bring(read(plans | {"time": ["2026-01-01"] * 4, "amount": [10, 20, 15, 99]}))
    asked = sent(step_0_name="e:A", step_1_name="e:B", step_0_property=name, step_0_operator=operator)
    shown = owner_client.post("/funnels/preview/", asked | {"step-0-value": value})
    kept = owner_client.post("/funnels/new/", asked | {"step-0-value": value}, follow=True)

    assert (said in [str(message) for message in kept.context["messages"]]) == said.startswith("No event")
    assert said in re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html.unescape(shown.content.decode())))


def test_builder_asks_the_database_as_often_for_many_steps_as_for_few(
    happened: Callable[..., None], owner_client: Client, django_assert_max_num_queries: Any
) -> None:
    happened([("p", name, "2026-01-01") for name in "ABCDEFGH"])
    owner_client.get("/funnels/new/")
    counts = []
    for steps in ("AB", "ABCDEFGH"):
        saved = save(COMMAND_LINE, Funnel.of(*steps))
        with django_assert_max_num_queries(17) as asked:
            assert owner_client.get(f"/funnels/{saved.pk}/edit/").status_code == 200
        counts.append(len(asked.captured_queries))
    assert counts[0] == counts[1]
