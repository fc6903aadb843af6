"""What the tests of imports share: a home of their own, and the way of a file through the pages."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from tragt.web.imports.models import Import
from tragt.web.jobs import worker

LONG = (
    b"user,time,event,plan\n"
    b"ann,2024-03-01 10:00:00,Visit,a\nann,2024-03-02 11:00:00,Buy,a\nbo,2024-03-03 09:30:00,Visit,b\n"
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Settings) -> Path:
    settings.TRAGT = replace(settings.TRAGT, home=tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def upload(owner_client: Client) -> Callable[..., Import]:
    """Uploads bytes as the owner and gives the import."""

    def send(data: bytes, name: str = "events.csv") -> Import:
        answer = owner_client.post("/imports/", {"file": SimpleUploadedFile(name, data)})
        assert answer.status_code == 302, answer.content.decode()[:3000]
        return Import.objects.latest("pk")

    return send


def form_data(client: Client, one: Import) -> dict[str, object]:
    """What a browser would send if it sent the page of the columns as it is shown."""
    form = client.get(f"/imports/{one.pk}/columns/").context["form"]
    found = {}
    for field in form:
        value = field.value()
        if value not in (None, "", []):
            found[field.html_name] = value
    return found


def carried_out(client: Client, one: Import, **said: object) -> Import:
    """The file imported as it was recognised, but for what is said."""
    answer = client.post(f"/imports/{one.pk}/columns/", {**form_data(client, one), **said})
    assert answer.status_code == 302, [*answer.context["form"].errors.items()]
    client.post(f"/imports/{one.pk}/run/")
    worker.drain()
    one.refresh_from_db()
    return one


def undone(client: Client, one: Import) -> Import:
    client.post(f"/imports/{one.pk}/undo/")
    worker.drain()
    one.refresh_from_db()
    return one
