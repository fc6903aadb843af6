"""The page about the API and its description: all operations, said so that others understand it."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from ninja import Schema

from tragt.web.accounts.models import Role, User
from tragt.web.api.problems import PROBLEMS
from tragt.web.project.api import api

pytestmark = pytest.mark.django_db

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    """What the API says of itself."""
    return api.described


def operations(description: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, one) for path, methods in description["paths"].items() for method, one in methods.items()]


def test_description_is_given_to_everybody_and_not_sent_twice(owner: User) -> None:  # noqa: ARG001 - there is one
    answer = Client().get("/api/v1/openapi.json")
    assert (answer.status_code, answer.json()["openapi"]) == (200, "3.1.0")
    again = Client().get("/api/v1/openapi.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_description_names_every_operation_once_with_all_that_it_needs(description: dict[str, Any]) -> None:
    found = operations(description)
    names = [one["operationId"] for _path, _method, one in found]
    assert len(set(names)) == len(names)
    assert {method for _path, method, _one in found} <= METHODS
    known = {tag["name"] for tag in description["tags"]}
    for _path, _method, one in found:
        assert one["summary"], one["operationId"]
        assert len(one["tags"]) == 1, one["operationId"]
        assert set(one["tags"]) <= known, f"{one['operationId']}: say in api/tags.py what {one['tags']} is about"
        for parameter in one["parameters"]:
            assert "$ref" in parameter or parameter.get("description"), (one["operationId"], parameter["name"])


def test_description_says_of_errors_that_they_are_problems(description: dict[str, Any]) -> None:
    for _path, method, one in operations(description):
        refused = {status: said for status, said in one["responses"].items() if status >= "4"}
        assert all(said == {"$ref": f"#/components/responses/Problem{status}"} for status, said in refused.items())
        assert {"400", "401", "403", "404", "422", "503"} <= set(refused)
        assert ("304" in one["responses"]) == (method == "get")
    answers = description["components"]["responses"]
    assert set(answers) == {*(f"Problem{status}" for status in PROBLEMS), "NotModified"}
    assert set(answers["Problem404"]["content"]) == {"application/problem+json"}


def test_description_says_where_and_by_whom(description: dict[str, Any]) -> None:
    assert description["servers"][0]["url"].endswith("/api/v1")
    assert description["security"] == [{"BearerKey": []}]
    assert description["components"]["securitySchemes"]["BearerKey"] == {"type": "http", "scheme": "bearer"}
    made = description["paths"]["/files"]["post"]
    assert set(made["responses"]["201"]["headers"]) == {"Location", "Idempotent-Replay"}
    assert {"$ref": "#/components/parameters/IdempotencyKey"} in made["parameters"]
    changed = description["paths"]["/files/{file}"]["patch"]
    assert {"$ref": "#/components/parameters/IfMatch"} in changed["parameters"]
    assert "ETag" in changed["responses"]["200"]["headers"]
    assert "412" in changed["responses"]


def test_page_about_the_api_is_for_those_who_are_signed_in(owner: User, client_of: Callable[[User], Client]) -> None:
    assert Client().get("/api/v1/docs").status_code == 302
    answer = client_of(owner).get("/api/v1/docs")
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_page_about_the_api_has_every_operation_and_shape(
    make_user: Callable[..., User], client_of: Callable[[User], Client], description: dict[str, Any]
) -> None:
    page = client_of(make_user(Role.OWNER, language="da")).get("/api/v1/docs").content.decode()
    for path, _method, one in operations(description):
        assert f'id="{one["operationId"]}"' in page
        assert f"<code>{path}</code>" in page
    for name in description["components"]["schemas"]:
        assert f'id="shape-{name}"' in page
    assert "<script>" not in page
    assert '<html lang="da"' in page


def test_page_of_keys_leads_to_the_one_about_the_api(owner_client: Client) -> None:
    assert 'href="/api/v1/docs"' in owner_client.get("/settings/keys/").content.decode()


@pytest.mark.usefixtures("description")
def test_no_two_shapes_have_one_name() -> None:
    """The description knows a shape by its name alone: of two, one would stand for both."""
    shapes = [one for one in below(Schema) if one.__module__.startswith("tragt.") and "[" not in one.__name__]
    assert len(shapes) > 100
    told: dict[str, set[str]] = defaultdict(set)
    for one in shapes:
        told[one.__name__].add(json.dumps(one.model_json_schema(), default=str))
    assert not [name for name, different in told.items() if len(different) > 1]


def below(shape: type[Schema]) -> Iterator[type[Schema]]:
    for one in shape.__subclasses__():
        yield one
        yield from below(one)
