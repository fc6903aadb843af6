"""Who gets which funnel every week, and one of them with what its reader is sent."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tragt.errors import NotAllowed, NotFound, TragtError
from tragt.web.accounts.views.asking import asker, who
from tragt.web.funnels.building.fields import whole_number
from tragt.web.funnels.showing.mistakes import mistake_of
from tragt.web.reports.actions import naming, sending
from tragt.web.reports.forms import ChangeForm, NamingForm
from tragt.web.reports.letters import letter_of
from tragt.web.reports.models import State, Subscription
from tragt.web.reports.queries import (
    removed_subscription,
    sent_to,
    subscription_of,
    subscriptions,
    subscriptions_of,
)
from tragt.web.reports.refusals import refusal_in_words

_OWN = permission_required(naming.OWN, raise_exception=True)


@require_http_methods(["GET", "POST"])
@_OWN
def listing(request: HttpRequest) -> HttpResponse:
    """The reports that leave every week; posting names a reader."""
    others = request.user.has_perm(naming.EDIT)
    first = {"funnel": whole_number(request.GET.get("funnel", ""))}
    form = NamingForm(request.POST or None, others=others, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            row = naming.name_reader(form.named, who=who(request))
        except NotAllowed:
            raise
        except TragtError as refusal:
            form.add_error(_field(form, refusal), refusal_in_words(refusal))
        else:
            messages.success(request, _named(row))
            return redirect("reports:list")
    undo = whole_number(request.GET.get("removed", ""))
    rows = subscriptions() if others else subscriptions_of(asker(request))
    removed = None if undo is None else removed_subscription(undo)
    if removed is not None and not others and removed.user_id != asker(request).pk:
        removed = None
    context = {"rows": list(rows), "form": form, "others": others, "removed": removed}
    return render(request, "reports/list.html", context, status=422 if form.errors else 200)


def _named(row: Subscription) -> str:
    told = {"reader": row.reader, "funnel": row.funnel.name}
    if row.state == State.ASKED:
        return _("%(reader)s was asked by mail. Reports of “%(funnel)s” begin once they say yes.") % told
    return _("%(reader)s gets “%(funnel)s” every week.") % told


def _field(form: NamingForm, refusal: TragtError) -> str | None:
    field = refusal.fields.get("field")
    return str(field) if field in form.fields else None


@require_http_methods(["GET", "POST"])
@_OWN
def one(request: HttpRequest, key: int) -> HttpResponse:
    """A report as its reader would get it now, and what was sent; posting changes it."""
    row = _found(request, key)
    form = ChangeForm(row, request.POST or None)
    if request.method == "POST" and form.is_valid():
        version = whole_number(request.POST.get("version", ""))
        try:
            naming.change(key, form.cleaned_data, who=who(request), version=version)
        except NotAllowed:
            raise
        except TragtError as refusal:
            form.add_error(None, refusal_in_words(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect("reports:one", key)
    context: dict[str, object] = {"row": row, "form": form, "sent": sent_to(row), "own": row.user_id == request.user.pk}
    context |= _shown(row)
    return render(request, "reports/one.html", context, status=422 if form.errors else 200)


def _shown(row: Subscription) -> dict[str, object]:
    """The letter in its reader's language; what is wrong, in that of the page."""
    language = sending.language_of(row)
    try:
        with translation.override(language):
            letter = letter_of(row.funnel, row.user)
            letter.lines  # noqa: B018 - worked out in the language of the letter
    except TragtError as error:
        return {"mistake": mistake_of(error), "written_in": language}
    return {"letter": letter, "written_in": language}


@require_GET
@_OWN
def picture(request: HttpRequest, key: int) -> HttpResponse:
    """The picture of a report, as it stands in the mail."""
    row = _found(request, key)
    try:
        with translation.override(sending.language_of(row)):
            drawn = letter_of(row.funnel, row.user).picture_png()
    except TragtError as error:
        raise Http404(error.message) from None
    response = HttpResponse(drawn, content_type="image/png")
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@require_POST
@_OWN
def send_me(request: HttpRequest, key: int) -> HttpResponseRedirect:
    """Send the report as it is now to whoever asks."""
    row = _found(request, key)
    try:
        sending.send_now(row, asker(request))
    except NotAllowed:
        raise
    except TragtError as refusal:
        messages.error(request, str(mistake_of(refusal).text))
    else:
        messages.success(request, _("Sent to %(address)s.") % {"address": asker(request).email})
    return HttpResponseRedirect(reverse("reports:one", args=[key]))


@require_POST
@_OWN
def pause(request: HttpRequest, key: int) -> HttpResponseRedirect:
    """Send a reader nothing for now."""
    return _done(request, key, "pause")


@require_POST
@_OWN
def resume(request: HttpRequest, key: int) -> HttpResponseRedirect:
    """Send a reader the report again."""
    return _done(request, key, "resume")


@require_POST
@_OWN
def ask(request: HttpRequest, key: int) -> HttpResponseRedirect:
    """Ask a reader for a yes once more."""
    return _done(request, key, "ask_again")


@require_POST
@_OWN
def remove(request: HttpRequest, key: int) -> HttpResponseRedirect:
    """Send a report no more, and offer to undo it."""
    _found(request, key)
    naming.remove(key, who=who(request))
    return HttpResponseRedirect(reverse("reports:list") + f"?removed={key}")


@require_POST
@_OWN
def undo(request: HttpRequest, key: int) -> HttpResponseRedirect:
    """Bring a report back that was removed."""
    try:
        naming.undo(key, who=who(request))
    except NotFound as absent:
        raise Http404(absent.message) from None
    except TragtError as refusal:
        messages.error(request, refusal_in_words(refusal))
        return HttpResponseRedirect(reverse("reports:list"))
    messages.success(request, _("The report is back."))
    return HttpResponseRedirect(reverse("reports:one", args=[key]))


def _done(request: HttpRequest, key: int, act: str) -> HttpResponseRedirect:
    _found(request, key)
    try:
        getattr(naming, act)(key, who=who(request))
    except NotAllowed:
        raise
    except TragtError as refusal:
        messages.error(request, refusal_in_words(refusal))
    else:
        messages.success(request, _("Saved."))
    return HttpResponseRedirect(reverse("reports:one", args=[key]))


def _found(request: HttpRequest, key: int) -> Subscription:
    """The report, of those that the user may know of.

    Raises:
        Http404: There is none.
    """
    try:
        return subscription_of(key, None if request.user.has_perm(naming.EDIT) else asker(request))
    except NotFound as absent:
        raise Http404(absent.message) from None
