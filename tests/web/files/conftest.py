"""A home of its own, records of two sellers and of nobody, and a way to put files on them."""

from collections.abc import Callable

import pytest

from tests.web.people.conftest import home
from tragt.web.accounts.models import Role, User
from tragt.web.crm.models import Deal, Pipeline, Stage
from tragt.web.files.actions import add_file
from tragt.web.files.models import File
from tragt.web.files.store import receive
from tragt.web.people.models import Company, Identifier, Person
from tragt.web.shell.acting import COMMAND_LINE, Who

__all__ = ["home"]

PutFile = Callable[..., File]


@pytest.fixture
def anna(make_user: Callable[..., User]) -> User:
    """A seller."""
    return make_user(Role.SELLER, "anna@example.org", "Anna Holm")


@pytest.fixture
def bo(make_user: Callable[..., User]) -> User:
    """Another seller."""
    return make_user(Role.SELLER, "bo@example.org", "Bo Berg")


@pytest.fixture
def ada(anna: User) -> Person:
    """A person whom Anna owns."""
    person = Person.objects.create(name="Ada Lovelace", email="ada@nordlys.dk", owner=anna)
    Identifier.objects.create(actor="u:ada", person=person)
    return person


@pytest.fixture
def firm(bo: User) -> Company:
    """A company that Bo owns."""
    return Company.objects.create(key="nordlys", name="Nordlys", owner=bo)


@pytest.fixture
def deal(organisation: object) -> Deal:  # noqa: ARG001
    """A deal that nobody owns."""
    pipeline = Pipeline.objects.create(name="Sales")
    stage = Stage.objects.create(pipeline=pipeline, name="Contact", position=0)
    return Deal.objects.create(name="Lamps", pipeline=pipeline, stage=stage, currency="DKK")


@pytest.fixture
def put_file(home: object) -> PutFile:  # noqa: ARG001
    """Puts files on records: ``put_file(record, "offer.pdf", b"%PDF-", by=user)``; by the command line unless told."""

    def put(
        record: Person | Company | Deal, name: str = "offer.txt", content: bytes = b"lamps", by: User | None = None
    ) -> File:
        kind = type(record).__name__.lower()
        return add_file(receive([content]), name, kind, record.pk, who=Who.of(by) if by else COMMAND_LINE)

    return put
