"""Letters that would have been sent, and the first run."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client

from tragt.web.accounts.actions import letters as letters_module

ENTRANCE = {
    "name": "Anna Berg",
    "email": "Anna@Example.org",
    "password": "a long word of honour",
    "organisation": "Nordlys",
    "language": "da",
    "time_zone": "Europe/Copenhagen",
}


@dataclass
class Letter:
    """A letter that would have been sent."""

    template: str
    to: str
    language: str
    context: dict[str, object] = field(default_factory=dict)

    @property
    def link(self) -> str:
        """The path that the letter leads to."""
        return str(self.context["link"]).removeprefix(django_settings.TRAGT.public_address)


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> list[Letter]:
    """What would have been sent."""
    sent: list[Letter] = []
    monkeypatch.setattr(letters_module, "_send", lambda *given: sent.append(Letter(*given)))
    return sent


@pytest.fixture
def set_up(db: None) -> Callable[..., tuple[Client, Any]]:  # noqa: ARG001
    """Does the first run: ``set_up(code=…, language=…)`` gives the browser and the answer."""

    def post(client: Client | None = None, **given: str) -> tuple[Client, Any]:
        client = client or Client()
        return client, client.post("/start/", ENTRANCE | given)

    return post
