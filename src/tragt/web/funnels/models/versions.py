"""How a saved funnel was, before each change."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tragt.web.funnels.models.saved import SavedFunnel

__all__ = ["SavedFunnelVersion"]


class SavedFunnelVersion(models.Model):
    """What a saved funnel asked under one number of its versions.

    ``asked`` holds, beside the definition, the period, comparison, targets, value and breakdowns of then.
    """

    funnel = models.ForeignKey(SavedFunnel, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    name = models.CharField(_("Name"), max_length=150)
    definition = models.TextField()
    asked = models.JSONField(default=dict, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        """The newest first."""

        verbose_name = _("Versions of funnels")
        ordering = ("funnel", "-number")
        constraints = (models.UniqueConstraint(fields=["funnel", "number"], name="tragt_funnel_version_number"),)

    def __str__(self) -> str:
        return f"{self.name} ({self.number})"
