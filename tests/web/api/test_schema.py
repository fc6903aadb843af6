"""The API does what its description says, tried by a program that knows the description alone.

Half of the requests agree with the description, half do not. Most are led to records that are there, and to what must
have happened before, so that they come as far as the actions: the suite tries each operation a few times, `make soak`
200 times each way, and then every operation must have been done.
"""

import os
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.web.api.firm import Firm, build
from tests.web.api.matrix import ENTRIES
from tests.web.api.trying import Prepare, described_by, tried
from tests.web.people.conftest import home
from tragt.web.project.api import api

__all__ = ["home"]

SOAKING = int(os.environ.get("TRAGT_SOAK_ROUNDS", "0")) >= 1_000
EXAMPLES = 200 if SOAKING else 3

pytestmark = [
    pytest.mark.soak,
    pytest.mark.django_db,
    pytest.mark.skipif("TRAGT_TEST_DATABASE_URL" in os.environ and not SOAKING, reason="tried on the other database"),
]

ADDRESS = "/api/v1"
GROUPS = [tag["name"] for tag in api.described["tags"]]
NAMED = {"owner": "user", "assignee": "user", "first": "person", "second": "another", "reason": "reason"}
"""Fields whose name is another than that of what their key is of."""
KINDS = ("person", "company", "deal", "activity")


@pytest.fixture
def firm(home: Path) -> Firm:  # noqa: ARG001 - files lie in a home
    """A firm with records, and a program of its owner."""
    return build()


@pytest.fixture(scope="module")
def described() -> Any:
    """The description, asked of the application itself."""
    return described_by({**api.described, "servers": [{"url": ADDRESS}]})


def test_description_is_valid(described: Any) -> None:
    described.validate()


@pytest.mark.parametrize("group", GROUPS)
def test_operations_answer_as_they_are_described_and_can_be_done(firm: Firm, described: Any, group: str) -> None:
    from schemathesis import GenerationMode  # noqa: PLC0415 - it takes long to load

    key, wrong = firm.client.defaults["HTTP_AUTHORIZATION"], []
    for path, methods in api.described["paths"].items():
        for method in [method for method, one in methods.items() if one["tags"] == [group]]:
            name, operation = methods[method]["operationId"], described[path][method.upper()]
            for mode in GenerationMode:
                found = tried(operation, mode, EXAMPLES, key, led(firm, name, positive=mode == GenerationMode.POSITIVE))
                if found.wrong:
                    wrong.append(f"--- {method.upper()} {path}, {mode}: {found.wrong}")
                if mode == GenerationMode.POSITIVE:
                    print(f"{name}: done {found.done} of {found.answers.total()} times; {dict(found.answers)}")
                    if SOAKING and not found.done:
                        wrong.append(f"--- {name} was never done, only {dict(found.answers)}")
    assert not wrong, "\n".join(wrong)


def led(firm: Firm, name: str, *, positive: bool) -> Prepare:
    """What leads requests for an operation to what is there.

    One of four is sent as it was made up. What breaks the description is led only where that is not what breaks it.
    """
    from schemathesis.core.parameters import ParameterLocation as Location  # noqa: PLC0415 - it takes long to load

    entry = ENTRIES[name]

    def lead(case: Any, chance: Random) -> None:
        if not chance.randrange(4):
            return
        keys = firm.at("own")
        entry.before(keys)
        broken = {} if positive or case.meta is None else case.meta.components
        if not (Location.PATH in broken and broken[Location.PATH].mode.is_negative):
            case.path_parameters = {part: keys.get(part, made) for part, made in (case.path_parameters or {}).items()}
        if not positive:
            return
        asked = entry.query(keys)
        if asked and chance.randrange(2):
            case.query = {**(case.query or {}), **asked}
        case.headers = {head: said for head, said in (case.headers or {}).items() if head != "If-Match"}
        if "json" not in (case.media_type or "json"):
            object.__setattr__(case, "_meta", None)  # it would take every body of bytes for one that breaks the rules
        wanted = entry.body(keys) if entry.body else None
        case.body = bound(case.body, keys)
        if isinstance(wanted, bytes):
            case.body = wanted if chance.randrange(2) else case.body
        elif isinstance(wanted, dict) and isinstance(case.body, dict) and "file" not in wanted:
            made = {field: value for field, value in case.body.items() if not chance.randrange(3)}
            case.body = {**wanted, **made} if chance.randrange(2) else {**made, **wanted}

    return lead


def bound(body: Any, keys: dict[str, Any]) -> Any:
    """A body in which every key of a record is that of one that is there."""
    if isinstance(body, list):
        return [bound(one, keys) for one in body]
    if not isinstance(body, dict):
        return body
    made = {field: bound(value, keys) for field, value in body.items()}
    for field, value in made.items():
        there = keys.get(NAMED.get(field, field))
        if isinstance(value, int) and not isinstance(value, bool) and isinstance(there, int):
            made[field] = there
    if made.get("kind") in KINDS and "key" in made:
        made["key"] = keys[made["kind"]]
    return made
