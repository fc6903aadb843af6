"""Signing in and out, passwords, second factors, the organisation's provider."""

import dataclasses
import hashlib
import hmac
import struct
import time
from base64 import b32decode
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.socialaccount.internal.flows.login import complete_login
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.conf import LazySettings
from django.conf import settings as django_settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.fallback import FallbackStorage
from django.test import Client, RequestFactory
from django.urls import reverse

from tests.web.accounts.conftest import Letter
from tests.web.conftest import PASSWORD
from tragt.web.accounts import actions
from tragt.web.accounts.allauth_settings import settings_of_sign_in
from tragt.web.accounts.models import AuditRow, Role, User
from tragt.web.jobs.models import Job
from tragt.web.mail.models import OutgoingMail
from tragt.web.shell.acting import Who

pytestmark = pytest.mark.django_db

MakeUser = Callable[..., User]
ClientOf = Callable[[User], Client]
OnCommit = Callable[..., AbstractContextManager[list[object]]]


def sign_in(email: str = "owner@example.org", password: str = PASSWORD, **given: str) -> tuple[Client, Any]:
    client = Client()
    return client, client.post("/sign-in/", {"login": email, "password": password} | given)


def signed_in(client: Client) -> bool:
    return SESSION_KEY in client.session


def totp(secret: str, ahead: int = 0) -> str:
    digest = hmac.new(b32decode(secret), struct.pack(">Q", int(time.time()) // 30 + ahead), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def with_app(client: Client) -> tuple[str, list[str]]:
    """Set up an authenticator app; its secret, and the recovery codes."""
    client.post("/confirm/", {"password": PASSWORD})
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    answer = client.post(reverse("mfa_activate_totp"), {"code": totp(secret)})
    assert answer.headers["Location"] == reverse("mfa_view_recovery_codes")
    return secret, client.get(answer.headers["Location"]).context["unused_codes"]


def test_sign_in_lets_in_and_begins_a_new_session(owner: User) -> None:
    client = Client()
    planted = client.session
    planted["planted"] = True
    planted.save()
    answer = client.post("/sign-in/", {"login": "OWNER@example.org", "password": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (302, django_settings.LOGIN_REDIRECT_URL)
    assert client.session[SESSION_KEY] == str(owner.pk)
    assert client.session.session_key != planted.session_key


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_sign_in_never_leads_to_another_site(owner: User, wanted: str) -> None:  # noqa: ARG001
    client, answer = sign_in(next=wanted)
    assert answer.headers["Location"] == django_settings.LOGIN_REDIRECT_URL
    assert "evil" not in client.post("/sign-out/", {"next": wanted}).headers["Location"]


def test_sign_in_leads_to_the_page_that_was_asked_for(owner: User) -> None:  # noqa: ARG001
    asked = Client().get("/settings/profile/")
    assert asked.headers["Location"] == "/sign-in/?next=/settings/profile/"
    assert sign_in(next="/settings/profile/")[1].headers["Location"] == "/settings/profile/"


def test_sign_in_answers_alike_for_unknown_and_wrong(owner: User) -> None:  # noqa: ARG001
    wrong = sign_in(password="not the word")[1]
    unknown = sign_in("nobody@example.org", "not the word")[1]
    assert wrong.status_code == unknown.status_code == 200
    assert wrong.context["form"].errors == unknown.context["form"].errors
    assert "E-mail or password is wrong." in wrong.content.decode()
    assert [row.verb for row in AuditRow.objects.all()] == ["session.refuse", "session.refuse"]


def test_sign_in_after_five_wrong_passwords_is_refused_even_with_the_right_one(owner: User) -> None:  # noqa: ARG001
    for _ in range(5):
        sign_in(password="not the word")
    client, answer = sign_in()
    assert not signed_in(client)
    assert "Too many tries." in answer.content.decode()


def test_sign_in_of_a_deactivated_user_is_refused(make_user: MakeUser) -> None:
    user = make_user(Role.SELLER)
    User.objects.filter(pk=user.pk).update(is_active=False)
    client, _ = sign_in("seller@example.org")
    assert not signed_in(client)


def test_sign_in_needs_the_csrf_token(owner: User) -> None:  # noqa: ARG001
    client = Client(enforce_csrf_checks=True)
    assert client.post("/sign-in/", {"login": "owner@example.org", "password": PASSWORD}).status_code == 403


def test_sign_out_takes_a_post(owner_client: Client) -> None:
    assert owner_client.get("/sign-out/").status_code == 200
    assert signed_in(owner_client)
    assert owner_client.post("/sign-out/").headers["Location"] == "/sign-in/"
    assert not signed_in(owner_client)


def test_session_is_kept_for_weeks_only_when_asked(owner: User) -> None:  # noqa: ARG001
    assert sign_in()[0].session.get_expire_at_browser_close()
    assert not sign_in(remember="on")[0].session.get_expire_at_browser_close()


def test_sign_up_has_no_address() -> None:
    assert Client().get("/accounts/signup/").status_code == 404


def test_reset_answers_alike_and_writes_to_users_only(owner: User, letters: list[Letter]) -> None:  # noqa: ARG001
    answers = [Client().post("/password/", {"email": to}) for to in ("owner@example.org", "nobody@example.org")]
    assert {(one.status_code, one.headers["Location"]) for one in answers} == {(302, "/password/sent/")}
    # The second is written too, so that it takes as long, and never sent.
    assert [(one.template, one.to) for one in letters] == [
        ("accounts/mail/password_reset", "owner@example.org"),
        ("accounts/mail/password_reset", "nobody@tragt.invalid"),
    ]


def test_reset_for_an_unknown_address_sends_nothing(owner: User) -> None:  # noqa: ARG001
    Client().post("/password/", {"email": "nobody@example.org"})
    assert not OutgoingMail.objects.exists()
    assert not Job.objects.exists()


def test_reset_link_names_the_installation_whatever_host_was_asked(owner: User, letters: list[Letter]) -> None:  # noqa: ARG001
    Client(headers={"host": "127.0.0.1:8000"}).post("/password/", {"email": "owner@example.org"})
    assert str(letters[0].context["link"]).startswith(django_settings.TRAGT.public_address + "/password/new/")


def test_reset_sets_the_password_once_and_signs_out_everywhere(
    owner: User, letters: list[Letter], owner_client: Client
) -> None:
    Client().post("/password/", {"email": "owner@example.org"})
    client = Client()
    form = client.get(letters[0].link, follow=True)
    place = form.redirect_chain[-1][0]
    new = {"password1": "quite another sentence", "password2": "quite another sentence"}
    assert client.post(place, new).headers["Location"] == "/password/done/"
    assert not signed_in(client)
    owner.refresh_from_db()
    assert owner.check_password("quite another sentence")
    assert owner_client.get("/settings/profile/").status_code == 302
    assert "no longer works" in Client().get(letters[0].link, follow=True).content.decode()
    assert [(one.template, one.context.get("what")) for one in letters[1:]] == [
        ("accounts/mail/notice", "password_changed")
    ]


def test_change_of_password_needs_the_present_one_and_signs_others_out(
    owner: User, owner_client: Client, client_of: ClientOf, letters: list[Letter]
) -> None:
    other = client_of(owner)
    new = {"password1": "quite another sentence", "password2": "quite another sentence"}
    place = reverse("account_change_password")
    refused = owner_client.post(place, {"oldpassword": "not the word"} | new)
    assert "This is not your current password." in refused.content.decode()
    assert owner_client.post(place, {"oldpassword": PASSWORD} | new).headers["Location"] == reverse("security")
    assert owner_client.get("/settings/profile/").status_code == 200
    assert other.get("/settings/profile/").status_code == 302
    assert letters[0].context["what"] == "password_changed"


def test_second_factor_is_asked_at_sign_in(
    owner: User, owner_client: Client, letters: list[Letter], django_capture_on_commit_callbacks: OnCommit
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        secret, codes = with_app(owner_client)
    assert letters[0].context["what"] == "app_added"
    assert AuditRow.objects.filter(verb="second_factor.add", user=owner).exists()
    stored = Authenticator.objects.get(user=owner, type="totp").data["secret"]
    assert secret not in stored
    client, answer = sign_in()
    assert answer.headers["Location"] == "/sign-in/second-factor/"
    assert not signed_in(client)
    assert client.get("/settings/profile/").status_code == 302
    assert client.get("/sign-in/second-factor/").status_code == 200
    wrong = client.post("/sign-in/second-factor/", {"code": "000000"})
    assert "This code is wrong" in wrong.content.decode()
    assert not signed_in(client)
    client.post("/sign-in/second-factor/", {"code": totp(secret, 1)})
    assert signed_in(client)
    client, _ = sign_in()
    client.post("/sign-in/second-factor/", {"code": codes[0]})
    assert signed_in(client)
    assert "You have 9 codes left." in client.get("/settings/security/").content.decode()
    client, _ = sign_in()
    client.post("/sign-in/second-factor/", {"code": codes[0]})
    assert not signed_in(client)


def test_second_factor_guessed_at_is_locked(owner_client: Client, letters: list[Letter]) -> None:  # noqa: ARG001
    secret, _ = with_app(owner_client)
    client, _ = sign_in()
    for _ in range(6):
        answer = client.post("/sign-in/second-factor/", {"code": "000000"})
    assert "Too many tries." in answer.content.decode()
    client.post("/sign-in/second-factor/", {"code": totp(secret, 1)})
    assert not signed_in(client)


def test_second_factor_is_set_up_only_after_confirming(owner_client: Client) -> None:
    answer = owner_client.get(reverse("mfa_activate_totp"))
    assert answer.headers["Location"].startswith("/confirm/?next=")
    assert owner_client.get(answer.headers["Location"]).status_code == 200
    assert "This is not your password." in owner_client.post("/confirm/", {"password": "no"}).content.decode()


@pytest.mark.usefixtures("letters")
def test_second_factor_required_leads_to_setting_it_up(owner_client: Client, settings: LazySettings) -> None:
    settings.TRAGT = dataclasses.replace(settings.TRAGT, mfa="required")
    assert owner_client.get("/settings/profile/").headers["Location"] == reverse("security")
    assert owner_client.get("/settings/profile/", headers={"HX-Request": "true"}).headers["HX-Redirect"]
    assert "asks for a second factor" in owner_client.get(reverse("security")).content.decode()
    with_app(owner_client)
    assert owner_client.get("/settings/profile/").status_code == 200
    kept = owner_client.post(reverse("mfa_deactivate_totp"))
    assert "Set up another one first." in kept.content.decode()


@pytest.mark.usefixtures("letters")
def test_second_factor_off_offers_none_and_asks_for_none(owner_client: Client, settings: LazySettings) -> None:
    with_app(owner_client)
    settings.TRAGT = dataclasses.replace(settings.TRAGT, mfa="off")
    for name, value in settings_of_sign_in(settings.TRAGT).items():
        setattr(settings, name, value)
    assert owner_client.get(reverse("mfa_activate_totp")).status_code == 404
    assert "uthenticator app" not in owner_client.get(reverse("security")).content.decode()
    assert signed_in(sign_in()[0])
    assert "passkey" not in Client().get("/sign-in/").content.decode()


def test_second_factor_lost_is_taken_away_by_an_owner(
    owner: User, make_user: MakeUser, client_of: ClientOf, letters: list[Letter]
) -> None:
    seller = make_user(Role.SELLER)
    browser = client_of(seller)
    with_app(browser)
    actions.remove_second_factor(Who.of(owner), seller)
    assert not Authenticator.objects.exists()
    assert letters[-1].context["what"] == "second_factor_taken"
    assert signed_in(sign_in("seller@example.org")[0])


def test_pages_of_passkeys_carry_their_scripts_as_files(owner_client: Client) -> None:
    owner_client.post("/confirm/", {"password": PASSWORD})
    page = owner_client.get(reverse("mfa_add_webauthn")).content.decode()
    for name in ("mfa/js/webauthn.js", "mfa/js/webauthn-json.js", "account/js/onload.js", "accounts/passkey.js"):
        assert name in page
    options = Client().get(reverse("mfa_login_webauthn"), headers={"Accept": "application/json"}).json()
    assert options["request_options"]["publicKey"]["rpId"] == "testserver"


def test_sessions_are_listed_and_others_ended(owner: User) -> None:  # noqa: ARG001
    (other, _), (client, _) = sign_in(), sign_in()
    place = reverse("usersessions_list")
    page = client.get(place)
    assert (page.status_code, page.context["session_count"]) == (200, 2)
    client.post(place)
    assert client.get(place).context["session_count"] == 1
    assert other.get(place).status_code == 302


# ---------------------------------------------------------------- the organisation's provider


@pytest.fixture
def provider(settings: LazySettings) -> None:
    settings.TRAGT = dataclasses.replace(
        settings.TRAGT, oidc_url="https://id.example.org", oidc_client="tragt", oidc_secret="secret", oidc_name="Our ID"
    )
    for name, value in settings_of_sign_in(settings.TRAGT).items():
        setattr(settings, name, value)


def come_from_provider(email: str, verified: object = True, **state: str) -> tuple[Any, Any]:
    """What happens once the provider has answered."""
    request = RequestFactory().get("/sign-in/sso/callback/")
    request.user = AnonymousUser()
    request.session = Client().session
    setattr(request, "_messages", FallbackStorage(request))  # noqa: B010
    with context.request_context(request):
        from allauth.socialaccount.adapter import get_adapter  # noqa: PLC0415

        known = get_adapter().get_provider(request, "sso")
        data = {"userinfo": {"sub": f"id-{email}", "email": email, "email_verified": verified, "name": "Bo Lund"}}
        login = known.sociallogin_from_response(request, data)
        assert isinstance(login, SocialLogin)
        login.state = dict(state)
        return complete_login(request, login), request


@pytest.mark.usefixtures("provider")
def test_provider_stands_on_the_page_of_sign_in(owner: User) -> None:  # noqa: ARG001
    page = Client().get("/sign-in/").content.decode()
    assert "Our ID" in page
    assert "/sign-in/sso/" in page


@pytest.mark.usefixtures("provider", "owner")
@pytest.mark.parametrize("verified", [False, "false", None, 0])
def test_provider_without_a_verified_address_is_refused(verified: object) -> None:
    answer, request = come_from_provider("owner@example.org", verified)
    assert "not invited" in answer.content.decode()
    assert request.user.is_anonymous
    assert not SocialAccount.objects.exists()


@pytest.mark.usefixtures("provider", "letters")
def test_provider_does_not_let_in_a_deactivated_user(make_user: MakeUser, owner: User) -> None:
    seller = make_user(Role.SELLER)
    actions.deactivate(Who.of(owner), seller)
    answer, request = come_from_provider("seller@example.org")
    assert answer.headers["Location"] == reverse("account_inactive")
    assert request.user.is_anonymous


@pytest.mark.usefixtures("provider", "owner")
def test_provider_is_never_tied_to_a_user_who_is_signed_in() -> None:
    answer, _ = come_from_provider("other@example.org", process="connect")
    assert answer.headers["Location"] == reverse("security")
    assert not SocialAccount.objects.exists()
