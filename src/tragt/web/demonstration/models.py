"""Whether the demonstration firm is loaded, and by which import."""

from django.db import models

from tragt.web.funnels.models import SavedFunnel
from tragt.web.imports.models import Import

__all__ = ["Demonstration"]


class Demonstration(models.Model):
    """The demonstration firm; its single row has the key 1 and stands while the firm does."""

    origin = models.ForeignKey(Import, on_delete=models.SET_NULL, null=True, related_name="+")
    funnel = models.ForeignKey(SavedFunnel, on_delete=models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return "demonstration"
