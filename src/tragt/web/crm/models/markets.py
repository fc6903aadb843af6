"""What a firm knows of each market it sells in: how customers there buy, and how it sells to them."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tragt.web.people.models import Market

__all__ = ["Approach", "MarketProfile", "Sensitivity", "Touch"]


class Sensitivity(models.TextChoices):
    """How much the price decides."""

    LOW = "low", pgettext_lazy("price sensitivity", "Low")
    MEDIUM = "medium", pgettext_lazy("price sensitivity", "Medium")
    HIGH = "high", pgettext_lazy("price sensitivity", "High")


class Approach(models.TextChoices):
    """Who speaks first."""

    INBOUND = "inbound", _("Inbound: they come to us")
    OUTBOUND = "outbound", _("Outbound: we go to them")
    BOTH = "both", _("Inbound and outbound")


class Touch(models.TextChoices):
    """How much a seller is there."""

    NONE = "none", _("No touch: they buy by themselves")
    INSIDE = "inside", _("Inside sales: by telephone and video")
    FIELD = "field", _("Field sales: at the customer's")


class MarketProfile(models.Model):
    """How customers of a market buy; what nobody has said is empty. The deal size is in the organisation's currency."""

    market = models.CharField(max_length=16, choices=Market, unique=True)
    organisation = models.CharField(_("Their organisation"), max_length=200, blank=True)
    deciders = models.PositiveSmallIntegerField(_("People who decide"), null=True, blank=True)
    procurement = models.CharField(_("How they procure"), max_length=200, blank=True)
    cycle_days = models.PositiveSmallIntegerField(_("Typical days from first talk to close"), null=True, blank=True)
    deal_size = models.BigIntegerField(_("Typical size of a deal"), null=True, blank=True)
    sensitivity = models.CharField(_("Price sensitivity"), max_length=8, choices=Sensitivity, blank=True)
    approach = models.CharField(_("Who speaks first"), max_length=8, choices=Approach, blank=True)
    touch = models.CharField(_("How it is sold"), max_length=8, choices=Touch, blank=True)

    class Meta:
        verbose_name = _("Markets")
        ordering = ("pk",)

    def __str__(self) -> str:
        return str(self.get_market_display())
