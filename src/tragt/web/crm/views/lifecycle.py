"""The settings of the lifecycle: the templates until there is one, then its stages."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from tragt.web.crm.blueprints import blueprints
from tragt.web.crm.models import PipelineKind
from tragt.web.crm.queries.pipelines import archived_lifecycles, lifecycle
from tragt.web.crm.views.pipelines import EDIT, page

__all__ = ["show"]


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
