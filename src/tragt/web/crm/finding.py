"""Products by name or code: for the command palette and the page of results."""

from collections.abc import Iterable

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tragt.web.crm.queries.products import products
from tragt.web.shell.rooms import Hit

__all__ = ["find_products"]

MOST = 8


def find_products(request: HttpRequest, text: str) -> Iterable[Hit]:
    """The products that are sold now whose name or code holds a text, for those who may open their pages.

    Args:
        request: Who asks.
        text: What was typed.
    """
    if not text or not request.user.has_perm("pipelines.edit"):
        return []
    rows = products().filter(Q(name__icontains=text) | Q(code__icontains=text))[:MOST]
    return [Hit(row.name, reverse("settings_product", args=[row.pk]), _("Product"), "package") for row in rows]
