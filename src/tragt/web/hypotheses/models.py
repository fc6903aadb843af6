"""What is kept of hypotheses: the card, its log, what hangs on it; and texts of the firm's own about leaks."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tragt.web.funnels.models import SavedFunnel
from tragt.web.hypotheses.stages import StageKind
from tragt.web.leaks.models import CURRENCY_LENGTH, NAME_LENGTH, STEP_LENGTH, VALUE_LENGTH, Found

__all__ = [
    "BELIEF_LENGTH",
    "OVER",
    "TEXT_LENGTH",
    "Entry",
    "EntryKind",
    "Hypothesis",
    "Link",
    "Remedy",
    "StageOfStep",
    "State",
]

BELIEF_LENGTH = 1000
TEXT_LENGTH = 5000
_WORD = 20


class State(models.TextChoices):
    """How far a hypothesis has come."""

    IDEA = "idea", pgettext_lazy("hypothesis", "Idea")
    PLANNED = "planned", pgettext_lazy("hypothesis", "Planned")
    RUNNING = "running", pgettext_lazy("hypothesis", "Running")
    WORKS = "works", pgettext_lazy("hypothesis", "Works")
    NO_EFFECT = "no_effect", pgettext_lazy("hypothesis", "No effect")
    DROPPED = "dropped", pgettext_lazy("hypothesis", "Dropped")


OVER = (State.WORKS, State.NO_EFFECT, State.DROPPED)
"""The states after which nothing more is tried."""


class Hypothesis(models.Model):
    """A card: what is believed, why, what to try, and what it should bring.

    ``before`` and ``step`` are what `tragt.web.leaks.steps` calls the two steps between which it should help; both are
    empty of a hypothesis about no step. ``gain`` is what it should bring a month, in whole units of the currency; with
    no currency, in conversions. ``version`` rises with every change, notes in the log apart. What was removed keeps its
    row for a while, so that it can be brought back.
    """

    funnel = models.ForeignKey(SavedFunnel, models.SET_NULL, null=True, blank=True, related_name="+")
    funnel_name = models.CharField(max_length=150, blank=True, default="")
    before = models.CharField(max_length=STEP_LENGTH, blank=True, default="")
    step = models.CharField(max_length=STEP_LENGTH, blank=True, default="")
    by = models.CharField(max_length=NAME_LENGTH, blank=True, default="")
    value = models.CharField(max_length=VALUE_LENGTH, blank=True, default="")
    found = models.ForeignKey(Found, models.SET_NULL, null=True, blank=True, related_name="+")
    belief = models.TextField(_("What is believed"), max_length=BELIEF_LENGTH)
    why = models.TextField(pgettext_lazy("hypothesis", "Why"), max_length=TEXT_LENGTH, blank=True)
    attempt = models.TextField(_("What to try"), max_length=TEXT_LENGTH, blank=True)
    gain = models.FloatField(_("Expected gain a month"), null=True, blank=True)
    gain_low = models.FloatField(_("At least"), null=True, blank=True)
    gain_high = models.FloatField(_("At most"), null=True, blank=True)
    currency = models.CharField(max_length=CURRENCY_LENGTH, blank=True, default="")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    state = models.CharField(_("State"), max_length=_WORD, choices=State, default=State.IDEA)
    version = models.PositiveIntegerField(default=1)
    created = models.DateTimeField(default=timezone.now)
    touched = models.DateTimeField(default=timezone.now)
    deleted = models.DateTimeField(null=True, blank=True)

    class Meta:
        """What was touched last comes first."""

        verbose_name = _("Hypothesis")
        verbose_name_plural = _("Hypotheses")
        ordering = ("-touched", "-pk")
        indexes = (models.Index(fields=("funnel", "step"), name="tragt_hypotheses_step"),)

    def __str__(self) -> str:
        return self.belief


class EntryKind(models.TextChoices):
    """What a line of the log tells."""

    WRITTEN = "written", pgettext_lazy("hypothesis", "Written")
    CHANGED = "changed", pgettext_lazy("hypothesis", "Changed")
    STATE = "state", _("State")
    NOTE = "note", _("Note")
    ATTACHED = "attached", pgettext_lazy("hypothesis", "Attached")
    REMOVED = "removed", pgettext_lazy("hypothesis", "Removed")
    BROUGHT_BACK = "brought_back", pgettext_lazy("hypothesis", "Brought back")


class Entry(models.Model):
    """A line of the log of a hypothesis. ``fields`` are those that a change touched, ``version`` what it led to."""

    hypothesis = models.ForeignKey(Hypothesis, models.CASCADE, related_name="log")
    kind = models.CharField(max_length=_WORD, choices=EntryKind)
    text = models.TextField(max_length=TEXT_LENGTH, blank=True, default="")
    fields = models.JSONField(default=list, blank=True)
    origin = models.CharField(max_length=_WORD, choices=State, blank=True, default="")
    state = models.CharField(max_length=_WORD, choices=State, blank=True, default="")
    version = models.PositiveIntegerField(default=1)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        """The newest first."""

        verbose_name = _("Logs of hypotheses")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"line {self.pk} of hypothesis {self.hypothesis_id}"


class Link(models.Model):
    """Something that an app above hangs on a hypothesis, by its kind and key."""

    hypothesis = models.ForeignKey(Hypothesis, models.CASCADE, related_name="links")
    kind = models.CharField(max_length=_WORD)
    key = models.CharField(max_length=64)
    title = models.CharField(max_length=200)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        """In the order in which they were attached."""

        verbose_name = _("What hangs on hypotheses")
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("hypothesis", "kind", "key"), name="tragt_hypotheses_link_once"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Remedy(models.Model):
    """What to ask and what to try, in the firm's own words, in the place of what is delivered.

    ``leak`` is a kind of leaks and ``stage`` a kind of steps; empty is any, but one of them is said. ``aside`` marks
    texts that were put aside for those that are delivered.
    """

    leak = models.CharField(max_length=_WORD, blank=True, default="")
    stage = models.CharField(max_length=_WORD, choices=StageKind, blank=True, default="")
    questions = models.JSONField(default=list)
    proposals = models.JSONField(default=list)
    aside = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("Questions and proposals")
        ordering = ("stage", "leak")
        constraints = (models.UniqueConstraint(fields=("leak", "stage"), name="tragt_hypotheses_remedy_once"),)

    def __str__(self) -> str:
        return f"{self.leak or 'any'} × {self.stage or 'any'}"


class StageOfStep(models.Model):
    """What kind of step a step of a funnel is, where somebody said so."""

    funnel = models.ForeignKey(SavedFunnel, models.CASCADE, related_name="+")
    step = models.CharField(max_length=STEP_LENGTH)
    stage = models.CharField(max_length=_WORD, choices=StageKind)

    class Meta:
        verbose_name = _("Kinds of steps")
        constraints = (models.UniqueConstraint(fields=("funnel", "step"), name="tragt_hypotheses_stage_once"),)

    def __str__(self) -> str:
        return f"{self.step}: {self.stage}"
