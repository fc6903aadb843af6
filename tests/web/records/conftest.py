"""Persons and companies for lists."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tragt.web.people.models import Company, Person

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
Make = Callable[..., Person]


@pytest.fixture
def person(db: None) -> Make:  # noqa: ARG001
    """Makes persons: ``person("Bo Holm", email=…)``, a day apart."""
    made: list[Person] = []

    def make(name: str = "", **fields: object) -> Person:
        at = START + timedelta(days=len(made))
        made.append(Person.objects.create(**{"name": name, "created": at, "updated": at, **fields}))
        return made[-1]

    return make


@pytest.fixture
def company(db: None) -> Callable[..., Company]:  # noqa: ARG001
    """Makes companies: ``company("Nordlys A/S", domain=…)``."""

    def make(name: str, **fields: object) -> Company:
        return Company.objects.create(key=name.casefold(), name=name, **fields)

    return make
