"""The API does what its description says, tried by a program that knows the description alone."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.handlers.wsgi import WSGIHandler
from django.db import transaction
from hypothesis import HealthCheck, given, settings

from tests.conftest import ROUNDS
from tests.web.api.firm import Firm, build
from tests.web.people.conftest import home
from tragt.web.project.api import api

__all__ = ["home"]

pytestmark = [
    pytest.mark.long,
    pytest.mark.django_db,
    pytest.mark.skipif("TRAGT_TEST_DATABASE_URL" in os.environ and ROUNDS < 100, reason="tried on the other database"),
]

ADDRESS = "/api/v1"
GROUPS = [tag["name"] for tag in api.described["tags"]]
EXAMPLES = max(ROUNDS // 20, 1)


@pytest.fixture
def firm(home: Path) -> Firm:  # noqa: ARG001 - files lie in a home
    """A firm with records, and a program of its owner."""
    return build()


@pytest.fixture(scope="module")
def described() -> Any:
    """The description as Schemathesis reads it, asked of the application itself."""
    import schemathesis  # noqa: PLC0415 - it takes long to load

    schema = schemathesis.openapi.from_dict({**api.described, "servers": [{"url": ADDRESS}]})
    schema.app = WSGIHandler()
    return schema


def test_description_is_valid(described: Any) -> None:
    described.validate()


@pytest.mark.parametrize("group", GROUPS)
def test_operations_answer_as_they_are_described(firm: Firm, described: Any, group: str) -> None:
    """All checks of Schemathesis hold but one: a description cannot say all that makes a request meaningless.

    No error of the server, statuses, media types, headers and bodies as described, and nothing is taken that the
    description forbids.
    """
    from schemathesis import GenerationMode  # noqa: PLC0415 - it takes long to load

    failed = []
    for path, methods in api.described["paths"].items():
        for method in [method for method, one in methods.items() if one["tags"] == [group]]:
            for mode in GenerationMode:
                cases = described[path][method.upper()].as_strategy(generation_mode=mode)
                try:
                    tried(cases, firm.client.defaults["HTTP_AUTHORIZATION"])
                except Exception as wrong:  # noqa: BLE001 - what is found is told of all operations together
                    told = "\n".join(str(one) for one in getattr(wrong, "exceptions", [wrong]))
                    failed.append(f"--- {method.upper()} {path}, {mode}: {type(wrong).__name__}\n{told[:2500]}")
    assert not failed, "\n".join(failed)


def tried(cases: Any, key: str) -> None:
    """Send requests that agree with the description, or that do not, and see that the answers are as described."""
    from schemathesis.specs.openapi.checks import positive_data_acceptance  # noqa: PLC0415 - it takes long to load

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), deadline=None)
    @given(cases)
    def answered(case: Any) -> None:
        cache.clear()
        with transaction.atomic():
            case.call_and_validate(headers={"Authorization": key}, excluded_checks=[positive_data_acceptance])
            transaction.set_rollback(True)

    answered()
