"""Keys: shown once, kept as digests, bound to source or role."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client

from tragt.errors import NotAllowed
from tragt.web.accounts import actions, queries
from tragt.web.accounts.models import ApiKey, AuditRow, Role, User, WriteKey
from tragt.web.shell.acting import Who

pytestmark = pytest.mark.django_db

MakeUser = Callable[..., User]
ClientOf = Callable[[User], Client]


def everything() -> str:
    """All that the tables of the accounts hold."""
    names = [name for name in connection.introspection.table_names() if name.startswith("tragt_accounts")]
    with connection.cursor() as cursor:
        rows = []
        for name in names:
            cursor.execute(f'SELECT * FROM "{name}"')
            rows += cursor.fetchall()
    return str(rows)


def test_write_key_is_shown_once_and_kept_as_digest(owner_client: Client) -> None:
    given = {
        "name": "Website",
        "kind": "public",
        "origins": "https://www.Example.org/\n\nhttps://shop.example.org:8443",
    }
    page = owner_client.post("/settings/keys/write/", given)
    key = page.context["key"]
    assert key in page.content.decode()
    assert "no-store" in page.headers["Cache-Control"]
    assert key not in owner_client.get("/settings/keys/").content.decode()
    assert key not in everything()
    row = WriteKey.objects.get()
    assert key.startswith(row.prefix)
    assert (len(key) - len(row.prefix)) >= 28
    assert row.origins == ["https://www.example.org", "https://shop.example.org:8443"]
    assert queries.write_key_of(key) == row
    assert queries.write_key_of(key[:-1]) is None
    audited = AuditRow.objects.get(verb="keys.create")
    assert (audited.target, audited.details) == (f"write key {row.pk}", {"kind": "public"})


@pytest.mark.parametrize(
    "origin",
    ["example.org", "ftp://example.org", "https://example.org/path", "https://a:b@example.org", "https://[", "*"],
)
def test_write_key_with_a_bad_origin_is_refused(owner_client: Client, origin: str) -> None:
    answer = owner_client.post("/settings/keys/write/", {"name": "Website", "kind": "public", "origins": origin})
    assert "is not an origin" in answer.content.decode()
    assert not WriteKey.objects.exists()


def test_secret_write_key_has_no_origins(owner_client: Client) -> None:
    given = {"name": "Server", "kind": "secret", "origins": "https://example.org"}
    assert owner_client.post("/settings/keys/write/", given).context["write_form"].errors["origins"]
    page = owner_client.post("/settings/keys/write/", given | {"origins": ""})
    assert page.context["key"].startswith("tragt_secret_")


def test_write_key_renewed_ends_the_old_one_and_revoked_ends_both(owner_client: Client, owner: User) -> None:
    shown = actions.create_write_key(Who.of(owner), "Website", "public")
    renewed = owner_client.post(f"/settings/keys/write/{shown.row.pk}/rotate/").context["key"]
    assert queries.write_key_of(shown.key) is None
    assert queries.write_key_of(renewed) is not None
    owner_client.post(f"/settings/keys/write/{shown.row.pk}/revoke/")
    assert queries.write_key_of(renewed) is None
    assert owner_client.post(f"/settings/keys/write/{shown.row.pk}/rotate/").status_code == 302
    assert [row.verb for row in AuditRow.objects.filter(verb__startswith="keys.").order_by("pk")] == [
        "keys.create",
        "keys.rotate",
        "keys.revoke",
    ]


def test_api_key_may_do_what_its_role_and_its_user_may(make_user: MakeUser, owner: User) -> None:
    marketing = make_user(Role.MARKETING)
    shown = actions.create_api_key(Who.of(marketing), marketing, "Export", Role.SELLER)
    key = queries.api_key_of(shown.key)
    assert key is not None
    assert key.has_perm("people.edit")
    assert not key.has_perm("people.export")
    actions.change_role(Who.of(owner), marketing, Role.VIEWER)
    key = queries.api_key_of(shown.key)
    assert key is not None
    assert not key.has_perm("people.edit")
    actions.deactivate(Who.of(owner), marketing)
    assert queries.api_key_of(shown.key) is None


def test_api_key_is_kept_as_digest(owner_client: Client) -> None:
    key = owner_client.post("/settings/keys/api/", {"name": "Export", "role": "viewer"}).context["key"]
    assert key not in everything()
    assert queries.api_key_of(key) == ApiKey.objects.get()


def test_api_key_stronger_than_its_user_is_refused(make_user: MakeUser, client_of: ClientOf) -> None:
    marketing = make_user(Role.MARKETING)
    answer = client_of(marketing).post("/settings/keys/api/", {"name": "Export", "role": "owner"})
    assert answer.context["api_form"].errors["role"]
    with pytest.raises(NotAllowed):
        actions.create_api_key(Who.of(marketing), marketing, "Export", Role.OWNER)


def test_api_key_of_another_is_not_seen_nor_touched(owner: User, make_user: MakeUser, client_of: ClientOf) -> None:
    shown = actions.create_api_key(Who.of(owner), owner, "Secret export", Role.OWNER)
    browser = client_of(make_user(Role.MARKETING))
    assert "Secret export" not in browser.get("/settings/keys/").content.decode()
    for act in ("rotate", "revoke"):
        assert browser.post(f"/settings/keys/api/{shown.row.pk}/{act}/").status_code == 404
    manager = client_of(make_user(Role.MANAGER))
    manager.post(f"/settings/keys/api/{shown.row.pk}/rotate/")
    assert queries.api_key_of(shown.key) is not None
    manager.post(f"/settings/keys/api/{shown.row.pk}/revoke/")
    assert queries.api_key_of(shown.key) is None


def test_key_used_often_is_written_once_a_minute(owner: User, django_assert_num_queries: Callable[..., object]) -> None:
    row = actions.create_write_key(Who.of(owner), "Website", "public").row
    actions.touch(row)
    row.refresh_from_db()
    assert row.last_used is not None
    with django_assert_num_queries(0):  # type: ignore[attr-defined]
        actions.touch(row)


def test_write_key_is_changed_and_says_what_is_wrong(owner_client: Client, owner: User) -> None:
    key = actions.create_write_key(Who.of(owner), "Website", "public", test=True).row.pk
    page = f"/settings/keys/write/{key}/"
    assert ">Test</span>" in owner_client.get("/settings/keys/").content.decode()
    given = {
        "name": "Shop",
        "origins": "https://shop.example",
        "names": "Page Viewed\n\n Order Completed \nPage Viewed",
        "rate": "20",
        "burst": "",
    }
    assert owner_client.post(page, given).status_code == 302
    row = WriteKey.objects.get()
    assert (row.name, row.test, row.origins, row.rate, row.burst) == ("Shop", False, ["https://shop.example"], 20, None)
    assert row.names == ["Page Viewed", "Order Completed"]
    assert AuditRow.objects.get(verb="keys.edit").fields == ["name", "origins", "test", "names", "rate"]
    shown = owner_client.get(page).context["form"].initial
    assert (shown["names"], shown["origins"]) == ("Page Viewed\nOrder Completed", "https://shop.example")
    wrong = {"name": "", "origins": "shop", "names": "x" * 201, "rate": "0", "burst": "-1"}
    answer = owner_client.post(page, wrong)
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == set(wrong)


def test_secret_write_key_with_a_burst_needs_a_rate_and_has_no_origins(owner_client: Client, owner: User) -> None:
    key = actions.create_write_key(Who.of(owner), "Server", "secret").row.pk
    page = f"/settings/keys/write/{key}/"
    answer = owner_client.post(page, {"name": "Server", "burst": "5"})
    assert set(answer.context["form"].errors) == {"rate"}
    assert 'name="origins"' not in answer.content.decode()
    assert owner_client.post(page, {"name": "Server", "rate": "2", "burst": "5"}).status_code == 302


def test_write_key_that_was_revoked_or_is_seen_by_others_is_not_changed(
    owner_client: Client, owner: User, make_user: MakeUser, client_of: ClientOf
) -> None:
    row = actions.create_write_key(Who.of(owner), "Website", "public").row
    page = f"/settings/keys/write/{row.pk}/"
    assert client_of(make_user(Role.SELLER)).post(page, {"name": "Mine"}).status_code == 403
    owner_client.post(f"{page}revoke/")
    assert owner_client.post(page, {"name": "Again"}).status_code == 404
    with pytest.raises(NotAllowed):
        actions.change_write_key(Who.of(owner), row.pk, name="Again")
