"""The API described for programs: OpenAPI 3.1 of its operations. The unit of observation is the operation.

What ninja makes of the operations says the same at each of them; here it is said once, and operations refer to it.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from tragt.web.api.operations import VERSIONED
from tragt.web.api.problems import AGAIN_SECONDS, MEDIA, PROBLEMS, Problem
from tragt.web.api.repeats import HEADER, LONGEST, REPLAY

__all__ = ["METHODS", "describe"]

METHODS = ("get", "post", "put", "patch", "delete")
"""Which parts of a path are operations."""

_TEMPLATE = "#/components/schemas/{model}"
_ALWAYS = (400, 401, 403, 404, 422, 429, 503)
_WITH_BODY = (413, 415)
_CHANGES = (409, 412)


def describe(drawn: dict[str, Any], tags: Mapping[str, str], server: str) -> dict[str, Any]:
    """The description of the API.

    Args:
        drawn: What ninja makes of the operations; it is changed.
        tags: The groups of operations, each with what it is about.
        server: Where the API is reached.
    """
    for path in drawn["paths"].values():
        for method, operation in path.items():
            if method in METHODS:
                _describe(method, operation)
    components = drawn["components"]
    components["schemas"] |= _problem_schemas()
    components["responses"] = {_name(status): _problem(status) for status in PROBLEMS} | {"NotModified": _NOT_MODIFIED}
    components["parameters"] = _PARAMETERS
    components["headers"] = _HEADERS
    components["schemas"] = dict(sorted(components["schemas"].items()))
    used = {tag for path in drawn["paths"].values() for one in path.values() for tag in one.get("tags", ())}
    drawn["tags"] = [{"name": tag, "description": about} for tag, about in tags.items() if tag in used]
    drawn["servers"] = [{"url": server}]
    drawn["security"] = [{name: []} for name in components.get("securitySchemes", {})]
    return drawn


def _describe(method: str, operation: dict[str, Any]) -> None:
    operation.pop("security", None)
    versioned = operation.pop(VERSIONED, False)
    names = ["IfNoneMatch"] * (method == "get") + ["IfMatch"] * versioned + ["IdempotencyKey"] * (method == "post")
    operation["parameters"] += [{"$ref": f"#/components/parameters/{name}"} for name in names]
    refused = _ALWAYS + (_CHANGES if method != "get" else ())
    if "requestBody" in operation or method == "post":
        refused += _WITH_BODY
    if method == "patch":
        for one in operation["requestBody"]["content"].values():
            one["schema"] = {"allOf": [one["schema"], {"minProperties": 1}]}
    answers = {status: one for status, one in operation["responses"].items() if int(status) < HTTPStatus.BAD_REQUEST}
    for status, one in answers.items():
        one["description"] = "What was asked for." if "content" in one else "Done."
        headers = _headers(method, int(status), versioned=versioned, told="content" in one)
        if headers:
            one["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in headers}
    if method == "get":
        answers[304] = {"$ref": "#/components/responses/NotModified"}
    answers |= {status: {"$ref": f"#/components/responses/{_name(status)}"} for status in sorted(refused)}
    operation["responses"] = {str(status): one for status, one in answers.items()}


def _headers(method: str, status: int, *, versioned: bool, told: bool) -> list[str]:
    names = ["ETag"] if told and (method == "get" or versioned) else []
    if status == HTTPStatus.CREATED:
        names.append("Location")
    if method == "post":
        names.append(REPLAY)
    return names


def _name(status: int) -> str:
    return f"Problem{status}"


def _problem(status: int) -> dict[str, Any]:
    said: dict[str, Any] = {
        "description": PROBLEMS[status],
        "content": {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status == HTTPStatus.UNAUTHORIZED:
        said["headers"] = {"WWW-Authenticate": _header("How to say who asks.")}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        said["headers"] = {"Retry-After": _header(f"Seconds to wait: {AGAIN_SECONDS}.")}
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        said["headers"] = {"Retry-After": _header("Seconds to wait until this key may ask again.")}
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        said["headers"] = {"Allow": _header("The methods that are answered here.")}
    return said


def _problem_schemas() -> dict[str, Any]:
    schema = Problem.model_json_schema(ref_template=_TEMPLATE, mode="serialization")
    return {"Problem": schema, **schema.pop("$defs", {})}


def _header(meaning: str) -> dict[str, Any]:
    return {"description": meaning, "schema": {"type": "string"}}


_NOT_MODIFIED = {
    "description": "Nothing but that it is as it was when it was answered with this `ETag`.",
    "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
}
_HEADERS = {
    "ETag": _header("What this answer is known by: for `If-None-Match`, and for `If-Match` where a record is changed."),
    "Location": _header("Where what was made is found."),
    REPLAY: _header("`true` where this is the answer to the same request that came before; absent where it was done."),
}
_PARAMETERS = {
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "required": False,
        "schema": {"type": "string"},
        "description": "The `ETag` of an answer that is at hand: if it still holds, the answer is 304 without a body.",
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "required": False,
        "schema": {"type": "string"},
        "description": "The `ETag` of the record as it was read: it is changed only if it still is so, else 412.",
    },
    "IdempotencyKey": {
        "name": HEADER,
        "in": "header",
        "required": False,
        "schema": {"type": "string", "maxLength": LONGEST},
        "description": "Any text of your own. The same request sent again with it within a day is answered as before "
        "and done once.",
    },
}
