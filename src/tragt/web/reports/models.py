"""Who gets which funnel by mail every week, what they were sent, and what happened week by week."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from tragt.errors import TragtError
from tragt.web.funnels.blanking import names_somebody
from tragt.web.funnels.models import SavedFunnel
from tragt.web.mail.models import OutgoingMail

__all__ = ["ADDRESS_LENGTH", "Counted", "Sent", "State", "Subscription", "Trouble", "Weekday"]

ADDRESS_LENGTH = 254


class Weekday(models.IntegerChoices):
    """On which day of the week a report leaves."""

    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class State(models.TextChoices):
    """Whether a reader is sent a report."""

    ASKED = "asked", _("Waits for the reader to confirm")
    ACTIVE = "active", _("Is sent")
    PAUSED = "paused", _("Paused")
    STOPPED = "stopped", _("Stopped by the reader")


class Trouble(models.TextChoices):
    """Why no report left although it was due."""

    NONE = "", ""
    NOTHING_NEW = "nothing_new", _("Nothing new has come in since the last report.")
    NO_FIGURES = "no_figures", _("The funnel could not be counted. Its page says why.")
    NOBODY = "nobody", _("The reader cannot sign in any more, or may not see funnels.")
    PERSONS = "persons", _("The funnel names persons, and the reader has no account.")


class Subscription(models.Model):
    """A funnel that a reader is sent every week: a user, or whoever has an address and said yes to it.

    ``key`` is what its links are signed over. The language of a user is the user's own. ``agreed`` is when a reader
    outside confirmed. One that was removed keeps its row for a while, so that the removal can be undone.
    """

    key = models.CharField(max_length=32, unique=True)
    funnel = models.ForeignKey(SavedFunnel, on_delete=models.CASCADE, related_name="+", verbose_name=_("Funnel"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    address = models.EmailField(_("E-mail"), max_length=ADDRESS_LENGTH, blank=True)
    language = models.CharField(_("Language"), max_length=8, blank=True)
    weekday = models.PositiveSmallIntegerField(_("Day"), choices=Weekday, default=Weekday.MONDAY)
    state = models.CharField(_("State"), max_length=16, choices=State, default=State.ACTIVE)
    trouble = models.CharField(max_length=16, choices=Trouble, blank=True, default="")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    mail = models.ForeignKey(OutgoingMail, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    version = models.PositiveIntegerField(default=1)
    created = models.DateTimeField(auto_now_add=True)
    agreed = models.DateTimeField(null=True, blank=True)
    begins = models.DateTimeField()
    stopped = models.DateTimeField(null=True, blank=True)
    removed = models.DateTimeField(null=True, blank=True)

    class Meta:
        """In the order they were made; a reader gets a funnel once."""

        verbose_name = _("Weekly reports")
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                "funnel", "user", condition=Q(removed=None, user__isnull=False), name="tragt_report_user"
            ),
            models.UniqueConstraint(
                "funnel", Lower("address"), condition=Q(removed=None) & ~Q(address=""), name="tragt_report_address"
            ),
        )

    def __str__(self) -> str:
        return f"{self.funnel_id} {self.pk}"

    @property
    def reader(self) -> str:
        """Who reads it, for people."""
        return str(self.user) if self.user else self.address

    @property
    def reason_held(self) -> Trouble:
        """Why nothing leaves: what was wrong when it was due last, or that the funnel names persons now."""
        return Trouble.PERSONS if self.user_id is None and _names_somebody(self.funnel) else Trouble(self.trouble)

    @property
    def held_in_words(self) -> str:
        """The same, for people."""
        return str(self.reason_held.label)


def _names_somebody(saved: SavedFunnel) -> bool:
    try:
        return names_somebody(saved.funnel)
    except TragtError:
        return False  # nothing can be sent of it either


class Sent(models.Model):
    """A report that left: once in a week for a reader, whatever is started again or runs twice.

    ``week`` is the Monday of the week in which it was due, ``end`` the day after the last day that it told of.
    """

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="sent")
    week = models.DateField()
    end = models.DateField()
    at = models.DateTimeField()
    mail = models.ForeignKey(OutgoingMail, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        """The newest first."""

        verbose_name = _("Reports that were sent")
        ordering = ("-week", "-pk")
        constraints = (models.UniqueConstraint(fields=["subscription", "week"], name="tragt_report_week"),)

    def __str__(self) -> str:
        return f"{self.subscription_id} {self.week}"


class Counted(models.Model):
    """How many reached each step of a funnel in each of the last weeks: counts, and nobody's name.

    ``state`` tells of which definition and which log; ``starts`` holds the first day of each week, ``steps`` for each
    required step a number for each week.
    """

    funnel = models.OneToOneField(SavedFunnel, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=64, blank=True)
    starts = models.JSONField(default=list)
    steps = models.JSONField(default=list)
    mistake = models.CharField(max_length=64, blank=True)
    computed = models.DateTimeField()

    class Meta:
        """How the table is called."""

        verbose_name = _("What happened week by week")

    def __str__(self) -> str:
        return str(self.funnel_id)
