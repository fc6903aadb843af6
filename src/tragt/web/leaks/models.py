"""What the ledger keeps: the leaks of saved funnels, how each funnel was gone through, and what was raised of them."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tragt.funnel import Breakdown
from tragt.funnel.leaks import Against, Cost, Kind, Leak
from tragt.web.funnels.models import SavedFunnel

__all__ = [
    "CURRENCY_LENGTH",
    "NAME_LENGTH",
    "STEP_LENGTH",
    "VALUE_LENGTH",
    "Alarm",
    "Attention",
    "Choice",
    "Found",
    "Judged",
    "Mails",
    "Rank",
    "Seen",
    "Watched",
    "WhyClosed",
    "WhyOver",
]

STEP_LENGTH = 300
NAME_LENGTH = 200
VALUE_LENGTH = 100
CURRENCY_LENGTH = 20
_WORD = 20


class Rank(models.IntegerChoices):
    """What costs are in, in the order in which leaks are listed."""

    MONEY = 0
    OTHER_MONEY = 1
    CONVERSIONS = 2
    UNKNOWN = 3


class WhyClosed(models.TextChoices):
    """Why a leak is not open any more."""

    GONE = "gone", _("No longer beyond what chance explains")
    CHANGED = "changed", _("The steps of the funnel have changed")


class Found(models.Model):
    """A place of a funnel that does worse than it should, or better, beyond chance.

    It is one row for the step and the value of the breakdown, whatever they were compared with: the comparison that
    costs most leads, and ``also`` holds the others. ``step`` is what `tragt.web.leaks.steps` calls the step. ``by`` is
    empty for the step as a whole. ``least`` is the lower end of the interval of the cost, by which leaks are ranked.
    """

    funnel = models.ForeignKey(SavedFunnel, on_delete=models.CASCADE, related_name="+")
    step = models.CharField(max_length=STEP_LENGTH)
    before = models.CharField(max_length=STEP_LENGTH)
    by = models.CharField(max_length=NAME_LENGTH, blank=True, default="")
    value = models.CharField(max_length=VALUE_LENGTH, blank=True, default="")
    better = models.BooleanField(default=False)
    fate = models.CharField(max_length=_WORD)
    against = models.CharField(max_length=_WORD)
    rank = models.SmallIntegerField(choices=Rank)
    least = models.FloatField(default=0.0)
    currency = models.CharField(max_length=CURRENCY_LENGTH, blank=True, default="")
    figures = models.JSONField()
    also = models.JSONField(default=list)
    opened = models.DateTimeField()
    computed = models.DateTimeField()
    closed = models.DateTimeField(null=True, blank=True)
    why_closed = models.CharField(max_length=_WORD, choices=WhyClosed, blank=True, default="")

    class Meta:
        """By what they cost at least, those in money first."""

        verbose_name = _("Leaks")
        ordering = ("rank", "-least", "pk")
        indexes = (models.Index(fields=("better", "rank", "least"), name="tragt_leaks_rank"),)
        constraints = (
            models.UniqueConstraint(
                fields=("funnel", "step", "by", "value", "better"),
                condition=Q(closed=None),
                name="tragt_leaks_open_once",
            ),
        )

    def __str__(self) -> str:
        return f"leak {self.pk}"

    @property
    def leak(self) -> Leak:
        """The comparison that leads, as the library gives it."""
        return self._read(self.figures)

    @property
    def others(self) -> list[Leak]:
        """The other comparisons in which the same place was found, the dearest first."""
        return [self._read(one) for one in self.also]

    def _read(self, held: dict[str, object]) -> Leak:
        told = dict(held)
        cost, days = told.pop("cost"), told.pop("days")
        return Leak(
            **{
                **told,
                "kind": Kind(str(told["kind"])),
                "against": Against(str(told["against"])),
                "step": self.step,
                "previous_step": self.before,
                "by": Breakdown(self.by) if self.by else None,
                "value": self.value or None,
                "cost": None if cost is None else Cost(**cost),  # type: ignore[arg-type]
                "days": tuple(map(date.fromisoformat, days)),  # type: ignore[call-overload]
            }
        )


class Judged(models.Model):
    """How a funnel was gone through last.

    ``state`` changes whenever the answer could. ``mistake`` is the code of the error where it could not be judged, and
    ``without_money`` why costs are not in money. ``value`` and ``breakdowns`` are what was chosen or guessed.
    """

    funnel = models.OneToOneField(SavedFunnel, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=64, blank=True, default="")
    mistake = models.CharField(max_length=60, blank=True, default="")
    value = models.CharField(max_length=NAME_LENGTH, blank=True, default="")
    without_money = models.CharField(max_length=_WORD, blank=True, default="")
    breakdowns = models.JSONField(default=list)
    cells = models.IntegerField(default=0)
    false_share = models.FloatField(default=0.0)
    days = models.JSONField(default=list)
    previous = models.JSONField(default=list)
    not_judged = models.JSONField(default=list)
    as_of = models.DateTimeField(null=True, blank=True)
    took_ms = models.IntegerField(default=0)
    computed = models.DateTimeField()

    class Meta:
        verbose_name = _("Funnels gone through for leaks")

    def __str__(self) -> str:
        return f"leaks of funnel {self.funnel_id}"


class WhyOver(models.TextChoices):
    """Why an alarm is over."""

    RECOVERED = "recovered", _("It does as well again as before")
    LATE = "late", _("Events that came late have changed those days")
    CHANGED = "changed", _("The funnel is another one now, or is divided otherwise")
    ACTED = "acted", _("Somebody acted on it")


class Alarm(models.Model):
    """That a place of a funnel has begun to do worse, found by watching it day by day.

    ``step``, ``before``, ``by``, ``value`` and ``fate`` are as of `Found`. ``began`` is the day of the data on which
    the evidence sufficed, ``opened`` the moment at which it was raised. ``figures`` are those of that week and since.
    What was raised once is never taken back; it is closed, with the reason. ``share`` is the share of false alarms by
    which it was raised, and by which it is told whether it goes on. ``minor`` is a small one: it costs less
    than the organisation wants to hear of. Until ``snoozed`` it is not spoken of. Days up to ``acted`` are not held
    against the remedy.
    """

    funnel = models.ForeignKey(SavedFunnel, on_delete=models.CASCADE, related_name="+")
    step = models.CharField(max_length=STEP_LENGTH)
    before = models.CharField(max_length=STEP_LENGTH)
    by = models.CharField(max_length=NAME_LENGTH, blank=True, default="")
    value = models.CharField(max_length=VALUE_LENGTH, blank=True, default="")
    fate = models.CharField(max_length=_WORD)
    began = models.DateField()
    share = models.FloatField()
    figures = models.JSONField()
    currency = models.CharField(max_length=CURRENCY_LENGTH, blank=True, default="")
    minor = models.BooleanField(default=False)
    opened = models.DateTimeField()
    computed = models.DateTimeField()
    closed = models.DateTimeField(null=True, blank=True)
    why_closed = models.CharField(max_length=_WORD, choices=WhyOver, blank=True, default="")
    snoozed = models.DateField(null=True, blank=True)
    acted = models.DateField(null=True, blank=True)
    by_whom = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        """The newest first."""

        verbose_name = _("Alarms about leaks")
        ordering = ("-opened", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=("funnel", "step", "by", "value", "fate"),
                condition=Q(closed=None),
                name="tragt_leaks_alarm_once",
            ),
        )

    def __str__(self) -> str:
        return f"alarm {self.pk}"


class Watched(models.Model):
    """Until when a funnel was watched.

    ``makeup`` changes whenever it is another funnel: then its days are learnt anew. ``known`` is the last day that was
    looked at, by what was watched. ``share`` is the share of false alarms that each series of its days was allowed,
    None where it was never watched. ``age`` and ``stays`` say how long things usually take, in milliseconds, the stays
    by step: they are held while it is the same funnel, or days that were judged would be others each night.
    ``mistake`` is the code of the error where it could not be watched; it is empty
    otherwise, also where there are too few days yet.
    """

    funnel = models.OneToOneField(SavedFunnel, on_delete=models.CASCADE, related_name="+")
    makeup = models.CharField(max_length=64, blank=True, default="")
    known = models.JSONField(default=dict)
    share = models.FloatField(null=True, blank=True)
    age = models.BigIntegerField(null=True, blank=True)
    stays = models.JSONField(default=dict)
    cells = models.IntegerField(default=0)
    days = models.IntegerField(default=0)
    mistake = models.CharField(max_length=60, blank=True, default="")
    as_of = models.DateTimeField(null=True, blank=True)
    computed = models.DateTimeField()

    class Meta:
        verbose_name = _("Funnels watched for leaks")

    def __str__(self) -> str:
        return f"watch of funnel {self.funnel_id}"


class Attention(models.Model):
    """What the organisation wants to be alarmed about: one row.

    ``false_alarm`` is the probability of any false alarm over all funnels in 90 days. ``least`` is what a leak must
    cost a month, in whole units of the organisation's currency.
    """

    false_alarm = models.FloatField(default=0.1)
    least = models.PositiveBigIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("When leaks raise an alarm")

    def __str__(self) -> str:
        return "when leaks raise an alarm"


class Seen(models.Model):
    """When somebody looked at the alarms last."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("Alarms looked at")

    def __str__(self) -> str:
        return f"alarms seen by {self.user_id}"


class Mails(models.TextChoices):
    """About which alarms somebody gets a mail."""

    NONE = "none", _("No mail")
    OWN = "own", _("About my own funnels")
    ALL = "all", _("About all funnels")


class Choice(models.Model):
    """Whether somebody wants a mail about alarms, and up to when they were told by mail."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    mails = models.CharField(max_length=8, choices=Mails, default=Mails.NONE)
    told = models.DateTimeField()
    day = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("Mails about alarms")

    def __str__(self) -> str:
        return f"mails about alarms for {self.user_id}"
