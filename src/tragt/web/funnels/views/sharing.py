"""Links by which people without an account see a funnel: made, listed, taken back, and the page they lead to."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required, permission_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tragt.errors import NotFound, TragtError
from tragt.web.accounts.views.asking import who
from tragt.web.funnels.actions import sharing as acts
from tragt.web.funnels.building.fields import whole_number
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.sharing import figures_shared, link_of, links_of
from tragt.web.funnels.showing.mistakes import mistake_of
from tragt.web.funnels.showing.presenting import Page, Sentence, sentence_of
from tragt.web.funnels.views.asking import saved_or_404
from tragt.web.lexicon.queries import lexicon

__all__ = ["links", "make", "revoke", "shared"]

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
        messages.error(request, mistake_of(refusal).text)
        return redirect("funnel_links", key)
    address = request.build_absolute_uri(reverse("funnel_shared", args=[made.token]))
    return _page(request, key, address=address, made=made.link)


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
    saved = link.funnel
    figures = figures_shared(saved)
    acts.touch_link(link)
    inputs: dict[str, object] = {"name": saved.name, "link": link}
    if figures is not None:
        inputs["page"] = Page(figures, saved.step_targets)
    else:
        inputs["sentence"] = _sentence(saved)
    response = render(request, "funnels/shared.html", inputs)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _sentence(saved: SavedFunnel) -> Sentence | None:
    try:
        return sentence_of(lexicon().shown(saved.funnel))
    except TragtError:
        return None


def _page(request: HttpRequest, key: int, **made: object) -> HttpResponse:
    saved = saved_or_404(key)
    inputs = {"saved": saved, "links": links_of(saved), "now": timezone.now(), "days": acts.DAYS, **made}
    return render(request, "funnels/links.html", inputs)
