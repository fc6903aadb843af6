"""What the accounts hold of persons: all of it declared, exported, erased."""

from collections.abc import Callable

import pytest
from django.apps import apps
from django.test import Client

from tests.web.accounts.conftest import Letter
from tests.web.accounts.test_keys import everything
from tests.web.conftest import PASSWORD
from tragt.web.accounts import actions
from tragt.web.accounts.models import Role, User
from tragt.web.accounts.personal_data import STORES
from tragt.web.shell.acting import Who
from tragt.web.shell.personal import Subject

pytestmark = pytest.mark.django_db

MakeUser = Callable[..., User]
OURS = {"tragt_accounts", "auth", "contenttypes", "sessions", "account", "mfa", "socialaccount", "usersessions"}


def test_every_field_of_every_table_is_declared_once() -> None:
    models = {model._meta.label: model for model in apps.get_models() if model._meta.app_label in OURS}
    assert sorted(store.name for store in STORES) == sorted(models)
    for store in STORES:
        meta = models[store.name]._meta
        fields = {field.name for field in (*meta.concrete_fields, *meta.many_to_many)}
        assert set(store.personal) | store.other == fields, store.name
        assert not set(store.personal) & store.other


def test_erasing_one_who_was_invited_and_one_who_left_takes_them_out(
    owner: User, make_user: MakeUser, letters: list[Letter]
) -> None:
    seller = make_user(Role.SELLER, "bo@example.org", "Bo Lund")
    browser = Client(headers={"User-Agent": "Bo's telephone"})
    browser.post("/sign-in/", {"login": "bo@example.org", "password": PASSWORD})
    actions.invite(Who.of(owner), "cy@example.org", Role.SELLER, "da")
    User.objects.filter(pk=seller.pk).update(is_active=False)
    subject = Subject(1, frozenset(), frozenset({"Bo@example.org", "cy@example.org"}))
    exported = str([row for store in STORES for row in store.export(subject)])
    for found in ("bo@example.org", "Bo Lund", "cy@example.org", "Bo's telephone", "127.0.0.1"):
        assert found in exported, found
    assert sum(store.erase(subject) for store in STORES) >= 4
    kept = everything()
    for gone in ("bo@example.org", "Bo Lund", "cy@example.org"):
        assert gone not in kept
    assert not [row for store in STORES for row in store.export(subject)]
    assert letters


def test_erasing_leaves_one_who_works_here_alone(owner: User) -> None:
    Client().post("/sign-in/", {"login": owner.email, "password": PASSWORD})
    subject = Subject(None, frozenset(), frozenset({owner.email}))
    assert sum(store.erase(subject) for store in STORES) == 0
    owner.refresh_from_db()
    assert owner.email == "owner@example.org"
