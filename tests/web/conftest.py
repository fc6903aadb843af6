"""What the tests of the web share: an organisation, its people, and browsers of theirs."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.db import connections, transaction
from django.test import Client, TransactionTestCase
from django.test.utils import CaptureQueriesContext

from tragt.web.accounts.models import ApiKey, Organisation, Role, User
from tragt.web.accounts.tokens import digest, new_key
from tragt.web.api import limits

PASSWORD = "a long word of honour"
KEPT = {"django_content_type", "auth_permission"}
"""Tables whose rows come with the tables."""


@pytest.fixture(scope="session", autouse=True)
def _quickly_emptied() -> Iterator[None]:
    """After a test that commits only those tables are emptied that hold rows: Django empties and fills them all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", _empty)
        yield


def _empty(case: TransactionTestCase) -> None:
    for alias in case.databases:
        connection = connections[alias]
        names = set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - KEPT
        tables = {name: connection.ops.quote_name(name) for name in names}
        holding = [f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {table})" for name, table in tables.items()]
        with transaction.atomic(using=alias), connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(holding))
            for (name,) in cursor.fetchall():
                cursor.execute(f"DELETE FROM {tables[name]}")


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Limits of rate and other cached things do not go from one test into the next."""
    cache.clear()
    limits.forget()


@pytest.fixture
def organisation(db: None) -> Organisation:  # noqa: ARG001
    """An organisation of Copenhagen."""
    return Organisation.objects.create(
        pk=1, name="Nordlys", time_zone="Europe/Copenhagen", currency="DKK", language="en"
    )


@pytest.fixture
def make_user(organisation: Organisation) -> Callable[..., User]:  # noqa: ARG001
    """Makes users: ``make_user(Role.SELLER, email=…, name=…, language=…)``; the password is `PASSWORD`."""

    def make(role: str = Role.VIEWER, email: str = "", name: str = "", language: str = "en") -> User:
        email = email or f"{role}@example.org"
        user = User(email=email, name=name or email.split("@", maxsplit=1)[0].title(), role=role, language=language)
        user.set_password(PASSWORD)
        user.save()
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
        return user

    return make


@pytest.fixture
def owner(make_user: Callable[..., User]) -> User:
    """The owner of the organisation."""
    return make_user(Role.OWNER)


@pytest.fixture
def client_of() -> Callable[[User], Client]:
    """Signs a user in: ``client_of(owner).get("/")``."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def owner_client(owner: User, client_of: Callable[[User], Client]) -> Client:
    """A browser in which the owner is signed in."""
    return client_of(owner)


@pytest.fixture
def program_of() -> Callable[..., Client]:
    """A program that acts for a user: ``program_of(owner)``, within a role ``program_of(owner, "viewer")``."""

    def made(user: User, role: str = "") -> Client:
        key, prefix = new_key("api")
        ApiKey.objects.create(user=user, name="program", role=role or user.role, prefix=prefix, digest=digest(key))
        return Client(headers={"Authorization": f"Bearer {key}"})

    return made


def queries(act: Callable[[], object]) -> int:
    """How many queries an act makes, to the inbox too, wherever that stands."""
    with ExitStack() as until_end:
        asked = [until_end.enter_context(CaptureQueriesContext(connections[alias])) for alias in connections]
        act()
    return sum(map(len, asked))
