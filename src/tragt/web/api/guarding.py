"""What stands before and after every operation: its methods, repeats, tags, and a problem for everything that fails."""

from collections.abc import Callable
from functools import partial, wraps
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation

from tragt.web.api.problems import FORESEEN, problem, problem_of
from tragt.web.api.repeats import once
from tragt.web.api.versions import seal

__all__ = ["guarded"]

LANGUAGE = "en"
_SEEN_BY_FEW = "private, no-cache"


def guarded(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view of the API that anybody may call who has a key."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **given: Any) -> HttpResponse:
        asked = request.method
        if asked == "HEAD":
            request.method = "GET"
        # Programs compare what they are told: it is the same, whoever's program asks.
        with translation.override(LANGUAGE):
            try:
                if any("\0" in str(part) for part in given.values()):
                    raise Http404
                response = once(request, partial(view, request, *args, **given))
            except FORESEEN as failed:
                response = problem_of(request, failed)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            response = _other_methods(asked, response)
        return _finished(request, response, with_body=asked != "HEAD")

    answered.csrf_exempt = True  # type: ignore[attr-defined]
    answered.login_required = False  # type: ignore[attr-defined]
    return answered


def _other_methods(asked: str | None, response: HttpResponse) -> HttpResponse:
    there = {method.strip() for method in response.headers.get("Allow", "").split(",") if method.strip()}
    allowed = ", ".join(sorted(there | {"OPTIONS"} | ({"HEAD"} if "GET" in there else set())))
    if asked == "OPTIONS":
        return HttpResponse(status=HTTPStatus.NO_CONTENT, headers={"Allow": allowed})
    answer = problem(HTTPStatus.METHOD_NOT_ALLOWED, "api.method", f"Here are {allowed}.")
    answer.headers["Allow"] = allowed
    return answer


def _finished(request: HttpRequest, response: HttpResponse, *, with_body: bool) -> HttpResponse:
    read = request.method == "GET"
    response.headers.setdefault("Cache-Control", _SEEN_BY_FEW if read else "no-store")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Language"] = LANGUAGE
    if response.streaming or response.status_code >= HTTPStatus.MULTIPLE_CHOICES:
        return response
    if response.content and (read or "ETag" in response.headers):
        seal(response)
    if read and _had(request, response.headers.get("ETag")):
        kept = {name: response.headers[name] for name in ("ETag", "Cache-Control", "Content-Language")}
        return HttpResponse(status=HTTPStatus.NOT_MODIFIED, headers=kept)
    if not with_body:
        response.headers["Content-Length"] = str(len(response.content))
        response.content = b""
    return response


def _had(request: HttpRequest, tag: str | None) -> bool:
    seen = [one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")]
    return tag is not None and (tag in seen or "*" in seen)
