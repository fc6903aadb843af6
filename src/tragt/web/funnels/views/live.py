"""Whether there are newer figures of a funnel, told to its page while somebody looks at it."""

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_GET

from tragt.web.collect.streaming import stream
from tragt.web.funnels.counting.following import Follower
from tragt.web.funnels.views.asking import Question

__all__ = ["follow"]


@require_GET
@permission_required("funnels.see", raise_exception=True)
def follow(request: HttpRequest, key: int) -> HttpResponseBase:
    """When there are newer figures than the page shows, as soon as there are: the page then asks for itself."""
    given = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    if not (given.isascii() and given.isdigit() and len(given) <= len(str(2**53))):
        raise Http404
    question = Question.of(request, key, at_once=True)
    follower = Follower(question.saved.definition, question.period, question.saved.name, question.who)
    return stream(follower.look, int(given), request.user.pk)
