"""Users: roles, access, their own profile."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client

from tests.web.conftest import PASSWORD
from tragt.errors import NotAllowed
from tragt.web.accounts import actions
from tragt.web.accounts.models import AuditRow, Organisation, Role, User
from tragt.web.shell.acting import COMMAND_LINE, Who

pytestmark = pytest.mark.django_db

MakeUser = Callable[..., User]
ClientOf = Callable[[User], Client]


def test_role_changed_by_an_owner_holds_at_once(owner_client: Client, make_user: MakeUser, client_of: ClientOf) -> None:
    seller = make_user(Role.SELLER)
    browser = client_of(seller)
    assert browser.get("/settings/users/").status_code == 403
    owner_client.post(f"/settings/users/{seller.pk}/role/", {"role": "manager"})
    assert browser.get("/settings/users/").status_code == 200
    row = AuditRow.objects.get(verb="users.role")
    assert (row.target, row.fields, row.details) == (f"user {seller.pk}", ["role"], {"from": "seller", "to": "manager"})


@pytest.mark.parametrize("act", ["role", "deactivate"])
def test_last_owner_never_goes(owner: User, owner_client: Client, make_user: MakeUser, act: str) -> None:
    asleep = make_user(Role.OWNER, "asleep@example.org")
    User.objects.filter(pk=asleep.pk).update(is_active=False)
    answer = owner_client.post(f"/settings/users/{owner.pk}/{act}/", {"role": "viewer"}, follow=True)
    assert "This is the last owner." in answer.content.decode()
    owner.refresh_from_db()
    assert (owner.role, owner.is_active) == ("owner", True)


def test_owner_goes_when_another_stays(owner: User, make_user: MakeUser) -> None:
    make_user(Role.OWNER, "other@example.org")
    actions.change_role(Who.of(owner), owner, Role.VIEWER)
    owner.refresh_from_db()
    assert owner.role == Role.VIEWER


@pytest.mark.django_db(transaction=True)
def test_two_owners_going_at_the_same_moment_leave_one(make_user: MakeUser) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("the database in memory is one connection")
    owners = [make_user(Role.OWNER, f"{name}@example.org") for name in ("one", "two")]
    gate = threading.Barrier(2)
    refused: list[str] = []

    def run(user: User) -> None:
        gate.wait()
        try:
            actions.deactivate(COMMAND_LINE, user)
        except NotAllowed as refusal:
            refused.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(user,)) for user in owners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == ["accounts.last_owner"]
    assert User.objects.filter(is_active=True).count() == 1


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("role/", {"role": "viewer"}),
        ("deactivate/", {}),
        ("reactivate/", {}),
        ("second-factor/", {}),
    ],
)
def test_manager_cannot_touch_an_owner(
    owner: User, make_user: MakeUser, client_of: ClientOf, path: str, given: dict[str, str]
) -> None:
    make_user(Role.OWNER, "other@example.org")
    browser = client_of(make_user(Role.MANAGER))
    answer = browser.post(f"/settings/users/{owner.pk}/{path}", given, follow=True)
    assert "Only an owner can change another owner" in answer.content.decode()
    owner.refresh_from_db()
    assert (owner.role, owner.is_active) == ("owner", True)


@pytest.mark.usefixtures("owner")
def test_manager_cannot_make_owners_not_even_of_themselves(make_user: MakeUser, client_of: ClientOf) -> None:
    manager = make_user(Role.MANAGER)
    browser = client_of(manager)
    answer = browser.post(f"/settings/users/{manager.pk}/role/", {"role": "owner"}, follow=True)
    assert "You cannot give this role." in answer.content.decode()
    with pytest.raises(NotAllowed):
        actions.change_role(Who.of(manager), manager, Role.OWNER)
    manager.refresh_from_db()
    assert manager.role == Role.MANAGER


def test_deactivated_user_is_out_at_once_and_comes_back(owner: User, make_user: MakeUser) -> None:
    seller = make_user(Role.SELLER)
    browser = Client()
    browser.post("/sign-in/", {"login": seller.email, "password": PASSWORD})
    assert browser.get("/settings/profile/").status_code == 200
    actions.deactivate(Who.of(owner), seller)
    assert browser.get("/settings/profile/").status_code == 302
    assert AuditRow.objects.get(verb="users.deactivate").details == {"sessions": 1}
    actions.reactivate(Who.of(owner), seller)
    browser.post("/sign-in/", {"login": seller.email, "password": PASSWORD})
    assert browser.get("/settings/profile/").status_code == 200


def test_profile_changes_name_and_language_of_the_page(owner: User, owner_client: Client) -> None:
    answer = owner_client.post("/settings/profile/", {"name": "Anna B.", "language": "sv"})
    assert answer.status_code == 302
    owner.refresh_from_db()
    assert (owner.name, owner.language) == ("Anna B.", "sv")
    assert owner_client.get("/settings/profile/").headers["Content-Language"] == "sv"
    assert AuditRow.objects.get(verb="profile.edit").fields == ["name", "language"]


def test_profile_cannot_change_role_or_address(owner_client: Client, owner: User) -> None:
    given = {"name": "A", "language": "en", "role": "viewer", "email": "x@example.org", "is_active": ""}
    owner_client.post("/settings/profile/", given)
    owner.refresh_from_db()
    assert (owner.role, owner.email, owner.is_active) == ("owner", "owner@example.org", True)


def test_language_chosen_on_a_page_stays_with_the_user(owner: User, owner_client: Client) -> None:
    owner_client.post("/language/", {"language": "nb", "next": "/settings/profile/"})
    owner.refresh_from_db()
    assert owner.language == "nb"


def test_email_is_unique_whatever_its_capitals(owner: User) -> None:  # noqa: ARG001
    with pytest.raises(NotAllowed, match="exists already"):
        actions.found(actions.Founding("X", "OWNER@example.org", PASSWORD), COMMAND_LINE)


def test_organisation_is_changed_by_owners_only(
    organisation: Organisation, owner_client: Client, make_user: MakeUser, client_of: ClientOf
) -> None:
    given = {
        "name": "Nordlys AB",
        "time_zone": "Europe/Stockholm",
        "week_start": "7",
        "fiscal_year_start": "5",
        "currency": "SEK",
        "language": "sv",
        "sellers_see": "team",
        "sellers_change": "own",
    }
    manager = client_of(make_user(Role.MANAGER))
    assert manager.get("/settings/organisation/").status_code == 200
    assert manager.post("/settings/organisation/", given).status_code == 403
    assert owner_client.post("/settings/organisation/", given).status_code == 302
    organisation.refresh_from_db()
    assert {name: str(getattr(organisation, name)) for name in given} == given
    assert set(AuditRow.objects.get(verb="organisation.edit").fields) == set(given)
    bad = owner_client.post("/settings/organisation/", given | {"time_zone": "Mars", "week_start": "8"})
    assert set(bad.context["form"].errors) == {"time_zone", "week_start"}


def test_organisation_keeps_a_zone_that_the_list_does_not_have(
    organisation: Organisation, owner_client: Client
) -> None:
    Organisation.objects.update(time_zone="Etc/GMT-1")
    page = owner_client.get("/settings/organisation/")
    assert page.context["form"]["time_zone"].value() == "Etc/GMT-1"
    assert ("Etc/GMT-1", "Etc/GMT-1") in page.context["form"].fields["time_zone"].choices
    assert organisation.pk == 1
