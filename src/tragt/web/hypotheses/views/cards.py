"""The card of a hypothesis: writing it, changing it in place, its state and its log."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tragt.errors import Conflict, NotFound, TragtError
from tragt.web.accounts.models import User
from tragt.web.accounts.views.asking import asker, who
from tragt.web.funnels.views.asking import saved_or_404
from tragt.web.hypotheses.actions import cards as acts
from tragt.web.hypotheses.actions.cards import Draft
from tragt.web.hypotheses.attachable import attachables
from tragt.web.hypotheses.forms import PARTS, HypothesisForm, NoteForm, StateForm
from tragt.web.hypotheses.models import Hypothesis, Link
from tragt.web.hypotheses.prefilling import draft_at, draft_of, texts_at_step, texts_of
from tragt.web.hypotheses.presenting import Card, cards, lines
from tragt.web.hypotheses.queries.cards import links_of, log_of, of_leak
from tragt.web.hypotheses.queries.remedies import Texts
from tragt.web.hypotheses.sentences import say
from tragt.web.hypotheses.views.asking import EDIT, SEE, card_or_404, leak_or_404, whole
from tragt.web.leaks.people import OUTCOMES, Lists, Spot, lists_at, outcomes_of
from tragt.web.leaks.presenting import Entry

__all__ = ["bring_back", "change", "new", "note", "one", "remove", "state"]


@dataclass(frozen=True, slots=True)
class Source:
    """What a hypothesis is written about.

    Attributes:
        draft: The hypothesis as it is prefilled.
        user: Who writes it.
        texts: What to ask and to try there; None where it is about no step.
        leak: The leak; None where it is about none.
    """

    draft: Draft
    user: User
    texts: Texts | None = None
    leak: Entry | None = None

    @property
    def proposals(self) -> tuple[str, ...]:
        """What may be tried there."""
        return tuple(self.texts.proposals) if self.texts else ()

    @property
    def card(self) -> Card:
        """Where it stands, as a card shows it."""
        draft = self.draft
        name = draft.funnel.name if draft.funnel else ""
        told = {name: getattr(draft, name) for name in ("funnel", "before", "step", "by", "value")}
        return cards([Hypothesis(funnel_name=name, **told)])[0]

    @property
    def there(self) -> list[Card]:
        """What was written about the same place before."""
        draft = self.draft
        if draft.funnel is None:
            return []
        return cards(of_leak(draft.funnel.pk, draft.before, draft.step, self.user))


@dataclass(frozen=True, slots=True)
class Hanging:
    """Something that hangs on a card."""

    link: Link
    icon: str
    kind: object
    url: str


@require_http_methods(["GET", "POST"])
@never_cache
@EDIT
def new(request: HttpRequest) -> HttpResponse:
    """Write a hypothesis down: about a leak, about a step, or by hand."""
    source = _source(request)
    given = request.POST if request.method == "POST" else None
    form = HypothesisForm(given, _told(source.draft), proposals=source.proposals)
    if request.method == "POST" and form.is_valid():
        try:
            row = acts.write_hypothesis(replace(source.draft, **form.changes), who=who(request))
        except TragtError as refusal:
            _refused(form, refusal)
        else:
            messages.success(request, _("The hypothesis is written down. Next: plan it, or say that it is running."))
            return redirect("hypotheses:one", row.pk)
    context = {"form": form, "source": source, "leak": source.leak, "back": _back(source)}
    return render(request, "hypotheses/new.html", context, status=422 if form.is_bound else 200)


def _source(request: HttpRequest) -> Source:
    user = asker(request)
    asked = request.GET
    if "leak" in asked:
        entry = leak_or_404(request, whole(asked["leak"]))
        draft = draft_of(entry, user.pk, whole(asked.get("proposal", "")))
        return Source(draft, user, texts_of(entry), entry)
    if "funnel" in asked:
        saved = saved_or_404(whole(asked["funnel"]) or 0)
        try:
            draft = draft_at(saved, whole(asked.get("step", "")) or 0, user.pk)
        except TragtError as refusal:
            raise Http404(refusal.message) from None
        return Source(draft, user, texts_at_step(saved, draft))
    return Source(Draft("", owner=user.pk), user)


def _back(source: Source) -> str:
    if source.leak is not None:
        return source.leak.url
    return reverse("funnel", args=[source.draft.funnel.pk]) if source.draft.funnel else reverse("hypotheses:list")


def _told(draft: Draft) -> Mapping[str, Any]:
    return {one.name: getattr(draft, one.name) for one in fields(draft)}


@require_GET
@never_cache
@SEE
def one(request: HttpRequest, key: int) -> HttpResponse:
    """A hypothesis with its log."""
    return _page(request, card_or_404(request, key))


def _page(request: HttpRequest, row: Hypothesis, status: int = 200, **more: Any) -> HttpResponse:
    context = {
        "card": cards([row])[0],
        "lines": lines(log_of(row)),
        "hanging": _hanging(request, row),
        "lists": _lists(request, row),
        "state_form": StateForm(initial={"state": row.state}, prefix="state"),
        "note_form": NoteForm(prefix="note"),
        "part": "",
        **more,
    }
    return render(request, "hypotheses/one.html", context, status=status)


def _lists(request: HttpRequest, row: Hypothesis) -> Lists | None:
    """The lists of those whom it is about; None where it is about no step, and for who may not see them."""
    if row.funnel is None or row.funnel.deleted is not None:
        return None
    outcomes = OUTCOMES if row.found is None else outcomes_of(row.found.leak)
    return lists_at(asker(request), row.funnel, Spot(row.before, row.by, row.value, outcomes))


def _hanging(request: HttpRequest, row: Hypothesis) -> list[Hanging]:
    known = {one.kind: one for one in attachables()}
    found = []
    for link in links_of(row):
        kind = known.get(link.kind)
        if kind is not None:
            url = kind.url(link.key) if request.user.has_perm(kind.permission) else ""
            found.append(Hanging(link, kind.icon, kind.title, url))
    return found


@require_http_methods(["GET", "POST"])
@never_cache
@EDIT
def change(request: HttpRequest, key: int, name: str) -> HttpResponse:
    """Change a part of a hypothesis in place."""
    row = card_or_404(request, key)
    if name not in PARTS:
        raise Http404
    told = {field: getattr(row, "owner_id" if field == "owner" else field) for field in PARTS[name]}
    form = HypothesisForm(request.POST if request.method == "POST" else None, told, part=name)
    clash, seen = False, whole(request.POST.get("version", ""))
    if request.method == "POST" and form.is_valid():
        try:
            row = acts.change_hypothesis(key, form.changes, who=who(request), version=seen, beside=True)
        except Conflict:
            row, clash = card_or_404(request, key), True
        except NotFound as absent:
            raise Http404(absent.message) from None
        except TragtError as refusal:
            _refused(form, refusal)
        else:
            return _changed(request, key, name)
    told_now = {"form": form, "part": name, "clash": clash}
    status = 409 if clash else 422 if form.is_bound else 200
    if request.headers.get("HX-Request"):
        # htmx leaves the page as it is where the answer is no success.
        return render(request, "hypotheses/_part.html", {"card": cards([row])[0], "name": name, **told_now})
    return _page(request, row, status, **told_now)


def _changed(request: HttpRequest, key: int, name: str) -> HttpResponse:
    if not request.headers.get("HX-Request"):
        messages.success(request, _("Saved."))
        return redirect("hypotheses:one", key)
    row = card_or_404(request, key)
    context = {"card": cards([row])[0], "name": name, "lines": lines(log_of(row)), "saved": True}
    return render(request, "hypotheses/_part_saved.html", context)


@require_POST
@EDIT
def state(request: HttpRequest, key: int) -> HttpResponse:
    """Say how far a hypothesis has come."""
    row = card_or_404(request, key)
    form = StateForm(request.POST, prefix="state")
    if not form.is_valid():
        return _page(request, row, 422, state_form=form)
    given = form.cleaned_data
    try:
        row = acts.set_state(
            key, given["state"], who=who(request), text=given["text"], version=whole(request.POST.get("version", ""))
        )
    except NotFound as absent:
        raise Http404(absent.message) from None
    except Conflict as clash:
        form.add_error(None, say(clash))
        return _page(request, card_or_404(request, key), 409, state_form=form)
    except TragtError as refusal:
        _refused(form, refusal)
        return _page(request, row, 422, state_form=form)
    messages.success(request, _("“%(state)s” is noted in the log.") % {"state": row.get_state_display()})
    return redirect("hypotheses:one", key)


@require_POST
@EDIT
def note(request: HttpRequest, key: int) -> HttpResponse:
    """Note something in the log."""
    row = card_or_404(request, key)
    form = NoteForm(request.POST, prefix="note")
    if form.is_valid():
        try:
            acts.add_note(key, form.cleaned_data["text"], who=who(request))
        except NotFound as absent:
            raise Http404(absent.message) from None
        except TragtError as refusal:
            _refused(form, refusal)
        else:
            return redirect(reverse("hypotheses:one", args=[key]) + "#log")
    return _page(request, row, 422, note_form=form)


@require_POST
@EDIT
def remove(request: HttpRequest, key: int) -> HttpResponse:
    """Remove a hypothesis; the next page offers to bring it back."""
    try:
        acts.remove_hypothesis(key, who=who(request), version=whole(request.POST.get("version", "")))
    except NotFound as absent:
        raise Http404(absent.message) from None
    except TragtError as refusal:
        messages.error(request, say(refusal))
        return redirect("hypotheses:one", key)
    return redirect(f"{reverse('hypotheses:list')}?removed={key}")


@require_POST
@EDIT
def bring_back(request: HttpRequest, key: int) -> HttpResponse:
    """Bring a removed hypothesis back."""
    try:
        acts.bring_back_hypothesis(key, who=who(request))
    except NotFound as absent:
        raise Http404(absent.message) from None
    messages.success(request, _("The hypothesis is back."))
    return redirect("hypotheses:one", key)


def _refused(form: Any, refusal: TragtError) -> None:
    named = str(refusal.fields.get("field", ""))
    form.add_error(named if named in form.fields else None, say(refusal))
