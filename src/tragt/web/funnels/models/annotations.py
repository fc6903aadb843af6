"""What happened on a day that figures should be read with: a campaign, a change of price, a release."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tragt.web.funnels.models.saved import SavedFunnel

__all__ = ["Annotation", "AnnotationKind"]


class AnnotationKind(models.TextChoices):
    """What kinds of things happen."""

    CAMPAIGN = "campaign", _("Campaign")
    PRICE = "price", _("Change of price")
    RELEASE = "release", _("Release")
    OTHER = "other", _("Something else")


class Annotation(models.Model):
    """A note on a day, or on days: of one funnel, or of all where it names none."""

    funnel = models.ForeignKey(SavedFunnel, on_delete=models.CASCADE, null=True, blank=True, related_name="annotations")
    kind = models.CharField(_("Kind"), max_length=16, choices=AnnotationKind, default=AnnotationKind.OTHER)
    day = models.DateField(_("Day"))
    until = models.DateField(_("Until"), null=True, blank=True)
    text = models.CharField(_("What happened"), max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    version = models.PositiveIntegerField(default=1)
    created = models.DateTimeField(auto_now_add=True)
    deleted = models.DateTimeField(null=True, blank=True)

    class Meta:
        """By day."""

        verbose_name = _("Annotations")
        ordering = ("day", "pk")

    def __str__(self) -> str:
        return self.text
