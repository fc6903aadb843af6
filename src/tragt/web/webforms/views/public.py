"""The pages that visitors see: a form, alone or in a frame, and what follows when it is sent. None needs a sign-in.

They work without scripts, know no session, and take what is sent from any origin: a form stands on other sites too.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, InterfaceError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tragt.errors import NotFound
from tragt.events.tracking.addresses import Seen
from tragt.web.collect.visitors import address_of, addresses, visitors
from tragt.web.people.actions.learning import country
from tragt.web.shell.limits import Limit, Limits
from tragt.web.webforms import tokens
from tragt.web.webforms.actions.confirming import confirm as confirm_sent
from tragt.web.webforms.actions.confirming import withdraw as withdraw_sent
from tragt.web.webforms.actions.submitting import submit, turn_away
from tragt.web.webforms.answers import Answers, read_answers
from tragt.web.webforms.models import Submission, TrapReason
from tragt.web.webforms.published import Published, published, worded
from tragt.web.webforms.queries import kept
from tragt.web.webforms.sent import Sent
from tragt.web.webforms.showing import TRAP, WORDING, Sheet, lines
from tragt.web.webforms.views.policy import guarded
from tragt.web.webforms.visit import REFERRER, anonymous_of, carried, page_of, visit_of

LOOKING, SENDING = Limit(rate=2, burst=120), Limit(rate=0.1, burst=20)
"""How often one address may look at a form, and send it."""

_looks, _sendings = Limits(), Limits()

AGAIN_SECONDS = 30
TOKEN = "_token"
_LONGEST_NUMBER = 9

log = logging.getLogger(__name__)

View = Callable[..., HttpResponse]

_OUT_OF_ORDER = (DatabaseError, InterfaceError, OSError)
"""What disk and database raise when they take nothing."""


def _for_visitors(view: Callable[..., HttpResponse]) -> View:
    """A page for everybody, in the language of its form; what is not there is not found."""

    @csrf_exempt
    @login_not_required
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def shown(request: HttpRequest, public: str, **given: Any) -> HttpResponse:
        try:
            form = published(public)
        except NotFound as problem:
            raise Http404(problem.message) from None
        with translation.override(form.definition.language):
            response = view(request, form, **given)
        response.headers["Content-Language"] = form.definition.language
        return response

    return shown


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a form is shown.

    Attributes:
        form: The form.
        framed: Whether it stands in a frame of another site.
    """

    form: Published
    framed: bool = False

    def page(self, request: HttpRequest, template: str, status: int = 200, **inputs: object) -> HttpResponse:
        """One of its pages."""
        known = {"form": self.form, "definition": self.form.definition, "framed": self.framed, **inputs}
        return self._guarded(render(request, f"webforms/{template}.html", known, status=status))

    def sheet(self, request: HttpRequest, sheet: Sheet, status: int = 200, again: float = 0) -> HttpResponse:
        """The form itself."""
        response = self.page(request, "form", status, sheet=sheet, query=carried(request))
        if again:
            response.headers["Retry-After"] = str(max(1, round(again)))
        return response

    def thanks(self) -> str:
        """Where sending leads to."""
        if self.form.definition.leads_to and not self.framed:
            return self.form.definition.leads_to
        return reverse("webforms:framed_thanks" if self.framed else "webforms:thanks", args=[self.form.public])

    def _guarded(self, response: HttpResponse) -> HttpResponse:
        origins = self.form.origins if self.framed else None
        shown = self.form.open and not self.framed and response.status_code == HTTPStatus.OK
        return guarded(response, origins=origins, leads_to=self.form.definition.leads_to, shown=shown)


@dataclass(frozen=True, slots=True)
class _Link:
    """What a link of a mail is for.

    Attributes:
        template: Of its page.
        key_of: The key of the submission that a link carries.
        act: What pressing its button does.
        done: Whether that was done already.
    """

    template: str
    key_of: Callable[[str], str]
    act: Callable[[str, datetime], None]
    done: Callable[[Submission | None], bool]


def _is_confirmed(row: Submission | None) -> bool:
    if row is None:
        raise NotFound("webforms.link", "Nothing is kept here any more.")
    return row.confirmed is not None and row.withdrawn is None


def _is_withdrawn(row: Submission | None) -> bool:
    return row is None or row.withdrawn is not None


_CONFIRM = _Link("confirm", tokens.confirmation_of, confirm_sent, _is_confirmed)
_WITHDRAW = _Link("withdraw", tokens.withdrawal_of, withdraw_sent, _is_withdrawn)


@_for_visitors
def hosted(request: HttpRequest, form: Published) -> HttpResponse:
    """A form on a page of its own; posting sends it, also from a page of another site."""
    return _answer(request, _Place(form))


@_for_visitors
def framed(request: HttpRequest, form: Published) -> HttpResponse:
    """A form in a frame of one of the sites that may embed it."""
    return _answer(request, _Place(form, framed=True))


@_for_visitors
def thanks(request: HttpRequest, form: Published) -> HttpResponse:
    """What is said once a form was sent."""
    return _thanked(request, _Place(form))


@_for_visitors
def framed_thanks(request: HttpRequest, form: Published) -> HttpResponse:
    """The same in a frame."""
    return _thanked(request, _Place(form, framed=True))


@_for_visitors
def confirm(request: HttpRequest, form: Published, token: str) -> HttpResponse:
    """The link of a mail: a button, for programs follow links too; pressing it confirms."""
    return _by_link(request, form, _CONFIRM, token)


@_for_visitors
def withdraw(request: HttpRequest, form: Published, token: str) -> HttpResponse:
    """The link at the foot of a mail: a button; pressing it withdraws what was agreed to."""
    return _by_link(request, form, _WITHDRAW, token)


def _answer(request: HttpRequest, place: _Place) -> HttpResponse:
    form = place.form
    if not form.open:
        return place.page(request, "closed", HTTPStatus.GONE)
    sender = (form.form, _address(request))
    if request.method != "POST":
        if waits := _looks.take(sender, 1, LOOKING):
            sheet = Sheet(lines(form.definition), tokens.page(form.shown), _("Too much came from your network."))
            return place.sheet(request, sheet, HTTPStatus.TOO_MANY_REQUESTS, waits)
        came_from = request.headers.get("Referer", "")
        page, referrer = (came_from, "") if place.framed else ("", came_from)
        sheet = Sheet(lines(form.definition), tokens.page(form.shown), page=page, referrer=referrer)
        return place.sheet(request, sheet)
    return _taken(request, place, _sendings.take(sender, 1, SENDING))


@dataclass(frozen=True, slots=True)
class _Came:
    """What was sent, before it is taken.

    Attributes:
        shown: The form in the wording that its sender saw, as far as that is known; else as it is now.
        answers: What was typed.
        nonce: Number of the page it was sent from; empty where it is to be sent once more, from our own page.
        hasty: Whether it was sent sooner than anybody can type.
    """

    shown: Published
    answers: Answers
    nonce: str
    hasty: bool = False


def _came(request: HttpRequest, form: Published) -> _Came:
    page = tokens.page_of(form.shown, request.POST.get(TOKEN, ""))
    nonce = page.nonce or _nonce_of_site(request, form)
    pasted = None if page.nonce else _pasted(request, form)
    shown = pasted or form
    answers = read_answers(shown.definition, request.POST.get, _region())
    sure = page.nonce or pasted or form.number == 1
    agreed = any(answers.values.get(field.key) for field in shown.definition.consents)
    return _Came(shown, answers, "" if agreed and not sure else nonce, page.hasty)


def _pasted(request: HttpRequest, form: Published) -> Published | None:
    """The form in the wording that a page of another site says it shows; None where it says none that there is."""
    told = request.POST.get(WORDING, "")
    if not (told.isascii() and told.isdigit() and len(told) < _LONGEST_NUMBER):
        return None
    try:
        return worded(form, int(told))
    except (DatabaseError, InterfaceError):
        return None


def _taken(request: HttpRequest, place: _Place, waits: float) -> HttpResponse:
    """Take what was sent; else show the form again, with what was typed and why."""
    form, came = place.form, _came(request, place.form)

    def again(note: str, status: int, seconds: float = 0) -> HttpResponse:
        same = came.nonce and came.shown.number == form.number
        typed = came.answers if same else came.answers.unticked(form.definition)
        shown, token = lines(form.definition, typed), tokens.page_again(form.shown, came.nonce)
        origin = page_of(request), request.POST.get(REFERRER, ""), anonymous_of(request)
        return place.sheet(request, Sheet(shown, token, note, *origin), status, seconds)

    if waits:
        note = _("Too much came from your network. Wait a moment, then send it again.")
        return again(note, HTTPStatus.TOO_MANY_REQUESTS, waits)
    if came.answers.wrong:
        note = _("Something is missing or not right. Look at the marked fields.")
        return again(note, HTTPStatus.UNPROCESSABLE_ENTITY)
    if not came.nonce:
        return again(_("Check what you typed, then send it once more."), HTTPStatus.UNPROCESSABLE_ENTITY)
    key = tokens.key_of(form.public, came.nonce, came.answers.values)
    visit = visit_of(request, _seen(request), form.definition.title)
    sent = Sent(came.shown, key, came.answers.values, visit, timezone.now())
    try:
        _keep(sent, TrapReason.HIDDEN if request.POST.get(TRAP) else TrapReason.FAST if came.hasty else None)
    except _OUT_OF_ORDER as problem:
        log.warning("What was sent by a form could not be kept: %s", problem)
        note = _("This could not be kept just now. What you typed is still here: send it again in a moment.")
        return again(note, HTTPStatus.SERVICE_UNAVAILABLE, AGAIN_SECONDS)
    return _led(place.thanks())


def _keep(sent: Sent, trapped: TrapReason | None) -> None:
    """Take what was sent, or keep it as turned away; the sender sees no difference."""
    if trapped:
        turn_away(sent, trapped)
    else:
        submit(sent)


def _nonce_of_site(request: HttpRequest, form: Published) -> str:
    """What stands for the number of a page that is not ours: a day and a network, where the site may send the form."""
    if request.headers.get("Origin", "") not in form.origins:
        return ""
    return f"{timezone.now():%Y-%m-%d} {_address(request)}"


def _thanked(request: HttpRequest, place: _Place) -> HttpResponse:
    response = place.page(request, "thanks")
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _by_link(request: HttpRequest, form: Published, link: _Link, token: str) -> HttpResponse:
    """What a link of a mail leads to: a button, and what was done once it is pressed."""
    place = _Place(form)
    try:
        key = link.key_of(token)
        if request.method == "POST":
            link.act(key, timezone.now())
        response = place.page(request, link.template, done=link.done(kept(key)))
    except NotFound as problem:
        expired = problem.code == "webforms.link_expired"
        response = place.page(request, "link", HTTPStatus.GONE, expired=expired)
    except _OUT_OF_ORDER as problem:
        log.warning("What a link of a form asks for could not be kept: %s", problem)
        response = place.page(request, link.template, HTTPStatus.SERVICE_UNAVAILABLE, failed=True)
        response.headers["Retry-After"] = str(AGAIN_SECONDS)
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _led(address: str) -> HttpResponse:
    response = HttpResponseRedirect(address)
    response.status_code = HTTPStatus.SEE_OTHER
    response.headers["Cache-Control"] = "no-store"
    return response


def _address(request: HttpRequest) -> str:
    """Where a request came from."""
    return address_of(str(request.META.get("REMOTE_ADDR", "")), request.headers.get("X-Forwarded-For", ""))


def _seen(request: HttpRequest) -> Seen:
    """What may be known of where a request came from; nothing while no database says."""
    try:
        return addresses(visitors()).seen(_address(request))
    except (DatabaseError, InterfaceError):
        return Seen("", own=False)


def _region() -> str | None:
    """The country of telephone numbers without one; none while no database says."""
    try:
        return country()
    except (DatabaseError, InterfaceError):
        return None
