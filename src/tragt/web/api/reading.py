"""Reading what is sent: JSON of bounded depth, without signs that no database takes. The unit is the request."""

from typing import Any

import msgspec
from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from ninja.parser import Parser

__all__ = ["SafeParser"]

_DEEPEST = 20


class SafeParser(Parser):
    """Reads bodies and queries; refuses NUL and half characters wherever they stand."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body, as Python has it.

        Raises:
            ValueError: It is no such JSON.
        """
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
            ValueError: It holds a sign that no database takes.
        """
        for name, values in data.lists():
            _check([name, *values], _DEEPEST)
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
