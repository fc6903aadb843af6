"""Segments: saving them from a list, the list of them, and the page of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tragt.errors import NotAllowed, NotFound, TragtError
from tragt.web.accounts.models import User
from tragt.web.accounts.reach import visible_owners
from tragt.web.accounts.views.asking import asker, who
from tragt.web.crm.actions import segments as acts
from tragt.web.crm.forms.segments import SegmentForm
from tragt.web.crm.models import Segment
from tragt.web.crm.queries.segment_counts import Counted, count_members, counted_lately
from tragt.web.crm.queries.segments import (
    COLUMN,
    fixed_counted,
    listing_of,
    removed_segment,
    segment_seen,
    segments_seen,
    stale_segments,
    visitors_in,
)
from tragt.web.crm.sentences import say
from tragt.web.records.actions.bulk import MOST as MOST_CHOSEN
from tragt.web.records.kinds import Kind, kind_of
from tragt.web.records.parts import Keys, ListPart
from tragt.web.records.presenting import Chip, chips
from tragt.web.records.queries.pages import MOST_COUNTED
from tragt.web.records.views.lists import allowed, list_again, names_of
from tragt.web.shell import formats

__all__ = ["SAVE_CHOSEN", "bring_back", "copy", "count", "listing", "members_url", "remove", "save", "segment"]

PER_PAGE = 50

SEE = permission_required("people.see", raise_exception=True)
EDIT = permission_required(acts.PERMISSION, raise_exception=True)


@dataclass(frozen=True, slots=True)
class Line:
    """A segment in the list of them.

    Attributes:
        segment: The segment.
        kind: What its members are.
        number: How many of them the reader sees, as a page says it; empty where that was not counted.
        at: When it was counted, where that was not for this page; else None.
        mine: Whether the reader may change it.
        stale: Whether its filter means nothing any more: then nobody is in it.
    """

    segment: Segment
    kind: Kind
    number: str
    at: datetime | None
    mine: bool
    stale: bool

    @property
    def url(self) -> str:
        """The list of its members."""
        return members_url(self.segment)


def members_url(one: Segment) -> str:
    """The list of a segment's members."""
    return f"{kind_of(one.kind).address}?{COLUMN}.any={one.pk}"


@require_GET
@never_cache
@SEE
def listing(request: HttpRequest) -> HttpResponse:
    """The segments that the reader may know of, by name."""
    user = asker(request)
    rows = segments_seen(user).select_related("owner")
    kinds = [kind_of(code) for code in rows.order_by("kind").values_list("kind", flat=True).distinct()]
    chosen = next((one for one in kinds if one.code == request.GET.get("kind")), None)
    page = Paginator(rows.filter(kind=chosen.code) if chosen else rows, PER_PAGE).get_page(request.GET.get("page"))
    inputs = {
        "page": page,
        "lines": _lines(list(page), user),
        "kinds": kinds if len(kinds) > 1 else [],
        "kind": chosen,
        "removed": _removed(request, user),
    }
    return render(request, "crm/segments.html", inputs)


@require_http_methods(["GET", "POST"])
@never_cache
@SEE
def segment(request: HttpRequest, key: int) -> HttpResponse:
    """The page of a segment: what it asks or whom it holds, and what it is called."""
    user = asker(request)
    one = _seen(key, user)
    if request.method == "POST" and not user.has_perm(acts.PERMISSION):
        raise PermissionDenied
    form = SegmentForm(request.POST if request.method == "POST" else None, one)
    if form.is_bound and form.is_valid():
        told = form.cleaned_data
        try:
            acts.change_segment(
                key, name=told["name"], shared=told["shared"], version=told["version"], who=who(request)
            )
        except NotAllowed:
            raise PermissionDenied from None
        except TragtError as refusal:
            form.add_error("name" if refusal.fields.get("field") == "name" else None, say(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect("segment", key)
    line = _line(one, user, count_members(one, user), stale=bool(stale_segments([one])))
    inputs = {
        "line": line,
        "form": form if line.mine else None,
        "chips": _chips(one, user) if one.live else [],
        "visitors": visitors_in(one) if not one.live and visible_owners(user) is None else 0,
        "may_edit": user.has_perm(acts.PERMISSION),
    }
    return render(request, "crm/segment.html", inputs, status=422 if form.is_bound else 200)


@require_GET
@never_cache
@SEE
def count(request: HttpRequest, key: int) -> HttpResponse:
    """How many are in a segment now, for the list of segments, which stands before that is known."""
    user = asker(request)
    one = _seen(key, user)
    line = _line(one, user, count_members(one, user), stale=bool(stale_segments([one])))
    return render(request, "crm/segments/_number.html", {"line": line})


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Save what the filter of a list leaves: now and later, or those of now."""
    kind, user = allowed(request, request.POST.get("kind", ""))
    if not user.has_perm(acts.PERMISSION):
        raise PermissionDenied
    given = request.POST
    saving = acts.save_live if given.get("live") == "yes" else acts.save_found
    try:
        made = saving(
            kind, given.get("query", ""), given.get("name", ""), who=who(request), shared=bool(given.get("shared"))
        )
    except TragtError as refusal:
        messages.error(request, say(refusal))
        return redirect(list_again(request, kind))
    return _saved(request, made)


@require_POST
@EDIT
def copy(request: HttpRequest, key: int) -> HttpResponse:
    """Make another segment like one."""
    one = _seen(key, asker(request))
    name = _("Copy of %(name)s") % {"name": one.name}
    made = acts.copy_segment(key, name[:100], who=who(request))
    messages.success(request, _("This is the copy. Give it a name of its own."))
    return redirect("segment", made.pk)


@require_POST
@EDIT
def remove(request: HttpRequest, key: int) -> HttpResponse:
    """Remove a segment; the next page offers to bring it back."""
    try:
        acts.remove_segment(key, who=who(request))
    except NotFound as absent:
        raise Http404(absent.message) from None
    except NotAllowed:
        raise PermissionDenied from None
    except TragtError as refusal:
        messages.error(request, say(refusal))
        return redirect("segment", key)
    return redirect(f"{reverse('segments')}?removed={key}")


@require_POST
@EDIT
def bring_back(request: HttpRequest, key: int) -> HttpResponse:
    """Bring a removed segment back."""
    try:
        one = acts.bring_back_segment(key, who=who(request))
    except NotFound as absent:
        raise Http404(absent.message) from None
    except NotAllowed:
        raise PermissionDenied from None
    except TragtError as refusal:
        messages.error(request, say(refusal))
        return redirect("segments")
    messages.success(request, _("“%(name)s” is back.") % {"name": one.name})
    return redirect("segments")


def _save_chosen(request: HttpRequest, kind: Kind, keys: Keys) -> HttpResponse:
    """Save the records that were chosen in a list."""
    chosen = keys()
    if len(chosen) > MOST_CHOSEN:
        said = _("Only %(most)s records can be chosen at once. Save what the filter leaves instead.")
        messages.error(request, said % {"most": formats.number(MOST_CHOSEN)})
        return redirect(list_again(request, kind))
    try:
        made = acts.save_chosen(kind, chosen, request.POST.get("segment_name", ""), who=who(request))
    except NotAllowed:
        raise PermissionDenied from None
    except TragtError as refusal:
        messages.error(request, say(refusal))
        return redirect(list_again(request, kind))
    return _saved(request, made)


SAVE_CHOSEN = ListPart("segment", acts.PERMISSION, "crm/segments/_bar.html", "crm/segments/_chosen.html", _save_chosen)
"""What lists of records have for segments."""


def _saved(request: HttpRequest, made: Segment) -> HttpResponse:
    said = (
        _("“%(name)s” is saved. Later it holds whom the filter leaves then.")
        if made.live
        else _("“%(name)s” is saved with those of now.")
    )
    messages.success(request, said % {"name": made.name})
    return redirect(members_url(made))


def _seen(key: int, user: User) -> Segment:
    try:
        return segment_seen(key, user)
    except NotFound as absent:
        raise Http404(absent.message) from None


def _lines(segments: Sequence[Segment], user: User) -> list[Line]:
    """The lines of segments; of those that are live, or that the reader sees in part, as they were counted lately."""
    now = {key: Counted(number, timezone.now()) for key, number in fixed_counted(segments, user).items()}
    before = counted_lately((one for one in segments if one.pk not in now), user)
    stale = stale_segments(segments)
    return [_line(one, user, now.get(one.pk), before.get(one.pk), stale=one.pk in stale) for one in segments]


def _line(one: Segment, user: User, now: Counted | None, before: Counted | None = None, *, stale: bool = False) -> Line:
    """The line of a segment, with what was counted for this page, or else before; without a number if neither was."""
    counted = now or before
    said = "" if counted is None else formats.number(min(counted.number, MOST_COUNTED))
    said += "+" if counted is not None and counted.number > MOST_COUNTED else ""
    mine = one.owner_id in (None, user.pk) or user.has_perm("pipelines.edit")
    return Line(
        one,
        kind_of(one.kind),
        said,
        at=before.at if before and now is None else None,
        mine=mine and user.has_perm(acts.PERMISSION),
        stale=stale,
    )


def _chips(one: Segment, user: User) -> list[Chip]:
    asked = listing_of(kind_of(one.kind), one.query)
    return [] if asked is None else list(chips(asked, names_of(asked, user)))


def _removed(request: HttpRequest, user: User) -> Segment | None:
    """The segment that was just removed, if the reader may bring it back."""
    key = request.GET.get("removed", "")
    if not (key.isascii() and key.isdigit() and len(key) < 16) or not user.has_perm(acts.PERMISSION):
        return None
    try:
        return removed_segment(int(key), user)
    except NotFound:
        return None
