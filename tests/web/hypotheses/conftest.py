"""A leak that nothing was counted for, and a hypothesis about it."""

from collections.abc import Callable

import pytest
from django.test import Client

from tests.web.funnels.conftest import bring, happened, home
from tests.web.leaks.rows import leaking
from tragt.funnel import Funnel
from tragt.web.accounts.models import User
from tragt.web.funnels.actions import save
from tragt.web.funnels.models import SavedFunnel
from tragt.web.hypotheses.actions.cards import Draft, write_hypothesis
from tragt.web.hypotheses.models import Hypothesis
from tragt.web.leaks.models import Found
from tragt.web.shell.acting import COMMAND_LINE

__all__ = ["AsRole", "bring", "happened", "home"]

AsRole = Callable[[str], Client]


@pytest.fixture
def as_role(make_user: Callable[..., User], client_of: Callable[[User], Client]) -> AsRole:
    """Signs somebody of a role in."""
    return lambda role: client_of(make_user(role))


@pytest.fixture
def saved(organisation: object) -> SavedFunnel:  # noqa: ARG001
    """A funnel from a webinar by a meeting to an offer."""
    return save(COMMAND_LINE, Funnel.of("Webinar Joined", "Meeting Held", "Proposal Sent"), "Sales")


@pytest.fixture
def leak(saved: SavedFunnel) -> Found:
    """Too few go on from the meeting."""
    return leaking(saved)


@pytest.fixture
def card(leak: Found) -> Hypothesis:
    """A hypothesis about the leak."""
    draft = Draft(
        "Guests do not see the point.",
        gain=900.0,
        gain_low=400.0,
        gain_high=1300.0,
        currency="DKK",
        funnel=leak.funnel,
        before=leak.before,
        step=leak.step,
        found=leak,
    )
    return write_hypothesis(draft, who=COMMAND_LINE)
