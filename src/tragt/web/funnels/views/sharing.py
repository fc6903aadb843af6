"""Links by which people without an account see a funnel: made, listed, taken back, and the page they lead to."""

import logging
import math
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required, permission_required
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tragt.errors import NotFound, TragtError
from tragt.web.accounts.views.asking import who
from tragt.web.funnels.actions import sharing as acts
from tragt.web.funnels.building.fields import whole_number
from tragt.web.funnels.models import SavedFunnel, SharedLink
from tragt.web.funnels.sharing import address_of, blanked, figures_shared, link_of, links_of, names_somebody
from tragt.web.funnels.showing.mistakes import Mistake, mistake_of
from tragt.web.funnels.showing.presenting import Page, Sentence, sentence_of
from tragt.web.funnels.views.asking import saved_or_404
from tragt.web.lexicon.queries import lexicon
from tragt.web.shell.limits import Limit, Limits

__all__ = ["links", "make", "revoke", "shared"]

LOOKS = Limit(rate=0.5, burst=30)
"""How often a link is followed: thirty times a minute over time, by however many."""

looks = Limits()

_NAMES_SOMEBODY = gettext_lazy(
    "A condition of this funnel names a person: it compares a name, an e-mail address or a telephone number. Whoever "
    "has a link would read that. Ask for a segment in its place, then share the funnel."
)

log = logging.getLogger(__name__)

SHARE = permission_required(["funnels.see", "funnels.share"], raise_exception=True)


@require_GET
@SHARE
def links(request: HttpRequest, key: int) -> HttpResponse:
    """The links to a funnel."""
    return _page(request, key)


@require_POST
@never_cache
@SHARE
def make(request: HttpRequest, key: int) -> HttpResponse:
    """Make a link, and show it this once."""
    days = whole_number(request.POST.get("days", ""))
    try:
        made = acts.share(who(request), saved_or_404(key), days or 0)
    except TragtError as refusal:
        if refusal.code == "funnels.names_somebody":
            return _page(request, key, HTTPStatus.UNPROCESSABLE_ENTITY, wrong=_NAMES_SOMEBODY)
        messages.error(request, mistake_of(refusal).text)
        return redirect("funnel_links", key)
    return _page(request, key, address=address_of(made.token), made=made.link)


@require_POST
@SHARE
def revoke(request: HttpRequest, key: int, link: int) -> HttpResponseRedirect:
    """Take a link back."""
    try:
        acts.revoke_link(who(request), saved_or_404(key), link)
    except NotFound as absent:
        raise Http404(absent.message) from None
    messages.success(request, _("The link is taken back. Whoever has it sees nothing any more."))
    return redirect("funnel_links", key)


@login_not_required
@require_http_methods(["GET", "HEAD"])
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """The figures of a funnel for whoever has a link; nobody's name, and no way into the product."""
    try:
        link = link_of(token)
    except NotFound:
        raise Http404(_("This link is not good any more. Ask whoever sent it for another one.")) from None
    waits = looks.take((link.pk, link.digest), 1, LOOKS)
    response = _too_often(request, link, waits) if waits else _figures(request, link)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _figures(request: HttpRequest, link: SharedLink) -> HttpResponse:
    saved = link.funnel
    found = figures_shared(saved)
    _touch(link)
    inputs: dict[str, object] = {"name": saved.name, "link": link}
    if found is None or isinstance(found, Mistake):
        inputs |= {"sentence": _sentence(saved), "stuck": found is not None}
    else:
        inputs["page"] = Page(found, saved.step_targets)
    return render(request, "funnels/shared.html", inputs)


def _too_often(request: HttpRequest, link: SharedLink, seconds: float) -> HttpResponse:
    """That many look at this now; whoever counts for all of them is asked no more than others let it."""
    inputs = {"name": link.funnel.name, "link": link, "busy": True}
    response = render(request, "funnels/shared.html", inputs, status=HTTPStatus.TOO_MANY_REQUESTS)
    response.headers["Retry-After"] = str(math.ceil(seconds))
    return response


def _touch(link: SharedLink) -> None:
    """Remember the look; a disk that takes nothing keeps nobody from the figures."""
    try:
        acts.touch_link(link)
    except DatabaseError as problem:
        log.warning("That a link to a funnel was followed could not be kept: %s", problem)


def _sentence(saved: SavedFunnel) -> Sentence | None:
    try:
        return sentence_of(lexicon().shown(blanked(saved.funnel)))
    except TragtError:
        return None


def _page(request: HttpRequest, key: int, status: int = HTTPStatus.OK, **made: object) -> HttpResponse:
    saved = saved_or_404(key)
    inputs = {
        "saved": saved,
        "links": links_of(saved),
        "now": timezone.now(),
        "days": acts.DAYS,
        "named": _named(saved),
        **made,
    }
    return render(request, "funnels/links.html", inputs, status=status)


def _named(saved: SavedFunnel) -> bool:
    """Whether a funnel names somebody; one that this version cannot read is not shown to anybody."""
    try:
        return names_somebody(saved.funnel)
    except TragtError:
        return False
