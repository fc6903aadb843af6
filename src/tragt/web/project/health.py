"""Whether the process answers, for the one that started it and for load balancers."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse

__all__ = ["healthz"]


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Say that pages are served; asks nothing of the database."""
    return HttpResponse("ok", content_type="text/plain")
