"""Funnels for programs: what is sent comes back, nobody overwrites anybody, and figures and units agree."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from tests.web.conftest import queries
from tragt import AllOf, AnyOf, Compare, Exclude, Funnel, Match, Member, Step
from tragt.web.accounts.models import Organisation, Role, User
from tragt.web.crm.actions.pipelines import make_pipeline
from tragt.web.crm.models import Segment
from tragt.web.funnels.actions import save
from tragt.web.funnels.api.definitions import Definition, definition_shown, funnel_sent
from tragt.web.funnels.models import SavedFunnel, SharedLink
from tragt.web.shell.acting import COMMAND_LINE

pytestmark = pytest.mark.django_db

PROGRAM = Callable[..., Client]
SHOP = {"steps": [{"names": ["Visited"]}, {"names": ["Signed Up"]}, {"names": ["Paid"]}], "window_seconds": 864_000}


@pytest.fixture
def program(program_of: PROGRAM, owner: User) -> Client:
    """A program of the owner."""
    return program_of(owner)


def sent(program: Client, method: str, path: str, body: Any = None, status: int = 200, tag: str = "") -> Any:
    headers = {"If-Match": tag} if tag else {}
    content = "" if body is None else json.dumps(body)
    answer = program.generic(method, f"/api/v1/funnels{path}", content, "application/json", headers=headers)
    assert answer.status_code == status, answer.content
    return answer.json() if answer.content else None


EVERYTHING = Funnel.of(
    Step(
        ("Visited", "Looked"), AnyOf((Compare("source", "in", ("a", "b")), Compare("day", "greater", date(2026, 1, 1))))
    ),
    Step(("Asked",), within=timedelta(hours=36), optional=True),
    Step(
        ("Paid",),
        AllOf((Compare("amount", "less", float("inf")), Compare("at", "less", datetime(2026, 5, 1, tzinfo=UTC)))),
        label="Bought",
    ),
    window=timedelta(days=30),
    hold=("basket",),
    exclude=Exclude(("Refunded",), 1, 3, Compare("whole", "equals", True)),
    lost=Match(("Lost",)),
    tolerance=timedelta(seconds=0.5),
    where=AllOf((Member("7"), Compare("plan", "equals", "pro"))),
    robots=True,
)


def test_definition_that_is_read_can_be_sent_back() -> None:
    shown = definition_shown(EVERYTHING).model_dump(mode="json", exclude_none=True)
    assert funnel_sent(Definition.model_validate_json(json.dumps(shown))) == EVERYTHING


def test_funnel_is_saved_read_changed_and_deleted(program: Client) -> None:
    asked = {
        "period": "fixed",
        "start": "2026-01-01",
        "end": "2026-01-31",
        "compare": "before",
        "breakdowns": ["source"],
    }
    made = sent(program, "POST", "", {"definition": SHOP, "name": "Shop", **asked}, 201)
    key = made["id"]
    assert made["sentence"].startswith("Of the people who reached “Visited”")
    assert made["definition"]["window_seconds"] == 864_000
    assert {name: made[name] for name in asked} == asked

    answer = program.get(f"/api/v1/funnels/{key}")
    tag = answer.headers["ETag"]
    changed = sent(program, "PATCH", f"/{key}", {"name": "Web shop", "compare": "nothing"}, tag=tag)
    assert (changed["version"], changed["compare"], changed["period"]) == (2, "nothing", "fixed")
    assert changed["definition"] == made["definition"]
    refused = sent(program, "PATCH", f"/{key}", {"name": "Mine"}, 412, tag=tag)
    assert refused["code"] == "funnels.changed"
    sent(program, "DELETE", f"/{key}", status=412, tag=tag)
    sent(program, "DELETE", f"/{key}", status=204)
    sent(program, "GET", f"/{key}", status=404)
    assert sent(program, "POST", f"/{key}/bring-back")["name"] == "Web shop"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"definition": {"steps": [{"names": ["A"]}]}}, "api.invalid"),
        ({"definition": {**SHOP, "order": "any", "exclude": [{"names": ["X"], "after": 2}]}}, "funnel.any_exclusion"),
        ({"definition": SHOP, "compare": "days", "compare_start": "2026-01-01"}, "funnels.days"),
        ({"definition": SHOP, "period": "all", "start": "2026-01-01"}, "funnels.days"),
        ({"definition": SHOP, "compare": "segment"}, "funnels.segment"),
    ],
)
def test_what_means_nothing_is_refused_with_its_reason(program: Client, body: Any, code: str) -> None:
    assert sent(program, "POST", "", body, 422)["code"] == code
    assert not SavedFunnel.objects.exists()


def test_segment_of_another_that_is_not_shared_is_as_one_that_is_not_there(
    program: Client, make_user: Callable[..., User]
) -> None:
    hidden = Segment.objects.create(kind="person", name="Mine", live=True, shared=False, owner=make_user(Role.SELLER))
    body = {"definition": SHOP, "compare": "segment", "compare_segment": hidden.pk}
    there = sent(program, "POST", "", body, 404)
    absent = sent(program, "POST", "", {**body, "compare_segment": 99}, 404)
    assert there["detail"].replace(str(hidden.pk), "99") == absent["detail"]


def test_versions_are_listed_read_and_restored(program: Client) -> None:
    saved = save(COMMAND_LINE, Funnel.of("A", "B"), "One")
    save(COMMAND_LINE, Funnel.of("A", "C"), "Two", saved=saved)
    listed = sent(program, "GET", f"/{saved.pk}/versions?limit=1")
    assert [one["number"] for one in listed["items"]] == [2]
    rest = sent(program, "GET", f"/{saved.pk}/versions?limit=1&cursor={listed['next']}")
    assert ([one["number"] for one in rest["items"]], rest["next"]) == ([1], None)
    first = sent(program, "GET", f"/{saved.pk}/versions/1")
    assert first["definition"]["steps"][1]["names"] == ["B"]
    assert sent(program, "POST", f"/{saved.pk}/versions/1/restore")["version"] == 3
    sent(program, "GET", f"/{saved.pk}/versions/9", status=404)


@pytest.mark.usefixtures("visitors")
def test_figures_and_units_are_those_of_the_page(program: Client) -> None:
    saved = save(COMMAND_LINE, Funnel.of("Visited", "Signed Up", "Paid"), "Shop")
    SavedFunnel.objects.update(targets={"Paid": 0.4})
    figures = sent(program, "GET", f"/{saved.pk}/figures")

    assert figures["state"] == "ready"
    assert [(one["name"], one["entered"], one["target"]) for one in figures["steps"]] == [
        ("Visited", 11, None),
        ("Signed Up", 4, None),
        ("Paid", 2, 0.4),
    ]
    first = figures["steps"][0]
    assert first["entered"] == sum(first[name] for name in ("passed", "lost", "excluded", "expired", "open"))
    rate = figures["steps"][1]["from_previous"]
    assert (rate["rate"], rate["numerator"], rate["denominator"]) == (0.4, 4, 10)
    assert rate["low"] < 0.4 < rate["high"]

    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = sent(program, "GET", f"/{saved.pk}/steps/1/units?outcome=expired&limit=4{cursor}")
        found += [one["unit"] for one in page["items"]]
        cursor = f"&cursor={page['next']}" if page["next"] else None
    assert len(found) == len(set(found)) == first["expired"]
    sent(program, "GET", f"/{saved.pk}/steps/9/units", status=404)
    sent(program, "GET", f"/{saved.pk}/figures?period=fixed", status=422)


@pytest.mark.usefixtures("visitors")
def test_figures_stand_beside_what_the_funnel_is_compared_with(program: Client) -> None:
    beside = {"compare": "days", "compare_start": "2026-03-01", "compare_end": "2026-03-02"}
    stretch = {"period": "fixed", "start": "2026-01-01", "end": "2026-01-31"}
    made = sent(program, "POST", "", {"definition": SHOP, **stretch, **beside}, 201)
    steps = sent(program, "GET", f"/{made['id']}/figures")["steps"]
    assert [one["entered"] for one in steps] == [10, 4, 2]
    assert [one["beside"]["entered"] for one in steps] == [1, 0, 0]


@pytest.mark.usefixtures("visitors")
def test_units_are_for_those_who_see_everyones_records(program_of: PROGRAM, make_user: Callable[..., User]) -> None:
    saved = save(COMMAND_LINE, Funnel.of("Visited", "Paid"), "Shop")
    seller = program_of(make_user(Role.SELLER))
    assert len(sent(seller, "GET", f"/{saved.pk}/steps/2/units")["items"]) == 2
    Organisation.objects.update(sellers_see="own")
    assert sent(seller, "GET", f"/{saved.pk}/steps/2/units", status=403)["code"] == "funnels.all_records"


def test_link_is_told_once_and_taken_back(program: Client) -> None:
    saved = save(COMMAND_LINE, Funnel.of("A", "B"))
    made = sent(program, "POST", f"/{saved.pk}/links", {"days": 7}, 201)
    token = made["address"].rstrip("/").rsplit("/", 1)[1]
    assert Client().get(f"/funnels/shared/{token}/").status_code == 200
    listed = program.get(f"/api/v1/funnels/{saved.pk}/links").content.decode()
    assert token not in listed
    sent(program, "DELETE", f"/{saved.pk}/links/{made['id']}", status=204)
    assert SharedLink.objects.get().revoked is not None
    sent(program, "POST", f"/{saved.pk}/links", {"days": 8}, 422)


@pytest.mark.usefixtures("visitors")
def test_template_is_used_with_what_was_found_or_chosen(program: Client) -> None:
    templates = {one["code"]: one for one in sent(program, "GET", "/templates")["items"]}
    saas = {one["code"]: one["found"] for one in templates["saas"]["steps"]}
    assert saas["visited"] == "e:Visited"
    assert saas["signed_up"] == "e:Signed Up"
    made = sent(program, "POST", "/templates/saas", {}, 201)
    assert [one["names"] for one in made["definition"]["steps"]] == [["Visited"], ["Signed Up"], ["Paid"]]
    chosen = {"steps": [{"code": "heard", "event": "Visited"}, {"code": "bought", "event": "Nothing"}]}
    assert sent(program, "POST", "/templates/aida", chosen, 422)["code"] == "funnels.unknown_event"
    sent(program, "POST", "/templates/none", {}, 404)


def test_funnel_of_a_pipeline_is_opened(program: Client) -> None:
    pipeline = make_pipeline("b2b", who=COMMAND_LINE)
    made = sent(program, "POST", f"/of-pipelines/{pipeline.pk}")
    assert (made["pipeline"], made["definition"]["unit"]) == (pipeline.pk, "deal")
    assert sent(program, "POST", f"/of-pipelines/{pipeline.pk}")["id"] == made["id"]
    sent(program, "POST", "/of-pipelines/99", status=404)


def test_list_asks_as_often_for_many_as_for_few(program: Client) -> None:
    def asked() -> int:
        return queries(lambda: program.get("/api/v1/funnels"))

    save(COMMAND_LINE, Funnel.of("A", "B"))
    asked()
    few = asked()
    for _ in range(5):
        save(COMMAND_LINE, Funnel.of("A", "B"))
    assert asked() == few
