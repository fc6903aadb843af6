"""Those who stand at a step: the list behind every count."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from tragt.errors import TragtError
from tragt.funnel.definition import Unit
from tragt.funnel.members import ENTERED, OUTCOMES_AT_STEP, Members
from tragt.funnel.words import words
from tragt.web.accounts.reach import visible_owners
from tragt.web.accounts.views.asking import asker, who
from tragt.web.crm.actions.segments import PERMISSION, save_units
from tragt.web.crm.sentences import say
from tragt.web.funnels import actions, queries
from tragt.web.funnels.counting.figures import Figures
from tragt.web.funnels.counting.parts import Part, members_of_part
from tragt.web.funnels.counting.standing import kept_members, members_of
from tragt.web.funnels.counting.steady import steady_version
from tragt.web.funnels.counting.traits import traits_of
from tragt.web.funnels.listing import HEADS, OF_ONE, Listing
from tragt.web.funnels.showing.downloads import comma_separated, file_name
from tragt.web.funnels.showing.presenting import Page, language
from tragt.web.funnels.steps.values import called
from tragt.web.funnels.views.asking import Question
from tragt.web.funnels.views.pages import SEE, download
from tragt.web.jobs.queries import worker_alive
from tragt.web.records.kinds import kind_of
from tragt.web.records.queries.names import active_users
from tragt.web.records.views.undoing import undoable
from tragt.web.records.workbooks import MEDIA, MOST_ROWS, workbook
from tragt.web.shell.acting import Who

EXPORT = permission_required(["funnels.see", "people.export"], raise_exception=True)

SAVE = permission_required(["funnels.see", "people.see", PERMISSION], raise_exception=True)
UNITS_SAVED = (Unit.PERSON, Unit.COMPANY, Unit.DEAL)

PER_PAGE = 50

OUTCOMES: dict[str, Promise] = {
    "entered": _("All who reached it"),
    "passed": _("Passed"),
    "lost": _("Lost"),
    "excluded": _("Excluded"),
    "expired": _("Expired"),
    "open": _("Open"),
}


@dataclass(frozen=True, slots=True)
class Tab:
    """A way to stand at the step, and how many stand so."""

    outcome: str
    words: Promise
    count: int


@dataclass(frozen=True, slots=True)
class Place:
    """The step and outcome that a request asks for."""

    step: int
    outcome: str

    @classmethod
    def of(cls, request: HttpRequest, number: int, steps: int) -> "Place":
        """The place of a request.

        Raises:
            Http404: There is no such step or outcome.
        """
        outcome = request.GET.get("outcome", ENTERED)
        if not 1 <= number <= steps or outcome not in OUTCOMES:
            raise Http404
        return cls(number - 1, outcome)


@require_GET
@SEE
def standing(request: HttpRequest, key: int, number: int) -> HttpResponse:
    """Those who stand at a step, page by page. It names persons of every owner."""
    if visible_owners(asker(request)) is not None:
        raise PermissionDenied
    question = Question.of(request, key)
    figures = question.answer
    if not isinstance(figures, Figures) or question.wrong:
        return redirect(question.address)
    place = Place.of(request, number, len(figures.report.steps))
    part = part_of(question)
    if part is not None and not _can_be_listed(question, part):
        messages.info(request, _("The log is too large to list those of one value alone. These are all of them."))
        return redirect(f"{request.path}?{_without_part(request)}")
    members = members_listed(question, figures, part)
    if members is None:
        context = {"saved": question.saved, "question": question, "job": question.job(), "worker": worker_alive()}
        return render(request, "funnels/without.html", context)
    frame = members.at(place.step, place.outcome)
    page = Page(figures)
    listing = listing_of(question, figures, frame)
    paged = Paginator(listing, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "saved": question.saved,
        "question": question,
        "page": page,
        "place": place,
        "number": number,
        "step": page.step_names[place.step],
        "tabs": tabs_of(page, place.step) if part is None else _tabs_in(members, place.step),
        "part": part,
        "by": figures.names.property_as(part.by) if part else "",
        "value": called([part.value])[0] or words(language()).chart.unset if part else "",
        "total": frame.height,
        "paged": paged,
        "people": list(paged.object_list),
        "heads": heads_of(listing),
        "days": listing.are_days,
        "for_excel": frame.height <= MOST_ROWS,
        "saves": question.asked.funnel.unit in UNITS_SAVED,
        "plans": question.asked.funnel.unit in UNITS_SAVED and asker(request).has_perm("activities.edit"),
        "users": active_users() if asker(request).has_perm("activities.edit") else [],
        "undoable": undoable(request),
        "unit": question.asked.funnel.unit,
        "optional": figures.report.steps[place.step].optional,
    }
    return render(request, "funnels/standing.html", context)


def members_at_hand(question: Question, figures: Figures) -> Members | None:
    """Who stands where; None where a job has to work it out."""
    found = kept_members(question.asked, figures)
    if found is None and queries.is_quick(question.asked):
        return members_of(question.asked, figures)
    return found


def members_listed(question: Question, figures: Figures, part: Part | None) -> Members | None:
    """Who stands where, of a part alone or of everybody; None where that cannot be listed while a reader waits."""
    if part is None:
        return members_at_hand(question, figures)
    return members_of_part(question.asked, figures, part) if _can_be_listed(question, part) else None


def part_of(question: Question) -> Part | None:
    """Of whom alone a request asks, by ``?by=`` a property of the entry and its ``value=``; None is everybody.

    Raises:
        Http404: The log does not know the property of those who enter.
    """
    given = question.request.GET
    if "by" not in given:
        return None
    part = Part(given["by"], given.get("value", ""))
    if not part.there(question.asked.funnel):
        raise Http404
    return part


def _can_be_listed(question: Question, part: Part) -> bool:
    return queries.is_quick(question.asked) and part.at_hand(question.asked.funnel)


def _without_part(request: HttpRequest) -> str:
    kept = request.GET.copy()
    for name in ("by", "value", "page"):
        kept.pop(name, None)
    return kept.urlencode()


def _tabs_in(members: Members, step: int) -> list[Tab]:
    """As `tabs_of`, of some alone."""
    counts = Counter(members.at(step)["outcome"].to_list())
    counts[ENTERED] = counts.total()
    return [Tab(name, OUTCOMES[name], counts[name]) for name in (ENTERED, *OUTCOMES_AT_STEP) if counts[name]]


def tabs_of(page: Page, step: int) -> list[Tab]:
    """What became of those who reached a step, as far as it became of any."""
    counts = ((name, page.count(step, name)) for name in (ENTERED, *OUTCOMES_AT_STEP))
    return [Tab(name, OUTCOMES[name], count) for name, count in counts if count or name == ENTERED]


@require_POST
@SAVE
def save_standing(request: HttpRequest, key: int, number: int) -> HttpResponse:
    """Save those who stand at a step as a segment."""
    if visible_owners(asker(request)) is not None:
        raise PermissionDenied
    question = Question.of(request, key)
    figures = question.answer
    if not isinstance(figures, Figures) or question.wrong:
        return redirect(question.address)
    place = Place.of(request, number, len(figures.report.steps))
    unit = question.asked.funnel.unit
    members = members_listed(question, figures, part_of(question))
    if members is None or unit not in UNITS_SAVED:
        return redirect("funnel_step", key, number)
    units = members.at(place.step, place.outcome)["unit"].unique(maintain_order=True).to_list()
    try:
        made = save_units(kind_of(str(unit)), units, request.POST.get("name", ""), who=who(request))
    except TragtError as refusal:
        messages.error(request, say(refusal))
        return redirect(f"{reverse('funnel_step', args=[key, number])}?{request.GET.urlencode()}")
    messages.success(request, _("“%(name)s” is saved with those of now.") % {"name": made.name})
    return redirect("segment", made.pk)


@require_GET
@EXPORT
def standing_file(request: HttpRequest, key: int, number: int, kind: str) -> HttpResponse | StreamingHttpResponse:
    """All of those who stand at a step, as CSV or for Excel."""
    question = Question.of(request, key)
    figures = question.answer
    if not isinstance(figures, Figures) or question.wrong:
        return redirect(question.address)
    place = Place.of(request, number, len(figures.report.steps))
    part = part_of(question)
    members = members_listed(question, figures, part)
    if members is None:
        return redirect("funnel_step", key, number)
    listing = listing_of(question, figures, members.at(place.step, place.outcome))
    if kind == "xlsx" and len(listing) > MOST_ROWS:
        raise Http404(_("The list is too long for Excel. Take it as CSV."))
    actions.export_list(Who.of(request.user), question.saved, number, len(listing))  # type: ignore[arg-type]
    name = " ".join([question.saved.name, str(number), place.outcome, *([part.value] if part else [])])
    if kind == "xlsx":
        step = Page(figures).step_names[place.step]
        return download([_workbook(listing, f"{number} {step}")], MEDIA, file_name(name, kind))
    return download(comma_separated(_texts(listing)), "text/csv; charset=utf-8", file_name(name, kind))


def heads_of(listing: Listing) -> list[tuple[str, bool]]:
    """What else is known, as heads of columns: each head, and whether it is of numbers."""
    return [(head, trait.kind == "number") for head, trait in zip(listing.heads, listing.traits, strict=True)]


def listing_of(question: Question, figures: Figures, frame: pl.DataFrame) -> Listing:
    """Those of a frame, as a page lists them."""
    unit = question.asked.funnel.unit
    return Listing(frame, unit, traits_of(unit, steady_version()), figures.names)


def _texts(listing: Listing) -> Iterator[Sequence[object]]:
    for row in listing.rows():
        yield ["" if cell is None else cell.isoformat() if isinstance(cell, date) else cell for cell in row]


def _workbook(listing: Listing, name: str) -> bytes:
    """The list with heads in the reader's language, without the columns that hold nothing."""
    _keys, *rows = listing.rows()
    outcome = 1 + list(HEADS).index("outcome")
    told = [[*row[:outcome], str(OF_ONE[str(row[outcome])]), *row[outcome + 1 :]] for row in rows]
    noun = words(language()).nouns[listing.unit].one
    heads = [noun[:1].upper() + noun[1:], *map(str, HEADS.values()), *listing.heads]
    kept = [place for place in range(len(heads)) if place == 0 or any(row[place] not in (None, "") for row in told)]
    return workbook([[row[place] for place in kept] for row in told], [heads[place] for place in kept], name)
