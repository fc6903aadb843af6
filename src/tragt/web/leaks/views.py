"""The ledger, the page of a leak, and by what the leaks of a funnel are judged."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from tragt.errors import NotFound, TragtError
from tragt.web.accounts.models import User
from tragt.web.accounts.views.asking import asker
from tragt.web.funnels import queries as funnels
from tragt.web.funnels.actions import choose_judging
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.showing.downloads import comma_separated
from tragt.web.funnels.views.asking import saved_or_404
from tragt.web.funnels.views.pages import download
from tragt.web.jobs.models import UNFINISHED, Job
from tragt.web.jobs.queries import job_of
from tragt.web.leaks import queries
from tragt.web.leaks.forms import JudgingForm
from tragt.web.leaks.models import Rank
from tragt.web.leaks.parts import parts_of
from tragt.web.leaks.people import Spot, lists_at, outcomes_of
from tragt.web.leaks.presenting import KIND_WORDS, Gone, entries
from tragt.web.leaks.receivers import SUBJECT
from tragt.web.shell.acting import Who

SEE = permission_required(["leaks.see", "funnels.see"], raise_exception=True)
EDIT = permission_required(["leaks.edit", "funnels.see"], raise_exception=True)

PER_PAGE = 50
MOST_BETTER = 20


@dataclass(frozen=True, slots=True)
class Choice:
    """A kind of leaks that the ledger can be narrowed to."""

    kind: str
    words: str | Promise
    chosen: bool


@require_GET
@SEE
def ledger(request: HttpRequest) -> HttpResponse:
    """The leaks of all funnels, those that cost most first."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in queries.KINDS else ""
    user = asker(request)
    rows = queries.told_to(queries.narrowed(queries.open_leaks(), kind=kind), user)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    judged = [Gone(one) for one in queries.judged()]
    context = {
        "page": page,
        "entries": entries(page.object_list),
        "better": entries(queries.told_to(queries.better(), user)[:MOST_BETTER]),
        "gone": judged,
        "without_money": [one for one in judged if one.judged.without_money and not one.mistake],
        "kinds": [Choice(one, text, one == kind) for one, text in KIND_WORDS.items()],
        "kind": kind,
        "job": _looking(),
        "has_funnels": bool(judged) or funnels.saved_funnels().exists(),
        "computed": max((one.judged.computed for one in judged), default=None),
    }
    return render(request, "leaks/ledger.html", context)


def _looking() -> Job | None:
    """The job that looks for leaks, while it does."""
    job = job_of(SUBJECT)
    return job if job is not None and job.state in UNFINISHED else None


@require_GET
@SEE
def one(request: HttpRequest, key: int) -> HttpResponse:
    """A leak: where it is, what it costs, how that was worked out, and who leaks."""
    try:
        row = queries.leak_of(key, asker(request))
    except NotFound as absent:
        raise Http404(absent.message) from None
    (entry,) = entries([row])
    spot = Spot(row.before, row.by, row.value, outcomes_of(entry.leak))
    judged = queries.judged().filter(funnel=row.funnel_id).first()
    gone = None if judged is None else Gone(judged)
    parts, lists = parts_of(request, entry), lists_at(asker(request), row.funnel, spot)
    return render(request, "leaks/leak.html", {"entry": entry, "lists": lists, "gone": gone, "parts": parts})


@require_GET
@SEE
def table(request: HttpRequest) -> StreamingHttpResponse:
    """The ledger as CSV."""
    return download(comma_separated(_rows(asker(request))), "text/csv; charset=utf-8", "leaks.csv")


def _rows(user: User) -> Iterator[Sequence[object]]:
    yield (
        *("leak", "funnel", "from", "to", "by", "value", "kind", "compared_with", "entered", "rate", "reference"),
        *("lost_a_month", "cost_a_month", "low", "high", "currency", "since"),
    )
    for entry in entries(queries.told_to(queries.open_leaks(), user)):
        leak, cost, row = entry.leak, entry.leak.cost, entry.row
        unit = row.currency if row.rank in (Rank.MONEY, Rank.OTHER_MONEY) else "conversions"
        money = (cost.per_month, cost.low, cost.high, unit) if cost else ("", "", "", "")
        figures = (leak.entered, leak.rate, leak.reference, entry.lost)
        place = (row.pk, row.funnel.name, entry.before, entry.step, row.by, entry.part)
        yield (*place, str(leak.kind), str(leak.against), *figures, *money, row.opened.isoformat())


@require_http_methods(["GET", "POST"])
@EDIT
def judging(request: HttpRequest, key: int) -> HttpResponse:
    """By what the leaks of a funnel are judged."""
    saved = saved_or_404(key)
    try:
        meant = funnels.ask(saved.funnel, saved.saved_period).funnel
    except TragtError:
        return redirect("funnel", key)
    form = JudgingForm(saved, meant, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        choose_judging(Who.of(request.user), saved, form.judging)  # type: ignore[arg-type]
        messages.success(request, _("Saved. The leaks of this funnel are looked for again."))
        return redirect("leaks:list")
    return render(request, "leaks/judging.html", {"form": form, "saved": saved, **_chosen(saved)})


def _chosen(saved: SavedFunnel) -> dict[str, object]:
    """What was chosen or guessed when the funnel was gone through last."""
    return {"judged": queries.judged().filter(funnel=saved).first()}
