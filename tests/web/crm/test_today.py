"""What is to be done: one's own, a team's and everyone's, page by page, and what comes later."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.web.conftest import queries
from tests.web.crm.calling import ROOT, answered
from tests.web.crm.conftest import OpenDeal
from tragt.errors import NotFound
from tragt.web.accounts.models import Organisation, Reach, Role, Team, User
from tragt.web.crm.models import Activity
from tragt.web.crm.queries.today import Asked, offered_to, tasks_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]

DAY = timedelta(days=1)


@pytest.fixture
def north() -> Team:
    """A team."""
    return Team.objects.create(name="North")


@pytest.fixture
def sellers(make_user: Callable[..., User], north: Team) -> dict[str, User]:
    """Two sellers of a team, and one of none, each with a task that is overdue."""
    found = {}
    for name, team in (("anna", north), ("bo", north), ("cy", None)):
        found[name] = make_user(Role.SELLER, f"{name}@example.org", name.title())
        User.objects.filter(pk=found[name].pk).update(team=team)
        found[name].refresh_from_db()
        Activity.objects.create(kind="task", title=f"Ring {name}", owner=found[name], due=timezone.now() - 2 * DAY)
    return found


def titles(user: User, **asked: object) -> list[str]:
    """What is to be done by those who are meant."""
    tasks = tasks_of(user, UTC, Asked(**asked))  # type: ignore[arg-type]
    return [one.title for part in ("overdue", "today", "coming", "later", "someday") for one in getattr(tasks, part)]


def test_manager_looks_at_a_team_at_somebody_and_at_everyone(
    owner: User, owner_client: Client, sellers: dict[str, User], north: Team
) -> None:
    Activity.objects.create(kind="task", title="Nobody's", due=timezone.now() - 2 * DAY)
    assert titles(owner) == []
    assert titles(owner, whose=f"team:{north.pk}") == ["Ring anna", "Ring bo"]
    assert titles(owner, whose=f"user:{sellers['cy'].pk}") == ["Ring cy"]
    assert titles(owner, whose="all") == ["Ring anna", "Ring bo", "Ring cy", "Nobody's"]
    page = owner_client.get("/today/", {"whose": f"team:{north.pk}"})
    said = page.content.decode()
    assert "Ring bo" in said
    assert "Ring cy" not in said
    assert f'<option value="team:{north.pk}" selected>North</option>' in said
    assert "They have nothing to do" not in said


@pytest.mark.parametrize(
    ("reach", "seen"),
    [(Reach.OWN, []), (Reach.TEAM, ["bo"]), (Reach.ALL, ["bo", "cy"])],
)
def test_seller_looks_only_at_those_whose_records_they_see(
    sellers: dict[str, User], make_deal: OpenDeal, reach: str, seen: list[str], client_of: Callable[[User], Client]
) -> None:
    Organisation.objects.update(sellers_see=reach)
    anna = sellers["anna"]
    for name in ("bo", "cy"):
        deal = make_deal(owner=sellers[name].pk)
        Activity.objects.create(kind="task", title=f"Offer {name}", owner=sellers[name], deal=deal)
    offered = offered_to(anna)
    assert {one.name.lower() for one in offered.people} == set(seen)
    assert (offered.everyone, offered.teams) == (reach == Reach.ALL, [anna.team] if seen else [])
    page = client_of(anna)
    for name in ("bo", "cy"):
        whose = f"user:{sellers[name].pk}"
        if name not in seen:
            assert page.get("/today/", {"whose": whose}).status_code == 404
            with pytest.raises(NotFound):
                titles(anna, whose=whose)
        else:
            shown = page.get("/today/", {"whose": whose}).content.decode()
            assert f"Offer {name}" in shown
            # What is about nothing is its owner's alone, where not everybody's records are seen.
            assert (f"Ring {name}" in shown) == (reach == Reach.ALL)
    assert page.get("/today/", {"whose": "all"}).status_code == (200 if reach == Reach.ALL else 404)
    assert page.get("/today/", {"whose": "team:0"}).status_code == 404
    assert page.get("/today/", {"whose": "user:x"}).status_code == 404


def test_more_than_a_page_holds_stands_on_the_next_and_all_that_is_late_is_counted(
    owner: User, owner_client: Client
) -> None:
    now = timezone.now()
    for number in range(55):
        Activity.objects.create(kind="task", title=f"Late {number:03}", owner=owner, due=now - 2 * DAY)
    Activity.objects.create(kind="task", title="Now", owner=owner, due=now)
    first, second = (owner_client.get("/today/", {"page": number}) for number in (1, 2))
    assert "Late 049" in first.content.decode()
    assert "Late 050" not in first.content.decode()
    assert "stands on the next pages" in first.content.decode()
    tasks = second.context["tasks"]
    assert (tasks.overdue[0].title, [one.title for one in tasks.today]) == ("Late 050", ["Now"])
    assert (tasks.late, tasks.number, tasks.more) == (55, 56, False)
    assert '<span class="soft">55</span>' in second.content.decode()
    Activity.objects.filter(title__gte="Late 020", title__startswith="Late").delete()
    assert "Late 019" in owner_client.get("/today/", {"page": 2}).content.decode(), "the last page there is"
    assert owner_client.get("/today/", {"page": "9" * 30}).status_code == 200


def test_what_comes_after_the_next_days_is_opened(owner: User, owner_client: Client) -> None:
    now = timezone.now()
    for days in (3, 30, 60):
        Activity.objects.create(kind="task", title=f"In {days}", owner=owner, due=now + days * DAY)
    near = owner_client.get("/today/").content.decode()
    assert "2 more come later" in near
    assert "In 30" not in near
    page = owner_client.get("/today/", {"later": "on"})
    assert [one.title for one in page.context["tasks"].later] == ["In 30", "In 60"]
    assert [one.title for one in page.context["tasks"].coming] == ["In 3"]


@pytest.mark.usefixtures("sellers")
def test_number_of_queries_does_not_grow_with_people_or_tasks(
    owner_client: Client, make_user: Callable[..., User], north: Team
) -> None:
    def asked() -> int:
        return queries(lambda: owner_client.get("/today/", {"whose": "all", "later": "on"}))

    asked()
    few = asked()
    for number in range(5):
        user = make_user(Role.SELLER, f"more{number}@example.org")
        User.objects.filter(pk=user.pk).update(team=north)
        Activity.objects.create(kind="task", title="More", owner=user, due=timezone.now() + 40 * DAY)
    assert asked() == few


def test_program_asks_for_the_same_as_the_page(
    owner: User, program_of: Callable[..., Client], sellers: dict[str, User], north: Team
) -> None:
    program, far = program_of(owner), datetime(2090, 1, 1, tzinfo=UTC)
    Activity.objects.create(kind="task", title="Far", owner=sellers["bo"], due=far)
    told = answered(program.get(f"{ROOT}/today?whose=team:{north.pk}&limit=1&page=2"))
    assert [one["title"] for one in told["overdue"]] == ["Ring bo"]
    assert (told["number"], told["late"], told["ahead"], told["more"]) == (2, 2, 1, False)
    later = answered(program.get(f"{ROOT}/today", {"whose": "all", "later": "true"}))
    assert [one["title"] for one in later["later"]] == ["Far"]
    assert answered(program.get(f"{ROOT}/today", {"page": 99}))["overdue"] == []
    answered(program.get(f"{ROOT}/today", {"whose": "user:999999"}), 404)
    for wrong in ("whose=bo", "whose=team:", "page=0", "limit=201", "later=perhaps"):
        answered(program.get(f"{ROOT}/today?{wrong}"), 422)
