"""Links by which people without an account look at a funnel."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tragt.web.funnels.models.saved import SavedFunnel

__all__ = ["SharedLink"]


class SharedLink(models.Model):
    """A link that shows the figures of one funnel, and of no person, until it expires or is taken back.

    It stays good when whoever made it leaves the firm: it is the firm's, and others take it back.

    The link itself is shown once; only its ``digest`` is kept.
    """

    funnel = models.ForeignKey(SavedFunnel, on_delete=models.CASCADE, related_name="links")
    digest = models.CharField(max_length=64, unique=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField(_("Expires"))
    revoked = models.DateTimeField(null=True, blank=True)
    seen = models.DateTimeField(null=True, blank=True)

    class Meta:
        """The newest first."""

        verbose_name = _("Shared links")
        ordering = ("-created", "-pk")

    def __str__(self) -> str:
        return f"{self.funnel} ({self.pk})"
