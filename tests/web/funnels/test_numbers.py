"""Every figure of a funnel opens: what it means, how it adds up, who is behind it, and how it is counted again."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.web.funnels.conftest import Happened
from tragt.funnel import Funnel
from tragt.web.accounts.models import Organisation, Role, User
from tragt.web.funnels import queries
from tragt.web.funnels.actions import save
from tragt.web.funnels.counting import answering
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.showing.numbers import Figure
from tragt.web.jobs.worker import drain
from tragt.web.shell.acting import COMMAND_LINE

pytestmark = pytest.mark.django_db


@pytest.fixture
def saved(visitors: None) -> SavedFunnel:  # noqa: ARG001
    """Eleven visit, four of the ten with full time sign up, two of these pay."""
    return save(COMMAND_LINE, Funnel.of("Visited", "Signed Up", "Paid", window="14d"), "Shop")


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_every_figure_of_the_table_opens(saved: SavedFunnel, owner_client: Client) -> None:
    page = owner_client.get(f"/funnels/{saved.pk}/?period=all").content.decode()
    leads = set(re.findall(rf'href="(/funnels/{saved.pk}/numbers/[^"]+)"', page))

    assert len(leads) >= 9
    for lead in leads:
        opened = owner_client.get(lead.replace("&amp;", "&"))
        assert opened.status_code == 200, lead
        assert "What it means" in text(opened)


@pytest.mark.parametrize("what", Figure)
@pytest.mark.parametrize("number", [1, 2, 3])
def test_figure_of_any_step_is_told_or_why_there_is_none(
    saved: SavedFunnel, owner_client: Client, number: int, what: Figure
) -> None:
    opened = owner_client.get(f"/funnels/{saved.pk}/numbers/{number}/{what}/")

    assert opened.status_code == 200
    figure = opened.context["opened"]
    assert figure.meaning
    if figure.parts:
        assert sum(part.count for part in figure.parts) == figure.entered
    if figure.rate is not None and figure.rate.denominator:
        assert figure.rate.numerator / figure.rate.denominator == pytest.approx(figure.rate.rate)
        assert figure.quotient


def test_share_says_what_it_divides_and_why_not_everyone(saved: SavedFunnel, owner_client: Client) -> None:
    shown = text(owner_client.get(f"/funnels/{saved.pk}/numbers/2/from_previous/"))

    assert "4 ÷ 10 = 40.0 %" in shown
    assert "Of the 11, 10 entered early enough to have had their whole time." in shown
    assert "It lies between" in shown


def test_link_to_a_figure_keeps_the_days_that_are_counted(saved: SavedFunnel, owner_client: Client) -> None:
    opened = owner_client.get(f"/funnels/{saved.pk}/numbers/1/entered/?period=last_30")
    link = opened.context["link"]

    assert "period=fixed&from=2026-01-31&to=2026-03-01" in link
    again = owner_client.get(link[link.index("/funnels/") :])
    assert again.context["opened"].value == opened.context["opened"].value == "1"


def test_people_behind_a_figure_are_offered_to_those_who_may_see_everyone(
    saved: SavedFunnel,
    organisation: Organisation,
    make_user: Callable[..., User],
    client_of: Callable[[User], Client],
    owner_client: Client,
) -> None:
    address = f"/funnels/{saved.pk}/numbers/1/entered/"
    assert b"outcome=expired" in owner_client.get(address).content
    organisation.sellers_see = "own"
    organisation.save()
    shown = client_of(make_user(Role.SELLER)).get(address)
    assert b"outcome=" not in shown.content
    assert "open to those who may see everyone" in text(shown)


def test_lists_of_sessions_are_offered_to_those_who_may_open_them(
    organisation: Organisation, happened: Happened, make_user: Callable[..., User], client_of: Callable[[User], Client]
) -> None:
    happened([("ann", "Visited", "2026-01-10"), ("ann", "Paid", "2026-01-10")])
    saved = save(COMMAND_LINE, Funnel.of("Visited", "Paid", unit="session", window="session"), "Sessions")
    address, seller = f"/funnels/{saved.pk}/numbers/1/entered/", make_user(Role.SELLER)

    assert b"outcome=" in client_of(seller).get(address).content
    organisation.sellers_see = "own"
    organisation.save()
    assert b"outcome=" not in client_of(seller).get(address).content


def test_figure_of_a_first_answer_says_of_whom_it_is(
    saved: SavedFunnel, owner_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"/funnels/{saved.pk}/numbers/2/median_time/"
    monkeypatch.setattr(queries, "_AT_A_GLANCE", 0)
    monkeypatch.setattr(answering, "worker_alive", lambda: True)
    first = text(owner_client.get(address))
    assert "A first answer: counts, shares and times so far" in first
    assert "Those still under way are not allowed for yet" in first
    assert "open ones followed as far as they were watched" not in first
    drain()
    whole = text(owner_client.get(address))
    assert "A first answer" not in whole
    assert "Those still under way are allowed for." in whole


@pytest.mark.parametrize("lead", ["4/entered", "0/entered", "1/nothing", "1/steps"])
def test_figure_that_there_is_not_is_not_found(saved: SavedFunnel, owner_client: Client, lead: str) -> None:
    assert owner_client.get(f"/funnels/{saved.pk}/numbers/{lead}/").status_code == 404
