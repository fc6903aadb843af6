"""Requests that are sent again are done once. The unit of observation is the request.

The answer to a request with an ``Idempotency-Key`` is written in the transaction of what it did, so that there is both
or neither. Refusals are not kept: the same request may be right later.
"""

import hashlib
from collections.abc import Callable, Iterator
from http import HTTPStatus

import msgspec
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from tragt.errors import InvalidSetting
from tragt.web.accounts.actions.keys import touch
from tragt.web.accounts.models import ApiKey
from tragt.web.accounts.queries import api_key_of
from tragt.web.api.limits import charge_rows, check_limits, refuse_early
from tragt.web.api.models import Answer
from tragt.web.api.problems import problem
from tragt.web.mail.sealing import seal, unseal

__all__ = ["HEADER", "LONGEST", "REPLAY", "once"]

HEADER = "Idempotency-Key"
REPLAY = "Idempotent-Replay"
LONGEST = 255
_KEPT = ("Content-Type", "ETag", "Location")
_PARTS = "multipart/form-data"


def once(request: HttpRequest, do: Callable[[], HttpResponse]) -> HttpResponse:
    """Do what is asked for, or answer as it was answered before.

    Args:
        request: What is asked for.
        do: Does it and answers.
    """
    key = request.headers.get(HEADER, "") if request.method == "POST" else ""
    scheme, _blank, token = request.headers.get("Authorization", "").partition(" ")
    program = api_key_of(token.strip()) if key and scheme.lower() == "bearer" and "\0" not in token else None
    if program is None:
        return do()
    if len(key) > LONGEST or not key.isprintable():
        check_limits(program.pk, changes=True)
        said = f"{HEADER} is a text of at most {LONGEST} letters, digits and signs."
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "api.repeat_key", said)
    refuse_early(program.pk)
    asked = _digest(request)
    with transaction.atomic():
        # Who comes second waits here until the first is done, and then reads its answer.
        kept = _row(program, key, asked)
        if kept.asked != asked or kept.status:
            # What is not done anew is paid for here: the operation, which counts what it does, is not asked.
            check_limits(program.pk, changes=True)
            touch(program)
        if kept.asked != asked:
            said = f"This {HEADER} came before with another request. Use a new one for each request."
            return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "api.repeat_differs", said)
        if kept.status:
            return _again(program, kept)
        response = do()
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            transaction.set_rollback(True)
            return response
        # An answer may hold a secret that is told this once, and persons.
        kept.status, kept.body = response.status_code, seal(response.content.decode()).encode()
        kept.headers = {name: response.headers[name] for name in _KEPT if name in response.headers}
        kept.save(update_fields=["status", "body", "headers"])
    return response


def _row(program: ApiKey, key: str, asked: str) -> Answer:
    """The row of a request; one that is removed as it is looked for, since its time is over, is written anew."""
    rows = Answer.objects.filter(program=program, key=key)
    Answer.objects.bulk_create([Answer(program=program, key=key, asked=asked)], ignore_conflicts=True)
    kept = rows.first()
    if kept is None:
        Answer.objects.bulk_create([Answer(program=program, key=key, asked=asked)], ignore_conflicts=True)
        kept = rows.get()
    return kept


def _again(program: ApiKey, kept: Answer) -> HttpResponse:
    if not kept.body:
        lost = "It was done, but what was answered is kept no more: the data of a person were erased since."
        return problem(HTTPStatus.CONFLICT, "api.repeat_lost", lost)
    try:
        said = unseal(bytes(kept.body).decode())
    except InvalidSetting:
        lost = "It was done, but what was answered can be read no more: the secret key of the installation changed."
        return problem(HTTPStatus.CONFLICT, "api.repeat_lost", lost)
    charge_rows(program.pk, _number_of_items(said))
    return HttpResponse(said, status=kept.status, headers={**kept.headers, REPLAY: "true"})


def _number_of_items(said: str) -> int:
    """How many items an answer lists, as they were counted when it was given."""
    told = msgspec.json.decode(said) if said else None
    items = told.get("items") if isinstance(told, dict) else None
    return len(items) if isinstance(items, list) else 0


def _digest(request: HttpRequest) -> str:
    found = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    for piece in _pieces(request):
        found.update(len(piece).to_bytes(8, "big") + piece)
    return found.hexdigest()


def _pieces(request: HttpRequest) -> Iterator[bytes]:
    if request.content_type != _PARTS:
        yield request.body
        return
    # Files are larger than a body may be, and the line between the parts is another one each time.
    for name, values in sorted(request.POST.lists()):
        yield repr((name, values)).encode()
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            yield repr((name, file.name, file.content_type)).encode()
            yield from file.chunks()
            file.seek(0)
