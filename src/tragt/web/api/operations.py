"""Operations of the API: each says what it does, for whom, and everything it may answer. The unit is the operation."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.http import HttpRequest
from ninja import Router, Status

from tragt.errors import NotAllowed
from tragt.web.api.authentication import user_of
from tragt.web.api.problems import PROBLEMS, Problem

__all__ = ["PERMISSION", "operation"]

PERMISSION = "x-permission"
"""Where the description of an operation says which permission it needs; empty means any key that works."""

_F = TypeVar("_F", bound=Callable[..., Any])

_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "The `ETag` of the record as it was read: it is changed only if it still is so.",
}
_REPEAT = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 255},
    "description": "Any text of your own. The same request sent again with it is answered as before and done once.",
}


def operation(
    router: Router,
    address: str,
    *,
    permission: str,
    gives: Any = None,
    status: int = 200,
    versioned: bool = False,
) -> Callable[[_F], _F]:
    """Make a function an operation of the API.

    Its name is the operation's id, the first line of its docstring the summary, and the rest describes it. It takes the
    request first, and gives what is answered.

    Args:
        router: Where it belongs.
        address: Its method and its path below the router: ``PATCH /{deal}``.
        permission: What a key must be allowed to do; empty means nothing besides being a key. Of records, the actions
            ask besides whose they are.
        gives: What it answers; None where there is nothing to say.
        status: With which status.
        versioned: Whether ``If-Match`` is heeded.
    """
    method, _blank, path = address.partition(" ")
    answers: dict[int, Any] = {status: gives, **dict.fromkeys(PROBLEMS, Problem)}
    headers = [_IF_MATCH] * versioned + [_REPEAT] * (method == "POST")
    extra: dict[str, Any] = {PERMISSION: permission}
    if headers:
        extra["parameters"] = headers

    def made(function: _F) -> _F:
        @wraps(function)
        def asked(request: HttpRequest, *args: Any, **given: Any) -> Any:
            if permission and not user_of(request).has_perm(permission):
                raise NotAllowed(
                    "accounts.not_allowed",
                    f"This key may not do '{permission}'. Use a key of a role that may.",
                    permission=permission,
                )
            answer = function(request, *args, **given)
            return Status(status, answer)

        lines = (function.__doc__ or "").strip().split("\n", 1)
        router.add_api_operation(
            path,
            [method],
            asked,
            response=answers,
            operation_id=function.__name__,
            summary=lines[0].rstrip("."),
            description="\n".join(line.strip() for line in lines[1].strip().splitlines()) if len(lines) > 1 else "",
            openapi_extra=extra,
        )
        return function

    return made
