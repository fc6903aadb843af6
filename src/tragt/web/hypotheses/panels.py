"""What pages of others show of hypotheses: what to ask and try about a leak, and what was tried before."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tragt.errors import TragtError
from tragt.web.accounts.models import User
from tragt.web.accounts.views.asking import asker
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.panels import Panel
from tragt.web.hypotheses.actions.cards import PERMISSION
from tragt.web.hypotheses.forms import StageForm
from tragt.web.hypotheses.prefilling import kinds_of
from tragt.web.hypotheses.presenting import cards
from tragt.web.hypotheses.queries.cards import of_leak, tried
from tragt.web.hypotheses.queries.remedies import Place, stage_of, texts_about
from tragt.web.hypotheses.wording import Named
from tragt.web.leaks.parts import Part
from tragt.web.leaks.presenting import Entry
from tragt.web.leaks.steps import names_of_steps

__all__ = ["of_leaks", "of_steps"]

STYLES = ("hypotheses/hypotheses.css",)


def of_leaks(request: HttpRequest, entry: Entry) -> Iterator[Part]:
    """What stands on the page of a leak: what to ask, what to try, and what was tried before."""
    user = asker(request)
    if not user.has_perm("hypotheses.see"):
        return
    row, kinds = entry.row, kinds_of(entry)
    stage = stage_of(row.funnel_id, row.before, row.step)
    places = [Place(stage=stage.kind), *(Place(kind, stage.kind) for kind in kinds)]
    context = {
        "entry": entry,
        "texts": texts_about(kinds, stage.kind),
        "stage": stage,
        "form": StageForm(None, stage.guessed, stage.said or ""),
        "places": [Named(one) for one in places],
    }
    yield Part(SafeString(render_to_string("hypotheses/_remedies.html", context, request)), styles=STYLES)
    context = {"cards": cards(of_leak(row.funnel_id, row.before, row.step, user)), "way": ""}
    yield Part(SafeString(render_to_string("hypotheses/_tried.html", context, request)), aside=True, styles=STYLES)


def of_steps(saved: SavedFunnel, place: int, user: User) -> Panel | None:
    """What was tried at a step of a funnel, with a way to write the next hypothesis; None for who may not see it.

    Args:
        saved: The funnel.
        place: Of the step among all, from 0.
        user: Who looks.
    """
    if not user.has_perm("hypotheses.see"):
        return None
    try:
        step = names_of_steps(saved.funnel)[place]
    except TragtError:
        return None
    way = f"{reverse('hypotheses:new')}?funnel={saved.pk}&step={place + 1}" if user.has_perm(PERMISSION) else ""
    html = render_to_string("hypotheses/_tried_list.html", {"cards": cards(tried(saved, step, user)), "way": way})
    return Panel("tried", _("Tried here before"), SafeString(html), STYLES)
