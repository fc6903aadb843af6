"""Sources, what was turned away, and events as they arrive."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tragt.errors import NotFound
from tragt.web.accounts.views.asking import who
from tragt.web.collect import actions, queries, reasons
from tragt.web.collect import live as looking
from tragt.web.collect import sources as standing
from tragt.web.collect.forms import (
    CallForm,
    LiveForm,
    NetworkListForm,
    NewNetworkListForm,
    ReasonForm,
    VisitorsForm,
)
from tragt.web.collect.instructions import PLACEHOLDER, instructions
from tragt.web.collect.live import Event, Glimpse
from tragt.web.collect.queries import Reason
from tragt.web.collect.streaming import Came, stream
from tragt.web.collect.visitors import address_of, network_list, network_lists, visitors
from tragt.web.inbox.models import Rejected
from tragt.web.lexicon.queries import lexicon
from tragt.web.log.queries import names as event_names
from tragt.web.shell import formats

PAGE = 25
LATEST = 10
_NAMES = 200
_SEE = ("keys.see", "people.see")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a list.

    Attributes:
        of: What it shows.
        source: What people call its source.
        said: Why it was turned away, or who did it.
        text: JSON of the call; empty where it is no call.
        at: When it happened, µs since 1970 and so exact; 0 where it is a call.
        received: When it came, UTC.
        when: That moment as a reader of a list of events wants it: to the second, without the day if that is today.
        called: What people call the event, where that is not its name; else empty.
    """

    of: Rejected | Event
    source: str
    said: str
    text: str = ""
    at: int = 0
    received: datetime | None = None
    when: str = ""
    called: str = ""


@require_GET
@permission_required("keys.see", raise_exception=True)
def listing(request: HttpRequest) -> HttpResponse:
    """The sources."""
    found = standing.sources(timezone.now())
    slowest = max((one.lag for one in found if one.lag is not None and one.slow), default=None)
    return render(request, "collect/sources.html", {"sources": found, "slowest": slowest})


@require_GET
@permission_required("keys.see", raise_exception=True)
def one(request: HttpRequest, key: int) -> HttpResponse:
    """A source: how to send from it, what came, and what was turned away."""
    now = timezone.now()
    try:
        source = standing.source(key, now)
    except NotFound as problem:
        raise Http404(problem.message) from None
    name = standing.name_of(source.key)
    inputs: dict[str, Any] = {
        "source": source,
        "name": name,
        "instructions": instructions(request.build_absolute_uri("/").rstrip("/"), public=source.public),
        "placeholder": PLACEHOLDER,
        "reasons": _said(queries.reasons(name)),
    }
    if request.user.has_perm("people.see"):
        glimpse = looking.newest(looking.Wanted(source=name), now, LATEST)
        inputs["rows"] = _events(glimpse, {name: source.key.name})
    return render(request, "collect/source.html", inputs)


@require_GET
@permission_required(_SEE, raise_exception=True)
def turned_away(request: HttpRequest) -> HttpResponse:
    """The calls that were turned away."""
    known = standing.names()
    source, code, field = (request.GET.get(name, "") for name in ("source", "code", "field"))
    calls = queries.turned_away(source, code, field if code else None)
    page = Paginator(calls, PAGE).get_page(request.GET.get("page"))
    inputs = {
        "page": page,
        "rows": [_call(row, known) for row in page],
        "reasons": _said(queries.reasons(source)),
        "source": source,
        "source_name": standing.label(source, known) if source else "",
        "code": code,
        "field": field,
        "said": reasons.sentence(code, field) if code else "",
    }
    return render(request, "collect/turned_away.html", inputs)


@require_http_methods(["GET", "POST"])
@permission_required(_SEE, raise_exception=True)
def call(request: HttpRequest, key: int) -> HttpResponse:
    """A call that was turned away; posting sends it again as it was mended."""
    row = _rejected(key)
    refused = None
    form = CallForm(request.POST or None, initial={"call": _pretty(bytes(row.call))})
    if request.method == "POST" and form.is_valid():
        try:
            refused = actions.mend(who(request), row, form.cleaned_data["call"])
        except NotFound:
            messages.error(request, _("Somebody sent this call again or threw it away meanwhile."))
            return _back(row.source)
        if refused is None:
            messages.success(request, _("The call was taken. It is in the log in a moment."))
            return _back(row.source)
        form.add_error("call", reasons.say(refused))
    shown = _call(row, standing.names())
    status = 422 if form.is_bound else 200
    return render(request, "collect/call.html", {"row": shown, "form": form}, status=status)


@require_POST
@permission_required("keys.edit", raise_exception=True)
def throw(request: HttpRequest, key: int) -> HttpResponse:
    """Throw a call away."""
    row = _rejected(key)
    actions.throw_away(who(request), row)
    messages.success(request, _("The call is thrown away."))
    return _back(row.source)


@require_POST
@permission_required("keys.edit", raise_exception=True)
def again(request: HttpRequest) -> HttpResponse:
    """Send all calls of a reason again."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        raise Http404
    try:
        sent = actions.send_again(who(request), form.chosen)
    except NotFound:
        messages.error(request, _("Somebody sent some of these again meanwhile. Look at what is left."))
        return _back(form.chosen.source)
    if sent.taken:
        said = ngettext("%(number)s call was taken.", "%(number)s calls were taken.", sent.taken)
        messages.success(request, said % {"number": formats.number(sent.taken)})
    if sent.refused:
        said = ngettext(
            "%(number)s call was turned away again for the same or another reason. Mend it first.",
            "%(number)s calls were turned away again for the same or another reason. Mend them first.",
            sent.refused,
        )
        messages.warning(request, said % {"number": formats.number(sent.refused)})
    if sent.left:
        said = ngettext(
            "%(number)s more call waits: send again once more.",
            "%(number)s more calls wait: send again once more.",
            sent.left,
        )
        messages.info(request, said % {"number": formats.number(sent.left)})
    return _back(form.chosen.source)


@require_POST
@permission_required("keys.edit", raise_exception=True)
def throw_all(request: HttpRequest) -> HttpResponse:
    """Throw all calls of a reason away."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        raise Http404
    number = actions.throw_away_all(who(request), form.chosen)
    said = ngettext("%(number)s call is thrown away.", "%(number)s calls are thrown away.", number)
    messages.success(request, said % {"number": formats.number(number)})
    return _back(form.chosen.source)


@require_GET
@permission_required(_SEE, raise_exception=True)
def live(request: HttpRequest) -> HttpResponse:
    """The newest events."""
    known = standing.names()
    form = LiveForm(request.GET, sources=known)
    glimpse = looking.newest(form.wanted, timezone.now())
    inputs = {
        "form": form,
        "rows": _events(glimpse, known),
        "follow": _follow(request, glimpse.after),
        "names": _names_offered(),
        "sources": bool(known),
    }
    return render(request, "collect/live.html", inputs)


@require_GET
@permission_required(_SEE, raise_exception=True)
def live_stream(request: HttpRequest) -> HttpResponseBase:
    """What comes while the page stands open."""
    after = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    if not (after.isascii() and after.isdigit() and len(after) < len(str(2**63))):
        raise Http404
    known = standing.names()
    wanted = LiveForm(request.GET, sources=known).wanted

    def look(after: int) -> Came | None:
        glimpse = looking.since(wanted, after, timezone.now())
        if glimpse is None:
            return None
        inputs = {"rows": _events(glimpse, known), "more": glimpse.more}
        return Came(glimpse.after, render_to_string("collect/_came.html", inputs, request).strip())

    return stream(look, int(after), request.user.pk)


@require_GET
@permission_required(_SEE, raise_exception=True)
def live_event(request: HttpRequest) -> HttpResponse:
    """An event with all that it came with."""
    given = request.GET.get("at", "")
    try:
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(given))
    except (ValueError, OverflowError):
        raise Http404 from None
    opened = looking.opened(request.GET.get("id", ""), at)
    if opened is None:
        raise Http404
    part = "collect/_event.html" if request.headers.get("HX-Request") else "collect/event.html"
    source = standing.label(opened.event.source, standing.names())
    return render(request, part, {"opened": opened, "source": source, "whole": True})


@require_http_methods(["GET", "POST"])
@permission_required("keys.see", raise_exception=True)
def visiting(request: HttpRequest) -> HttpResponse:
    """What is kept of visitors' addresses, and which visitors are one's own people."""
    may_edit = request.user.has_perm("keys.edit")
    if request.method == "POST" and not may_edit:
        raise PermissionDenied
    form = VisitorsForm(request.POST or None, visitors())
    if form.is_valid():
        actions.change_visitors(who(request), **form.cleaned_data)
        messages.success(request, _("Saved. It holds for what comes from now on."))
        return HttpResponseRedirect(reverse("collect:visitors"))
    if not may_edit:
        for field in form.fields.values():
            field.disabled = True
    here = address_of(request.META.get("REMOTE_ADDR", ""), request.headers.get("X-Forwarded-For", ""))
    inputs = {"form": form, "may_edit": may_edit, "here": here, "lists": network_lists()}
    return render(request, "collect/visitors.html", inputs, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@permission_required("keys.edit", raise_exception=True)
def new_networks(request: HttpRequest) -> HttpResponse:
    """Add a list of networks of data centres or scanners."""
    form = NewNetworkListForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        return _kept(request, form.cleaned_data["name"], form)
    return render(request, "collect/new_networks.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@permission_required("keys.see", raise_exception=True)
def networks(request: HttpRequest, key: int) -> HttpResponse:
    """A list of networks; posting replaces what it holds."""
    try:
        held = network_list(key)
    except NotFound as problem:
        raise Http404(problem.message) from None
    may_edit = request.user.has_perm("keys.edit")
    if request.method == "POST" and not may_edit:
        raise PermissionDenied
    form = NetworkListForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        return _kept(request, held.name, form)
    inputs = {"held": held, "form": form, "may_edit": may_edit}
    return render(request, "collect/networks.html", inputs, status=422 if form.is_bound else 200)


@require_POST
@permission_required("keys.edit", raise_exception=True)
def remove_networks(request: HttpRequest, key: int) -> HttpResponse:
    """Remove a list of networks."""
    actions.remove_list(who(request), key)
    messages.success(request, _("The list is removed. What was marked by it stays as it was."))
    return HttpResponseRedirect(reverse("collect:visitors"))


def _kept(request: HttpRequest, name: str, form: NetworkListForm) -> HttpResponse:
    held = actions.keep_list(who(request), name, form.found)
    said = ngettext("%(number)s network is kept.", "%(number)s networks are kept.", held.number)
    messages.success(request, said % {"number": formats.number(held.number)})
    return HttpResponseRedirect(reverse("collect:networks", args=[held.pk]))


def _names_offered() -> list[tuple[str, str]]:
    """The names of events that are offered, each with what people call it."""
    words = lexicon()
    offered = [one.name for one in event_names() if words.is_offered(one.name)]
    return [(name, words.called_as(name)) for name in offered[:_NAMES]]


def _events(glimpse: Glimpse, known: Mapping[str, str]) -> list[Row]:
    zone = formats.zone()
    called = dict(lexicon().called) if glimpse.events else {}
    today = timezone.now().astimezone(zone).date()
    return [
        Row(
            event,
            standing.label(event.source, known),
            _who(event.actor),
            at=_microseconds(event.time),
            when=_when(event.received.astimezone(zone), today),
            called=called.get(event.name, ""),
        )
        for event in glimpse.events
    ]


def _when(came: datetime, today: date) -> str:
    return f"{came:%H:%M:%S}" if came.date() == today else formats.moment(came)


def _call(row: Rejected, known: Mapping[str, str]) -> Row:
    text = _pretty(bytes(row.call))
    return Row(row, standing.label(row.source, known), reasons.say(row), text, received=queries.moment(row.received))


def _said(found: list[Reason]) -> list[tuple[Reason, str]]:
    return [(reason, reasons.sentence(reason.code, reason.field)) for reason in found]


def _who(actor: str | None) -> str:
    """Who did it, as the sender calls them; nobody, where a deal has no contact."""
    kind, _colon, name = (actor or "").partition(":")
    return _("visitor %(name)s") % {"name": name} if kind == "a" else name


def _pretty(text: bytes) -> str:
    """The JSON of a call in lines; as it is where it is none."""
    try:
        return msgspec.json.format(text.decode(), indent=2)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return text.decode(errors="replace")


def _follow(request: HttpRequest, after: int) -> str:
    asked = {name: request.GET[name] for name in ("source", "name", "person", "who") if request.GET.get(name)}
    return f"{reverse('collect:live_stream')}?{urlencode({**asked, 'after': after})}"


def _microseconds(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _rejected(key: int) -> Rejected:
    try:
        return queries.rejected(key)
    except NotFound as problem:
        raise Http404(problem.message) from None


def _back(source: str) -> HttpResponseRedirect:
    query = f"?{urlencode({'source': source})}" if source else ""
    return HttpResponseRedirect(reverse("collect:turned_away") + query)
