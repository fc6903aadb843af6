"""The REST API: which app brings which operations."""

from django.urls import include

from tragt.web.api.about import router as about
from tragt.web.api.site import make_api, patterns

__all__ = ["api", "urls"]

api = make_api({"": about})
"""Everything under `/api/v1`."""

urls = include((patterns(api), "api"))
