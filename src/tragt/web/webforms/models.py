"""Forms, the wordings in which they were shown, and what became of each submission."""

import secrets

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tragt.web.mail.models import OutgoingMail
from tragt.web.people.models import ACTOR_LENGTH
from tragt.web.webforms.definition import Definition, definition_of

__all__ = ["FormState", "Standing", "Submission", "TrapReason", "WebForm", "Wording", "public_id"]

_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


def public_id() -> str:
    """A name for a form that nobody guesses, and that can be read aloud."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(12))


class FormState(models.TextChoices):
    """Whether a form takes something."""

    DRAFT = "draft", pgettext_lazy("form", "Draft")
    PUBLISHED = "published", pgettext_lazy("form", "Published")
    CLOSED = "closed", pgettext_lazy("form", "Closed")


class WebForm(models.Model):
    """A form of a website. What is shown of it is its latest wording; the draft is what somebody is changing."""

    name = models.CharField(_("Name"), max_length=100)
    public = models.CharField(max_length=16, unique=True, default=public_id)
    state = models.CharField(_("State"), max_length=16, choices=FormState, default=FormState.DRAFT)
    draft = models.JSONField(default=dict)
    origins = models.JSONField(_("Sites it may stand in"), default=list, blank=True)
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("Form")
        verbose_name_plural = _("Forms")

    def __str__(self) -> str:
        return self.name

    @property
    def definition(self) -> Definition:
        """What it asks and says as somebody last saved it."""
        return definition_of(self.draft)

    @property
    def source(self) -> str:
        """What the log calls events that came by it."""
        return f"form-{self.pk}"


class Wording(models.Model):
    """What a form asked and said from when it was published until the next: what consents were given to.

    It is never changed.
    """

    form = models.ForeignKey(WebForm, models.CASCADE, related_name="wordings")
    number = models.PositiveIntegerField()
    told = models.JSONField()
    published = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("Wording of a form")
        constraints = [models.UniqueConstraint(fields=["form", "number"], name="tragt_one_wording")]

    def __str__(self) -> str:
        return f"wording {self.pk}"

    @property
    def definition(self) -> Definition:
        """What it asked and said."""
        return definition_of(self.told)


class Standing(models.TextChoices):
    """What became of a submission."""

    TAKEN = "taken", pgettext_lazy("submission", "Taken")
    WAITING = "waiting", pgettext_lazy("submission", "Waits for a confirmation")
    CONFIRMED = "confirmed", pgettext_lazy("submission", "Confirmed")
    TURNED_AWAY = "turned away", pgettext_lazy("submission", "Turned away")


class TrapReason(models.TextChoices):
    """Why a submission was turned away."""

    HIDDEN = "hidden", _("It filled in a field that people do not see.")
    FAST = "fast", _("It was sent faster than people type.")
    MAILS = "mails", _("Several mails went to this address today already.")
    MANY = "many", _("This form sent as many mails as it may in an hour.")


class Submission(models.Model):
    """What became of something that was sent.

    It holds what was typed only while that waits: for a confirmation, or for somebody to look at what was turned away.
    What was taken is in the event log.
    """

    form = models.ForeignKey(WebForm, models.PROTECT, related_name="submissions")
    wording = models.ForeignKey(Wording, models.PROTECT, related_name="+")
    key = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField(default=timezone.now)
    standing = models.CharField(max_length=16, choices=Standing)
    reason = models.CharField(max_length=16, choices=TrapReason, blank=True)
    actor = models.CharField(max_length=ACTOR_LENGTH, db_index=True)
    email = models.CharField(max_length=320, blank=True, db_index=True)
    answers = models.JSONField(default=dict, blank=True)
    visit = models.JSONField(default=dict, blank=True)
    confirmed = models.DateTimeField(null=True, blank=True)
    withdrawn = models.DateTimeField(null=True, blank=True)
    mail = models.ForeignKey(OutgoingMail, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("What was sent by forms")
        indexes = [models.Index(fields=["form", "standing", "at"], name="tragt_submissions")]

    def __str__(self) -> str:
        return f"submission {self.pk}"
