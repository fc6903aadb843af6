"""Persons who may be one, and what becomes of them."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from tragt.errors import InvalidDefinition, NotFound
from tragt.web.accounts.reach import changeable_owners
from tragt.web.accounts.views.asking import asker, who
from tragt.web.jobs.actions import enqueue
from tragt.web.jobs.models import UNFINISHED
from tragt.web.jobs.queries import job_of, worker_alive
from tragt.web.jobs.registry import find
from tragt.web.people import actions, queries
from tragt.web.people.forms import DecisionForm
from tragt.web.people.queries import Standing

__all__ = ["decide", "duplicates", "look"]

_PAGE = 25
_LOOKING = "duplicates"
_DECISIONS = {
    "join": (actions.join_duplicate, gettext_noop("The two are one person now.")),
    "part": (actions.part_duplicate, gettext_noop("The two are separate persons again.")),
    "dismiss": (actions.dismiss_duplicate, gettext_noop("Nobody will be asked about these two again.")),
    "recall": (actions.recall_duplicate, gettext_noop("The two wait for a decision again.")),
}


@require_GET
@never_cache
@permission_required("people.edit", raise_exception=True)
def duplicates(request: HttpRequest) -> HttpResponse:
    """Persons who may be one, and what became of those that somebody decided on."""
    _check_reach(request)
    standing = request.GET.get("standing", Standing.OPEN)
    if standing not in Standing.values:
        raise Http404
    page = Paginator(queries.pairs(standing), _PAGE).get_page(request.GET.get("page"))
    looking = job_of(_LOOKING)
    context = {
        "standing": standing,
        "tabs": [(one, one.label, queries.pairs(one).count()) for one in Standing],
        "page": page,
        "pairs": queries.pairs_at(page.object_list, standing),
        "looking": looking is not None and looking.state in UNFINISHED,
        "alive": worker_alive(),
    }
    return render(request, "people/duplicates.html", context)


@require_POST
@permission_required("people.edit", raise_exception=True)
def decide(request: HttpRequest) -> HttpResponse:
    """Decide on a pair, or take a decision back."""
    _check_reach(request)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest()
    action, said = _DECISIONS[form.cleaned_data["decision"]]
    try:
        action(form.cleaned_data["pair"], who=who(request))
    except (NotFound, InvalidDefinition):
        messages.error(request, gettext("That was decided already, or one of the two is being erased."))
    else:
        messages.success(request, gettext(said))
    return redirect(f"{reverse('duplicates')}?standing={form.cleaned_data['standing']}")


@require_POST
@permission_required("people.edit", raise_exception=True)
def look(request: HttpRequest) -> HttpResponse:
    """Look for duplicates now."""
    _check_reach(request)
    enqueue(find("people.find_duplicates"), who(request), subject=_LOOKING)
    messages.success(request, gettext("All persons are being compared. Come back in a minute."))
    return redirect("duplicates")


def _check_reach(request: HttpRequest) -> None:
    """Pairs name persons of every owner, and a merge changes both."""
    if changeable_owners(asker(request)) is not None:
        raise PermissionDenied
