"""What the views on hypotheses share: who may, and what an address asks for."""

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest

from tragt.errors import NotFound
from tragt.web.accounts.views.asking import asker
from tragt.web.hypotheses.models import Hypothesis
from tragt.web.hypotheses.queries.cards import hypothesis_of
from tragt.web.leaks import queries as leaks
from tragt.web.leaks.presenting import Entry, entries

__all__ = ["EDIT", "SEE", "TEXTS", "card_or_404", "leak_or_404", "whole"]

SEE = permission_required(["hypotheses.see", "funnels.see"], raise_exception=True)
EDIT = permission_required(["hypotheses.edit", "hypotheses.see", "funnels.see", "leaks.see"], raise_exception=True)
TEXTS = permission_required(["leaks.edit", "leaks.see", "funnels.see"], raise_exception=True)

_DIGITS = 18


def whole(text: str) -> int | None:
    """A key or a number of an address; None where there is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else None


def card_or_404(request: HttpRequest, key: int) -> Hypothesis:
    """A hypothesis, else the page that says there is none."""
    try:
        return hypothesis_of(key, asker(request))
    except NotFound as absent:
        raise Http404(absent.message) from None


def leak_or_404(request: HttpRequest, key: int | None) -> Entry:
    """A leak as pages show it, else the page that says there is none."""
    try:
        row = leaks.leak_of(-1 if key is None else key, asker(request))
    except NotFound as absent:
        raise Http404(absent.message) from None
    return entries([row])[0]
