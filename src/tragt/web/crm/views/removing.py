"""Removing a deal that was made by mistake: what goes with it is said first."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tragt.errors import TragtError
from tragt.web.accounts.views.asking import who
from tragt.web.crm.actions.removing import may_remove, remove_deal
from tragt.web.crm.models import Deal
from tragt.web.crm.sentences import say
from tragt.web.crm.views.parts import one_deal
from tragt.web.files.queries import files_of
from tragt.web.shell import formats

__all__ = ["remove"]


@require_http_methods(["GET", "POST"])
@never_cache
@permission_required("deals.edit", raise_exception=True)
def remove(request: HttpRequest, key: int) -> HttpResponse:
    """Say what goes with a deal; post to remove it."""
    deal = one_deal(request, key)
    if not may_remove(key, who(request)):
        raise PermissionDenied
    by_script, said, status = "HX-Request" in request.headers, "", 200
    if request.method == "POST":
        try:
            name = remove_deal(key, who=who(request), version=_version(request))
        except TragtError as refusal:
            said, status = say(refusal), 422
            deal = one_deal(request, key)
        else:
            messages.success(request, _("“%(deal)s” is removed.") % {"deal": name})
            board = reverse("board", args=[deal.pipeline_id])
            return HttpResponse(status=204, headers={"HX-Redirect": board}) if by_script else redirect(board)
    inputs = {"deal": deal, "next": reverse("deal", args=[key]), "going": _going(deal), "said": said}
    if by_script:
        return render(request, "crm/_remove.html", inputs, status=status)
    return render(request, "crm/moving.html", {**inputs, "part": "crm/_remove.html"}, status=status)


def _version(request: HttpRequest) -> int | None:
    given = request.POST.get("version", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < len(str(2**63)) else None


def _going(deal: Deal) -> list[str]:
    """What goes with a deal, each in words; what there is none of is left out."""
    notes, files, lines = deal.activities.count(), files_of("deal", deal.pk).count(), deal.lines.count()
    people, moves = deal.members.count(), deal.moves.count()
    counted = [
        (notes, ngettext("%(number)s note or task", "%(number)s notes and tasks", notes)),
        (files, ngettext("%(number)s file", "%(number)s files", files)),
        (lines, ngettext("%(number)s line", "%(number)s lines", lines)),
        (people, ngettext("%(number)s person on it", "%(number)s persons on it", people)),
        (moves, ngettext("%(number)s move in its history", "%(number)s moves in its history", moves)),
    ]
    return [said % {"number": formats.number(number)} for number, said in counted if number]
