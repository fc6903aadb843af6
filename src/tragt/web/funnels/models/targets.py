"""What share should come to a step, from which day on."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tragt.web.funnels.models.saved import SavedFunnel

__all__ = ["StepTarget"]


class StepTarget(models.Model):
    """From a day on, this share of those at the step before should come to a step; before, what was said until then.

    The step is named by its title. ``share`` is 0 to 1, None where nobody expects anything of the step from then on.
    ``since`` is None where it holds from the beginning. Funnels over a pipeline have none: its versions say it.
    """

    funnel = models.ForeignKey(SavedFunnel, on_delete=models.CASCADE, related_name="dated_targets")
    step = models.TextField()
    share = models.FloatField(null=True, blank=True)
    since = models.DateField(_("From"), null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """In the order they were said."""

        verbose_name = _("Targets of steps")
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.step}: {self.share}"
