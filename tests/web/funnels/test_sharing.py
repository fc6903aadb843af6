"""Links by which people without an account see a funnel: what they show, until when, and to whom nothing."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from tragt import Compare, Funnel, Step
from tragt.errors import InvalidDefinition, NotAllowed
from tragt.web.accounts.models import Role, User
from tragt.web.funnels.actions import delete, revoke_link, save, share
from tragt.web.funnels.actions import sharing as acts
from tragt.web.funnels.counting.answering import Asking
from tragt.web.funnels.counting.figures import Figures
from tragt.web.funnels.models import SavedFunnel, SharedLink
from tragt.web.funnels.sharing import figures_shared
from tragt.web.funnels.showing.mistakes import Mistake
from tragt.web.funnels.views import sharing as views
from tragt.web.jobs.models import Job, State
from tragt.web.shell.acting import COMMAND_LINE, Who
from tragt.web.shell.limits import Limit

pytestmark = pytest.mark.django_db


@pytest.fixture
def saved(visitors: None) -> SavedFunnel:  # noqa: ARG001
    """A funnel over the visitors."""
    return save(COMMAND_LINE, Funnel.of("Visited", "Signed Up", "Paid"), "Shop")


def seen(token: str) -> tuple[int, str]:
    answer = Client().get(f"/funnels/shared/{token}/")
    page = re.sub(rf'"[A-Za-z0-9]{{64}}"|{token}', "", answer.content.decode())
    return answer.status_code, page


@pytest.mark.usefixtures("owner")
def test_shared_link_shows_figures_and_no_person_and_no_way_in(saved: SavedFunnel) -> None:
    made = share(COMMAND_LINE, saved, 7)
    answer = Client().get(f"/funnels/shared/{made.token}/?period=last_7")
    page = answer.content.decode()

    assert "Shop" in page
    assert "Signed Up" in page
    assert "4 of the 10 with full time" in page
    assert re.findall(r'<a [^>]*href="([^"]+)"', page) == ["#main"]
    assert "p0" not in re.sub(r"<path[^>]*>", "", page)
    assert (answer.headers["X-Robots-Tag"], answer.headers["Cache-Control"]) == ("noindex, nofollow", "no-store")
    assert made.token not in str(list(SharedLink.objects.values()))
    assert SharedLink.objects.get().seen is not None


@pytest.mark.usefixtures("owner")
def test_link_that_is_no_good_answers_as_one_that_never_was(saved: SavedFunnel) -> None:
    def gone(change: Callable[[str], object]) -> tuple[int, str]:
        made = share(COMMAND_LINE, saved, 30)
        assert seen(made.token)[0] == 200
        change(made.token)
        return seen(made.token)

    never = seen("never")
    assert never[0] == 404
    newest = SharedLink.objects.order_by("-pk")
    assert gone(lambda _: revoke_link(COMMAND_LINE, saved, newest.values_list("pk", flat=True)[0])) == never
    assert gone(lambda _: SharedLink.objects.update(expires=timezone.now() - timedelta(seconds=1))) == never
    assert gone(lambda _: delete(COMMAND_LINE, saved)) == never


def test_link_is_shown_once_listed_and_taken_back(saved: SavedFunnel, owner_client: Client) -> None:
    made = owner_client.post(f"/funnels/{saved.pk}/links/new/", {"days": "30"}).content.decode()
    token = re.search(r"/funnels/shared/([\w-]+)/", made)
    assert token is not None
    listed = owner_client.get(f"/funnels/{saved.pk}/links/").content.decode()
    assert token[1] not in listed
    assert "Take back" in listed
    assert "Never" in listed

    link = SharedLink.objects.get()
    assert round((link.expires - link.created).total_seconds() / 86_400) == 30
    owner_client.post(f"/funnels/{saved.pk}/links/{link.pk}/revoke/")
    assert seen(token[1])[0] == 404
    assert "Taken back" in owner_client.get(f"/funnels/{saved.pk}/links/").content.decode()


def test_only_lengths_that_are_offered_are_taken(saved: SavedFunnel, owner_client: Client) -> None:
    with pytest.raises(InvalidDefinition, match="7, 30, 90"):
        share(COMMAND_LINE, saved, 3650)
    owner_client.post(f"/funnels/{saved.pk}/links/new/", {"days": "3650"})
    assert not SharedLink.objects.exists()


ADDRESS = "p1@customer.dk"


def test_funnel_that_names_a_person_is_not_shared_and_the_page_says_why(
    saved: SavedFunnel, owner: User, owner_client: Client, program_of: Callable[..., Client]
) -> None:
    save(COMMAND_LINE, Funnel.of("Visited", "Paid", where=Compare("email", "equals", ADDRESS)), "Shop", saved=saved)
    page = owner_client.post(f"/funnels/{saved.pk}/links/new/", {"days": "30"})
    assert page.status_code == 422
    assert re.search(r'id="link-wrong"[^>]*>A condition of this funnel names a person', page.content.decode())
    answer = program_of(owner).post(f"/api/v1/funnels/{saved.pk}/links", {"days": 7}, "application/json")
    assert (answer.status_code, answer.json()["code"]) == (422, "funnels.names_somebody")
    assert not SharedLink.objects.exists()


@pytest.mark.parametrize("counted", [True, False])
def test_shared_funnel_that_names_a_person_later_shows_its_steps_without(
    saved: SavedFunnel, owner_client: Client, monkeypatch: pytest.MonkeyPatch, counted: bool
) -> None:
    made = share(COMMAND_LINE, saved, 7)
    step = Step("Visited", Compare("said", "not_equals", ADDRESS))
    named = Funnel.of(step, "Signed Up", where=Compare("email", "not_equals", ADDRESS))
    save(COMMAND_LINE, named, "Shop", saved=saved)
    if not counted:
        monkeypatch.setattr(views, "figures_shared", lambda _saved: None)
    status, page = seen(made.token)
    assert status == 200
    assert "customer" not in page
    assert "said is not <b>…</b>" in page
    assert ("4 of the 10 with full time" in page) == counted
    assert "names a person since" in owner_client.get(f"/funnels/{saved.pk}/links/").content.decode()


@pytest.mark.usefixtures("owner")
def test_shared_page_says_how_far_its_figures_are(saved: SavedFunnel, monkeypatch: pytest.MonkeyPatch) -> None:
    made = share(COMMAND_LINE, saved, 7)
    exact = figures_shared(saved)
    assert isinstance(exact, Figures)
    failed = Job(state=State.FAILED)
    for answer, says in (
        (replace(exact, first=True, one_in=20), "The figures are being counted."),
        (replace(exact, first=True), "A first answer"),
        (replace(exact, behind=True), "What came in since is being counted."),
        (Job(), "The figures are being counted."),
        (failed, "This funnel cannot be counted as it is."),
        (Mistake("", "Somebody is named here."), "This funnel cannot be counted as it is."),
    ):
        monkeypatch.setattr(Asking, "at_once", lambda _asking, answer=answer: answer)
        status, page = seen(made.token)
        assert (status, says in page, "Somebody" in page) == (200, True, False)
        assert ("4 of the 10 with full time" in page) == (isinstance(answer, Figures) and answer.one_in == 1)


@pytest.mark.usefixtures("owner")
def test_link_that_many_follow_asks_them_to_wait(saved: SavedFunnel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "LOOKS", Limit(rate=0.01, burst=2))
    made, other = share(COMMAND_LINE, saved, 7), share(COMMAND_LINE, saved, 7)
    assert [seen(made.token)[0] for _ in range(3)] == [200, 200, 429]
    answer = Client().get(f"/funnels/shared/{made.token}/")
    assert 90 <= int(answer.headers["Retry-After"]) <= 100
    assert answer.headers["Cache-Control"] == "no-store"
    assert seen(other.token)[0] == 200


@pytest.mark.usefixtures("owner")
def test_disk_that_takes_nothing_keeps_nobody_from_the_figures(
    saved: SavedFunnel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_link: SharedLink) -> None:
        raise OperationalError("database or disk is full")

    made = share(COMMAND_LINE, saved, 7)
    monkeypatch.setattr(acts, "touch_link", full)
    assert seen(made.token)[0] == 200


def test_link_is_told_at_the_public_address_and_who_made_it_and_left(
    saved: SavedFunnel, owner_client: Client, make_user: Callable[..., User], settings: Settings
) -> None:
    settings.TRAGT = replace(settings.TRAGT, address="https://sales.example.org")
    made = owner_client.post(f"/funnels/{saved.pk}/links/new/", {"days": "30"}).content.decode()
    assert 'value="https://sales.example.org/funnels/shared/' in made
    left = make_user(Role.MANAGER, name="Lis")
    share(Who.of(left), saved, 7)
    assert "their link stays good" not in owner_client.get(f"/funnels/{saved.pk}/links/").content.decode()
    User.objects.filter(pk=left.pk).update(is_active=False)
    listed = owner_client.get(f"/funnels/{saved.pk}/links/").content.decode()
    assert re.search(r"Lis<br><small>deactivated; their link stays good", listed)


def test_seller_shares_nothing(saved: SavedFunnel, make_user: Callable[..., User]) -> None:
    with pytest.raises(NotAllowed):
        share(Who.of(make_user(Role.SELLER)), saved, 7)


def test_link_of_another_funnel_is_not_taken_back(saved: SavedFunnel, owner_client: Client) -> None:
    other = save(COMMAND_LINE, Funnel.of("Visited", "Paid"))
    link = share(COMMAND_LINE, saved, 7).link
    assert owner_client.post(f"/funnels/{other.pk}/links/{link.pk}/revoke/").status_code == 404
    link.refresh_from_db()
    assert link.revoked is None
