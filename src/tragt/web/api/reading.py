"""Reading what is sent: JSON of bounded depth, without signs that no database takes. The unit is the request."""

from http import HTTPStatus
from typing import Any

import msgspec
from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from ninja.errors import HttpError
from ninja.parser import Parser

__all__ = ["OtherMedia", "SafeParser"]

JSON = "application/json"
_DEEPEST = 20


class OtherMedia(ValueError):
    """A body that says of itself that it is no JSON."""


class SafeParser(Parser):
    """Reads bodies and queries; refuses NUL and half characters wherever they stand."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body, as Python has it.

        Raises:
            ValueError: It is no such JSON.
        """
        if request.content_type != JSON:
            raise OtherMedia(f"The body is read as {JSON} only. Send it with the header Content-Type: {JSON}.")
        try:
            body = msgspec.json.decode(request.body)
        except RecursionError:
            raise ValueError("It is nested too deeply.") from None
        _check(body, _DEEPEST)
        return body

    def parse_querydict(
        self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        """The query.

        Raises:
            HttpError: It holds a sign that no database takes.
        """
        try:
            for name, values in data.lists():
                _check([name, *values], _DEEPEST)
        except ValueError as wrong:
            raise HttpError(HTTPStatus.BAD_REQUEST, "Cannot read the query.") from wrong
        return super().parse_querydict(data, list_fields, request)


def _check(value: object, depth: int) -> None:
    if depth < 0:
        raise ValueError("It is nested too deeply.")
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("NUL is no text.")
        value.encode()  # raises for half characters
    elif isinstance(value, dict):
        for name, one in value.items():
            _check(name, depth)
            _check(one, depth - 1)
    elif isinstance(value, list):
        for one in value:
            _check(one, depth - 1)
