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
from tragt.web.reports.queries import stoppable_by_key, subscription_by_key
from tragt.web.shell.limits import Limit, Limits

_AGAIN_SECONDS = 30

LOOKING, PRESSING = Limit(rate=1, burst=60), Limit(rate=1 / 60, burst=10)
"""How often the links of one report may be looked at, and their buttons pressed."""

_looks, _presses = Limits(), Limits()

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Link:
    """What a link is for.

    Attributes:
        template: Of its page.
        key_of: The key of the subscription that it carries.
        found: The subscription of a key; only such a one the link can do something for.
        act: What pressing its button does.
        done: In which states there is nothing to press.
    """

    template: str
    key_of: Callable[[str], str]
    found: Callable[[str], Subscription]
    act: Callable[[str], object]
    done: tuple[State, ...]


_DONE = (State.ACTIVE, State.PAUSED)
_CONFIRM = _Link("confirm", tokens.confirmation_of, subscription_by_key, answering.confirm, _DONE)
_STOP = _Link("stop", tokens.stop_of, stoppable_by_key, answering.stop, (State.STOPPED,))


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
        row = link.found(link.key_of(token))
    except NotFound as problem:
        inputs = {"expired": problem.code == "reports.link_expired"}
        return render(request, "reports/link.html", inputs, status=HTTPStatus.GONE)
    with translation.override(language_of(row)):
        return _answered(request, link, row)


def _answered(request: HttpRequest, link: _Link, row: Subscription) -> HttpResponse:
    language = language_of(row)
    inputs: dict[str, object] = {"row": row, "language": language}
    status, again = HTTPStatus.OK, _waits(request, row)
    try:
        if again:
            inputs["failed"], status = True, HTTPStatus.TOO_MANY_REQUESTS
        elif request.method == "POST":
            link.act(row.key)
            row = link.found(row.key)
    except NotFound:
        return render(request, "reports/link.html", {"expired": False}, status=HTTPStatus.GONE)
    except (DatabaseError, InterfaceError, OSError) as problem:
        log.warning("What a link of a report asks for could not be kept: %s", problem)
        inputs["failed"], status, again = True, HTTPStatus.SERVICE_UNAVAILABLE, _AGAIN_SECONDS
    response = render(
        request, f"reports/{link.template}.html", {**inputs, "row": row, "done": row.state in link.done}, status=status
    )
    response.headers["Content-Language"] = language
    if again:
        response.headers["Retry-After"] = str(max(1, round(again)))
    return response


def _waits(request: HttpRequest, row: Subscription) -> float:
    """For how many seconds whoever holds the link has to wait; 0 where they need not."""
    sender = (row.pk, row.key)
    if request.method == "POST":
        return _presses.take(sender, 1, PRESSING)
    return _looks.take(sender, 1, LOOKING)
