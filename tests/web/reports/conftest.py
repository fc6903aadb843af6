"""A funnel with a quiet week and a busy one, and mails that can be looked into."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.web.funnels.conftest import Happened, _empty_memory, bring, happened, home
from tragt.funnel import Funnel
from tragt.web.accounts.models import Organisation
from tragt.web.funnels.actions import save
from tragt.web.funnels.models import SavedFunnel
from tragt.web.mail.models import OutgoingMail
from tragt.web.mail.sealing import unseal
from tragt.web.shell.acting import COMMAND_LINE

__all__ = ["Happened", "_empty_memory", "bring", "happened", "home"]

Read = Callable[[OutgoingMail], dict[str, Any]]


@pytest.fixture
def shop(organisation: Organisation, happened: Happened) -> SavedFunnel:  # noqa: ARG001
    """Four visit in the week up to 15 March 2026, nine in the week up to the 22nd; in each a third of them pays."""
    rows = [(f"a{number}", "Visited", "2026-03-10") for number in range(4)]
    rows += [(f"b{number}", "Visited", f"2026-03-{16 + number % 7}") for number in range(9)]
    rows += [("a0", "Paid", "2026-03-15"), *((f"b{number}", "Paid", "2026-03-22") for number in range(3))]
    happened(rows)
    return save(COMMAND_LINE, Funnel.of("Visited", "Paid", window="30d"), "Shop")


@pytest.fixture
def read() -> Read:
    """What waits to be sent, opened: ``read(mail)["text"]``."""

    def opened(mail: OutgoingMail) -> dict[str, Any]:
        mail.refresh_from_db()
        told: dict[str, Any] = json.loads(unseal(mail.sealed))
        return told

    return opened
