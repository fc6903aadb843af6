"""The tracking API described for programs: OpenAPI 3.1, made of the types that requests are read with."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec

from tragt.events.tracking import Kind
from tragt.events.tracking.bodies import LARGEST_BATCH, MOST_CALLS
from tragt.events.tracking.calls import Call

__all__ = ["PATH", "description"]

PATH = "/v1/openapi.json"

_OBJECT = {"type": ["object", "null"], "additionalProperties": True}
_SUMMARIES = {
    Kind.TRACK: "Something happened",
    Kind.PAGE: "A page was seen",
    Kind.SCREEN: "A screen of an app was seen",
    Kind.IDENTIFY: "Who somebody is, and what is known of them",
    Kind.GROUP: "Which company somebody belongs to",
    Kind.ALIAS: "Two ids are one person",
}
_NEEDED = {Kind.TRACK: ["event"], Kind.ALIAS: ["previousId"], Kind.GROUP: ["groupId"]}
_WHO = ("userId", "user_id", "anonymousId")
_USER = ("userId", "user_id")


@cache
def description() -> bytes:
    """The document, as JSON."""
    paths = {f"/v1/{kind}": {"post": _operation(kind)} for kind in Kind}
    paths["/v1/batch"] = {"post": _batch()}
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "Tragt tracking API",
                "version": "1",
                "description": "The HTTP tracking API that SDKs made for Segment and RudderStack speak. What is "
                "answered with success is on disk. A call that is sent again within seven days counts once, by its "
                "messageId.",
            },
            "paths": paths,
            "components": {
                "securitySchemes": {
                    "key": {"type": "http", "scheme": "basic", "description": "The write key as user, no password."}
                },
                "schemas": {"Error": _error(), "Call": _call()},
            },
            "security": [{"key": []}],
        }
    )


def _operation(kind: Kind) -> dict[str, Any]:
    someone = {"anyOf": [_having([field]) for field in (_USER if kind is Kind.ALIAS else _WHO)]}
    schema = {"allOf": [{"$ref": "#/components/schemas/Call"}, someone, _having(_NEEDED.get(kind, ()))]}
    done = {"type": "object", "properties": {"success": {"const": True}}, "required": ["success"]}
    return {"operationId": str(kind), "summary": _SUMMARIES[kind], **_asked(schema), "responses": _answers(done)}


def _having(fields: Sequence[str]) -> dict[str, Any]:
    """An object that has some fields, none of them empty."""
    given = {"type": ["string", "integer"], "pattern": "\\S"}
    return {"type": "object", "required": list(fields), "properties": dict.fromkeys(fields, given)}


def _batch() -> dict[str, Any]:
    calls = {"type": "array", "items": {"$ref": "#/components/schemas/Call"}, "maxItems": MOST_CALLS}
    schema = {
        "type": "object",
        "properties": {"batch": calls, "sentAt": {"type": ["string", "number", "null"]}, "context": _OBJECT},
        "required": ["batch"],
    }
    done = {
        "type": "object",
        "properties": {
            "success": {"const": True},
            "accepted": {"type": "integer"},
            "rejected": {"type": "array", "items": {"type": "object"}},
        },
        "required": ["success"],
    }
    told = "Several calls at once; those that cannot be taken are listed in the answer, and the others are taken."
    return {
        "operationId": "batch",
        "summary": "Several calls",
        "description": told,
        **_asked(schema),
        "responses": _answers(done),
    }


def _asked(schema: dict[str, Any]) -> dict[str, Any]:
    told = f"JSON, plain or with Content-Encoding gzip; at most {LARGEST_BATCH:,} bytes."
    return {"requestBody": {"required": True, "description": told, "content": {"application/json": {"schema": schema}}}}


def _answers(done: dict[str, Any]) -> dict[str, Any]:
    said = {
        "400": "It cannot be read, or the call is not one; field and message say why.",
        "401": "The write key is missing, unknown or revoked.",
        "403": "The key may not be used from this origin.",
        "408": "The body did not come in time.",
        "413": "It is larger than allowed.",
        "429": "Too much at once; Retry-After says when to send it again.",
        "503": "It could not be kept; Retry-After says when to send it again.",
    }
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    again = {"Retry-After": {"schema": {"type": "integer"}}}
    refused = {
        code: {"description": told, "content": error, **({"headers": again} if code in ("429", "503") else {})}
        for code, told in said.items()
    }
    return {"200": {"description": "It is on disk.", "content": {"application/json": {"schema": done}}}, **refused}


def _error() -> dict[str, Any]:
    text = {"type": "string"}
    return {
        "type": "object",
        "properties": {"success": {"const": False}, "code": text, "message": text, "field": text},
        "required": ["success", "code", "message"],
    }


def _call() -> dict[str, Any]:
    told = {
        field.encode_name: _OBJECT if field.type is msgspec.Raw else msgspec.json.schema(field.type)
        for field in msgspec.structs.fields(Call)
    }
    return {"type": "object", "properties": told, "additionalProperties": True}
