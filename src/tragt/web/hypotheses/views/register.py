"""The register of hypotheses, and the register as a file."""

from collections.abc import Iterator, Sequence

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from tragt.errors import NotFound
from tragt.web.accounts.models import User
from tragt.web.accounts.views.asking import asker
from tragt.web.funnels.showing.downloads import comma_separated
from tragt.web.funnels.views.pages import download
from tragt.web.hypotheses.actions.cards import PERMISSION
from tragt.web.hypotheses.forms import FilterForm
from tragt.web.hypotheses.models import Hypothesis
from tragt.web.hypotheses.presenting import Card, cards
from tragt.web.hypotheses.queries.cards import Asked, hypotheses, narrowed, removed_hypothesis
from tragt.web.hypotheses.views.asking import SEE, whole

__all__ = ["listing", "table"]

PER_PAGE = 50


@require_GET
@never_cache
@SEE
def listing(request: HttpRequest) -> HttpResponse:
    """The hypotheses, what was touched last first."""
    form, user = FilterForm(request.GET), asker(request)
    asked = form.asked
    page = Paginator(narrowed(hypotheses(user), asked), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "cards": cards(page.object_list),
        "form": form,
        "asked": asked,
        "query": request.GET.urlencode() if asked else "",
        "removed": _removed(request),
        "any": bool(asked) and hypotheses(user).exists(),
    }
    return render(request, "hypotheses/list.html", context)


@require_GET
@SEE
def table(request: HttpRequest) -> StreamingHttpResponse:
    """The register as CSV, as far as it is asked for."""
    rows = _rows(FilterForm(request.GET).asked, asker(request))
    return download(comma_separated(rows), "text/csv; charset=utf-8", "hypotheses.csv")


def _rows(asked: Asked, user: User) -> Iterator[Sequence[object]]:
    yield (
        *("hypothesis", "state", "belief", "why", "try", "gain_a_month", "low", "high", "currency", "owner", "funnel"),
        *("from", "to", "by", "value", "leak", "written", "touched"),
    )
    for card in cards(narrowed(hypotheses(user), asked)):
        yield _row(card, card.row)


def _row(card: Card, row: Hypothesis) -> Sequence[object]:
    unit = "" if row.gain is None else row.currency or "conversions"
    gains = ("" if one is None else one for one in (row.gain, row.gain_low, row.gain_high))
    texts = (row.belief, row.why, row.attempt)
    place = (card.funnel_name, card.before, card.step, row.by, card.part, row.found_id or "")
    times = (row.created.isoformat(), row.touched.isoformat())
    return (row.pk, row.state, *texts, *gains, unit, str(row.owner or ""), *place, *times)


def _removed(request: HttpRequest) -> Card | None:
    """The hypothesis that was just removed, where the reader may bring it back."""
    key = whole(request.GET.get("removed", ""))
    if key is None or not request.user.has_perm(PERMISSION):
        return None
    try:
        return Card(removed_hypothesis(key, asker(request)))
    except NotFound:
        return None
