"""What is done from the page of a step: a task for those who are listed, and the funnel in between saved."""

from datetime import datetime, time

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from tragt.errors import InvalidDefinition, TragtError
from tragt.web.accounts.reach import visible_owners
from tragt.web.accounts.views.asking import asker, who
from tragt.web.crm.actions.activities import Entry
from tragt.web.crm.actions.planning import MOST, Planned, plan_many
from tragt.web.crm.models import ActivityKind
from tragt.web.crm.sentences import say
from tragt.web.funnels import actions
from tragt.web.funnels.building.fields import whole_number
from tragt.web.funnels.counting.figures import Figures
from tragt.web.funnels.counting.sources import names_of
from tragt.web.funnels.steps.inside import proposed, trail_of
from tragt.web.funnels.steps.opening import Opened
from tragt.web.funnels.steps.refusing import refused
from tragt.web.funnels.views.asking import Question
from tragt.web.funnels.views.lists import UNITS_SAVED, Place, members_listed, part_of
from tragt.web.funnels.views.pages import EDIT
from tragt.web.records.kinds import kind_of
from tragt.web.records.views.lists import list_again
from tragt.web.records.views.undoing import Undoable, remember
from tragt.web.shell import formats

PLAN = permission_required(["funnels.see", "people.see", "activities.edit"], raise_exception=True)


@require_POST
@PLAN
def plan(request: HttpRequest, key: int, number: int) -> HttpResponse:
    """Plan a task for each of those who stand at a step."""
    if visible_owners(asker(request)) is not None:
        raise PermissionDenied
    question = Question.of(request, key)
    figures = question.answer
    unit = question.asked.funnel.unit
    if not isinstance(figures, Figures) or question.wrong or unit not in UNITS_SAVED:
        return redirect(question.address)
    place = Place.of(request, number, len(figures.report.steps))
    kind = kind_of(str(unit))
    members = members_listed(question, figures, part_of(question))
    if members is None:
        return redirect("funnel_step", key, number)
    units = members.at(place.step, place.outcome)["unit"].unique(maintain_order=True).to_list()
    try:
        _refuse_many(len(units))
        keys = [named.key for named in names_of(unit, units)]
        done = plan_many(kind, [one for one in keys if one is not None], _entry(request), who=who(request))
    except TragtError as refusal:
        messages.error(request, say(refusal))
    else:
        remember(request, Undoable(_told(done, len(keys) - sum(one is not None for one in keys)), done.change))
    return redirect(list_again(request, kind))


def _refuse_many(number: int) -> None:
    """Refuse before names are looked for.

    Raises:
        InvalidDefinition: They are too many.
    """
    if number > MOST:
        raise InvalidDefinition(
            "crm.too_many_tasks", f"A task is planned for {MOST} at once at most; these are {number}.", most=MOST
        )


def _entry(request: HttpRequest) -> Entry:
    """The task as the form says it.

    Raises:
        InvalidDefinition: Its day is none.
    """
    given = request.POST.get("due", "")
    try:
        day = parse_date(given) if given else None
    except ValueError:
        day = None
    if given and day is None:
        raise InvalidDefinition("crm.no_day", f"'{given[:20]}' is no day; write it as 2026-11-30.", field="due")
    due = None if day is None else datetime.combine(day, time.min, formats.zone())
    owner = whole_number(request.POST.get("owner", ""))
    return Entry(ActivityKind.TASK, request.POST.get("title", ""), due=due, owner=owner)


def _told(done: Planned, visitors: int) -> str:
    """What became of it, in sentences."""
    said = ngettext("%(number)s task was planned.", "%(number)s tasks were planned.", done.made)
    parts = [said % {"number": formats.number(done.made)}]
    rest = visitors + done.missing
    if rest:
        said = ngettext(
            "%(number)s has no record yet, so there is nobody to write the task to.",
            "%(number)s have no record yet, so there is nobody to write the task to.",
            rest,
        )
        parts.append(said % {"number": formats.number(rest)})
    return " ".join(parts)


@require_POST
@EDIT
def save_inside(request: HttpRequest, key: int, number: int) -> HttpResponse:
    """Save the funnel that is proposed in between, as a funnel of its own."""
    question = Question.of(request, key)
    figures = question.answer
    if not isinstance(figures, Figures) or question.wrong:
        return redirect(question.address)
    place = Place.of(request, number, len(figures.report.steps))
    opened = Opened(question.asked, figures, place.step, all_seen=visible_owners(asker(request)) is None)
    try:
        opened.refuse_any_order()
        funnel = proposed(opened, trail_of(request.POST.get("then", "")))[-1]
    except TragtError as refusal:
        messages.error(request, refused(refusal))
        return redirect("funnel_step", key, number)
    name = " → ".join(opened.figures.names.shown(funnel).steps[place].title for place in (0, -1))
    saved = actions.save(who(request), funnel, name, question.period)
    messages.success(request, _("The funnel “%(name)s” is saved.") % {"name": saved.name})
    return redirect("funnel", saved.pk)
