"""Letters of the accounts, as they are read."""

import re
from datetime import UTC, datetime

import pytest
import time_machine
from django.core import mail as django_mail
from django.test import Client
from django.utils import translation

from tests.web.accounts.conftest import Letter
from tragt.web.accounts import actions
from tragt.web.accounts.models import Organisation, Role, User
from tragt.web.jobs.worker import drain
from tragt.web.mail.rendering import render
from tragt.web.shell.acting import Who

pytestmark = pytest.mark.django_db

KINDS = ["password_changed", "recovery_codes_generated", "app_added", "app_removed", "key_added", "key_removed",
         "sign_in_connected", "second_factor_taken"]  # fmt: skip


def test_letter_of_an_invitation_escapes_nothing_in_text(owner: User) -> None:
    Organisation.objects.update(name="Smith & Sons")
    User.objects.filter(pk=owner.pk).update(name="Anna <3")
    owner.refresh_from_db()
    actions.invite(Who.of(owner), "bo@example.org", Role.SELLER, "en")
    drain()
    mail = django_mail.outbox[0]
    assert (mail.subject, mail.to) == ("Invitation to Smith & Sons", ["bo@example.org"])
    assert "Anna <3 invites you to Smith & Sons." in mail.body
    assert "The link works once, for 7 days." in mail.body
    html = str(mail.alternatives[0][0])  # type: ignore[attr-defined]
    assert "Anna &lt;3 invites you to Smith &amp; Sons." in html
    link = re.search(r"http://localhost:8000(/invitation/\S+)", str(mail.body))
    assert link
    assert html.count(link[0]) == 3
    assert Client().get(link[1]).status_code == 200


def test_letter_for_a_new_password_is_sent_to_its_user(owner: User) -> None:
    Client().post("/password/", {"email": owner.email})
    drain()
    mail = django_mail.outbox[0]
    assert mail.to == [owner.email]
    assert "Hello Owner," in mail.body
    assert "The link works once, for 4 hours." in mail.body


@pytest.mark.parametrize("what", KINDS)
@pytest.mark.parametrize("language", ["en", "da", "sv", "nb"])
def test_notice_says_what_happened(organisation: Organisation, what: str, language: str) -> None:
    context = {"name": "Anna", "what": what, "when": "today", "came_from": "192.0.2.1", "browser": "<b>"}
    mail = render("accounts/mail/notice", language, context)
    lines = [line for line in mail.text.splitlines() if line]
    assert "Anna" in lines[0]
    assert lines[1].endswith(".")
    assert "today" in lines[2]
    assert "192.0.2.1 (<b>)" in lines[3]
    assert "192.0.2.1 (&lt;b&gt;)" in mail.html
    assert organisation.name in mail.html


def test_notice_is_written_in_the_language_and_zone_of_its_reader(
    organisation: Organisation, owner: User, letters: list[Letter]
) -> None:
    User.objects.filter(pk=owner.pk).update(language="")
    Organisation.objects.update(language="da")
    owner.refresh_from_db()
    with time_machine.travel(datetime(2025, 7, 1, 22, 30, tzinfo=UTC), tick=False):
        actions.notice(owner, "app_added")
    assert letters[0].language == "da"
    with translation.override("da"):
        assert str(letters[0].context["when"]).startswith("2. jul. 2025, 00:30")
    assert organisation.pk == 1
