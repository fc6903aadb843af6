"""What the page about the API shows, made of its description. The unit of observation is the operation."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tragt.web.accounts.roles import PERMISSIONS, Role
from tragt.web.api.description import METHODS
from tragt.web.api.operations import PERMISSION

__all__ = ["Answer", "Group", "Operation", "Piece", "Shape", "Value", "groups", "roles_of", "shapes"]

_REF = "$ref"
_JSON = "application/json"
_PARTS = "multipart/form-data"
_EXAMPLES: Mapping[str, object] = {"integer": 1, "number": 1.5, "boolean": True, "array": [], "object": {}}
_FORMATS = {
    "date": "2026-03-31",
    "date-time": "2026-03-31T12:00:00+02:00",
    "email": "anna@example.org",
    "uri": "https://example.org/hook",
    "time": "12:00:00",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of what is said of a kind of value; one with a shape leads to it."""

    text: str
    shape: str = ""


@dataclass(frozen=True, slots=True)
class Value:
    """A parameter, or a field of a body or an answer.

    Attributes:
        name: What it is called.
        place: ``path``, ``query``, ``header`` or empty for a field.
        kind: What it holds.
        required: Whether it must be given.
        about: What it means.
    """

    name: str
    place: str
    kind: tuple[Piece, ...]
    required: bool
    about: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What may be answered: its status, what that means, and what comes with it."""

    status: str
    about: str
    kind: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation.

    Attributes:
        code: Its id.
        method: Its method, in capitals.
        path: Its address below the API's.
        summary: What it does.
        about: What else is to be said of it.
        permission: What a key must be allowed to do; empty where it is nothing.
        roles: The roles that may.
        values: Its parameters.
        body: What is sent; empty where nothing is.
        media: How it is sent.
        done: What is answered when it was done.
        refused: What is answered when it was not.
        example: How to call it in a terminal.
    """

    code: str
    method: str
    path: str
    summary: str
    about: str
    permission: str
    roles: tuple[Role, ...]
    values: tuple[Value, ...]
    body: tuple[Piece, ...]
    media: str
    done: tuple[Answer, ...]
    refused: tuple[Answer, ...]
    example: str


@dataclass(frozen=True, slots=True)
class Group:
    """Operations on one thing."""

    name: str
    about: str
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """What a body or an answer is made of."""

    name: str
    about: str
    values: tuple[Value, ...]


def groups(description: Mapping[str, Any]) -> tuple[Group, ...]:
    """The operations by what they are about.

    Args:
        description: The OpenAPI description.
    """
    found: dict[str, list[Operation]] = {tag["name"]: [] for tag in description["tags"]}
    for path, methods in description["paths"].items():
        for method in METHODS:
            if method in methods:
                found[methods[method]["tags"][0]].append(_operation(description, path, method))
    about = {tag["name"]: tag["description"] for tag in description["tags"]}
    return tuple(Group(name, about[name], tuple(operations)) for name, operations in found.items() if operations)


def shapes(description: Mapping[str, Any]) -> tuple[Shape, ...]:
    """What bodies and answers are made of, by name.

    Args:
        description: The OpenAPI description.
    """
    schemas = description["components"]["schemas"]
    return tuple(Shape(name, one.get("description", ""), _fields(one)) for name, one in sorted(schemas.items()))


def roles_of(permission: str) -> tuple[Role, ...]:
    """The roles that may do what asks for a permission."""
    return tuple(role for role in Role if not permission or permission in PERMISSIONS[role])


def _operation(description: Mapping[str, Any], path: str, method: str) -> Operation:
    said = description["paths"][path][method]
    parameters = [_followed(description, one) for one in said.get("parameters", ())]
    media, schema = _body(said)
    answers = [_answer(description, status, one) for status, one in said["responses"].items()]
    return Operation(
        code=said["operationId"],
        method=method.upper(),
        path=path,
        summary=said["summary"],
        about=said.get("description", ""),
        permission=said[PERMISSION],
        roles=roles_of(said[PERMISSION]),
        values=tuple(_parameter(one) for one in parameters),
        body=_kind(schema) if schema else (),
        media=media,
        done=tuple(answer for answer in answers if answer.status < "4"),
        refused=tuple(answer for answer in answers if answer.status >= "4"),
        example=_example(description, path, method, (media, schema), parameters),
    )


def _body(said: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    content = said.get("requestBody", {}).get("content", {})
    return next(((media, one["schema"]) for media, one in content.items()), ("", {}))


def _answer(description: Mapping[str, Any], status: str, said: Mapping[str, Any]) -> Answer:
    said = _followed(description, said)
    content: Mapping[str, Any] = next(iter(said.get("content", {}).values()), {})
    return Answer(status, said["description"], _kind(content["schema"]) if content else ())


def _parameter(said: Mapping[str, Any]) -> Value:
    schema = said["schema"]
    about = said.get("description") or schema.get("description", "")
    return Value(said["name"], said["in"], _kind(schema), bool(said.get("required")), about)


def _fields(schema: Mapping[str, Any]) -> tuple[Value, ...]:
    needed = schema.get("required", ())
    return tuple(
        Value(name, "", _kind(one), name in needed, one.get("description", ""))
        for name, one in schema.get("properties", {}).items()
    )


def _kind(schema: Mapping[str, Any]) -> tuple[Piece, ...]:
    """What a value may be, in words that programmers read alike in every language."""
    if _REF in schema:
        name = schema[_REF].rpartition("/")[2]
        return (Piece(name, name),)
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return tuple(_joined([_kind(one) for one in schema[several]]))
    if "const" in schema or "enum" in schema:
        allowed = schema.get("enum", [schema.get("const")])
        return (Piece(", ".join(json.dumps(one, ensure_ascii=False) for one in allowed)),)
    if schema.get("type") == "array":
        return (Piece("array of "), *_kind(schema.get("items", {})), Piece(_bounds(schema)))
    return (Piece(_plain(schema) + _bounds(schema)),)


def _joined(kinds: list[tuple[Piece, ...]]) -> Iterator[Piece]:
    for number, kind in enumerate(kinds):
        if number:
            yield Piece(" or ")
        yield from kind


def _plain(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type", "any")
    words = " or ".join(kind) if isinstance(kind, list) else str(kind)
    return f"{words} ({schema['format']})" if "format" in schema else words


def _bounds(schema: Mapping[str, Any]) -> str:
    signs = {
        "minimum": "≥ {}",
        "maximum": "≤ {}",
        "exclusiveMinimum": "> {}",
        "exclusiveMaximum": "< {}",
        "minLength": "length ≥ {}",
        "maxLength": "length ≤ {}",
        "minItems": "items ≥ {}",
        "maxItems": "items ≤ {}",
        "pattern": "/{}/",
    }
    return "".join(f", {sign.format(schema[name])}" for name, sign in signs.items() if name in schema)


def _followed(description: Mapping[str, Any], said: Mapping[str, Any]) -> Mapping[str, Any]:
    if _REF not in said:
        return said
    found: Any = description
    for name in said[_REF].removeprefix("#/").split("/"):
        found = found[name]
    return _followed(description, found)


def _example(
    description: Mapping[str, Any],
    path: str,
    method: str,
    body: tuple[str, Mapping[str, Any]],
    parameters: list[Mapping[str, Any]],
) -> str:
    for one in parameters:
        if one["in"] == "path":
            path = path.replace(f"{{{one['name']}}}", str(_sample(description, one["schema"])))
    query = [
        f"{one['name']}={_sample(description, one['schema'])}"
        for one in parameters
        if one["in"] == "query" and one.get("required")
    ]
    address = description["servers"][0]["url"] + path + ("?" + "&".join(query) if query else "")
    lines = [f"curl -X {method.upper()} '{address}'" if method != "get" else f"curl '{address}'"]
    lines.append('-H "Authorization: Bearer $TRAGT_KEY"')
    media, schema = body
    if media == _JSON:
        said = json.dumps(_sample(description, schema), ensure_ascii=False).replace("'", "’")
        lines += [f"-H 'Content-Type: {_JSON}'", f"-d '{said}'"]
    elif media == _PARTS:
        lines += [f"-F '{name}={one}'" for name, one in _sample(description, schema).items()]
    elif media:
        lines += [f"-H 'Content-Type: {media}'", "--data-binary @file"]
    return " \\\n  ".join(lines)


def _sample(description: Mapping[str, Any], schema: Mapping[str, Any]) -> Any:
    """A value of a kind: what must be given, or one field where nothing must."""
    schema = _followed(description, schema)
    for told in ("examples", "enum"):
        if schema.get(told):
            return schema[told][0]
    if "const" in schema:
        return schema["const"]
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return _sample(description, schema[several][0])
    if "properties" in schema:
        fields = schema["properties"]
        needed = schema.get("required") or list(fields)[:1]
        return {name: _sample(description, fields[name]) for name in needed}
    return _sample_of_type(description, schema)


def _sample_of_type(description: Mapping[str, Any], schema: Mapping[str, Any]) -> Any:
    kind = schema.get("type", "string")
    if kind == "array" and "items" in schema:
        return [_sample(description, schema["items"])]
    if kind == "string":
        if schema.get("format") == "binary":
            return "@offer.pdf"
        return _FORMATS.get(schema.get("format", ""), "…")
    return _EXAMPLES.get(kind) if isinstance(kind, str) else None
