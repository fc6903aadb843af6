"""Every address of the accounts, for every role: who may, and what it costs."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, reverse

from tests.web.accounts.conftest import Letter
from tests.web.conftest import PASSWORD
from tragt.web.accounts import actions, urls
from tragt.web.accounts.models import AuditRow, Invitation, Role, User
from tragt.web.shell.acting import Who

pytestmark = pytest.mark.django_db

MakeUser = Callable[..., User]
ClientOf = Callable[[User], Client]

SIGNED_OUT = {
    "start", "invitation", "account_login", "mfa_authenticate", "mfa_login_webauthn", "account_inactive",
    "socialaccount_login_cancelled", "socialaccount_login_error", "openid_connect_login", "openid_connect_callback",
    "account_logout", "account_reset_password", "account_reset_password_done", "account_reset_password_from_key",
    "account_reset_password_from_key_done",
}  # fmt: skip
EVERYONE = {"profile", "security", "usersessions_list"}
SEES = {
    "audit": "audit.see",
    "keys": "keys.see",
    "organisation": "organisation.see",
    "teams": "users.see",
    "users": "users.see",
}
DOES = {"users": "users.edit", "invitations": "users.edit", "keys": "keys.edit", "teams": "users.edit"}
GIVEN = {"uidb36": "1", "key": 1, "link": "abc", "pk": 1, "provider_id": "sso"}


def names(patterns: list[URLPattern]) -> list[str]:
    return sorted(str(pattern.name) for pattern in patterns)


def address(name: str) -> str:
    pattern = next(one for one in urls.urlpatterns if isinstance(one, URLPattern) and one.name == name)
    fields = list(getattr(pattern.pattern, "converters", {})) or list(pattern.pattern.regex.groupindex)
    return reverse(name, kwargs={field: GIVEN[field] for field in fields})


ALL = names([one for one in urls.urlpatterns if isinstance(one, URLPattern)])
CHANGES = {"keys_write"}
"""Pages on which something is changed: they are seen by those alone who may."""
ACTS = [name for name in names(urls.organisation_pages) if name not in SEES]  # type: ignore[arg-type]


@pytest.mark.parametrize("method", ["get", "post"])
def test_address_without_sign_in_leads_to_it_unless_it_is_for_all(method: str, owner: User) -> None:  # noqa: ARG001
    led = {
        name
        for name in ALL
        if (answer := getattr(Client(), method)(address(name))).status_code == 302
        and answer.headers["Location"].startswith("/sign-in/?next=")
    }
    assert led == set(ALL) - SIGNED_OUT


@pytest.mark.parametrize("role", Role)
def test_pages_open_for_the_roles_that_may_see_them(
    role: Role, owner: User, make_user: MakeUser, client_of: ClientOf
) -> None:
    user = owner if role == Role.OWNER else make_user(role)
    browser = client_of(user)
    for name in EVERYONE | set(SEES):
        allowed = name in EVERYONE or user.has_perm(SEES[name])
        answer = browser.get(address(name))
        assert answer.status_code == (200 if allowed else 403), name
        assert (f'href="{address(name)}"' in browser.get("/settings/profile/").content.decode()) == allowed or (
            name == "usersessions_list"
        )


@pytest.mark.parametrize("role", Role)
def test_acts_are_open_to_the_roles_that_may_do_them(
    role: Role, owner: User, make_user: MakeUser, client_of: ClientOf
) -> None:
    user = owner if role == Role.OWNER else make_user(role)
    browser = client_of(user)
    for name in ACTS:
        allowed = user.has_perm(DOES[name.partition("_")[0]])
        assert (browser.post(address(name)).status_code == 403) == (not allowed), name
        seen = 405 if name not in CHANGES else 404 if allowed else 403
        assert browser.get(address(name)).status_code == seen, name
    assert not AuditRow.objects.filter(verb__startswith="users").exists() or role in (Role.OWNER, Role.MANAGER)


def test_every_post_needs_the_csrf_token(owner: User) -> None:
    taking = [name for name in ALL if name not in SEES and name not in ("security", "mfa_index")]
    passed = []
    for name in taking:
        browser = Client(enforce_csrf_checks=True)
        if name not in SIGNED_OUT:
            browser.force_login(owner)
        if browser.post(address(name)).status_code != 403:
            passed.append(name)
    assert passed == []


@pytest.mark.parametrize("name", ["users", "keys", "security", "profile", "organisation", "usersessions_list"])
def test_pages_take_the_same_number_of_queries_however_much_they_show(
    name: str, owner: User, make_user: MakeUser, letters: list[Letter]
) -> None:
    browser = Client()
    browser.post("/sign-in/", {"login": owner.email, "password": PASSWORD})

    def queries_of() -> int:
        with CaptureQueriesContext(connection) as counted:
            assert browser.get(address(name)).status_code == 200
        return len(counted)

    def more(number: int) -> None:
        user = make_user(Role.SELLER, f"seller{number}@example.org")
        actions.invite(Who.of(owner), f"invited{number}@example.org", Role.SELLER, "da")
        actions.create_write_key(Who.of(owner), f"Source {number}", "public")
        actions.create_api_key(Who.of(owner), owner, f"Program {number}", Role.VIEWER)
        assert user.pk

    more(0)
    few = queries_of()
    for number in range(1, 6):
        more(number)
    assert queries_of() == few
    assert few <= 12
    assert len(letters) == 6


@pytest.mark.parametrize("language", ["en", "da", "sv", "nb"])
def test_pages_stand_in_every_language(language: str, owner: User, owner_client: Client, letters: list[Letter]) -> None:
    User.objects.filter(pk=owner.pk).update(language=language)
    actions.invite(Who.of(owner), "bo@example.org", Role.SELLER, language)
    actions.create_write_key(Who.of(owner), "Website", "public")
    for name in EVERYONE | set(SEES):
        assert owner_client.get(address(name)).headers["Content-Language"] == language
    assert Client().get(letters[0].link, headers={"Accept-Language": language}).status_code == 200
    owner_client.post("/confirm/", {"password": PASSWORD})
    for name in ("account_change_password", "mfa_activate_totp", "mfa_add_webauthn", "mfa_list_webauthn"):
        assert owner_client.get(address(name)).status_code == 200, name


@pytest.mark.parametrize(
    "name",
    ["account_login", "account_reset_password", "account_reset_password_done", "account_inactive",
     "account_reset_password_from_key", "account_reset_password_from_key_done", "socialaccount_login_error",
     "socialaccount_login_cancelled", "account_logout"],
)  # fmt: skip
def test_pages_of_sign_in_stand_in_our_frame(name: str, owner_client: Client) -> None:
    browser = owner_client if name == "account_logout" else Client()
    page = browser.get(address(name), follow=True).content.decode()
    assert "shell/page.css" in page
    assert "<style" not in page
    assert " style=" not in page
    assert " onclick" not in page


def test_too_many_requests_are_answered_in_our_frame(owner: User) -> None:  # noqa: ARG001
    for _ in range(31):
        answer = Client().post("/sign-in/")
    assert answer.status_code == 429
    assert "Wait a few minutes" in answer.content.decode()


def test_invitations_of_all_states_are_listed_or_not(owner: User, owner_client: Client, letters: list[Letter]) -> None:
    for name in ("open", "gone", "taken"):
        actions.invite(Who.of(owner), f"{name}@example.org", Role.SELLER, "da")
    actions.withdraw(Who.of(owner), Invitation.objects.get(email="gone@example.org"))
    Client().post(letters[2].link, {"name": "T", "password": PASSWORD, "language": "da"})
    page = owner_client.get("/settings/users/")
    assert [one.invitation.email for one in page.context["invitations"]] == ["open@example.org"]


def test_palette_offers_what_the_role_may_do_by_any_of_its_words(
    owner_client: Client, make_user: MakeUser, client_of: ClientOf
) -> None:
    def offered(browser: Client, text: str) -> dict[str, str]:
        hits = browser.get("/palette/", {"q": text}).context["hits"]
        return {hit.title: hit.url for hit in hits if hit.kind == "Action"}

    assert offered(owner_client, "new user") == {"Invite a colleague": "/settings/users/#invite"}
    page = offered(owner_client, "API")["Make an API key"].partition("#")[0]
    assert '<details class="card" id="api" open>' in owner_client.get(page).content.decode()
    seller = client_of(make_user(Role.SELLER))
    assert (offered(seller, "invite"), list(offered(seller, "pass"))) == ({}, ["Change password"])
