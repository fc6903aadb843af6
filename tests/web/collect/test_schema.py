"""What the tracking API does is what its description says, tried by a program that knows the description alone."""

import os
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.conftest import ROUNDS
from tests.web.collect.loopback import Running
from tragt.events.tracking.bodies import BATCH
from tragt.events.tracking.calls import Kind

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif("TRAGT_TEST_DATABASE_URL" in os.environ, reason="what is sent is the same, whatever keeps it"),
]

OPERATIONS = sorted(f"/v1/{kind}" for kind in (*Kind, BATCH))


@pytest.fixture(scope="module")
def server(stranger: Running) -> Iterator[Running]:
    """A Tragt that has settled, in the end, all that it took."""
    yield stranger
    stranger.until(lambda: stranger.ask("SELECT count(*) FROM tragt_inbox_raw") == [0])


@pytest.fixture(scope="module")
def described(server: Running) -> Any:
    """The description as the server gives it."""
    import schemathesis  # noqa: PLC0415 - it takes long to load

    return schemathesis.openapi.from_url(f"http://127.0.0.1:{server.port}/v1/openapi.json")


def test_description_is_valid_and_names_every_kind_of_call(described: Any) -> None:
    described.validate()
    assert sorted(operation.ok().path for operation in described.get_all_operations()) == OPERATIONS


@pytest.mark.parametrize("mode", ["positive", "negative"])
@pytest.mark.parametrize("path", OPERATIONS)
def test_api_answers_as_it_is_described(server: Running, described: Any, path: str, mode: str) -> None:
    """All checks of Schemathesis hold but one or two: no error of the server, status and body as described, and more.

    A schema cannot say all that makes a call meaningless (a name of blanks, a time to come), so what agrees with it may
    be refused; and a batch is answered with success whatever some of its calls are.
    """
    from schemathesis import GenerationMode  # noqa: PLC0415 - it takes long to load
    from schemathesis.specs.openapi.checks import (  # noqa: PLC0415
        negative_data_rejection,
        positive_data_acceptance,
    )

    excluded = [positive_data_acceptance, *([negative_data_rejection] if path.endswith(BATCH) else [])]
    cases = described[path]["POST"].as_strategy(generation_mode=GenerationMode(mode))

    @settings(max_examples=max(ROUNDS // 10, 1), suppress_health_check=list(HealthCheck))
    @given(cases)
    def answers(case: Any) -> None:
        case.call_and_validate(headers=server.naming("secret"), timeout=60, excluded_checks=excluded)

    answers()


OTHERS = ("DELETE", "PATCH", "PUT", "TRACE", "QUERY")


@pytest.mark.parametrize("method", [*OTHERS, "GET", "HEAD"])
def test_method_that_is_not_for_calls_is_told_which_is(server: Running, method: str) -> None:
    """RFC 9110, section 15.5.6: the answer names the methods that are allowed."""
    assert {allowed(server, method, path) for path in OPERATIONS} == {(405, "POST, OPTIONS")}


@pytest.mark.parametrize("method", [*OTHERS, "POST"])
def test_method_that_is_not_for_the_description_is_told_which_is(server: Running, method: str) -> None:
    assert allowed(server, method, "/v1/openapi.json") == (405, "GET, OPTIONS")


def allowed(server: Running, method: str, path: str) -> tuple[int, str | None]:
    """The status of an answer, and the methods that it names."""
    with closing(server.connection()) as connection:
        connection.request(method, path, headers=server.naming("secret"))
        response = connection.getresponse()
        return response.status, response.getheader("Allow")
