"""Saved funnels by name: for the command palette, and for the audit."""

from collections.abc import Iterable, Mapping

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tragt.web.funnels import queries
from tragt.web.funnels.building.fields import clean
from tragt.web.shell.rooms import Hit

__all__ = ["find_funnels", "funnel_names"]

MOST = 8


def find_funnels(request: HttpRequest, text: str) -> Iterable[Hit]:
    """The saved funnels whose name holds a text.

    Args:
        request: Who asks.
        text: What was typed.
    """
    text = clean(text)
    if not text or not request.user.has_perm("funnels.see"):
        return []
    found = queries.saved_funnels().filter(name__icontains=text)[:MOST]
    return [Hit(one.name, reverse("funnel", args=[one.pk]), _("Funnel"), "funnel") for one in found]


def funnel_names(keys: Iterable[int]) -> Mapping[int, str]:
    """What some saved funnels are called, by key."""
    return dict(queries.saved_funnels().filter(pk__in=keys).values_list("pk", "name"))
