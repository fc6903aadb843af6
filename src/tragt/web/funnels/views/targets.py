"""The targets of a funnel: what is asked for now, what was asked for before, and what was attained."""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tragt.errors import Conflict, InvalidDefinition, TragtError
from tragt.funnel.question import Every
from tragt.web.accounts.views.asking import asker
from tragt.web.funnels.actions.targets import forget_target, set_targets
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.showing.mistakes import Mistake, mistake_of
from tragt.web.funnels.trends.attainment import Attained, attained
from tragt.web.funnels.trends.forms_of_days import TargetsForm
from tragt.web.funnels.trends.targets import Change, Targets, targets_of
from tragt.web.funnels.trends.trends import Trend
from tragt.web.funnels.views.asking import saved_or_404
from tragt.web.funnels.views.trend import EVERY, Chosen, Row, asked_trend, called
from tragt.web.jobs.models import Job
from tragt.web.shell import formats
from tragt.web.shell.acting import Who

SEE = permission_required("funnels.see", raise_exception=True)
EDIT = permission_required("funnels.edit", raise_exception=True)

LAST = 8


@dataclass(frozen=True, slots=True)
class Said:
    """What was said of a step from a day on."""

    change: Change
    title: str


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step with a target, and what the last stretches attained."""

    number: int
    title: str
    cells: list[Row]


@require_GET
@SEE
def targets(request: HttpRequest, key: int) -> HttpResponse:
    """The page of the targets."""
    saved = saved_or_404(key)
    return render(request, "funnels/targets.html", _context(request, saved))


@require_POST
@EDIT
def change(request: HttpRequest, key: int) -> HttpResponse:
    """Say what share should come to the steps, from a day on."""
    saved = saved_or_404(key)
    form = TargetsForm(saved, targets_of(saved), request.POST)
    if not form.is_valid():
        return render(request, "funnels/targets.html", _context(request, saved, form), status=422)
    told = form.cleaned_data
    if not form.changed:
        messages.info(request, _("Nothing was changed."))
        return redirect("funnel_targets", key)
    try:
        set_targets(Who.of(asker(request)), saved, form.changed, told["since"], version=told["version"])
    except Conflict:
        form.add_error(
            None, _("Somebody changed this funnel meanwhile. Look at what stands there now, then save again.")
        )
        form.data = {**form.data.dict(), "version": str(saved_or_404(key).version)}  # type: ignore[attr-defined]
        return render(request, "funnels/targets.html", _context(request, saved_or_404(key), form), status=409)
    except InvalidDefinition as wrong:
        form.add_error(None, wrong.message)
        return render(request, "funnels/targets.html", _context(request, saved, form), status=422)
    messages.success(request, _("Saved. Figures of before are measured by what was asked for then."))
    return redirect("funnel_targets", key)


@require_POST
@EDIT
def forget(request: HttpRequest, key: int, said: int) -> HttpResponse:
    """Take back what was said of a step from a day on."""
    forget_target(Who.of(asker(request)), saved_or_404(key), said)
    messages.success(request, _("Taken back."))
    return redirect("funnel_targets", key)


def _context(request: HttpRequest, saved: SavedFunnel, form: TargetsForm | None = None) -> dict[str, object]:
    context: dict[str, object] = {"saved": saved, "choices": EVERY.items()}
    try:
        known, chosen = targets_of(saved), Chosen(request, saved)
        context["form"] = form or (None if saved.pipeline_id else TargetsForm(saved, known))
        context["chosen"] = chosen
        context["said"] = _said(known, chosen)
        answer = asked_trend(request, saved, chosen.every)
    except TragtError as error:
        return {**context, "mistake": mistake_of(error)}
    if isinstance(answer, Trend):
        rows = _rows(answer, chosen, known)
        heads = [_head(cell.one, answer.every) for cell in rows[0].cells] if rows else []
        return {**context, "trend": answer, "rows": rows, "heads": heads}
    if isinstance(answer, Job):
        return {**context, "job": answer}
    assert isinstance(answer, Mistake)
    return {**context, "mistake": answer}


def _said(known: Targets, chosen: Chosen) -> list[Said]:
    """What was said, the latest first."""
    titles = _titles(chosen)
    told = sorted(known.changes, key=lambda one: one.rank, reverse=True)
    return [Said(one, titles.get(one.step, one.step)) for one in told]


def _rows(found: Trend, chosen: Chosen, known: Targets) -> list[StepRow]:
    """The steps that have, or had, a target, with the last stretches."""
    cut = Trend(
        **{name: getattr(found, name) for name in Trend.__struct_fields__} | {"stretches": found.stretches[-LAST:]}
    )
    rows = []
    for place in chosen.funnel.required[1:]:
        stretches = attained(cut, chosen.funnel, place, known)
        if any(one.target is not None for one in stretches):
            cells = [Row.of(one, Every(found.every)) for one in stretches]
            rows.append(StepRow(place + 1, chosen.titles[place], cells))
    return rows


def _head(one: Attained, every: Every) -> str:
    """What a column is called: its month, else its first day."""
    return called(one, every) if every is Every.MONTH else formats.day(one.start)


def _titles(chosen: Chosen) -> dict[str, str]:
    return {step.title: title for step, title in zip(chosen.funnel.steps, chosen.titles, strict=True)}
