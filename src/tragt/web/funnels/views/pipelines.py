"""From a pipeline of deals, or the lifecycle, to the funnel over its stages."""

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from tragt.errors import InvalidDefinition
from tragt.web.crm.models import Pipeline
from tragt.web.funnels.pipelines import funnel_over

__all__ = ["follow"]


@require_POST
@permission_required(("funnels.see", "deals.see"), raise_exception=True)
def follow(request: HttpRequest, key: int) -> HttpResponseRedirect:  # noqa: ARG001
    """Open the funnel over a pipeline; it is saved where it is not yet."""
    pipeline = Pipeline.objects.filter(pk=key, archived=None).first()
    if pipeline is None:
        raise Http404
    try:
        saved = funnel_over(pipeline)
    except InvalidDefinition as refusal:
        raise Http404(refusal.message) from None
    return redirect("funnel", saved.pk)
