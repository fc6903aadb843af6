"""Where persons stand in the lead lifecycle, and how they came there."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tragt.web.crm.models.pipelines import Mark, Stage

__all__ = ["How", "Passage", "Standing"]


class How(models.TextChoices):
    """By what a person came to a stage."""

    HAND = "hand", pgettext_lazy("lifecycle", "By hand")
    RULE = "rule", pgettext_lazy("lifecycle", "By a rule")
    EVENT = "event", pgettext_lazy("lifecycle", "By an event")
    IMPORT = "import", pgettext_lazy("lifecycle", "From a file")


class Standing(models.Model):
    """The stage a person is in now, and since when they are qualified by marketing and by sales."""

    person = models.OneToOneField("tragt_people.Person", models.CASCADE, related_name="standing", primary_key=True)
    stage = models.ForeignKey(Stage, models.PROTECT, related_name="standings", verbose_name=_("Stage"), db_index=False)
    since = models.DateTimeField(default=timezone.now)
    mql = models.DateTimeField(_("MQL since"), null=True, blank=True)
    sql = models.DateTimeField(_("SQL since"), null=True, blank=True)

    class Meta:
        verbose_name = _("Where persons are in the lifecycle")
        indexes = [
            models.Index(fields=["stage", "since", "mql", "sql", "person"], name="tragt_standing_lists"),
            models.Index(fields=["mql", "person"], condition=models.Q(mql__isnull=False), name="tragt_standing_by_mql"),
            models.Index(fields=["sql", "person"], condition=models.Q(sql__isnull=False), name="tragt_standing_by_sql"),
        ]

    def __str__(self) -> str:
        return f"standing {self.pk}"


class Passage(models.Model):
    """That a person came to a stage of the lifecycle, or got or lost a mark; names as they were at that time."""

    person = models.ForeignKey("tragt_people.Person", models.CASCADE, related_name="passages")
    stage = models.ForeignKey(Stage, models.PROTECT, related_name="passages")
    stage_name = models.CharField(max_length=100)
    origin_name = models.CharField(max_length=100, blank=True)
    mark = models.CharField(max_length=8, choices=Mark, blank=True)
    taken = models.BooleanField(default=False)
    how = models.CharField(max_length=8, choices=How)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    cause = models.CharField(max_length=64, blank=True, db_index=True)

    class Meta:
        verbose_name = _("Ways of persons through the lifecycle")
        ordering = ("at", "pk")

    def __str__(self) -> str:
        return f"passage {self.pk}"
