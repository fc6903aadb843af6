"""What is to be done today: by oneself, by a team, or by everyone."""

from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from tragt.errors import NotFound
from tragt.web.accounts.models import User
from tragt.web.accounts.views.asking import asker
from tragt.web.crm.forms.activities import EntryForm
from tragt.web.crm.forms.today import WhoseForm
from tragt.web.crm.queries.today import A_PAGE, Asked, Tasks, offered_to, tasks_of
from tragt.web.shell.formats import zone

__all__ = ["today"]

_LONGEST_NUMBER = 6


@require_GET
@never_cache
@permission_required("deals.see", raise_exception=True)
def today(request: HttpRequest) -> HttpResponse:
    """What is to be done today, what was left, and what comes."""
    user = asker(request)
    whose, later = request.GET.get("whose") or "me", bool(request.GET.get("later"))
    try:
        number, tasks = _page(user, whose, _number(request.GET.get("page", "")), later=later)
    except NotFound:
        raise Http404 from None
    offered = offered_to(user)
    inputs = {
        "tasks": tasks,
        "entry": EntryForm(initial={"kind": "task"}),
        "whose": WhoseForm(offered, initial={"whose": whose, "later": "on" if later else ""}),
        "choice": offered.everyone or offered.teams or offered.people,
        "own": whose == "me",
        "later": later,
        "page": Paginator(range(tasks.number), A_PAGE).get_page(number),
    }
    return render(request, "crm/today.html", inputs)


def _page(user: User, whose: str, number: int, *, later: bool) -> tuple[int, Tasks]:
    """A page, or where everything on it was done meanwhile the last one."""
    tasks = tasks_of(user, zone(), Asked(whose, later=later, page=number))
    last = max(1, -(-tasks.number // A_PAGE))
    if number <= last:
        return number, tasks
    return last, tasks_of(user, zone(), Asked(whose, later=later, page=last))


def _number(given: str) -> int:
    """The number of a page, as an address gives it; what is none means the first."""
    fits = given.isascii() and given.isdigit() and len(given) <= _LONGEST_NUMBER
    return max(1, int(given)) if fits else 1
