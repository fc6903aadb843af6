"""Letters of the accounts, as they are read."""

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from tests.web.accounts.conftest import Letter
from tragt.web.accounts import actions
from tragt.web.accounts.models import Organisation, User

KINDS = ["password_changed", "recovery_codes_generated", "app_added", "app_removed", "key_added", "key_removed",
         "sign_in_connected", "second_factor_taken"]  # fmt: skip


def test_letter_of_an_invitation_escapes_nothing_in_text() -> None:
    context = {"organisation": "Smith & Sons", "inviter": "Anna <3", "link": "https://x.org/a?b=1&c=2", "days": 7}
    text = render_to_string("accounts/mail/invitation.txt", context)
    assert "Anna <3 invites you to Smith & Sons." in text
    assert "https://x.org/a?b=1&c=2\n" in text
    assert "for 7 days" in text
    assert render_to_string("accounts/mail/invitation.subject.txt", context).strip() == "Invitation to Smith & Sons"


@pytest.mark.parametrize("what", KINDS)
def test_notice_says_what_happened(what: str) -> None:
    text = render_to_string("accounts/mail/notice.txt", {"name": "Anna", "what": what, "when": "today"})
    lines = [line for line in text.splitlines() if line]
    assert lines[0] == "Hello Anna,"
    assert lines[1].endswith(".")
    assert lines[2] == "When: today"


@pytest.mark.django_db
def test_notice_is_written_in_the_language_and_zone_of_its_reader(
    organisation: Organisation, owner: User, letters: list[Letter], monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import UTC, datetime  # noqa: PLC0415

    from tragt.web.accounts.actions import letters as module  # noqa: PLC0415

    monkeypatch.setattr(module.timezone, "now", lambda: datetime(2025, 7, 1, 22, 30, tzinfo=UTC))
    User.objects.filter(pk=owner.pk).update(language="")
    Organisation.objects.update(language="da")
    owner.refresh_from_db()
    actions.notice(owner, "app_added")
    assert letters[0].language == "da"
    with translation.override("da"):
        assert str(letters[0].context["when"]).startswith("2. juli 2025")
    assert organisation.pk == 1
