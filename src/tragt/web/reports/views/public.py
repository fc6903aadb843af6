"""What the links in a report lead to: a button, for programs follow links too; pressing it does it. No sign-in."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus

from csp.constants import NONE
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tragt.errors import NotFound
from tragt.web.reports import tokens
from tragt.web.reports.actions import answering
from tragt.web.reports.actions.sending import language_of
from tragt.web.reports.models import State, Subscription
from tragt.web.reports.queries import subscription_by_key

_AGAIN_SECONDS = 30

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Link:
    """What a link is for.

    Attributes:
        template: Of its page.
        key_of: The key of the subscription that it carries.
        act: What pressing its button does.
        done: In which states there is nothing to press.
    """

    template: str
    key_of: Callable[[str], str]
    act: Callable[[str], object]
    done: tuple[State, ...]


_CONFIRM = _Link("confirm", tokens.confirmation_of, answering.confirm, (State.ACTIVE, State.PAUSED))
_STOP = _Link("stop", tokens.stop_of, answering.stop, (State.STOPPED,))


def _for_readers(view: Callable[[HttpRequest, str], HttpResponse]) -> Callable[..., HttpResponse]:
    """A page for whoever holds the link, that nobody keeps, finds or embeds."""

    @csrf_exempt  # the link itself says who presses, and programs that unsubscribe hold no token
    @login_not_required
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def shown(request: HttpRequest, token: str) -> HttpResponse:
        response = view(request, token)
        response._csp_replace = {"script-src": [NONE], "connect-src": [NONE]}  # type: ignore[attr-defined] # noqa: SLF001 - as its own decorator does
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Robots-Tag"] = "noindex"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return shown


@_for_readers
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """A reader says yes to a report."""
    return _by_link(request, _CONFIRM, token)


@_for_readers
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """A reader wants a report no more; programs of mail press the button too."""
    return _by_link(request, _STOP, token)


def _by_link(request: HttpRequest, link: _Link, token: str) -> HttpResponse:
    try:
        key = link.key_of(token)
        row = subscription_by_key(key)
    except NotFound as problem:
        inputs = {"expired": problem.code == "reports.link_expired"}
        return render(request, "reports/link.html", inputs, status=HTTPStatus.GONE)
    with translation.override(language_of(row)):
        return _answered(request, link, row)


def _answered(request: HttpRequest, link: _Link, row: Subscription) -> HttpResponse:
    language = language_of(row)
    inputs: dict[str, object] = {"row": row, "language": language}
    status = HTTPStatus.OK
    try:
        if request.method == "POST":
            link.act(row.key)
            row = subscription_by_key(row.key)
    except NotFound:
        return render(request, "reports/link.html", {"expired": False}, status=HTTPStatus.GONE)
    except (DatabaseError, InterfaceError, OSError) as problem:
        log.warning("What a link of a report asks for could not be kept: %s", problem)
        inputs["failed"], status = True, HTTPStatus.SERVICE_UNAVAILABLE
    response = render(
        request, f"reports/{link.template}.html", {**inputs, "row": row, "done": row.state in link.done}, status=status
    )
    response.headers["Content-Language"] = language
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(_AGAIN_SECONDS)
    return response
