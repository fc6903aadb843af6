"""Moving deals: by dragging, by the menu of a card, by the path on the page of a deal; and taking a move back.

Each works as a page of its own. Asked by a script, the answer is the part that goes into the dialogue, or what is said
afterwards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tragt.errors import Conflict, NotFound, TragtError
from tragt.web.accounts.models import User
from tragt.web.accounts.views.asking import asker, who
from tragt.web.crm.actions.moving import lose_deal, reopen_deal
from tragt.web.crm.actions.passing import Answers, pass_on, renew_deal, take_back
from tragt.web.crm.actions.requirements import missing
from tragt.web.crm.forms.moving import AnswersForm, LostForm
from tragt.web.crm.models import Deal, Move, MoveKind, Stage, Status
from tragt.web.crm.queries.deals import deal_of
from tragt.web.crm.queries.pipelines import stage_of, stages_of
from tragt.web.crm.sentences import say
from tragt.web.crm.views.parts import one_deal

__all__ = ["move", "renew", "reopen", "undo", "undoable"]

EDIT = permission_required("deals.edit", raise_exception=True)
WON, LOST = "won", "lost"
_UNDO = "moved"
_LONGEST = len(str(2**63))


@dataclass(frozen=True, slots=True)
class Asked:
    """A move that somebody asked for.

    Attributes:
        deal: The deal, as it is now.
        to: Key of a stage, ``won`` or ``lost``.
        seen: Key of the stage in which they saw it; 0 where they did not say.
        version: The version they saw; None where they did not say.
        stage: The stage it is to go to; None for won and lost.
    """

    deal: Deal
    to: str
    seen: int
    version: int | None
    stage: Stage | None

    @property
    def title(self) -> str:
        """Where it is to go, in words."""
        return self.stage.name if self.stage else str(Status(self.to).label)


@dataclass(frozen=True, slots=True)
class Undo:
    """What was done last and can be taken back.

    Attributes:
        text: What was done.
        deal: Key of the deal.
        move: Key of the move.
        stages: Keys of the stages in which a board shows something else now.
    """

    text: str
    deal: int
    move: int
    stages: Sequence[int]


@require_http_methods(["GET", "POST"])
@never_cache
@EDIT
def move(request: HttpRequest, key: int) -> HttpResponse:
    """Choose where a deal goes; post to bring it there."""
    deal = _deal(request, key)
    if request.method == "GET":
        return _page(request, deal, "crm/_moves.html", {"stages": list(stages_of(deal.pipeline))})
    given = _asked(request, deal)
    if given is None:
        raise Http404
    form = _form(request, given)
    if form is not None and not (form.is_bound and form.is_valid()):
        return _page(request, deal, "crm/_asks.html", {"asked": given, "form": form}, 422)
    return _bring(request, given, form)


@require_POST
@EDIT
def undo(request: HttpRequest, key: int) -> HttpResponse:
    """Bring a deal back to where it was before its last move."""
    number = _number(request.POST.get("move", ""))
    if number is None:
        raise Http404
    before = _deal(request, key)
    try:
        deal = take_back(key, number, who=who(request))
    except TragtError as refusal:
        return _refused(request, before, refusal)
    text = _("%(deal)s is back in %(stage)s.") % {"deal": deal.name, "stage": deal.stage.name}
    return _done(request, Undo(text, key, 0, sorted({before.stage_id, deal.stage_id})))


@require_POST
@EDIT
def reopen(request: HttpRequest, key: int) -> HttpResponse:
    """Open a closed deal again."""
    deal = _deal(request, key)
    try:
        deal = reopen_deal(key, who=who(request))
    except TragtError as refusal:
        return _refused(request, deal, refusal)
    text = _("%(deal)s is open again, in %(stage)s.") % {"deal": deal.name, "stage": deal.stage.name}
    return _done(request, Undo(text, key, 0, [deal.stage_id]))


@require_POST
@EDIT
def renew(request: HttpRequest, key: int) -> HttpResponse:
    """Open the deal by which a won one is renewed."""
    deal = _deal(request, key)
    try:
        renewal = renew_deal(key, who=who(request))
    except TragtError as refusal:
        return _refused(request, deal, refusal)
    messages.success(request, _("This is the renewal. It was opened in %(stage)s.") % {"stage": renewal.stage.name})
    return redirect("deal", renewal.pk)


def undoable(request: HttpRequest) -> Undo | None:
    """What was done last without a script, told once."""
    kept = request.session.pop(_UNDO, None)
    return Undo(*kept) if kept else None


def _asked(request: HttpRequest, deal: Deal) -> Asked | None:
    given = request.POST
    to, seen, version = given.get("to", ""), _number(given.get("seen", "")) or 0, _number(given.get("version", ""))
    if to in (WON, LOST):
        return Asked(deal, to, seen, version, None)
    stage = _number(to)
    try:
        return Asked(deal, to, seen, version, stage_of(stage)) if stage is not None else None
    except NotFound:
        return None


def _number(text: str) -> int | None:
    """A key or a version; None where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < _LONGEST else None


def _form(request: HttpRequest, given: Asked) -> AnswersForm | LostForm | None:
    """What is to be asked first; None where nothing is. It is bound once it was shown."""
    data = request.POST if "asked" in request.POST else None
    if given.to == LOST:
        return LostForm(data)
    deal = given.deal
    if deal.status != Status.OPEN:
        return None
    codes = missing(deal, given.stage) if given.stage else ["value"] if deal.value is None else []
    return AnswersForm(deal, codes, asker(request), data) if codes else None


def _bring(request: HttpRequest, given: Asked, form: AnswersForm | LostForm | None) -> HttpResponse:
    """Bring a deal where it was asked to go."""
    deal = given.deal
    if isinstance(form, LostForm):
        reason, text = form.cleaned_data["reason"].pk, form.cleaned_data["text"]
        act = partial(lose_deal, deal.pk, reason, text=text, who=who(request))
    else:
        answers = form.answers if form is not None else Answers()
        act = partial(pass_on, deal.pk, given.stage.pk if given.stage else None, answers, who=who(request))
    try:
        moved = _unless_moved(given, act)
    except Conflict:
        return _moved_by_another(request, given)
    except TragtError as refusal:
        if form is not None:
            form.add_error(None, say(refusal))
            return _page(request, deal, "crm/_asks.html", {"asked": given, "form": form}, 422)
        return _refused(request, deal, refusal)
    last = Move.objects.filter(deal=moved).last()
    stages = sorted({deal.stage_id, moved.stage_id})
    return _done(request, Undo(_told(moved, last), moved.pk, last.pk if last else 0, stages))


def _unless_moved(given: Asked, act: "partial[Deal]") -> Deal:
    """Do it in the version they saw; a change that left the deal in its stage is no reason to ask again."""
    try:
        return act(version=given.version)
    except Conflict:
        now = Deal.objects.filter(pk=given.deal.pk, stage=given.seen, status=Status.OPEN).first()
        if now is None:
            raise
        return act(version=now.version)


def _told(deal: Deal, last: Move | None) -> str:
    names = {"deal": deal.name, "stage": deal.stage.name}
    match last.kind if last else "":
        case MoveKind.WON:
            return _("%(deal)s is won.") % names
        case MoveKind.LOST:
            return _("%(deal)s is lost.") % names
    return _("%(deal)s is in %(stage)s now.") % names


def _moved_by_another(request: HttpRequest, given: Asked) -> HttpResponse:
    """Say who moved it where, and offer to move it on."""
    deal = one_deal(request, given.deal.pk)
    last = Move.objects.filter(deal=deal).select_related("by").last()
    by = last.by if last and isinstance(last.by, User) and last.by_id != asker(request).pk else None
    inputs = {"asked": given, "last": last, "by": by, "carried": _carried(request.POST)}
    return _page(request, deal, "crm/_conflict.html", inputs, 409)


def _carried(given: Mapping[str, str]) -> list[tuple[str, str]]:
    """What was filled in already, so that nobody types it twice."""
    left_out = ("csrfmiddlewaretoken", "to", "seen", "version", "next")
    return [(name, value) for name, value in given.items() if name not in left_out]


def _refused(request: HttpRequest, deal: Deal, refusal: TragtError) -> HttpResponse:
    if _by_script(request):
        status = 409 if isinstance(refusal, Conflict) else 422
        return _page(request, deal, "crm/_refused.html", {"said": say(refusal)}, status)
    messages.error(request, say(refusal))
    return _back(request, deal.pk)


def _done(request: HttpRequest, done: Undo) -> HttpResponse:
    if _by_script(request):
        return render(request, "crm/_undo.html", {"undoable": done})
    request.session[_UNDO] = [done.text, done.deal, done.move, list(done.stages)]
    return _back(request, done.deal)


def _page(request: HttpRequest, deal: Deal, part: str, inputs: Mapping[str, object], status: int = 200) -> HttpResponse:
    """A part, on a page of its own unless a script asks for it."""
    given = {"deal": deal, "next": _next(request, deal.pk), **inputs}
    if _by_script(request):
        return render(request, part, given, status=status)
    return render(request, "crm/moving.html", {**given, "part": part}, status=status)


def _by_script(request: HttpRequest) -> bool:
    return "HX-Request" in request.headers


def _back(request: HttpRequest, deal: int) -> HttpResponse:
    return HttpResponseRedirect(_next(request, deal))


def _next(request: HttpRequest, deal: int) -> str:
    """The page that was left, where it is one of ours; else the deal's."""
    given = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(given, {request.get_host()}, request.is_secure())
    return given if ours else reverse("deal", args=[deal])


def _deal(request: HttpRequest, key: int) -> Deal:
    try:
        return deal_of(key, asker(request))
    except NotFound:
        raise Http404 from None
