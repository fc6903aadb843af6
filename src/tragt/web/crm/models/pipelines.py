"""Pipelines that deals move through, the one lifecycle that persons move through, and their stages."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tragt.web.people.models import Market

__all__ = ["Level", "Mark", "Market", "Pipeline", "PipelineKind", "PipelineVersion", "Stage"]

_SHARE = [MinValueValidator(0), MaxValueValidator(100)]


class PipelineKind(models.TextChoices):
    """What moves through the stages."""

    DEALS = "deals", _("Deals")
    LIFECYCLE = "lifecycle", _("Persons: the lead lifecycle")


class Level(models.TextChoices):
    """Which part of the funnel a stage belongs to."""

    TOP = "tofu", _("Top of the funnel")
    MIDDLE = "mofu", _("Middle of the funnel")
    BOTTOM = "bofu", _("Bottom of the funnel")


class Mark(models.TextChoices):
    """What is noted of a person in the lifecycle besides the stage."""

    MQL = "mql", _("Marketing qualified (MQL)")
    SQL = "sql", _("Sales qualified (SQL)")


class Pipeline(models.Model):
    """Stages in their order. Of lifecycles there is one in use; of pipelines of deals as many as there are markets."""

    kind = models.CharField(max_length=16, choices=PipelineKind, default=PipelineKind.DEALS)
    name = models.CharField(_("Name"), max_length=100)
    market = models.CharField(_("Market"), max_length=16, choices=Market, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    renewal = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("A won deal is renewed in")
    )
    renewal_months = models.PositiveSmallIntegerField(_("Months until the renewal"), default=12)
    cause = models.CharField(max_length=64, blank=True, db_index=True)
    created = models.DateTimeField(default=timezone.now)
    archived = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("Pipeline")
        verbose_name_plural = _("Pipelines")
        ordering = ("position", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["kind"],
                condition=models.Q(kind=PipelineKind.LIFECYCLE, archived=None),
                name="tragt_one_lifecycle",
            ),
            models.UniqueConstraint(fields=["kind", "name"], name="tragt_pipeline_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Stage(models.Model):
    """A stage as it is now; what it was called before stands in the versions of its pipeline.

    A stage that is removed keeps its row, for deals have passed it. ``stirred`` is when deals last came to it, went
    from it or got another owner without a move that somebody made: by a file, its undo, or a removal.
    """

    pipeline = models.ForeignKey(Pipeline, models.CASCADE, related_name="stages")
    name = models.CharField(_("Name"), max_length=100)
    position = models.PositiveSmallIntegerField()
    probability = models.PositiveSmallIntegerField(
        _("Probability of winning"), null=True, blank=True, validators=_SHARE
    )
    level = models.CharField(_("Part of the funnel"), max_length=8, choices=Level, blank=True)
    team = models.ForeignKey(
        "tragt_accounts.Team", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("Team")
    )
    criteria = models.TextField(_("What must be true to enter"), blank=True)
    required = models.JSONField(_("Fields that must be filled in"), default=list, blank=True)
    playbook = models.TextField(_("Playbook"), blank=True)
    rotting_days = models.PositiveSmallIntegerField(_("Days until it rots"), null=True, blank=True)
    target = models.PositiveSmallIntegerField(_("Target: share that goes on"), null=True, blank=True, validators=_SHARE)
    enters_on = models.JSONField(_("Events that lead here"), default=list, blank=True)
    rule = models.JSONField(_("Rule that leads here"), default=dict, blank=True)
    mark = models.CharField(_("Mark"), max_length=8, choices=Mark, blank=True)
    removed = models.DateTimeField(null=True, blank=True)
    stirred = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("Stage")
        verbose_name_plural = _("Stages")
        ordering = ("position", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["pipeline", "name"], condition=models.Q(removed=None), name="tragt_stage_name"
            )
        ]

    def __str__(self) -> str:
        return self.name


class PipelineVersion(models.Model):
    """What a pipeline and its stages were from a moment on, so that history stays true when they change.

    ``stages`` is a list in order, each with ``key``, ``name``, ``probability``, ``level`` and ``target``.
    """

    pipeline = models.ForeignKey(Pipeline, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=100)
    stages = models.JSONField()
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("Versions of pipelines")
        ordering = ("pipeline", "number")
        constraints = [models.UniqueConstraint(fields=["pipeline", "number"], name="tragt_pipeline_version")]

    def __str__(self) -> str:
        return f"version {self.number} of pipeline {self.pipeline_id}"
