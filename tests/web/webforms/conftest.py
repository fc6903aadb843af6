"""What the tests of forms share: a published form, and a visitor who fills it in."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from tragt.web.accounts.models import User
from tragt.web.collect.settler import drain
from tragt.web.log.queries import lake
from tragt.web.shell.acting import SYSTEM
from tragt.web.shell.retention import kind
from tragt.web.webforms.actions.editing import publish, save
from tragt.web.webforms.ageing import WAITING
from tragt.web.webforms.definition import Definition, Field, FieldKind
from tragt.web.webforms.models import WebForm
from tragt.web.webforms.published import forget
from tragt.web.webforms.views import public

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SITE = "https://www.example.org"
WORDING = "Yes, write to me about news."
FIELDS = (
    Field(FieldKind.EMAIL, "E-mail", required=True),
    Field(FieldKind.NAME, "Name"),
    Field(FieldKind.COMPANY, "Company"),
    Field(FieldKind.PHONE, "Telephone"),
    Field(FieldKind.CHOICE, "How many are you?", choices=("1-10", "more")),
    Field(FieldKind.LONG_TEXT, "Message"),
    Field(FieldKind.CONSENT, WORDING, purpose="email marketing"),
)
TYPED = {
    "email": "Ase@Example.ORG",
    "name": "Åse  Ørsted",
    "company": "Nordlys",
    "phone": "33 12 34 56",
    "how_many_are_you": "more",
    "message": "Call me, please.",
}

MakeForm = Callable[..., WebForm]


@pytest.fixture(autouse=True)
def home(settings: Settings, tmp_path: Path) -> Path:
    """An empty home folder, and nothing remembered of other tests."""
    settings.TRAGT = replace(settings.TRAGT, home=tmp_path)
    forget()
    for limits in (public._looks, public._sendings):
        limits._buckets.clear()
    return tmp_path


@pytest.fixture
def make_form(owner: User) -> MakeForm:  # noqa: ARG001 - before there is one, every page leads to the first run
    """Makes a published form: ``make_form(double_opt_in=True, origins=[…])``."""

    def make(origins: tuple[str, ...] = (SITE,), **given: Any) -> WebForm:
        told = {"title": "Ask for a demo", "fields": FIELDS, "double_opt_in": False, **given}
        form = save(SYSTEM, "Demo", Definition(**told), origins)
        publish(SYSTEM, form)
        return form

    return make


@dataclass(slots=True)
class Visitor:
    """Somebody who fills in a form ten seconds after opening it."""

    form: WebForm
    client: Client = field(default_factory=lambda: Client(enforce_csrf_checks=True, headers={"Accept-Language": "en"}))
    path: str = ""

    def __post_init__(self) -> None:
        self.path = self.path or f"/f/{self.form.public}/"

    def opens(self, query: str = "", **headers: str) -> dict[str, str]:
        """The hidden fields of the page."""
        response = self.client.get(self.path + query, headers=headers)
        assert response.status_code == 200, response.content
        return hidden(response.content.decode())

    def sends(self, query: str = "", after: Any = 10, **typed: str) -> Any:
        """Open the page, type, and send it."""
        with time_machine.travel(NOW, tick=False):
            page = self.opens(query)
        return self.posts({**page, **TYPED, **typed}, query, after)

    def posts(self, fields: dict[str, str], query: str = "", after: Any = 10, **headers: str) -> Any:
        """Send fields."""
        with time_machine.travel(NOW + timedelta(seconds=after), tick=False):
            return self.client.post(self.path + query, fields, headers=headers)


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page."""
    return {
        name: unescape(value)
        for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    }


def events(name: str = "") -> list[dict[str, Any]]:
    """What the log holds once everything is settled, in the order of time."""
    drain()
    if lake().version < 0:
        return []
    rows = lake().read().sort("time", "id")
    rows = rows.filter(pl.col("name") == name) if name else rows
    decode = msgspec.json.decode
    return [
        {**row, "properties": decode(row["properties"]), "context": decode(row["context"])}
        for row in rows.iter_rows(named=True)
    ]


def forgotten(before: datetime) -> int:
    """How much is removed when the time of what came before a moment is over."""
    waiting = kind(WAITING)
    assert (waiting.default, waiting.longest) == (30, 30)
    number = waiting.count(before)
    assert sum(waiting.remove(before, "")) == number
    return number
