"""What stands before and after every operation: requests sent again are done once, answers not changed not sent.

The answer to a request with an ``Idempotency-Key`` is written in the transaction of what it did, so that there is both
or neither. Refusals are not kept: the same request may be right later.
"""

import hashlib
from collections.abc import Callable
from functools import partial, wraps
from http import HTTPStatus
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from tragt.web.accounts.queries import api_key_of
from tragt.web.api.models import Answer
from tragt.web.api.problems import problem

__all__ = ["guarded"]

HEADER = "Idempotency-Key"
_LONGEST = 255
_KEPT = ("Content-Type", "ETag", "Location")


def guarded(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view of the API that anybody may call who has a key."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **given: Any) -> HttpResponse:
        key = request.headers.get(HEADER, "") if request.method == "POST" else ""
        do = partial(view, request, *args, **given)
        response = _once(request, key, do) if key else do()
        response.headers.setdefault("Cache-Control", "no-store" if request.method != "GET" else "private, no-cache")
        response.headers["X-Content-Type-Options"] = "nosniff"
        return _unchanged(request, response)

    answered.csrf_exempt = True  # type: ignore[attr-defined]
    answered.login_required = False  # type: ignore[attr-defined]
    return answered


def _once(request: HttpRequest, key: str, do: Callable[[], HttpResponse]) -> HttpResponse:
    scheme, _blank, token = request.headers.get("Authorization", "").partition(" ")
    known = api_key_of(token.strip()) if scheme.lower() == "bearer" and "\0" not in token else None
    if known is None:
        return do()
    if len(key) > _LONGEST or not key.isprintable():
        said = f"{HEADER} is a text of at most {_LONGEST} letters, digits and signs."
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "api.repeat_key", said)
    asked = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode() + request.body).hexdigest()
    with transaction.atomic():
        # Who comes second waits here until the first is done, and then reads its answer.
        Answer.objects.bulk_create([Answer(user_id=known.user_id, key=key, asked=asked)], ignore_conflicts=True)
        kept = Answer.objects.get(user_id=known.user_id, key=key)
        if kept.asked != asked:
            said = f"This {HEADER} came before with another request. Use a new one for each request."
            return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "api.repeat_differs", said)
        if kept.status:
            return HttpResponse(
                bytes(kept.body), status=kept.status, headers={**kept.headers, "Idempotent-Replay": "true"}
            )
        response = do()
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            transaction.set_rollback(True)
            return response
        kept.status, kept.body = response.status_code, response.content
        kept.headers = {name: response.headers[name] for name in _KEPT if name in response.headers}
        kept.save(update_fields=["status", "body", "headers"])
    return response


def _unchanged(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Nothing but that it is as it was, where a reader has it already."""
    tag = response.headers.get("ETag")
    if request.method != "GET" or tag is None or response.status_code != HTTPStatus.OK:
        return response
    if tag not in [one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")]:
        return response
    return HttpResponse(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": tag, "Cache-Control": "private, no-cache"})
