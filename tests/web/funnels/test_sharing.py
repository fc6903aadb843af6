"""Links by which people without an account see a funnel: what they show, until when, and to whom nothing."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tragt import Funnel
from tragt.errors import InvalidDefinition, NotAllowed
from tragt.web.accounts.models import Role, User
from tragt.web.funnels.actions import delete, revoke_link, save, share
from tragt.web.funnels.models import SavedFunnel, SharedLink
from tragt.web.shell.acting import COMMAND_LINE, Who

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


def test_seller_shares_nothing(saved: SavedFunnel, make_user: Callable[..., User]) -> None:
    with pytest.raises(NotAllowed):
        share(Who.of(make_user(Role.SELLER)), saved, 7)


def test_link_of_another_funnel_is_not_taken_back(saved: SavedFunnel, owner_client: Client) -> None:
    other = save(COMMAND_LINE, Funnel.of("Visited", "Paid"))
    link = share(COMMAND_LINE, saved, 7).link
    assert owner_client.post(f"/funnels/{other.pk}/links/{link.pk}/revoke/").status_code == 404
    link.refresh_from_db()
    assert link.revoked is None
