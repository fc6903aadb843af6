"""The list of funnels, and the page of one."""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tragt.errors import NotFound, TragtError
from tragt.funnel.figures import line_names
from tragt.funnel.words import words
from tragt.web.accounts.views.asking import asker
from tragt.web.funnels import actions, queries
from tragt.web.funnels.building.fields import whole_number
from tragt.web.funnels.counting import sources
from tragt.web.funnels.counting.behind import can_be_taken
from tragt.web.funnels.counting.figures import Figures
from tragt.web.funnels.gallery.templates import TEMPLATES, followable
from tragt.web.funnels.marks import Marked, marks_of
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.showing.downloads import (
    comma_separated,
    file_name,
    picture_png,
    picture_svg,
    table_rows,
    table_workbook,
)
from tragt.web.funnels.showing.mistakes import Mistake
from tragt.web.funnels.showing.numbers import events_file, python_of
from tragt.web.funnels.showing.presenting import Page, language, sentence_of
from tragt.web.funnels.views.asking import Question, saved_or_404
from tragt.web.jobs.models import Job
from tragt.web.jobs.queries import worker_alive
from tragt.web.lexicon.meaning import Lexicon
from tragt.web.lexicon.queries import lexicon
from tragt.web.records.workbooks import MEDIA
from tragt.web.shell.acting import Who

SEE = permission_required("funnels.see", raise_exception=True)
EDIT = permission_required("funnels.edit", raise_exception=True)


@dataclass(frozen=True, slots=True)
class Card:
    """A funnel in the list; its page where its figures are at hand."""

    saved: SavedFunnel
    page: Page | None


@require_GET
@SEE
def index(request: HttpRequest) -> HttpResponse:
    """The funnels; with one, that one."""
    undo = whole_number(request.GET.get("deleted", ""))
    deleted = None if undo is None else queries.deleted_funnel(undo)
    funnels = list(queries.saved_funnels())
    if len(funnels) == 1 and deleted is None and "all" not in request.GET:
        return redirect("funnel", funnels[0].pk)
    version = sources.log_version() if funnels else ""
    names = lexicon() if funnels else None
    marks = marks_of(funnels, asker(request))
    cards = [Card(saved, _page_at_hand(saved, version, names, marks.get(saved.pk))) for saved in funnels]
    inputs = {"pipelines": followable(), "templates": () if funnels else TEMPLATES}
    shown = {"cards": cards, "deleted": deleted, "has_data": _has_data(funnels), **inputs}
    return render(request, "funnels/index.html", shown)


def _has_data(funnels: list[SavedFunnel]) -> bool:
    return bool(funnels) or bool(sources.log_names())


def _page_at_hand(saved: SavedFunnel, version: str, names: Lexicon | None, marked: Marked | None) -> Page | None:
    """The page of a funnel, where its figures are kept; a list works nothing out."""
    try:
        figures = queries.figures_at_hand(saved.funnel, saved.saved_period, version, names)
    except TragtError:
        return None
    return None if figures is None else Page(figures, marked=marked)


@require_GET
@SEE
def show(request: HttpRequest, key: int) -> HttpResponse:
    """The page of one funnel."""
    question = Question.of(request, key, at_once=True)
    answer = question.answer
    context: dict[str, object] = {"saved": question.saved, "question": question}
    match answer:
        case Mistake():
            return render(request, "funnels/without.html", {**context, "mistake": answer})
        case Job():
            said = sentence_of(question.asked.names.shown(question.asked.funnel), question.asked.period)
            waiting = {"job": answer, "sentence": said, "worker": worker_alive()}
            return render(request, "funnels/without.html", {**context, **waiting})
    asked = question.asked
    context["page"] = page_of(question, answer)
    context["python"] = python_of(question.saved, asked, answer, question.beside)
    context["file"] = events_file(question.saved) if can_be_taken(asked.funnel) else ""
    return render(request, "funnels/show.html", context)


def page_of(question: Question, figures: Figures) -> Page:
    """What the page of a funnel says to whoever asks, which what is taken away from it says as well.

    Args:
        question: What was asked for.
        figures: The figures that answer it.
    """
    saved = question.saved
    marked = marks_of([saved], asker(question.request)).get(saved.pk)
    return Page(figures, saved.step_targets, marked, question.beside)


def figures_at_hand(question: Question) -> Figures:
    """The figures for a download.

    Raises:
        Http404: They are not at hand.
    """
    if isinstance(question.answer, Figures) and not question.wrong:
        return question.answer
    raise Http404(_("The figures of this funnel are not there yet. Open its page."))


@require_GET
@SEE
def table(request: HttpRequest, key: int, kind: str) -> StreamingHttpResponse:
    """The table as CSV or for Excel."""
    question = Question.of(request, key)
    report = figures_at_hand(question).shown
    names, name = line_names(report.funnel, words(language())), question.saved.name
    if kind == "xlsx":
        return download([table_workbook(report, names, name, language())], MEDIA, file_name(name, kind))
    return download(comma_separated(table_rows(report, names)), "text/csv; charset=utf-8", file_name(name, kind))


@require_GET
@SEE
def picture(request: HttpRequest, key: int, kind: str) -> StreamingHttpResponse:
    """The picture as SVG or PNG."""
    question = Question.of(request, key)
    page = page_of(question, figures_at_hand(question))
    if kind == "svg":
        content, media = picture_svg(page).encode(), "image/svg+xml"
    else:
        content, media = picture_png(page), "image/png"
    return download([content], media, file_name(question.saved.name, kind))


def download(content: object, media: str, name: str) -> StreamingHttpResponse:
    """An answer that the browser keeps as a file."""
    response = StreamingHttpResponse(content, content_type=media)  # type: ignore[arg-type]
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_POST
@EDIT
def rename(request: HttpRequest, key: int) -> HttpResponseRedirect:
    """Call a funnel something else."""
    saved = saved_or_404(key)
    actions.rename(Who.of(request.user), saved, request.POST.get("name", ""))  # type: ignore[arg-type]
    messages.success(request, _("The funnel is now called “%(name)s”.") % {"name": saved.name})
    return redirect("funnel", key)


@require_POST
@EDIT
def delete(request: HttpRequest, key: int) -> HttpResponseRedirect:
    """Delete a funnel, and offer to undo it."""
    actions.delete(Who.of(request.user), saved_or_404(key))  # type: ignore[arg-type]
    return HttpResponseRedirect(reverse("funnels") + f"?deleted={key}")


@require_POST
@EDIT
def undelete(request: HttpRequest, key: int) -> HttpResponseRedirect:
    """Bring a deleted funnel back."""
    try:
        actions.undelete(Who.of(request.user), key)  # type: ignore[arg-type]
    except NotFound as absent:
        raise Http404(absent.message) from None
    messages.success(request, _("The funnel is back."))
    return redirect("funnel", key)
