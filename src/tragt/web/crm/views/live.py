"""What changes on a board while somebody looks at it."""

import msgspec
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_GET

from tragt.web.collect.streaming import Came, stream
from tragt.web.crm.queries.board import changes_since
from tragt.web.crm.views.board import one_pipeline

__all__ = ["follow"]


@require_GET
@permission_required("deals.see", raise_exception=True)
def follow(request: HttpRequest, key: int) -> HttpResponseBase:
    """The stages in which something changed, as it changes: ``{"stages": [3, 4]}``; the page asks for their columns.

    Where the pipeline itself became another, its version is told as well: then the page is loaded anew.
    """
    given = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    if not (given.isascii() and given.isdigit() and len(given) <= len(str(2**53))):
        raise Http404
    pipeline = one_pipeline(key)
    seen: frozenset[tuple[str, int, int]] = frozenset()

    def look(after: int) -> Came | None:
        nonlocal seen
        changes = changes_since(pipeline, after, seen)
        if changes is None:
            return None
        seen = changes.seen
        told: dict[str, object] = {"stages": sorted(changes.stages)}
        if changes.version:
            told["version"] = changes.version
        anything = changes.stages or changes.version
        return Came(changes.after, msgspec.json.encode(told).decode() if anything else "")

    return stream(look, int(given), request.user.pk)
