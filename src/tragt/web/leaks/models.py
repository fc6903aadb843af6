"""What the ledger keeps: the leaks of saved funnels, and how each funnel was gone through."""

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tragt.funnel import Breakdown
from tragt.funnel.leaks import Against, Cost, Kind, Leak
from tragt.web.funnels.models import SavedFunnel

__all__ = ["CURRENCY_LENGTH", "NAME_LENGTH", "STEP_LENGTH", "VALUE_LENGTH", "Found", "Judged", "Rank", "WhyClosed"]

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
