"""Hypotheses by a text in them: for the command palette and the page of results."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tragt.web.accounts.models import User
from tragt.web.hypotheses.queries.cards import Asked, called, hypotheses, narrowed
from tragt.web.shell.rooms import Hit

__all__ = ["find_hypotheses"]

MOST = 8
_LEAST, _LONGEST = 2, 100


def find_hypotheses(request: HttpRequest, text: str) -> Iterable[Hit]:
    """The hypotheses with all words of a text, what was touched last first.

    Args:
        request: Who asks.
        text: What was typed; a single letter finds nothing.
    """
    text = text.strip()[:_LONGEST]
    user = request.user
    if len(text) < _LEAST or not isinstance(user, User) or not user.has_perms(["hypotheses.see", "funnels.see"]):
        return []
    found = narrowed(hypotheses(user), Asked(text=text))[:MOST]
    return [Hit(called(row), reverse("hypotheses:one", args=[row.pk]), _("Hypothesis"), "lightbulb") for row in found]
