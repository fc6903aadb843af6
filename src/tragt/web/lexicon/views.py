"""Pages on the events of the log: what there is, what it means, which names are one."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tragt.errors import NotFound, TragtError
from tragt.web.accounts.views.asking import who
from tragt.web.lexicon import actions, queries
from tragt.web.lexicon.bars import bars
from tragt.web.lexicon.describing import Kind
from tragt.web.lexicon.forms import EventForm, MergeForm, PairForm, PropertyForm
from tragt.web.lexicon.listing import Choice
from tragt.web.lexicon.queries import Event, Holding, Listed
from tragt.web.lexicon.sentences import say

PAGE = 50
_NAMES = 500
_SMALL, _LARGE = 24, 64
_SEE = permission_required("lexicon.see", raise_exception=True)
_EDIT = permission_required("lexicon.edit", raise_exception=True)

KINDS: dict[Kind, Promise] = {
    Kind.TEXT: pgettext_lazy("kind of value", "text"),
    Kind.NUMBER: pgettext_lazy("kind of value", "number"),
    Kind.TRUTH: pgettext_lazy("kind of value", "yes or no"),
    Kind.DAY: pgettext_lazy("kind of value", "day"),
    Kind.MOMENT: pgettext_lazy("kind of value", "moment"),
    Kind.LIST: pgettext_lazy("kind of value", "list"),
    Kind.OBJECT: pgettext_lazy("kind of value", "object"),
    Kind.MIXED: pgettext_lazy("kind of value", "mixed"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the list: an event, and its last weeks as bars."""

    of: Listed
    bars: SafeString
    address: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the properties: what it holds, and what its kind is called."""

    of: Holding
    kind: Promise
    address: str


@dataclass(frozen=True, slots=True)
class Week:
    """A week by its first day, and how often the event came."""

    first: date
    count: int


def _address(name: str) -> str:
    return f"{reverse('lexicon:event')}?{urlencode({'name': name})}"


@require_GET
@_SEE
def listing(request: HttpRequest) -> HttpResponse:
    """All events."""
    found = queries.look_for_vanished()
    choice = Choice.of(request.GET)
    page = Paginator(choice.shown(found.events), PAGE).get_page(request.GET.get("page"))
    vanished = [one for one in found.events if one.vanished]
    context = {
        "choice": choice,
        "tabs": choice.tabs(found.events),
        "heads": choice.heads,
        "page": page,
        "rows": [Row(one, bars(one.counted.weeks, _SMALL), _address(one.name)) for one in page],
        "vanished": [(one, _address(one.name)) for one in vanished],
        "until": found.until if found.of_files else None,
        "proposed": len(queries.proposed()),
        "merged": queries.merges().exists(),
        "any": bool(found.events),
    }
    return render(request, "lexicon/events.html", context)


@require_http_methods(["GET", "POST"])
@_SEE
def event(request: HttpRequest) -> HttpResponse:
    """One event; posting says what it means."""
    found = _event(request.GET.get("name", ""))
    entry = found.entry
    start = {"display": entry.display, "description": entry.description, "owner": entry.owner_id}
    form = EventForm(request.POST or None, initial=start)
    if request.method == "POST":
        if not request.user.has_perm("lexicon.edit"):
            raise Http404
        if form.is_valid() and _described(request, form, found.listed.name):
            return HttpResponseRedirect(_address(found.listed.name))
    return _shown(request, found, form, MergeForm())


def _shown(request: HttpRequest, found: Event, form: EventForm, merge: MergeForm) -> HttpResponse:
    name = found.listed.name
    weeks = [Week(first, count) for first, count in found.weeks]
    context = {
        "event": found,
        "form": form,
        "merge_form": merge,
        "names": [one for one in queries.event_names()[:_NAMES] if one != name],
        "bars": bars([one.count for one in weeks], _LARGE),
        "weeks": weeks,
        "most": max(weeks, key=lambda one: one.count) if weeks else None,
        "properties": [
            Line(one, KINDS[one.described.kind], _property_address(name, one.described.name))
            for one in found.properties
        ],
    }
    return render(request, "lexicon/event.html", context, status=422 if form.errors or merge.errors else 200)


@require_http_methods(["GET", "POST"])
@_EDIT
def of_property(request: HttpRequest) -> HttpResponse:
    """What a property means; posting says it."""
    found, wanted = _event(request.GET.get("name", "")), request.GET.get("property", "")
    holding = next((one for one in found.properties if one.described.name == wanted), None)
    if holding is None:
        raise Http404
    entry = holding.entry
    start = {"display": entry.display, "description": entry.description} if entry else {}
    form = PropertyForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid() and _described(request, form, found.listed.name, wanted):
        return HttpResponseRedirect(_address(found.listed.name) + "#properties")
    context = {"event": found, "property": wanted, "form": form, "back": _address(found.listed.name)}
    return render(request, "lexicon/property.html", context, status=422 if form.errors else 200)


def _described(request: HttpRequest, form: PropertyForm, name: str, of: str = "") -> bool:
    try:
        actions.describe(who(request), name, form.said, of)
    except TragtError as refusal:
        form.add_error("display", say(refusal))
        return False
    messages.success(request, _("That is noted."))
    return True


@require_POST
@_EDIT
def hide(request: HttpRequest) -> HttpResponse:
    """Offer an event nowhere, or again."""
    name = request.POST.get("name", "")
    act, said = (
        (actions.hide, _("“%(name)s” is offered nowhere any more. Figures that name it stay as they are."))
        if "hide" in request.POST
        else (actions.show, _("“%(name)s” is offered again."))
    )
    try:
        act(who(request), name)
    except NotFound as absent:
        raise Http404(absent.message) from None
    except TragtError as refusal:
        messages.error(request, say(refusal))
    else:
        messages.success(request, said % {"name": name})
    return HttpResponseRedirect(_address(name))


@require_GET
@_SEE
def spellings(request: HttpRequest) -> HttpResponse:
    """Names that may be one, and those that are."""
    counts = {one.name: one.count for one in queries.counts()}
    context = {
        "proposed": queries.proposed(),
        "merges": [(row, counts.get(row.spelling, 0)) for row in queries.merges()],
        "names": list(counts)[:_NAMES],
    }
    return render(request, "lexicon/spellings.html", context)


@require_POST
@_EDIT
def merge(request: HttpRequest) -> HttpResponse:
    """Let a spelling count as another name."""
    form = PairForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest()
    given = form.cleaned_data
    spelling, kept = given["spelling"], given["kept"]
    try:
        actions.merge(who(request), spelling, kept)
    except TragtError as refusal:
        messages.error(request, say(refusal))
        return _back(request)
    said = _("“%(spelling)s” counts as “%(kept)s” from now on. No event was changed; you can undo it at any time.")
    messages.success(request, said % {"spelling": spelling, "kept": kept})
    return _back(request, kept)


@require_POST
@_EDIT
def unmerge(request: HttpRequest, key: int) -> HttpResponse:
    """Let a spelling count as a name of its own again."""
    try:
        row = actions.unmerge(who(request), key)
    except NotFound as refusal:
        messages.error(request, say(refusal))
        return _back(request)
    messages.success(request, _("“%(name)s” counts as a name of its own again.") % {"name": row.spelling})
    return _back(request, row.kept)


@require_POST
@_EDIT
def keep_apart(request: HttpRequest) -> HttpResponse:
    """Say that two names are not one."""
    form = PairForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest()
    try:
        actions.keep_apart(who(request), form.cleaned_data["spelling"], form.cleaned_data["kept"])
    except TragtError as refusal:
        messages.error(request, say(refusal))
    else:
        messages.success(request, _("Nobody will be asked about these two again."))
    return redirect("lexicon:spellings")


def _event(name: str) -> Event:
    try:
        return queries.event(name)
    except NotFound as absent:
        raise Http404(absent.message) from None


def _property_address(name: str, of: str) -> str:
    return f"{reverse('lexicon:property')}?{urlencode({'name': name, 'property': of})}"


def _back(request: HttpRequest, name: str = "") -> HttpResponseRedirect:
    """To the event it was asked from, else to the spellings."""
    if "from" in request.POST:
        return HttpResponseRedirect(_address(name or request.POST["from"]))
    return HttpResponseRedirect(reverse("lexicon:spellings"))
