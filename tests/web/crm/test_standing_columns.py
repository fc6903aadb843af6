"""What the list of persons shows of the lifecycle: stage, marks, who stands still; filters, orders, files, API."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from tests.web.conftest import queries
from tragt.web.accounts.models import Organisation, Reach, User
from tragt.web.crm.actions.lifecycle import enter_stage, set_mark
from tragt.web.crm.actions.pipelines import make_pipeline
from tragt.web.crm.models import Pipeline, Stage, Standing
from tragt.web.people.models import Person
from tragt.web.records.kinds import kind_of
from tragt.web.records.listing import read
from tragt.web.records.models import Layout
from tragt.web.records.queries import pages
from tragt.web.records.queries.fields import columns_of
from tragt.web.shell.acting import COMMAND_LINE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]
Lead = Callable[..., Person]


@pytest.fixture
def lifecycle() -> Pipeline:
    return make_pipeline("five", who=COMMAND_LINE)


@pytest.fixture
def stages(lifecycle: Pipeline) -> list[Stage]:
    return list(lifecycle.stages.all())


@pytest.fixture
def lead(stages: list[Stage]) -> Lead:
    """Makes persons in a stage: ``lead("Ida", 2, days=40, mql=…)``; without a place in none."""

    def make(name: str, place: int | None = None, days: int = 0, **marks: datetime) -> Person:
        person = Person.objects.create(name=name)
        if place is not None:
            since = timezone.now() - timedelta(days=days)
            Standing.objects.create(person=person, stage=stages[place], since=since, **marks)
        return person

    return make


def names(query: str, user: User | None = None) -> list[str]:
    kind = kind_of("person")
    asked = read(kind, columns_of(kind, []), QueryDict(query))
    assert not asked.wrong
    return [row.name for row in pages.page(asked, user).records]


def test_persons_are_filtered_by_their_stage(lead: Lead, stages: list[Stage]) -> None:
    lead("Ida", 1), lead("Bo", 2), lead("Eva", 1), lead("Tom")
    assert names(f"stage.any={stages[1].pk}&sort=name") == ["Eva", "Ida"]
    assert names(f"stage.any={stages[1].pk}&stage.any={stages[2].pk}&sort=name") == ["Bo", "Eva", "Ida"]
    assert names("stage.empty=yes") == ["Tom"]
    assert names("stage.empty=no&sort=name") == ["Bo", "Eva", "Ida"]


def test_persons_are_filtered_and_sorted_by_their_marks(lead: Lead) -> None:
    first, second = (datetime(2026, month, 5, 12, tzinfo=UTC) for month in (3, 6))
    lead("Old", 1, mql=first), lead("New", 2, mql=second, sql=second), lead("None", 1), lead("Nowhere")
    assert names("mql.empty=no&sort=-mql") == ["New", "Old"]
    assert names("sort=mql")[:2] == ["Old", "New"]
    assert set(names("sort=mql")[2:]) == {"None", "Nowhere"}
    assert names("mql.from=2026-03-06") == ["New"]
    assert names("mql.to=2026-03-05") == ["Old"]
    assert names("sql.empty=no") == ["New"]


def test_persons_rot_who_are_in_a_stage_longer_than_it_allows(lead: Lead, stages: list[Stage]) -> None:
    Stage.objects.filter(pk=stages[1].pk).update(rotting_days=30)
    Stage.objects.exclude(pk=stages[1].pk).update(rotting_days=None)
    lead("Late", 1, days=31), lead("Fresh", 1, days=29), lead("Patient", 2, days=400), lead("Nowhere")
    assert names("rotting.is=yes") == ["Late"]
    assert names("rotting.is=no&sort=name") == ["Fresh", "Nowhere", "Patient"]
    assert names(f"rotting.is=yes&stage.any={stages[2].pk}") == []


@pytest.mark.parametrize(
    "query", ["stage.any={0}", "mql.empty=no", "rotting.is=yes", "stage.any={0}&mql.empty=no", "mql.empty=yes"]
)
def test_lists_walked_in_their_order_leave_the_same_persons(
    lead: Lead, stages: list[Stage], monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    """Of many records no index is asked: the conditions are looked at row by row, and must say the same."""
    Stage.objects.filter(pk=stages[0].pk).update(rotting_days=10)
    at = datetime(2026, 3, 5, 12, tzinfo=UTC)
    for number in range(12):
        place, marks = (None, 0, 1)[number % 3], {"mql": at} if number % 2 else {}
        lead(f"Person {number:02}", place, days=number * 2, **(marks if place is not None else {}))
    asked = f"{query.format(stages[0].pk)}&sort=name"
    found = names(asked)
    assert found
    monkeypatch.setattr(pages, "MOST_COUNTED", 0)
    assert names(asked) == found


def test_list_shows_stage_and_marks_and_who_stands_still(
    owner_client: Client, owner: User, lead: Lead, stages: list[Stage]
) -> None:
    Stage.objects.filter(pk=stages[1].pk).update(rotting_days=30)
    lead("Late", 1, days=31, mql=datetime(2026, 3, 5, 12, tzinfo=UTC))
    lead("Nowhere")
    Layout.objects.create(user=owner, kind="person", columns=["stage", "mql", "rotting"])
    page = owner_client.get("/people/?sort=name").content.decode()
    late, nowhere = page.split("Late</a>")[1].split("Nowhere</a>")
    assert f'data-label="Stage">{stages[1].name}<' in late
    assert "5 Mar 2026" in late
    assert 'data-label="Too long in the stage"><span class="tag warn">Yes<' in late
    assert "Yes" not in nowhere.split("</tbody>")[0]
    rows = list(csv.reader(io.StringIO(owner_client.get("/people/list.csv?sort=name").getvalue().decode("utf-8-sig"))))
    assert rows[0] == ["Name", "Stage", "MQL since", "Too long in the stage"]
    assert [row[1] for row in rows[1:]] == [stages[1].name, ""]
    assert [row[3] for row in rows[1:]] == ["Yes", ""]


def test_list_takes_the_same_queries_however_many_persons_stand_where(owner_client: Client, lead: Lead) -> None:
    address = "/people/?stage.empty=no&rotting.is=no&sort=-mql"
    lead("One", 1)
    owner_client.get(address)
    few = queries(lambda: owner_client.get(address))
    for number in range(20):
        lead(f"Person {number}", number % 4)
    assert queries(lambda: owner_client.get(address)) <= few + 1


def test_seller_finds_no_stage_of_whom_they_do_not_see(
    organisation: Organisation, make_user: Callable[..., User], lead: Lead, stages: list[Stage]
) -> None:
    organisation.sellers_see = Reach.OWN
    organisation.save()
    seller, other = make_user("seller"), make_user("manager")
    hidden, own = lead("Hidden", 1, mql=timezone.now()), lead("Own", 1, mql=timezone.now())
    Person.objects.filter(pk=hidden.pk).update(owner=other)
    Person.objects.filter(pk=own.pk).update(owner=seller)
    for query in (f"stage.any={stages[1].pk}", "mql.empty=no", "sort=-mql", "stage.empty=no"):
        assert names(query, seller) == ["Own"], query


def test_stage_that_is_no_choice_is_refused_with_those_that_are(
    owner_client: Client, program_of: Callable[..., Client], owner: User, lead: Lead, stages: list[Stage]
) -> None:
    lead("Ida", 1)
    assert "is none of the choices" in owner_client.get("/people/?stage.any=0").content.decode()
    program = program_of(owner)
    assert program.get("/api/v1/persons?stage.any=0").status_code == 422
    found = program.get(f"/api/v1/persons?stage.any={stages[1].pk}&rotting.is=no&sort=-mql").json()
    assert [one["name"] for one in found["items"]] == ["Ida"]
    assert program.get("/api/v1/persons?mql.empty=no").json()["items"] == []


def test_settings_and_palette_lead_to_the_lists(
    owner_client: Client, lead: Lead, lifecycle: Pipeline, stages: list[Stage]
) -> None:
    marked = next(stage for stage in stages if stage.mark == "mql")
    ida = lead("Ida")
    enter_stage(ida.pk, marked.pk, who=COMMAND_LINE)
    set_mark(ida.pk, "mql", who=COMMAND_LINE)
    page = owner_client.get("/settings/lifecycle/").content.decode()
    assert f'href="/people/?stage.any={marked.pk}">1 person</a>' in page
    assert 'href="/people/?mql.empty=no&amp;sort=-mql"' in page
    assert "Ida" in owner_client.get(f"/people/?stage.any={marked.pk}").content.decode()
    palette = owner_client.get("/palette/?q=mql").content.decode()
    assert 'href="/people/?mql.empty=no&amp;sort=-mql"' in palette
    assert lifecycle.archived is None


@pytest.mark.parametrize("order", ["mql", "-mql"])
@pytest.mark.parametrize("most", [0, 10_000])
def test_pages_in_the_order_of_a_mark_hold_everybody_once_and_lead_back(
    lead: Lead, monkeypatch: pytest.MonkeyPatch, order: str, most: int
) -> None:
    """Also where many were marked at the same moment, by a file, and who has no mark stands last either way."""
    monkeypatch.setattr(pages, "PER_PAGE", 4)
    monkeypatch.setattr(pages, "MOST_COUNTED", most)
    moments = [datetime(2026, 3, 1 + number // 5, 12, tzinfo=UTC) for number in range(12)]
    for number in range(20):
        marks = {"mql": moments[number]} if number < 12 else {}
        lead(f"Person {number:02}", None if number > 16 else 1, **marks)
    kind = kind_of("person")

    def turned(query: str) -> pages.Page:
        return pages.page(read(kind, columns_of(kind, []), QueryDict(query)), None)

    one, seen, back = turned(f"sort={order}"), [], []
    while True:
        seen.append([row.name for row in one.records])
        if one.after is None:
            break
        one = turned(f"sort={order}&after={one.after}")
    flat = [name for page in seen for name in page]
    marked = [f"Person {number:02}" for number in range(12)]
    without = [f"Person {number:02}" for number in range(12, 20)]
    assert flat == (marked + without if order == "mql" else marked[::-1] + without[::-1])
    while one.before is not None:
        one = turned(f"sort={order}&before={one.before}")
        back.append([row.name for row in one.records])
    assert back == seen[-2::-1]
