"""The lifecycle: its settings, with templates until there is one; and leading a person through it by hand."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from tragt.errors import NotFound, TragtError
from tragt.web.accounts.sentences import say
from tragt.web.accounts.views.asking import asker, who
from tragt.web.crm.actions.lifecycle import enter_stage, set_mark, take_mark
from tragt.web.crm.blueprints import blueprints
from tragt.web.crm.forms.lifecycle import LeadForm
from tragt.web.crm.models import PipelineKind
from tragt.web.crm.queries.pipelines import archived_lifecycles, lifecycle
from tragt.web.crm.queries.standings import standing_of
from tragt.web.crm.views.pipelines import EDIT, page
from tragt.web.records.kinds import kind_of

__all__ = ["lead", "show"]


@require_GET
@never_cache
@EDIT
def show(request: HttpRequest) -> HttpResponse:
    """The lifecycle with its stages."""
    found = lifecycle()
    if found is not None:
        return page(request, found)
    inputs = {"offered": blueprints(PipelineKind.LIFECYCLE), "archived": list(archived_lifecycles())}
    return render(request, "crm/settings/no_lifecycle.html", inputs)


@require_POST
@permission_required("people.edit", raise_exception=True)
def lead(request: HttpRequest, key: int) -> HttpResponse:
    """Lead a person to a stage, or give or take a mark, from the page of the person."""
    if not kind_of("person").visible(asker(request)).filter(pk=key).exists():
        raise Http404
    try:
        _lead(request, key)
    except NotFound:
        raise Http404 from None
    except TragtError as refusal:
        messages.error(request, say(refusal))
    else:
        messages.success(request, _("The lifecycle was changed."))
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return redirect(wanted if safe else reverse("person", args=[key]))


def _lead(request: HttpRequest, key: int) -> None:
    if mark := request.POST.get("mark"):
        set_mark(key, mark, who=who(request))
    elif mark := request.POST.get("take"):
        take_mark(key, mark, who=who(request))
    else:
        known = lifecycle()
        form = LeadForm(known, standing_of(key), request.POST) if known else None
        if form is None or not form.is_valid():
            raise NotFound("crm.no_stage", "There is no such stage. Perhaps it was removed; choose another one.")
        enter_stage(key, form.cleaned_data["stage"].pk, who=who(request))
