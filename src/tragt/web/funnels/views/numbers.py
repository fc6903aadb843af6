"""A figure of a funnel on a page of its own, and the events behind a funnel as a file."""

from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tragt.errors import NotFound, TragtError
from tragt.funnel.definition import Unit
from tragt.web.accounts.reach import visible_owners
from tragt.web.accounts.views.asking import asker, who
from tragt.web.funnels.actions.taking import take_events
from tragt.web.funnels.counting.behind import can_be_taken, events_behind, parquet
from tragt.web.funnels.counting.figures import Figures
from tragt.web.funnels.marks import marks_of
from tragt.web.funnels.periods import PeriodKind
from tragt.web.funnels.showing.mistakes import mistake_of
from tragt.web.funnels.showing.numbers import Number, events_file, number_of, python_of
from tragt.web.funnels.showing.presenting import Page
from tragt.web.funnels.views.asking import Question
from tragt.web.funnels.views.pages import SEE, download

MEDIA = "application/vnd.apache.parquet"
_EXPORT = permission_required(["funnels.see", "people.export"], raise_exception=True)


@require_GET
@SEE
def number(request: HttpRequest, key: int, number: int, what: str) -> HttpResponse:
    """What a figure means, how it adds up, who is behind it, when it was counted, and how it is counted again."""
    question = Question.of(request, key, at_once=True)
    figures = _figures(question)
    saved = question.saved
    page = Page(figures, saved.step_targets, marks_of([saved], asker(request)).get(key), question.beside)
    try:
        opened = number_of(saved, page, number, what)
    except NotFound as absent:
        raise Http404(absent.message) from None
    context = {
        "saved": saved,
        "question": question,
        "page": page,
        "opened": opened,
        "people": _lists_people(request, opened),
        "link": settings.TRAGT.public_address + _lasting(question, number, what),
        "python": python_of(saved, question.asked, figures, question.beside),
        "file": events_file(saved) if can_be_taken(question.asked.funnel) else "",
    }
    return render(request, "funnels/number.html", context)


@require_GET
@_EXPORT
def events(request: HttpRequest, key: int) -> StreamingHttpResponse:
    """The events behind a funnel, as a file that the lines of Python read."""
    question = Question.of(request, key)
    figures = _figures(question)
    try:
        frame = events_behind(question.asked, figures)
    except TragtError as error:
        raise Http404(str(mistake_of(error).text)) from None
    take_events(who(request), question.saved, frame.height)
    return download([parquet(frame)], MEDIA, events_file(question.saved))


def _figures(question: Question) -> Figures:
    """The figures, where they are at hand or quickly counted.

    Raises:
        Http404: They are not.
    """
    if isinstance(question.answer, Figures) and not question.wrong:
        return question.answer
    raise Http404(_("The figures of this funnel are not there yet. Open its page."))


def _lists_people(request: HttpRequest, opened: Number) -> bool:
    """Whether a reader may open the lists of who is counted: that needs to see everyone's records."""
    session = opened.page.report.funnel.unit is Unit.SESSION
    return visible_owners(asker(request)) is None and (session or request.user.has_perm("people.see"))


def _lasting(question: Question, number: int, what: str) -> str:
    """The address of a figure with the days it counts, so that it stays the same question as days go by."""
    address = reverse("funnel_number", args=[question.saved.pk, number, what])
    first, last = question.first, question.last
    if not (first or last):
        return f"{address}?{urlencode({'period': str(PeriodKind.ALL)})}"
    days = {name: day for name, day in (("from", first), ("to", last)) if day}
    return f"{address}?{urlencode({'period': str(PeriodKind.FIXED), **days})}"
