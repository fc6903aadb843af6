"""Files on the pages of records: adding, fetching, naming, removing. Each works without scripts too."""

from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import TypeVar

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.files.uploadedfile import UploadedFile
from django.core.signing import BadSignature, SignatureExpired
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_POST, require_safe

from tragt.errors import NotAllowed, NotFound, TragtError
from tragt.web.accounts.views.asking import asker, who
from tragt.web.files import actions
from tragt.web.files.arriving import Skipping
from tragt.web.files.links import link_to, place_in
from tragt.web.files.models import File
from tragt.web.files.naming import safe_name
from tragt.web.files.panels import rendered
from tragt.web.files.queries import changes, file_of, lying, record_of
from tragt.web.files.sentences import say
from tragt.web.files.serving import given_out
from tragt.web.files.store import receive, too_large

__all__ = ["add", "fetch", "of_record", "open_link", "remove", "rename", "restore"]

T = TypeVar("T")

_PIECE = 1 << 18
_LONGEST_LIST = 2000
_WRONG = 422


@require_GET
@never_cache
def of_record(request: HttpRequest, kind: str, key: int) -> HttpResponse:
    """All files of a record."""
    found, record = _seen(lambda: record_of(kind, key, asker(request)))
    panel = rendered(request, found, record, most=_LONGEST_LIST)
    inputs = {"panel": panel, "kind": found, "record": record, "address": found.url(key)}
    return render(request, "files/record.html", inputs)


@csrf_exempt
@require_POST
def add(request: HttpRequest, kind: str, key: int) -> HttpResponse:
    """Put files on a record; those that can be taken are, whatever is said of the others."""
    # All this must be before anything reads what is sent, which the check of the token does.
    found, record = _seen(lambda: record_of(kind, key, asker(request)))
    if not changes(found, record, asker(request)):
        code = "accounts.not_yours" if asker(request).has_perm(found.edit) else "accounts.not_allowed"
        return _answer(request, kind, key, [say(NotAllowed(code, ""))], "")
    bound = Skipping(request)
    request.upload_handlers = [bound, *request.upload_handlers]
    return _add(request, kind, key, bound)


@csrf_protect
def _add(request: HttpRequest, kind: str, key: int, bound: Skipping) -> HttpResponse:
    sent = request.FILES.getlist("file")
    troubles = [f"{safe_name(name)}: {say(too_large())}" for name in bound.skipped]
    refused = [trouble for one in sent for trouble in _added(request, one, kind, key)]
    added, troubles = len(sent) - len(refused), [*troubles, *refused]
    if not sent and not troubles:
        troubles = [say(TragtError("files.nothing", ""))]
    done = ngettext("%(number)s file was added.", "%(number)s files were added.", added) % {"number": added}
    return _answer(request, kind, key, troubles, done if added > 0 else "")


@require_GET
@never_cache
def fetch(request: HttpRequest, key: int) -> HttpResponse:
    """Lead to where a file can be fetched for some minutes, whoever may see its record."""
    row, _kind, _record = _seen(lambda: file_of(key, asker(request)))
    return HttpResponseRedirect(link_to(row))


@require_safe
@login_not_required
def open_link(_request: HttpRequest, signed: str, name: str) -> HttpResponseBase:
    """Give out the file that a link leads to; who asks is not looked at."""
    del name  # what a browser that reads no headers may call it
    try:
        row = lying(place_in(signed))
        return given_out(row) if row is not None else _plain(HTTPStatus.NOT_FOUND, "files.no_file")
    except SignatureExpired:
        said = _("This link worked for some minutes only. Open the page again, and fetch the file from there.")
        return HttpResponse(said, "text/plain; charset=utf-8", HTTPStatus.GONE)
    except BadSignature:
        return _plain(HTTPStatus.NOT_FOUND, "files.no_file")
    except NotFound as missing:
        return _plain(HTTPStatus.NOT_FOUND, missing.code)


@require_POST
def rename(request: HttpRequest, key: int) -> HttpResponse:
    """Call a file something else."""
    given = request.POST.get("name", "")[:1000]
    return _done(request, key, lambda: actions.rename_file(key, given, who=who(request)), _("It is called %(name)s."))


@require_POST
def remove(request: HttpRequest, key: int) -> HttpResponse:
    """Remove a file."""
    said = _("%(name)s was removed. It can be put back for a day.")
    return _done(request, key, lambda: actions.remove_file(key, who=who(request)), said)


@require_POST
def restore(request: HttpRequest, key: int) -> HttpResponse:
    """Put a file back."""
    said = _("%(name)s is back.")
    return _done(request, key, lambda: actions.restore_file(key, who=who(request)), said, removed=True)


def _added(request: HttpRequest, sent: UploadedFile, kind: str, key: int) -> Iterator[str]:  # type: ignore[type-arg]
    """Add one file; why that could not be, where it could not."""
    name = sent.name or ""
    try:
        actions.add_file(receive(sent.chunks(_PIECE)), name, kind, key, who=who(request))
    except TragtError as trouble:
        yield f"{safe_name(name)}: {say(trouble)}"


def _done(request: HttpRequest, key: int, act: Callable[[], File], said: str, *, removed: bool = False) -> HttpResponse:
    row, _kind, _record = _seen(lambda: file_of(key, asker(request), removed=removed))
    try:
        done, troubles = said % {"name": act().name}, []
    except TragtError as trouble:
        done, troubles = "", [say(trouble)]
    return _answer(request, row.kind, row.key, troubles, done)


def _answer(request: HttpRequest, kind: str, key: int, troubles: list[str], done: str) -> HttpResponse:
    """The part anew; without a script, the page of the record with what is to be said above it."""
    found, record = _seen(lambda: record_of(kind, key, asker(request)))
    if request.headers.get("HX-Request"):
        return HttpResponse(rendered(request, found, record, troubles), status=_WRONG if troubles else HTTPStatus.OK)
    for trouble in troubles:
        messages.error(request, trouble)
    if done:
        messages.success(request, done)
    return HttpResponseRedirect(f"{found.url(key)}#files")


def _plain(status: int, code: str) -> HttpResponse:
    return HttpResponse(say(NotFound(code, "")), "text/plain; charset=utf-8", status)


def _seen(act: Callable[[], T]) -> T:
    try:
        return act()
    except NotFound:
        raise Http404 from None
