"""What went wrong, as programs read it: problem details (RFC 9457) of every error. The unit is the answer."""

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, IntegrityError, InterfaceError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import BaseModel, ConfigDict, Field

from tragt import errors
from tragt.errors import Conflict, NotAllowed, NotFound, TragtError
from tragt.web.api.limits import TooMany, spend_guesses
from tragt.web.api.reading import OtherMedia
from tragt.web.api.versions import Outdated

__all__ = ["FORESEEN", "MEDIA", "PROBLEMS", "Problem", "Wrong", "handle_problems", "problem", "problem_of"]

MEDIA = "application/problem+json"
AGAIN_SECONDS = 30

log = logging.getLogger(__name__)


class Wrong(BaseModel):
    """What is wrong with one field."""

    model_config = ConfigDict(title="Wrong")

    field: str = Field(description="Where it stands, such as `value` or `lines.0.quantity`.")
    message: str = Field(description="What was given, and what is allowed.")


class Problem(BaseModel):
    """Why a request was refused."""

    model_config = ConfigDict(title="Problem")

    status: int = Field(description="The status of the answer.")
    code: str = Field(description="Stable name of what went wrong, such as `crm.changed`.")
    title: str = Field(description="The status in words.")
    detail: str = Field(description="What was given, what is allowed, and what to do.")
    errors: list[Wrong] = Field(default_factory=list, description="The fields that are wrong.")


PROBLEMS: Mapping[int, str] = {
    400: "The request cannot be read.",
    401: "There is no key, or it works no more.",
    403: "The key may not do this.",
    404: "There is no such thing, or it is not for this key to see.",
    405: "This is not done here.",
    409: "The state of things does not allow it.",
    412: "It was changed since it was read.",
    413: "The request is too large.",
    415: "The body is of a kind that is not read here.",
    422: "Something given means nothing here.",
    429: "This key asks for more than it may a minute.",
    503: "Disk or database take nothing just now.",
}
"""Which statuses mean what, wherever they are answered."""

_STATUS: tuple[tuple[type[TragtError], int], ...] = (
    (NotAllowed, HTTPStatus.FORBIDDEN),
    (NotFound, HTTPStatus.NOT_FOUND),
    (Outdated, HTTPStatus.PRECONDITION_FAILED),
    (Conflict, HTTPStatus.CONFLICT),
    (errors.NotEnoughData, HTTPStatus.CONFLICT),
    (TooMany, HTTPStatus.TOO_MANY_REQUESTS),
    (TragtError, HTTPStatus.UNPROCESSABLE_ENTITY),
)


def problem(status: int, code: str, detail: str, wrong: list[Wrong] | None = None) -> HttpResponse:
    """An answer that says what went wrong."""
    said = Problem(
        status=status, code=code, title=HTTPStatus(status).phrase, detail=detail or PROBLEMS[status], errors=wrong or []
    )
    response = HttpResponse(said.model_dump_json(), status=status, content_type=MEDIA)
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="Tragt"'
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(AGAIN_SECONDS)
    return response


def _refused(request: HttpRequest, wrong: Any) -> HttpResponse:
    status = next(status for kind, status in _STATUS if isinstance(wrong, kind))
    if wrong.code.endswith("hidden"):
        # That there is somebody is told where a second one would do more harm, and counted.
        spend_guesses(request)
    named = wrong.fields.get("field")
    answer = problem(status, wrong.code, wrong.message, [Wrong(field=str(named), message=wrong.message)] * bool(named))
    if isinstance(wrong, TooMany):
        answer.headers["Retry-After"] = str(wrong.seconds)
    return answer


def _invalid(_request: HttpRequest, wrong: Any) -> HttpResponse:
    # What was given is not repeated: it may be personal, and logs keep answers.
    found = [
        Wrong(field=".".join(str(part) for part in one["loc"][1:] if part != "body"), message=str(one["msg"]))
        for one in wrong.errors
    ]
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "api.invalid", "Correct the fields named.", found)


def _unknown(_request: HttpRequest, _wrong: Any) -> HttpResponse:
    said = "Send an API key that works: Authorization: Bearer tragt_api_…. Keys are made on the page Keys."
    return problem(HTTPStatus.UNAUTHORIZED, "api.key", said)


def _said(_request: HttpRequest, wrong: Any) -> HttpResponse:
    if isinstance(wrong.__cause__, OtherMedia):
        return problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "api.media", str(wrong.__cause__))
    return _unreadable(_request, wrong)


def _unreadable(_request: HttpRequest, _wrong: Any) -> HttpResponse:
    return problem(
        HTTPStatus.BAD_REQUEST,
        "api.unreadable",
        "The body or the query cannot be read: it is cut, or holds signs that mean nothing.",
    )


def _nothing(_request: HttpRequest, _wrong: Any) -> HttpResponse:
    return problem(HTTPStatus.NOT_FOUND, "api.not_found", PROBLEMS[404])


def _denied(_request: HttpRequest, _wrong: Any) -> HttpResponse:
    return problem(HTTPStatus.FORBIDDEN, "api.not_allowed", PROBLEMS[403])


def _large(_request: HttpRequest, _wrong: Any) -> HttpResponse:
    most = (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0) // 2**20
    return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "api.too_large", f"A request holds at most {most} MiB.")


def _raced(_request: HttpRequest, wrong: Any) -> HttpResponse:
    log.warning("The database refused what a request to the API was to write: %s", type(wrong.__cause__ or wrong))
    said = "Somebody else did something at the same moment that does not go with this. Read again what there is."
    return problem(HTTPStatus.CONFLICT, "api.raced", said)


def _out_of_order(_request: HttpRequest, wrong: Any) -> HttpResponse:
    log.warning("A request to the API could not be done: %s", wrong)
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, "api.out_of_order", PROBLEMS[503])


_HANDLERS: Mapping[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
    TragtError: _refused,
    ValidationError: _invalid,
    AuthenticationError: _unknown,
    HttpError: _said,
    Http404: _nothing,
    PermissionDenied: _denied,
    RequestDataTooBig: _large,
    SuspiciousOperation: _unreadable,
    MultiPartParserError: _unreadable,
    UnreadablePostError: _unreadable,
    IntegrityError: _raced,
    DatabaseError: _out_of_order,
    InterfaceError: _out_of_order,
}


def handle_problems(api: NinjaAPI) -> None:
    """Let an API answer every error with a problem."""
    for kind, handler in _HANDLERS.items():
        api.add_exception_handler(kind, handler)


FORESEEN = tuple(_HANDLERS)
"""What may fail around an operation and has an answer."""


def problem_of(request: HttpRequest, failed: Exception) -> HttpResponse:
    """The answer to something foreseen that failed around an operation."""
    return next(_HANDLERS[kind] for kind in type(failed).__mro__ if kind in _HANDLERS)(request, failed)
