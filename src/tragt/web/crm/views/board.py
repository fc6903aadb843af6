"""The board of a pipeline, and parts of it for those who look at one already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from tragt.web.accounts.views.asking import asker
from tragt.web.crm.faces import Heading, goal, heading
from tragt.web.crm.forms.filters import BoardForm, asked, remembered
from tragt.web.crm.models import Pipeline, PipelineKind, Stage
from tragt.web.crm.queries.board import FIRST, FURTHER, Wanted, columns, now
from tragt.web.crm.queries.going_on import going_on
from tragt.web.crm.queries.pipelines import pipelines, stages_of
from tragt.web.crm.views.moving import undoable
from tragt.web.money.queries import Part, totals
from tragt.web.shell import formats

__all__ = ["begin", "one_pipeline", "part", "show"]

SEE = permission_required("deals.see", raise_exception=True)
MOST = 1000
"""How many cards a column shows at most."""

_LAST = "pipeline"


@dataclass(frozen=True, slots=True)
class Words:
    """What the script of a board says; it fills in names.

    Attributes:
        picked: A card was picked up by the keyboard.
        over: Which stage it would be dropped in.
        cancelled: It stays where it was.
        lost: The server does not answer.
    """

    picked: str
    over: str
    cancelled: str
    lost: str


@require_GET
@SEE
def begin(request: HttpRequest) -> HttpResponse:
    """The board that was looked at last, else the first; where there is no pipeline, how to get one."""
    keys = list(pipelines().values_list("pk", flat=True))
    if not keys:
        return render(request, "crm/no_pipeline.html")
    last = request.session.get(_LAST)
    return redirect("board", last if last in keys else keys[0])


@require_GET
@never_cache
@SEE
def show(request: HttpRequest, key: int) -> HttpResponse:
    """A board."""
    every = list(pipelines())
    pipeline = next((one for one in every if one.pk == key), None)
    if pipeline is None:
        raise Http404
    if request.session.get(_LAST) != key:
        request.session[_LAST] = key
    form = BoardForm(remembered(request), asker(request))
    at = timezone.now()
    filters = {name: value for name, value in form.cleaned_data.items() if value}
    inputs = {
        "pipeline": pipeline,
        "others": every,
        "form": form,
        "columns": _headings(request, pipeline, list(stages_of(pipeline).select_related("team")), form.wanted),
        "part": f"{reverse('board_part', args=[key])}?{urlencode(filters)}",
        "live": f"{reverse('board_live', args=[key])}?{urlencode({'after': now(at)})}",
        "may": request.user.has_perm("deals.edit"),
        "undoable": undoable(request),
        "words": _words(),
    }
    return render(request, "crm/board.html", inputs)


@require_GET
@never_cache
@SEE
def part(request: HttpRequest, key: int) -> HttpResponse:
    """Some columns of a board, as they are now."""
    pipeline = one_pipeline(key)
    form = BoardForm(asked(request), asker(request))
    wanted = {int(one) for one in request.GET.getlist("stage") if one.isascii() and one.isdigit()}
    stages = [one for one in stages_of(pipeline).select_related("team") if one.pk in wanted]
    inputs = {
        "pipeline": pipeline,
        "columns": _headings(request, pipeline, stages, form.wanted),
        "form": form,
        "may": request.user.has_perm("deals.edit"),
    }
    return render(request, "crm/_columns.html", inputs)


def one_pipeline(key: int) -> Pipeline:
    """A pipeline of deals in use, else the page that says there is none."""
    found = Pipeline.objects.filter(pk=key, kind=PipelineKind.DEALS, archived=None).first()
    if found is None:
        raise Http404
    return found


def _words() -> Words:
    return Words(
        picked=_("%(deal)s is picked up from %(stage)s. Arrow keys choose a stage, Enter drops it, Escape cancels."),
        over=_("%(stage)s, %(place)s of %(number)s"),
        cancelled=_("%(deal)s stays in %(stage)s."),
        lost=_("The connection is lost. What others change is shown when it is back."),
    )


def _headings(request: HttpRequest, pipeline: Pipeline, stages: Sequence[Stage], wanted: Wanted) -> list[Heading]:
    at, shown = timezone.now(), _shown(request)
    found = columns(asker(request), pipeline, stages, wanted, at, shown)
    today = at.astimezone(formats.zone()).date()
    worth = totals([Part(amount.minor, amount.currency, today) for amount in one.amounts] for one in found)
    gone_on = going_on(asker(request), pipeline, stages, at)
    headings = []
    for one, sum_of in zip(found, worth, strict=True):
        most = shown.get(one.stage.pk, FIRST)
        goes = goal(one.stage, gone_on.get(one.stage.pk))
        headings.append(heading(one, sum_of, at, goes, (most, min(most + FURTHER, MOST))))
    return headings


def _shown(request: HttpRequest) -> Mapping[int, int]:
    """How many cards of which stages are asked for, of ``shown=3:100``."""
    found = {}
    for one in request.GET.getlist("shown"):
        stage, _, number = one.partition(":")
        if one.isascii() and stage.isdigit() and number.isdigit() and len(one) < len(str(2**63)):
            found[int(stage)] = min(max(int(number), FIRST), MOST)
    return found
