"""Invitations: a link by mail, for one address, once."""

import dataclasses
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from allauth.socialaccount.models import SocialAccount
from django.conf import LazySettings
from django.conf import settings as django_settings
from django.contrib.auth import SESSION_KEY
from django.test import Client
from django.utils import timezone

from tests.web.accounts.conftest import Letter
from tests.web.conftest import PASSWORD
from tragt.errors import NotAllowed
from tragt.web.accounts import actions, queries
from tragt.web.accounts.models import AuditRow, Invitation, Role, User
from tragt.web.imports.actions.users import add_sleeping
from tragt.web.jobs.worker import drain
from tragt.web.shell.acting import Who

pytestmark = pytest.mark.django_db

MakeUser = Callable[..., User]
ClientOf = Callable[[User], Client]
ANSWER = {"name": "Bo Lund", "password": "a long word of honour", "language": "sv"}


@pytest.fixture
def invited(owner: User, letters: list[Letter]) -> Letter:
    """The letter of an open invitation."""
    actions.invite(Who.of(owner), "Bo@example.org", Role.MARKETING, "sv")
    return letters[0]


def test_invitation_from_the_page_is_sent_in_its_language(
    owner_client: Client, letters: list[Letter], settings: LazySettings
) -> None:
    settings.TRAGT = dataclasses.replace(settings.TRAGT, mail_url="smtp://mail.example.org")
    given = {"email": "Bo@example.org", "role": "marketing", "language": "sv"}
    assert owner_client.post("/settings/users/invite/", given).status_code == 302
    letter = letters[0]
    assert (letter.template, letter.to, letter.language) == ("accounts/mail/invitation", "bo@example.org", "sv")
    assert letter.context["inviter"] == "Owner"
    assert "bo@example.org" in owner_client.get("/settings/users/").content.decode()


def test_invitation_that_mail_does_not_carry_is_shown_once_to_be_passed_on(owner_client: Client) -> None:
    given = {"email": "bo@example.org", "role": "seller", "language": "sv"}
    page = owner_client.post("/settings/users/invite/", given)
    link = page.context["link"]
    assert link in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert Client().get(link.removeprefix(django_settings.TRAGT.public_address)).status_code == 200
    drain()
    users = owner_client.get("/settings/users/").content.decode()
    assert link not in users
    assert "Printed in the terminal" in users
    again = owner_client.post(f"/settings/users/invitations/{Invitation.objects.get().pk}/again/").context["link"]
    assert again != link


def test_invitation_page_stands_in_the_language_the_inviter_chose_until_its_reader_chooses(
    invited: Letter, owner_client: Client
) -> None:
    for client in (Client(headers={"Accept-Language": "da"}), owner_client):
        page = client.get(invited.link)
        assert (page.headers["Content-Language"], page.context["form"]["language"].value()) == ("sv", "sv")
        assert '<html lang="sv"' in page.content.decode()
        client.post("/language/", {"language": "nb", "next": invited.link})
        assert client.get(invited.link).headers["Content-Language"] == "nb"


def test_invitation_makes_a_user_and_lets_them_in(invited: Letter) -> None:
    client = Client()
    planted = client.session
    planted["planted"] = True
    planted.save()
    assert "bo@example.org" in client.get(invited.link).content.decode()
    assert client.post(invited.link, ANSWER).status_code == 302
    user = User.objects.get(email="bo@example.org")
    assert (user.role, user.name, user.language) == ("marketing", "Bo Lund", "sv")
    assert client.session[SESSION_KEY] == str(user.pk)
    assert client.session.session_key != planted.session_key
    assert AuditRow.objects.get(verb="users.accept").user == user


def test_invitation_replaces_whoever_is_signed_in(invited: Letter, owner_client: Client) -> None:
    before = owner_client.session.session_key
    owner_client.post(invited.link, ANSWER)
    assert owner_client.session[SESSION_KEY] == str(User.objects.get(email="bo@example.org").pk)
    assert owner_client.session.session_key != before


def test_invitation_link_lies_in_the_database_as_digest_only(invited: Letter) -> None:
    secret = invited.link.rstrip("/").rsplit("/", 1)[-1]
    assert len(secret) >= 43
    assert secret not in str(Invitation.objects.values().get())


def test_invitation_works_once(invited: Letter) -> None:
    Client().post(invited.link, ANSWER)
    again = Client()
    assert again.get(invited.link).status_code == 410
    assert again.post(invited.link, ANSWER | {"name": "Eve"}).status_code == 410
    assert SESSION_KEY not in again.session


def test_invitation_taken_by_two_at_once_makes_one_user(invited: Letter, monkeypatch: pytest.MonkeyPatch) -> None:
    link = invited.link.rstrip("/").rsplit("/", 1)[-1]
    found = queries.invitation_of(link)
    actions.accept(link, name="Bo", password=PASSWORD, language="sv")
    # The second had looked before the first was done.
    monkeypatch.setattr(queries, "invitation_of", lambda _: found)
    with pytest.raises(NotAllowed, match="does not work any more"):
        actions.accept(link, name="Eve", password=PASSWORD, language="sv")
    assert User.objects.filter(email="bo@example.org").count() == 1


def test_invitation_expires(invited: Letter) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=7, minutes=1)):
        assert Client().get(invited.link).status_code == 410
        assert Client().post(invited.link, ANSWER).status_code == 410


def test_invitation_sent_again_works_by_the_new_link_only(
    invited: Letter, owner_client: Client, letters: list[Letter]
) -> None:
    key = Invitation.objects.get().pk
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        owner_client.post(f"/settings/users/invitations/{key}/again/")
        assert Client().get(invited.link).status_code == 410
        assert Client().get(letters[1].link).status_code == 200


def test_invitation_withdrawn_works_no_more_and_can_be_made_anew(
    invited: Letter, owner_client: Client, letters: list[Letter]
) -> None:
    key = Invitation.objects.get().pk
    owner_client.post(f"/settings/users/invitations/{key}/withdraw/")
    assert Client().get(invited.link).status_code == 410
    owner_client.post(f"/settings/users/invitations/{key}/again/")
    assert len(letters) == 1
    owner_client.post("/settings/users/invite/", {"email": "bo@example.org", "role": "seller", "language": "da"})
    assert Client().get(letters[1].link).status_code == 200


def test_invitation_of_a_user_or_of_one_invited_already_is_refused(
    invited: Letter, owner_client: Client, letters: list[Letter]
) -> None:
    for email, text in (("OWNER@example.org", "exists already"), ("bo@EXAMPLE.org", "invited already")):
        given = {"email": email, "role": "seller", "language": "da"}
        assert text in owner_client.post("/settings/users/invite/", given).content.decode()
    assert letters == [invited]


def test_invitation_with_a_weak_password_is_refused(invited: Letter) -> None:
    answer = Client().post(invited.link, ANSWER | {"password": "bo@example.org"})
    assert list(answer.context["form"].errors) == ["password"]


def test_invitation_of_an_owner_by_a_manager_is_refused(
    owner: User, make_user: MakeUser, client_of: ClientOf, letters: list[Letter]
) -> None:
    browser = client_of(make_user(Role.MANAGER))
    given = {"email": "bo@example.org", "role": "owner", "language": "da"}
    assert browser.post("/settings/users/invite/", given).context["form"].errors["role"]
    invitation = actions.invite(Who.of(owner), "bo@example.org", Role.OWNER, "da").invitation
    for act in ("again", "withdraw"):
        browser.post(f"/settings/users/invitations/{invitation.pk}/{act}/")
    assert len(letters) == 1
    assert Client().get(letters[0].link).status_code == 200


@pytest.fixture
def sleeper(owner: User) -> User:  # noqa: ARG001
    """Somebody whom a file named as the owner of deals."""
    return add_sleeping("Moses Frase", "", None)


def test_invited_user_of_a_file_comes_in_with_what_is_theirs(
    owner: User, owner_client: Client, sleeper: User, letters: list[Letter]
) -> None:
    users = owner_client.get(f"/settings/users/?invite={sleeper.pk}").content.decode()
    assert f"?invite={sleeper.pk}#invite" in users
    assert f"/settings/users/{sleeper.pk}/reactivate/" not in users
    assert f'<option value="{sleeper.pk}" selected>Moses Frase</option>' in users
    given = {"wakes": sleeper.pk, "email": "moses@example.org", "role": "seller", "language": "en"}
    assert owner_client.post("/settings/users/invite/", given).status_code in (200, 302)
    browser = Client()
    address = letters[0].link
    assert 'value="Moses Frase"' in browser.get(address).content.decode()
    assert browser.post(address, {**ANSWER, "name": "Moses Frase"}).status_code == 302
    woken = User.objects.get(email="moses@example.org")
    assert (woken.pk, woken.is_active, woken.role) == (sleeper.pk, True, "seller")
    assert browser.session[SESSION_KEY] == str(sleeper.pk)
    with pytest.raises(NotAllowed, match="let in already"):
        actions.invite(Who.of(owner), "other@example.org", Role.SELLER, "en", woken)


def test_nobody_but_who_sleeps_is_offered_to_be_woken(owner_client: Client, make_user: MakeUser) -> None:
    away = make_user(Role.SELLER)
    User.objects.filter(pk=away.pk).update(is_active=False)
    assert "Somebody new" not in owner_client.get(f"/settings/users/?invite={away.pk}").content.decode()


def test_who_sleeps_is_activated_by_an_invitation_alone_and_wakes_without_what_others_tied(
    owner: User, sleeper: User, letters: list[Letter]
) -> None:
    SocialAccount.objects.create(user=sleeper, provider="oidc", uid="eve")
    with pytest.raises(NotAllowed, match="Send an invitation"):
        actions.reactivate(Who.of(owner), sleeper)
    actions.invite(Who.of(owner), "moses@example.org", Role.SELLER, "en", sleeper)
    assert Client().post(letters[0].link, ANSWER).status_code == 302
    assert not SocialAccount.objects.filter(user=sleeper).exists()


def test_erased_user_of_a_file_is_offered_to_nobody(sleeper: User) -> None:
    assert list(queries.sleeping()) == [sleeper]
    User.objects.filter(pk=sleeper.pk).update(name="")
    assert not queries.sleeping().exists()
