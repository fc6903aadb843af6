"""Deals, how they moved, and the people on them."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tragt.web.crm.models.pipelines import Pipeline, Stage
from tragt.web.records.expressions import Folded
from tragt.web.records.models import Tag

__all__ = ["Deal", "LostReason", "Member", "MemberRole", "Move", "MoveKind", "Status", "new_key"]

KEY_LENGTH = 400


class Status(models.TextChoices):
    """Whether a deal is still to be won."""

    OPEN = "open", pgettext_lazy("deal", "Open")
    WON = "won", pgettext_lazy("deal", "Won")
    LOST = "lost", pgettext_lazy("deal", "Lost")


class LostReason(models.Model):
    """Why deals are lost, as the firm says it."""

    name = models.CharField(_("Reason"), max_length=100, unique=True)
    position = models.PositiveSmallIntegerField(default=0)
    cause = models.CharField(max_length=64, blank=True, db_index=True)
    archived = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("Reason for losing")
        verbose_name_plural = _("Reasons for losing")
        ordering = ("position", "pk")

    def __str__(self) -> str:
        return self.name


def new_key() -> str:
    """What the log calls a deal that is made here."""
    return uuid4().hex


class Deal(models.Model):
    """A chance to sell. Its key is how the event log names it.

    The value is in minor units of its currency; null where nobody has said. A closed deal keeps the stage that it was
    closed in. ``entered`` is when it came to its stage, ``touched`` when something was last done about it.
    """

    key = models.CharField(max_length=KEY_LENGTH, unique=True, default=new_key)
    name = models.CharField(_("Name"), max_length=300)
    pipeline = models.ForeignKey(Pipeline, models.PROTECT, related_name="deals", verbose_name=_("Pipeline"))
    stage = models.ForeignKey(Stage, models.PROTECT, related_name="deals", verbose_name=_("Stage"))
    status = models.CharField(_("Status"), max_length=8, choices=Status, default=Status.OPEN)
    value = models.BigIntegerField(_("Value"), null=True, blank=True)
    currency = models.CharField(_("Currency"), max_length=3)
    company = models.ForeignKey(
        "tragt_people.Company", models.SET_NULL, null=True, blank=True, related_name="deals", verbose_name=_("Company")
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="deals", verbose_name=_("Owner")
    )
    expected = models.DateField(_("Expected to close"), null=True, blank=True)
    reason = models.ForeignKey(
        LostReason, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Reason for losing")
    )
    reason_text = models.CharField(_("What happened"), max_length=500, blank=True)
    renewal_of = models.OneToOneField(
        "self", models.SET_NULL, null=True, blank=True, related_name="renewal", verbose_name=_("Renewal of")
    )
    custom = models.JSONField(default=dict, blank=True)
    tags = models.ManyToManyField(Tag, blank=True, related_name="+")
    cause = models.CharField(max_length=64, blank=True, db_index=True)
    version = models.PositiveIntegerField(default=1)
    created = models.DateTimeField(default=timezone.now)
    entered = models.DateTimeField(default=timezone.now)
    touched = models.DateTimeField(default=timezone.now)
    closed = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("Deal")
        verbose_name_plural = _("Deals")
        indexes = [
            models.Index(
                fields=["pipeline", "status", "stage", "entered", "touched", "currency", "value", "owner", "id"],
                name="tragt_deal_board",
            ),
            models.Index(fields=["status", "closed"], name="tragt_deal_closed"),
            models.Index(fields=["owner", "status", "expected"], name="tragt_deal_owner"),
            models.Index(Folded("name"), "id", name="tragt_deal_by_name"),
            models.Index("value", "id", name="tragt_deal_by_value"),
            models.Index("expected", "id", name="tragt_deal_by_expected"),
            models.Index("created", "id", name="tragt_deal_by_created"),
            models.Index("closed", "id", name="tragt_deal_by_closed"),
            models.Index("entered", "id", name="tragt_deal_by_entered"),
            models.Index(fields=["touched"], name="tragt_deal_touched"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status=Status.OPEN, closed__isnull=True)
                | models.Q(status__in=[Status.WON, Status.LOST], closed__isnull=False),
                name="tragt_deal_closed_when",
            ),
            models.CheckConstraint(condition=models.Q(value=None) | models.Q(value__gte=0), name="tragt_deal_value"),
        ]

    def __str__(self) -> str:
        return self.name


class MoveKind(models.TextChoices):
    """What became of a deal."""

    CREATED = "created", pgettext_lazy("move of a deal", "Created")
    ENTERED = "entered", pgettext_lazy("move of a deal", "Moved")
    WON = "won", pgettext_lazy("move of a deal", "Won")
    LOST = "lost", pgettext_lazy("move of a deal", "Lost")
    REOPENED = "reopened", pgettext_lazy("move of a deal", "Re-opened")


class Move(models.Model):
    """That a deal was created, moved, won, lost or opened again, and what it was worth then.

    ``stage`` is where it is afterwards; ``left`` when it moved on, null while it has not. Names are what the stages
    were called at that time. ``confirmed`` is what the stage lets in only if it is true, as ``by`` read it and said at
    that moment that it is; empty where nothing was to be said.
    """

    deal = models.ForeignKey(Deal, models.CASCADE, related_name="moves")
    kind = models.CharField(max_length=16, choices=MoveKind)
    pipeline = models.ForeignKey(Pipeline, models.PROTECT, related_name="+")
    origin = models.ForeignKey(Stage, models.PROTECT, null=True, blank=True, related_name="+")
    stage = models.ForeignKey(Stage, models.PROTECT, related_name="moves")
    origin_name = models.CharField(max_length=100, blank=True)
    stage_name = models.CharField(max_length=100)
    at = models.DateTimeField(default=timezone.now)
    left = models.DateTimeField(null=True, blank=True)
    value = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3)
    confirmed = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    cause = models.CharField(max_length=64, blank=True, db_index=True)

    class Meta:
        verbose_name = _("Moves of deals")
        ordering = ("at", "pk")
        indexes = [
            models.Index(fields=["deal", "at"], name="tragt_move_deal"),
            models.Index(fields=["origin", "at"], name="tragt_move_origin"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class MemberRole(models.TextChoices):
    """What somebody is in a buying committee."""

    CONTACT = "contact", _("Contact")
    CHAMPION = "champion", _("Champion")
    DECIDER = "decider", _("Decider")
    INFLUENCER = "influencer", _("Influencer")
    USER = "user", pgettext_lazy("buying committee", "User")
    PROCUREMENT = "procurement", _("Procurement")
    LEGAL = "legal", _("Legal")
    BLOCKER = "blocker", _("Opponent")


class Member(models.Model):
    """A person on a deal, in a role, from a day until another. One of those who are on it now is the primary one."""

    deal = models.ForeignKey(Deal, models.CASCADE, related_name="members")
    person = models.ForeignKey("tragt_people.Person", models.CASCADE, related_name="memberships")
    role = models.CharField(_("Role"), max_length=16, choices=MemberRole, default=MemberRole.CONTACT)
    primary = models.BooleanField(_("Primary contact"), default=False)
    since = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("Buying committees")
        ordering = ("-primary", "since", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["deal"], condition=models.Q(primary=True, until=None), name="tragt_one_primary_contact"
            ),
            models.UniqueConstraint(
                fields=["deal", "person", "role"], condition=models.Q(until=None), name="tragt_one_membership"
            ),
        ]

    def __str__(self) -> str:
        return f"member {self.pk}"
