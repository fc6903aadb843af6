"""Pages on webhooks: those there are, one of them with its messages, and one message."""

import json

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tragt.errors import NotFound, TragtError
from tragt.web.accounts.views.asking import who
from tragt.web.shell import formats
from tragt.web.webhooks.actions import again as sending_again
from tragt.web.webhooks.actions import endpoints as actions
from tragt.web.webhooks.forms import EndpointForm, SinceForm
from tragt.web.webhooks.models import Endpoint, State
from tragt.web.webhooks.queries.deliveries import deliveries, delivery_of
from tragt.web.webhooks.queries.endpoints import endpoint_of, numbered
from tragt.web.webhooks.sentences import say

PAGE = 25
_SEE = permission_required("webhooks.see", raise_exception=True)
_EDIT = permission_required("webhooks.edit", raise_exception=True)


@require_GET
@_SEE
def listing(request: HttpRequest) -> HttpResponse:
    """The webhooks there are."""
    return render(request, "webhooks/list.html", {"endpoints": numbered()})


@require_http_methods(["GET", "POST"])
@never_cache
@_EDIT
def new(request: HttpRequest) -> HttpResponse:
    """Make a webhook, and show its secret this once."""
    form = EndpointForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row, secret = actions.make_endpoint(form.draft, who=who(request))
        except TragtError as refusal:
            _refused(form, refusal)
        else:
            return _secret(request, row, secret)
    return render(request, "webhooks/new.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@_SEE
def one(request: HttpRequest, key: int) -> HttpResponse:
    """A webhook with its messages; posting changes it."""
    row = _found(key)
    form = EndpointForm.of(row, request.POST or None)
    if request.method == "POST":
        if not request.user.has_perm("webhooks.edit"):
            raise PermissionDenied
        if form.is_valid():
            draft, version = form.draft, _number(request.POST.get("version", ""))
            changes = {"name": draft.name, "address": draft.address, "types": draft.types}
            try:
                actions.change_endpoint(key, changes, who=who(request), version=version)
            except TragtError as refusal:
                _refused(form, refusal)
            else:
                messages.success(request, _("Saved."))
                return _to(key)
    state = request.GET.get("state", "")
    page = Paginator(deliveries(key, state), PAGE).get_page(request.GET.get("page"))
    context = {"row": row, "form": form, "page": page, "state": state, "states": State, "since": SinceForm()}
    return render(request, "webhooks/one.html", context, status=422 if form.errors else 200)


@require_POST
@_EDIT
def pause(request: HttpRequest, key: int) -> HttpResponse:
    """Send a webhook nothing for now."""
    with _Telling(request) as told:
        actions.pause_endpoint(key, who=who(request))
        told.done = _("Paused. What happens meanwhile it is never told.")
    return _to(key)


@require_POST
@_EDIT
def resume(request: HttpRequest, key: int) -> HttpResponse:
    """Tell a webhook again what happens."""
    with _Telling(request) as told:
        actions.resume_endpoint(key, who=who(request))
        told.done = _("Started. What waits is sent now.")
    return _to(key)


@require_POST
@_EDIT
def remove(request: HttpRequest, key: int) -> HttpResponse:
    """Remove a webhook."""
    with _Telling(request) as told:
        actions.remove_endpoint(key, who=who(request))
        told.done = _("The webhook was removed.")
    return HttpResponseRedirect(reverse("webhooks:list"))


@require_POST
@never_cache
@_EDIT
def rotate(request: HttpRequest, key: int) -> HttpResponse:
    """Give a webhook another secret, and show it this once."""
    with _Telling(request):
        return _secret(request, *actions.rotate_secret(key, who=who(request)))
    return _to(key)


@require_POST
@_EDIT
def test(request: HttpRequest, key: int) -> HttpResponse:
    """Try a webhook out."""
    with _Telling(request) as told:
        sending_again.send_test(key, who=who(request))
        told.done = _("A test is on its way. Load this page again to see what came of it.")
    return _to(key)


@require_POST
@_EDIT
def again(request: HttpRequest, key: int) -> HttpResponse:
    """Send again all that was not taken since a moment."""
    form = SinceForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give a day and a time."))
        return _to(key)
    with _Telling(request) as told:
        number = sending_again.replay_failed(key, form.cleaned_data["since"], who=who(request))
        said = ngettext("%(number)s message is sent again.", "%(number)s messages are sent again.", number)
        told.done = said % {"number": formats.number(number)}
    return _to(key)


@require_GET
@_SEE
def message(request: HttpRequest, key: int, message: int) -> HttpResponse:
    """What a webhook was told, and what came of it."""
    try:
        row = delivery_of(key, message)
    except NotFound as absent:
        raise Http404(absent.message) from None
    body = json.dumps(json.loads(row.body), indent=2, ensure_ascii=False) if row.body else ""
    return render(request, "webhooks/message.html", {"row": row, "body": body})


@require_POST
@_EDIT
def message_again(request: HttpRequest, key: int, message: int) -> HttpResponse:
    """Send a message again."""
    with _Telling(request) as told:
        sending_again.replay(key, message, who=who(request))
        told.done = _("The message is sent again.")
    return HttpResponseRedirect(reverse("webhooks:message", args=[key, message]))


class _Telling:
    """Says on the next page what was done, or why not."""

    def __init__(self, request: HttpRequest) -> None:
        self.done = ""
        self._request = request

    def __enter__(self) -> "_Telling":
        return self

    def __exit__(self, _kind: object, problem: BaseException | None, _trace: object) -> bool:
        if isinstance(problem, NotFound):
            raise Http404(problem.message) from None
        if isinstance(problem, TragtError):
            messages.error(self._request, say(problem))
            return True
        if problem is None and self.done:
            messages.success(self._request, self.done)
        return False


def _refused(form: EndpointForm, refusal: TragtError) -> None:
    named = str(refusal.fields.get("field", ""))
    form.add_error(named if named in form.fields else None, say(refusal))


def _secret(request: HttpRequest, row: Endpoint, secret: str) -> HttpResponse:
    return render(request, "webhooks/secret.html", {"row": row, "secret": secret, "again": bool(row.previous)})


def _found(key: int) -> Endpoint:
    try:
        return endpoint_of(key)
    except NotFound as absent:
        raise Http404(absent.message) from None


def _number(given: str) -> int | None:
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None


def _to(key: int) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("webhooks:one", args=[key]))
