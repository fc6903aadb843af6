"""Saying what the words of a file of deals mean: products under other names, owners who are not users."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from tragt.errors import NotFound, TragtError
from tragt.web.accounts.views.asking import who
from tragt.web.crm.actions.giving import make_owners
from tragt.web.crm.actions.readings import forget_reading, read_as, read_as_new
from tragt.web.crm.catalogues import OWNER
from tragt.web.crm.receivers import give_owners
from tragt.web.crm.sentences import say
from tragt.web.imports.models import Import, State
from tragt.web.imports.queries import found
from tragt.web.imports.trial import Outcome

__all__ = ["words"]


@require_POST
@permission_required("imports.run", raise_exception=True)
def words(request: HttpRequest, key: int) -> HttpResponse:
    """Do what a button beside a word of the file says."""
    try:
        one = found(key)
        _do(request, one)
    except NotFound as refusal:
        if refusal.code == "imports.not_found":
            raise Http404 from None
        messages.error(request, say(refusal))
    except TragtError as refusal:
        messages.error(request, say(refusal))
    return redirect("imports:one", key)


def _do(request: HttpRequest, one: Import) -> None:
    # A NUL is nothing that a database takes.
    do, name, chosen = (request.POST.get(field, "").replace("\0", "") for field in ("do", "name", "product"))
    if do == "read" and chosen.isdecimal() and len(chosen) < 18:
        _told(request, read_as(name, int(chosen), who=who(request)))
    elif do == "new":
        _told(request, read_as_new(name, who=who(request)))
    elif do == "forget":
        forget_reading(name, who=who(request))
        messages.success(request, _("Taken back. The lines name it as the file does again."))
    elif do == "owners":
        _make_owners(request, one)


def _told(request: HttpRequest, number: int) -> None:
    said = ngettext("%(number)s line has the product now.", "%(number)s lines have the product now.", number)
    messages.success(request, said % {"number": number} if number else _("Remembered for this file and the next."))


def _make_owners(request: HttpRequest, one: Import) -> None:
    kept = one.result if one.state == State.DONE else one.trial
    names = Outcome.of(kept).counted.get(OWNER, {}) if kept else {}
    made = make_owners(names, who=who(request))
    said = ngettext(
        "%(number)s user was made, who cannot sign in.", "%(number)s users were made, who cannot sign in.", made
    )
    messages.success(request, said % {"number": made})
    if one.state == State.DONE:
        give_owners(one, who(request))
