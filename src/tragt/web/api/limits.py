"""How much a key may ask a minute: requests, and the items of the lists that it reads or sends. The unit is the key.

The buckets stand in the process that answers, of which an installation has one.
"""

import math

from django.conf import settings
from django.http import HttpRequest

from tragt.errors import TragtError
from tragt.web.shell.limits import Limit, Limits

__all__ = [
    "GUESSES",
    "TooMany",
    "charge_rows",
    "check_limits",
    "forget",
    "refuse_early",
    "spend_guesses",
    "spend_rows",
]

GUESSES = Limit(rate=20 / 60, burst=20)
"""How often a minute a key may be told that there is something which it may not see."""

_REQUESTS, _ROWS, _GUESSES = "requests", "rows", "guesses"
_MINUTE = 60

_limits = Limits()


class TooMany(TragtError):
    """A key asked for more than it may a minute.

    Args:
        said: What there was too much of.
        seconds: How long to wait.
    """

    kind = "too_many"

    def __init__(self, said: str, seconds: float) -> None:
        self.seconds = max(math.ceil(seconds), 1)
        super().__init__("api.too_many", f"{said} Ask again in {self.seconds} seconds.")


def check_limits(program: int, *, changes: bool) -> None:
    """Make sure that a key may ask for something now, and count that it does.

    Args:
        program: Key of the API key.
        changes: Whether it asks for a change. Who guesses what others have may change nothing until the guesses are
            paid for; were only those refused that hit, the refusal would tell as much.

    Raises:
        TooMany: It must wait.
    """
    most = int(settings.TRAGT.api_requests_a_minute)
    waits = _limits.take((program, _REQUESTS), 1, _a_minute(most))
    if waits:
        raise _too_many_requests(most, waits)
    _refuse_rows(program)
    waits = _limits.take((program, _GUESSES), 0, GUESSES) if changes else 0
    if waits:
        raise TooMany("This key named too much that is there and not for it to see. Use a key that sees more.", waits)


def refuse_early(program: int) -> None:
    """Refuse what a key may not ask for now, before anything is read of it; nothing is counted yet.

    Args:
        program: Key of the API key.

    Raises:
        TooMany: It must wait.
    """
    most = int(settings.TRAGT.api_requests_a_minute)
    bucket = (program, _REQUESTS)
    waits = _limits.take(bucket, 1, _a_minute(most))
    if waits:
        raise _too_many_requests(most, waits)
    _limits.charge(bucket, -1, _a_minute(most))
    _refuse_rows(program)


def spend_rows(request: HttpRequest, rows: int) -> None:
    """Count items that a key read or sent; they are paid for by the requests that follow.

    Args:
        request: What was asked for.
        rows: How many they are.
    """
    program = _program(request)
    if program is not None:
        charge_rows(program, rows)


def charge_rows(program: int, rows: int) -> None:
    """Count items that a key read or sent.

    Args:
        program: Key of the API key.
        rows: How many they are.
    """
    if rows:
        _limits.charge((program, _ROWS), rows, _a_minute(int(settings.TRAGT.api_rows_a_minute)))


def spend_guesses(request: HttpRequest, number: int = 1) -> None:
    """Count how often a key is told that there is something which it may not see.

    Args:
        request: What was asked for.
        number: How often it is told now.
    """
    program = _program(request)
    if program is not None:
        _limits.charge((program, _GUESSES), number, GUESSES)


def forget() -> None:
    """Forget what every key asked for, as a process does that begins."""
    _limits.forget()


def _too_many_requests(most: int, waits: float) -> TooMany:
    return TooMany(f"This key sent more than {most} requests a minute (TRAGT_API_REQUESTS_A_MINUTE).", waits)


def _refuse_rows(program: int) -> None:
    most = int(settings.TRAGT.api_rows_a_minute)
    waits = _limits.take((program, _ROWS), 0, _a_minute(most))
    if waits:
        said = f"This key read and sent more than {most} items a minute (TRAGT_API_ROWS_A_MINUTE)."
        raise TooMany(said, waits)


def _a_minute(most: int) -> Limit:
    return Limit(rate=most / _MINUTE, burst=most)


def _program(request: HttpRequest) -> int | None:
    key: int | None = getattr(getattr(request, "user", None), "program", None)
    return key
