"""A funnel as a file to print and to pass on, and what happened in it week by week."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tragt.funnel.words import words
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.showing.downloads import file_name
from tragt.web.funnels.showing.presenting import language
from tragt.web.funnels.views.asking import Question, saved_or_404
from tragt.web.funnels.views.pages import download, figures_at_hand, page_of
from tragt.web.lexicon.queries import lexicon
from tragt.web.reports.changes import said
from tragt.web.reports.models import Counted
from tragt.web.reports.papers import Printed, paper_pdf
from tragt.web.reports.weeks import weeks_of


@require_GET
@permission_required("funnels.see", raise_exception=True)
def paper(request: HttpRequest, key: int) -> StreamingHttpResponse:
    """A funnel as PDF, on one page."""
    question = Question.of(request, key)
    saved, page = question.saved, page_of(question, figures_at_hand(question))
    printed = Printed(saved.name, question.period_words, page, settings.TRAGT.public_address + question.address)
    return download([paper_pdf(printed)], "application/pdf", file_name(saved.name, "pdf"))


@require_GET
@permission_required("funnels.see", raise_exception=True)
def weeks(request: HttpRequest, key: int) -> HttpResponse:
    """What happened in a funnel week by week, and how that is counted."""
    saved = saved_or_404(key)
    row = Counted.objects.filter(funnel=saved).first()
    found = weeks_of([saved]).get(saved.pk)
    context: dict[str, object] = {"saved": saved, "row": row, "weeks": found}
    if found is not None:
        spans = [words(language()).calendar.span(day, day + timedelta(days=6)) for day in found.starts]
        context["rows"] = list(zip(spans, zip(*found.steps, strict=True), strict=True))
        context["steps"] = [(name, said(found.change(number))) for number, name in enumerate(_steps(saved))]
    return render(request, "reports/weeks.html", context)


def _steps(saved: SavedFunnel) -> list[str]:
    """What the required steps are called."""
    funnel = saved.funnel
    shown = lexicon().shown(funnel).steps
    return [shown[place].title for place in funnel.required]
