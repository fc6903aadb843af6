"""What the firm says about its visitors: what is kept of their addresses, and where its own people and machines are."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

__all__ = ["KeptAddress", "NetworkList", "Visitors"]


class KeptAddress(models.TextChoices):
    """What is written down of a visitor's network address, anywhere."""

    NETWORK = "network", _("The network only: the last part is cut off")
    NOTHING = "nothing", pgettext_lazy("address", "Nothing")


class Visitors(models.Model):
    """What holds for all visitors: its single row has the key 1, and where there is none, the defaults hold.

    Networks are as `tragt.events.tracking.addresses.network` reads them; domains are those of the firm's own e-mail.
    """

    address = models.CharField(
        _("What is kept of a visitor's address"), max_length=8, choices=KeptAddress, default=KeptAddress.NETWORK
    )
    networks = models.JSONField(_("Your own networks"), default=list, blank=True)
    domains = models.JSONField(_("Your own e-mail domains"), default=list, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="tragt_one_visitors")]

    def __str__(self) -> str:
        return "visitors"


class NetworkList(models.Model):
    """Networks of a data centre or of scanners, as somebody published them.

    The ranges are as `tragt.events.tracking.ranges` packs them; of the lines that were no networks the first are kept,
    each with its place.
    """

    name = models.CharField(_("Name"), max_length=100, unique=True)
    number = models.PositiveIntegerField(_("Networks"))
    ranges = models.BinaryField()
    wrong = models.JSONField(default=list, blank=True)
    wrong_number = models.PositiveIntegerField(default=0)
    changed = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("List of networks")
        verbose_name_plural = _("Lists of networks")

    def __str__(self) -> str:
        return self.name
