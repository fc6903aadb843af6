"""The demonstration firm comes into an empty home only, is marked on every page, and goes in one click."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from tragt.demo import DemoFirm
from tragt.errors import NotAllowed
from tragt.web.accounts.actions import Founding, found
from tragt.web.accounts.models import Organisation, User
from tragt.web.crm.models import Deal, Pipeline
from tragt.web.demonstration.actions import load
from tragt.web.demonstration.models import Demonstration
from tragt.web.funnels.models import SavedFunnel
from tragt.web.imports.models import Import, State
from tragt.web.jobs.worker import drain
from tragt.web.log.queries import names
from tragt.web.people.models import Person
from tragt.web.shell.acting import COMMAND_LINE, Who

pytestmark = pytest.mark.django_db(transaction=True)

BANNER = "demonstration_remove"


@pytest.fixture(autouse=True)
def _small_and_alone(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home of its own, and a firm that is quick to make."""
    settings.TRAGT = replace(settings.TRAGT, home=tmp_path / "home")
    monkeypatch.setattr("tragt.web.demonstration.actions.DemoFirm", partial(DemoFirm, persons=500))


@pytest.fixture
def loaded(owner: User, client_of: Callable[[User], Client]) -> Client:
    """The owner's browser, after the firm was loaded from the page."""
    client = client_of(owner)
    assert client.post(reverse("demonstration_load")).status_code == 302
    drain()
    return client


def test_load_brings_events_people_and_a_funnel_and_marks_every_page(loaded: Client) -> None:
    assert sum(name.count for name in names()) > 1_000
    assert Person.objects.exists()
    assert Deal.objects.filter(status="open").exists()
    assert Deal.objects.filter(status="won", members__primary=True).exists()
    assert Organisation.objects.get().demonstration
    for page in ("overview", "funnels", "imports:list", "organisation"):
        assert reverse(BANNER) in loaded.get(reverse(page), follow=True).content.decode(), page


def test_load_tells_names_as_a_file_of_ones_own_does(loaded: Client) -> None:  # noqa: ARG001
    named = Person.objects.exclude(name="")
    assert named.count() > 0.9 * Person.objects.count()
    assert named.exclude(email="").filter(company__name__contains=" ").exists()
    assert not Person.objects.filter(email="", company__isnull=False, name__gt="").exists()
    assert not Deal.objects.exclude(name__contains=" – Vagtplan ").exists()
    assert Import.objects.get().answers["source"] == "demonstration firm"


def test_load_again_adds_nothing(loaded: Client, owner: User) -> None:  # noqa: ARG001
    before = [(name.name, name.count) for name in names()]
    load(Who.of(owner))

    assert [(name.name, name.count) for name in names()] == before
    assert SavedFunnel.objects.count() == Import.objects.count() == 1


def test_remove_leaves_nothing_behind_in_one_click(loaded: Client) -> None:
    page = loaded.post(reverse(BANNER), follow=True).content.decode()

    assert names() == []
    assert reverse(BANNER) not in page
    drain()
    assert not Person.objects.exists()
    assert not Deal.objects.exists()
    assert not Pipeline.objects.exists()
    assert not Demonstration.objects.exists()
    assert not SavedFunnel.objects.filter(deleted=None).exists()
    assert Import.objects.get().state == State.UNDONE


def test_file_is_refused_while_the_firm_is_here(loaded: Client) -> None:
    file = SimpleUploadedFile("own.csv", b"user,time,event\nann,2026-01-01,Visit\n")

    page = loaded.post(reverse("imports:list"), {"file": file}).content.decode()

    assert "Remove it first" in page
    assert Import.objects.count() == 1


def test_load_among_own_data_is_refused(owner: User, client_of: Callable[[User], Client]) -> None:
    Import.objects.create(file_name="deals.csv", size=1, sha256="0" * 64, fingerprint="f", state=State.DONE)

    page = client_of(owner).post(reverse("demonstration_load"), follow=True).content.decode()

    assert "among data of your own" in page
    with pytest.raises(NotAllowed, match="tragt up --demo"):
        load(COMMAND_LINE)


def test_owner_of_a_home_with_the_firm_sees_the_mark(client: Client) -> None:
    load(COMMAND_LINE)
    founding = Founding(organisation="Look around", email="o@example.org", password="correct horse battery")
    client.force_login(found(founding, COMMAND_LINE), backend="allauth.account.auth_backends.AuthenticationBackend")

    assert reverse(BANNER) in client.get(reverse("organisation")).content.decode()


def test_load_that_is_cut_short_before_it_is_noted_leaves_no_funnel(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tragt.web.demonstration.actions.choose_judging", cut)
    with pytest.raises(KeyboardInterrupt):
        load(Who.of(owner))
    assert not SavedFunnel.objects.exists()
    assert not Demonstration.objects.exists()
