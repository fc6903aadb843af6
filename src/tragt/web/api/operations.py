"""Operations of the API: each says what it does, for whom, and everything it may answer. The unit is the operation."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import wraps
from typing import Any, TypeVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Router, Status

from tragt.errors import InvalidDefinition, NotAllowed
from tragt.web.api.authentication import user_of
from tragt.web.api.limits import spend_rows
from tragt.web.api.problems import PROBLEMS, Problem
from tragt.web.api.schemas import Body
from tragt.web.api.versions import refuse_version

__all__ = ["PERMISSION", "VERSIONED", "operation"]

PERMISSION = "x-permission"
"""Where the description of an operation says which permission it needs; empty means any key that works."""

VERSIONED = "x-versioned"
"""Where the operation says to its description whether it heeds ``If-Match``."""

_WRITTEN: Mapping[str, re.Pattern[str]] = {
    "integer": re.compile(r"-?[0-9]+"),
    "number": re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?"),
}
"""How numbers are written in addresses."""

_F = TypeVar("_F", bound=Callable[..., Any])


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
    request first, and gives what is answered; what is no JSON, such as a file, as an answer of its own.

    Args:
        router: Where it belongs.
        address: Its method and its path below the router: ``PATCH /{deal}``.
        permission: What a key must be allowed to do; empty means nothing besides being a key. Of records, the actions
            ask besides whose they are.
        gives: What it answers; None where there is nothing to say.
        status: With which status.
        versioned: Whether ``If-Match`` is heeded; where it is not, a change with one is refused.
    """
    method, _blank, path = address.partition(" ")
    answers: dict[int, Any] = {status: gives, **dict.fromkeys(PROBLEMS, Problem)}
    extra: dict[str, Any] = {PERMISSION: permission, VERSIONED: versioned}

    def made(function: _F) -> _F:
        @wraps(function)
        def asked(request: HttpRequest, *args: Any, **given: Any) -> Any:
            if permission and not user_of(request).has_perm(permission):
                raise NotAllowed(
                    "accounts.not_allowed",
                    f"This key may not do '{permission}'. Use a key of a role that may.",
                    permission=permission,
                )
            if not any(getattr(one, "takes_more", False) for one in given.values()):
                _check_names(request, names)
            _check_numbers(request, numbers)
            if not versioned and method != "GET":
                refuse_version(request)
            if method == "PATCH":
                _check_says_something(given.values())
            answered = function(request, *args, **given)
            if isinstance(answered, HttpResponseBase):
                return answered
            # A list of what was read, or of what became of what was sent.
            items = getattr(answered, "items", None)
            spend_rows(request, len(items) if isinstance(items, list) else 0)
            return Status(status, answered)

        names: set[str] = set()
        numbers: dict[str, re.Pattern[str]] = {}
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
        _learn(router.path_operations[path].operations[-1].models, names, numbers)
        return function

    return made


def _check_says_something(given: Iterable[object]) -> None:
    """Refuse a change of nothing, which would be a new version of the record that is as the one before."""
    for body in given:
        if isinstance(body, Body) and not body.model_fields_set:
            raise InvalidDefinition(
                "api.nothing", f"Nothing is to be changed. Send at least one of {', '.join(type(body).model_fields)}."
            )


def _check_names(request: HttpRequest, known: set[str]) -> None:
    """Refuse a query that asks what means nothing here, so that no wish is lost in silence."""
    unknown = sorted(set(request.GET) - known)
    if unknown:
        allowed = f"it takes {', '.join(sorted(known))}" if known else "it takes none"
        raise InvalidDefinition(
            "api.unknown_name", f"The query names '{unknown[0][:100]}'; {allowed}.", field=unknown[0][:100]
        )


def _learn(models: Iterable[Any], names: set[str], numbers: dict[str, re.Pattern[str]]) -> None:
    """Note what an address may name, and which of it are numbers.

    Args:
        models: What the operation takes.
        names: Of its query; they are added.
        numbers: How its numbers are written, by their names; they are added.
    """
    for model in models:
        source = model.__ninja_param_source__
        if source == "query":
            names |= set(model.__ninja_flatten_map__)
        if source in ("query", "path"):
            numbers.update(_numbers_in(model.model_json_schema()))


def _numbers_in(schema: Any) -> Iterator[tuple[str, re.Pattern[str]]]:
    """The numbers that an address holds, by their names, each with how it is written."""
    for part in (schema, *schema.get("$defs", {}).values()):
        for name, one in part.get("properties", {}).items():
            ways = [one, one.get("items", {}), *one.get("anyOf", ())]
            types = {way.get("type") for way in (*ways, *(way.get("items", {}) for way in ways))}
            if "string" not in types and types & _WRITTEN.keys():
                yield name, _WRITTEN["number" if "number" in types else "integer"]


def _check_numbers(request: HttpRequest, numbers: Mapping[str, re.Pattern[str]]) -> None:
    """Refuse numbers that only Python takes for such: with spaces, low lines, a plus."""
    parts = request.resolver_match.kwargs if request.resolver_match else {}
    for name, written in numbers.items():
        given = [*request.GET.getlist(name), *([str(parts[name])] if name in parts else [])]
        if any(not written.fullmatch(one) for one in given):
            raise InvalidDefinition("api.number", f"'{name}' is a number, written in digits alone.", field=name)
