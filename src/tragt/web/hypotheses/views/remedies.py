"""The questions and proposals that help with leaks: reading them, writing one's own, and what kind a step is."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tragt.errors import Conflict, NotFound, TragtError
from tragt.web.accounts.views.asking import who
from tragt.web.hypotheses.actions import remedies as acts
from tragt.web.hypotheses.forms import RemedyForm
from tragt.web.hypotheses.queries.remedies import Place, delivered, remedies, texts_at
from tragt.web.hypotheses.sentences import say
from tragt.web.hypotheses.stages import StageKind
from tragt.web.hypotheses.views.asking import SEE, TEXTS, leak_or_404
from tragt.web.hypotheses.wording import Shown, shown

__all__ = ["again", "aside", "edit", "listing", "stage"]


@require_GET
@SEE
def listing(request: HttpRequest) -> HttpResponse:
    """All questions and proposals: by kind of step, by kind of leaks, and where the firm wrote some for both."""
    texts = [Shown(one.place, one) for one in remedies()]
    context = {
        "stages": [one for one in texts if not one.place.leak],
        "leaks": [one for one in texts if not one.place.stage],
        "both": [one for one in texts if one.place.leak and one.place.stage],
    }
    return render(request, "hypotheses/texts.html", context)


@require_http_methods(["GET", "POST"])
@never_cache
@TEXTS
def edit(request: HttpRequest, leak: str, stage: str) -> HttpResponse:
    """Write one's own questions and proposals for a place."""
    place = _place(leak, stage)
    texts = texts_at(place)
    form = RemedyForm(request.POST if request.method == "POST" else None, texts)
    clash = False
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        told = {name: given[name].splitlines() for name in ("questions", "proposals")}
        try:
            acts.change_remedy(place, who=who(request), version=given["version"], **told)
        except Conflict as refusal:
            clash, texts = True, texts_at(place)
            form.add_error(None, say(refusal))
            form.data = {**request.POST.dict(), "version": texts.version}
        except TragtError as refusal:
            named = str(refusal.fields.get("field", ""))
            form.add_error(named if named in form.fields else None, say(refusal))
        else:
            messages.success(request, _("Saved. These texts stand beside leaks now, in every language."))
            return redirect("hypotheses:texts")
    context = {"form": form, "shown": shown(place), "clash": clash, "delivered": delivered(place)}
    return render(request, "hypotheses/text.html", context, status=409 if clash else 422 if form.is_bound else 200)


@require_POST
@TEXTS
def aside(request: HttpRequest, leak: str, stage: str) -> HttpResponse:
    """Let what is delivered stand there again."""
    place = _place(leak, stage)
    acts.put_aside(place, who=who(request))
    messages.success(request, _("The texts stand there as delivered. Your own are put aside."))
    return redirect("hypotheses:text", *place.parts)


@require_POST
@TEXTS
def again(request: HttpRequest, leak: str, stage: str) -> HttpResponse:
    """Let one's own texts stand there again."""
    place = _place(leak, stage)
    acts.take_again(place, who=who(request))
    messages.success(request, _("Your own texts stand there again."))
    return redirect("hypotheses:text", *place.parts)


@require_POST
@TEXTS
def stage(request: HttpRequest, key: int) -> HttpResponse:
    """Say what kind of step it is at which a leak is."""
    entry = leak_or_404(request, key)
    try:
        acts.choose_stage(entry.row.funnel, entry.row.before, request.POST.get("stage", ""), who=who(request))
    except TragtError as refusal:
        messages.error(request, say(refusal))
    else:
        kind = request.POST.get("stage", "")
        said = _("“%(step)s” counts as: %(kind)s.") if kind else _("The kind of “%(step)s” is told by its name again.")
        messages.success(request, said % {"step": entry.before, "kind": StageKind(kind).label if kind else ""})
    return redirect(f"{entry.url}#remedies")


def _place(leak: str, stage: str) -> Place:
    try:
        return Place.named(leak, stage)
    except NotFound as absent:
        raise Http404(absent.message) from None
