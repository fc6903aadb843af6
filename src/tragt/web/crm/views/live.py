"""What changes on a board while somebody looks at it."""

import msgspec
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.views.decorators.http import require_GET

from tragt.web.accounts.views.asking import asker
from tragt.web.collect.streaming import Came, stream
from tragt.web.crm.queries.board import changes_since
from tragt.web.crm.views.board import one_pipeline

__all__ = ["follow"]


@require_GET
@permission_required("deals.see", raise_exception=True)
def follow(request: HttpRequest, key: int) -> StreamingHttpResponse:
    """The stages in which something changed, as it changes: ``{"stages": [3, 4]}``; the page asks for their columns."""
    given = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    if not (given.isascii() and given.isdigit() and len(given) <= len(str(2**53))):
        raise Http404
    pipeline, user = one_pipeline(key), asker(request)
    seen: frozenset[tuple[str, int, int]] = frozenset()

    def look(after: int) -> Came | None:
        nonlocal seen
        changes = changes_since(user, pipeline, after, seen)
        if changes is None:
            return None
        seen = changes.seen
        told = msgspec.json.encode({"stages": sorted(changes.stages)}).decode() if changes.stages else ""
        return Came(changes.after, told)

    return stream(look, int(given))
