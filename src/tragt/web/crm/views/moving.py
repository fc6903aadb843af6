"""Moving deals: by dragging, by the menu of a card, by the path on the page of a deal; and taking a move back.

Each works as a page of its own. Asked by a script, the answer is the part that goes into the dialogue, or what is said
afterwards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tragt.errors import Conflict, NotFound, TragtError
from tragt.web.accounts.views.asking import asker, who
from tragt.web.crm.actions.moving import lose_deal, to_go_on_in
from tragt.web.crm.actions.passing import (
    Answers,
    lose_after_all,
    open_again,
    pass_on,
    renew_deal,
    take_back,
    win_after_all,
)
from tragt.web.crm.actions.requirements import last_stage, missing, missing_to_win, to_confirm, to_confirm_to_win
from tragt.web.crm.forms.entering import EnteringForm
from tragt.web.crm.forms.moving import LostForm
from tragt.web.crm.models import Deal, Move, MoveKind, Stage, Status
from tragt.web.crm.queries.changes import LastChange, last_change
from tragt.web.crm.queries.deals import deal_of, visible_deals
from tragt.web.crm.queries.pipelines import stage_of, stages_of
from tragt.web.crm.sentences import say
from tragt.web.crm.views.parts import one_deal

__all__ = ["move", "renew", "reopen", "undo", "undoable"]

EDIT = permission_required("deals.edit", raise_exception=True)
WON, LOST = "won", "lost"
_UNDO = "moved"
_LONGEST = len(str(2**63))
_TRIES = 20
"""How often a move is tried anew because of changes that leave the deal in its stage: each of them is another's."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A move that somebody asked for.

    Attributes:
        deal: The deal, as it is now.
        to: Key of a stage, ``won`` or ``lost``.
        seen: Key of the stage in which they saw it; 0 where they did not say.
        version: The version they saw; None where they did not say.
        stage: The stage it is to go to; None for won and lost.
        then: Of a closed deal that is to be closed otherwise ``won`` or ``lost``, as ``to``; else empty.
    """

    deal: Deal
    to: str
    seen: int
    version: int | None
    stage: Stage | None
    then: str = ""

    @property
    def title(self) -> str:
        """Where it is to go, in words."""
        return self.stage.name if self.stage else str(Status(self.to).label)

    @property
    def entered(self) -> Stage | None:
        """The stage whose demands must be met: the one it goes to, or for a win the last of its pipeline."""
        return last_stage(self.deal) if self.to == WON else self.stage


@dataclass(frozen=True, slots=True)
class Undo:
    """What was done last and can be taken back.

    Attributes:
        text: What was done.
        deal: Key of the deal.
        move: Key of the move.
        stages: Keys of the stages in which a board shows something else now.
        also: What became of the deal's renewal; empty where nothing did.
        link: Address of that renewal; empty where there is none to look at.
    """

    text: str
    deal: int
    move: int
    stages: Sequence[int]
    also: str = ""
    link: str = ""


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
    return _move(request, given)


@require_POST
@EDIT
def undo(request: HttpRequest, key: int) -> HttpResponse:
    """Bring a deal back to where it was before its last move."""
    number = _number(request.POST.get("move", ""))
    if number is None:
        raise Http404
    before = _deal(request, key)
    renewal = _renewal(request, before) if before.status == Status.WON else None
    try:
        deal = take_back(key, number, who=who(request))
    except TragtError as refusal:
        return _refused(request, before, refusal)
    text = _("%(deal)s is back in %(stage)s.") % {"deal": deal.name, "stage": deal.stage.name}
    return _done(request, Undo(text, key, 0, _both(before, deal), *_told_of_renewal(request, deal, renewal)))


@require_POST
@EDIT
def reopen(request: HttpRequest, key: int) -> HttpResponse:
    """Open a closed deal again in the stage that was asked for, else where it was; or close it otherwise, if asked."""
    deal = _deal(request, key)
    then = request.POST.get("then", "")
    if then in (WON, LOST):
        version = _number(request.POST.get("version", ""))
        return _move(request, Asked(deal, then, deal.stage_id, version, None, then))
    try:
        given = _to_go_on(request, deal)
    except TragtError as refusal:
        return _refused(request, deal, refusal)
    form = _entering(request, given)
    if form is not None and not (form.is_bound and form.is_valid()):
        return _page(request, deal, "crm/_asks.html", {"asked": given, "form": form}, 422)
    renewal, answers = _renewal(request, deal), form.answers if form is not None else Answers()
    try:
        opened = open_again(key, given.stage.pk if given.stage else None, answers, who=who(request))
    except TragtError as refusal:
        return _refused(request, deal, refusal)
    text = _("%(deal)s is open again, in %(stage)s.") % {"deal": opened.name, "stage": opened.stage.name}
    return _done(request, Undo(text, key, 0, [opened.stage_id], *_told_of_renewal(request, opened, renewal)))


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


def _to_go_on(request: HttpRequest, deal: Deal) -> Asked:
    """Where a closed deal is to go on, by the stage that the request names, or the one it was closed in.

    Raises:
        NotFound: There is no such stage, or its pipeline has none any more.
    """
    given = _asked(request, deal)
    stage = given.stage if given is not None and given.stage is not None else to_go_on_in(deal.stage)
    return Asked(deal, str(stage.pk), deal.stage_id, deal.version, stage)


def _number(text: str) -> int | None:
    """A key or a version; None where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < _LONGEST else None


def _move(request: HttpRequest, given: Asked) -> HttpResponse:
    """Ask what is to be asked, then bring the deal where it is to go."""
    form = _form(request, given)
    if form is not None and not (form.is_bound and form.is_valid()):
        return _page(request, given.deal, "crm/_asks.html", {"asked": given, "form": form}, 422)
    return _bring(request, given, form)


def _form(request: HttpRequest, given: Asked) -> EnteringForm | LostForm | None:
    """What is to be asked first; None where nothing is. It is bound once it was shown."""
    if given.to == LOST:
        return LostForm(_answered(request))
    return _entering(request, given) if given.then or given.deal.status == Status.OPEN else None


def _entering(request: HttpRequest, given: Asked) -> EnteringForm | None:
    """What the stage that is entered asks for; what is won must be worth something, too."""
    deal = given.deal
    if given.to == WON:
        lacking = missing_to_win(deal)
        codes = ["value", *lacking] if deal.value is None and "value" not in lacking else lacking
    else:
        codes = missing(deal, given.stage) if given.stage else []
    criteria = to_confirm_to_win(deal) if given.to == WON else to_confirm(deal, given.entered)
    return EnteringForm(deal, codes, criteria, asker(request), _answered(request)) if codes or criteria else None


def _answered(request: HttpRequest) -> QueryDict | None:
    """What was filled in; None where nothing was asked yet."""
    return request.POST if "asked" in request.POST else None


def _bring(request: HttpRequest, given: Asked, form: EnteringForm | LostForm | None) -> HttpResponse:
    """Bring a deal where it was asked to go."""
    deal = given.deal
    if isinstance(form, LostForm):
        reason, text = form.cleaned_data["reason"].pk, form.cleaned_data["text"]
        act = partial(lose_after_all if given.then else lose_deal, deal.pk, reason, text=text, who=who(request))
    else:
        answers = form.answers if form is not None else Answers()
        act = partial(pass_on, deal.pk, given.stage.pk if given.stage else None, answers, who=who(request))
        if given.then:
            act = partial(win_after_all, deal.pk, answers, who=who(request))
    renewal = _renewal(request, deal) if given.then else None
    try:
        moved = _unless_moved(given, act)
    except Conflict:
        return _came_second(request, given)
    except TragtError as refusal:
        if form is not None:
            form.add_error(None, say(refusal))
            return _page(request, deal, "crm/_asks.html", {"asked": given, "form": form}, 422)
        return _refused(request, deal, refusal)
    last = Move.objects.filter(deal=moved).last()
    also = _told_of_renewal(request, moved, renewal) if given.to != WON else ("", "")
    # To take back how it was closed otherwise would leave it open, which it was not.
    back = last.pk if last and not given.then else 0
    return _done(request, Undo(_told(moved, last), moved.pk, back, _both(deal, moved), *also))


def _unless_moved(given: Asked, act: "partial[Deal]") -> Deal:
    """Do it in the version they saw; changes that leave the deal in its stage are no reason to ask again."""
    version = given.version
    for _try in range(_TRIES):
        try:
            return act(version=version)
        except Conflict:
            now = Deal.objects.filter(pk=given.deal.pk, stage=given.seen, status=Status.OPEN).first()
            if now is None or now.version == version:
                raise
            version = now.version
    return act(version=version)


def _both(before: Deal, after: Deal) -> list[int]:
    """The stages in which a board shows something else once a deal moved."""
    return sorted({before.stage_id, after.stage_id})


def _renewal(request: HttpRequest, deal: Deal) -> Deal | None:
    """The renewal of a deal, where the user sees it."""
    return visible_deals(asker(request)).filter(renewal_of=deal).first()


def _told_of_renewal(request: HttpRequest, deal: Deal, before: Deal | None) -> tuple[str, str]:
    """What became of a renewal where its deal is won no more, and where it is."""
    if before is None:
        return "", ""
    stands = _renewal(request, deal)
    if stands is None:
        return _("Its renewal is gone, for nobody had worked on it."), ""
    return _("Its renewal stands: look at it, and close it if it is not wanted."), reverse("deal", args=[stands.pk])


def _told(deal: Deal, last: Move | None) -> str:
    names = {"deal": deal.name, "stage": deal.stage.name}
    match last.kind if last else "":
        case MoveKind.WON:
            return _("%(deal)s is won.") % names
        case MoveKind.LOST:
            return _("%(deal)s is lost.") % names
    return _("%(deal)s is in %(stage)s now.") % names


def _came_second(request: HttpRequest, given: Asked) -> HttpResponse:
    """Say who did what meanwhile, and offer to move the deal all the same."""
    deal = one_deal(request, given.deal.pk)
    last = last_change(deal)
    by = last.by if last.by and last.by.pk != asker(request).pk else None
    moved = deal.status != Status.OPEN or (deal.stage_id != given.seen if given.seen else last.moved)
    inputs = {"asked": given, "last": last, "by": by, "moved": moved, "fields": _fields_of(last)}
    return _page(request, deal, "crm/_conflict.html", {**inputs, "carried": _carried(request.POST)}, 409)


def _fields_of(last: LastChange) -> str:
    """What was changed of a deal, in words; empty where it were no fields of the deal itself."""
    named = {field.name: str(getattr(field, "verbose_name", "")) for field in Deal._meta.get_fields()}  # noqa: SLF001 - Django's public name
    return ", ".join(named[name].lower() for name in last.fields if name in named and name != "custom")


def _carried(given: Mapping[str, str]) -> list[tuple[str, str]]:
    """What was filled in already, so that nobody types it twice."""
    left_out = ("csrfmiddlewaretoken", "to", "then", "seen", "version", "next")
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
    request.session[_UNDO] = [done.text, done.deal, done.move, list(done.stages), done.also, done.link]
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
