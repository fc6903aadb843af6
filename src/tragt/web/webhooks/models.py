"""Webhooks, and what each was told or is still to be told."""

from uuid import uuid4

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tragt.web.accounts.models import ApiKey, User
from tragt.web.webhooks.messages import MessageType

__all__ = [
    "ADDRESS_LENGTH",
    "ANSWER_LENGTH",
    "NAME_LENGTH",
    "PERMISSION",
    "Cause",
    "Delivery",
    "Endpoint",
    "Silent",
    "State",
    "Stopped",
]

PERMISSION = "webhooks.edit"
"""What the maker of a webhook must be allowed to do, or it is told nothing."""

NAME_LENGTH = 100
ADDRESS_LENGTH = 2000
ANSWER_LENGTH = 1024


class Stopped(models.TextChoices):
    """Why a webhook is sent nothing."""

    PAUSED = "paused", _("Paused")
    GONE = "gone", _("The receiver said that it is gone")
    FAILING = "failing", _("Nothing was taken for five days")
    RIGHT = "right", _("Its maker may not manage webhooks any more")


class Silent(models.TextChoices):
    """Why a webhook is told nothing, whether it was stopped or not."""

    INACTIVE = "inactive", _("Its maker cannot sign in")
    REVOKED = "revoked", _("Its key was revoked")
    RIGHT = "right", _("Its maker may not manage webhooks any more")


class Endpoint(models.Model):
    """A webhook: an address that is told what happens, as far as its maker sees it.

    ``program`` is the key of the program that made it, where one did: it is told nothing once that is revoked, nor once
    its maker, within the role of that key, may not manage webhooks.
    The secrets are sealed. The one before is good until ``previous_until``. ``stopped`` is empty while it works;
    ``failing`` since when nothing was taken, and ``rests`` until when the receiver asked to be left alone.
    """

    name = models.CharField(_("Name"), max_length=NAME_LENGTH)
    address = models.CharField(_("Address"), max_length=ADDRESS_LENGTH)
    types = models.JSONField(_("What it is told"), default=list)
    maker = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("Made by"))
    program = models.ForeignKey(ApiKey, models.CASCADE, null=True, related_name="+")
    secret = models.TextField()
    previous = models.TextField(blank=True)
    previous_until = models.DateTimeField(null=True)
    stopped = models.CharField(max_length=16, choices=Stopped, blank=True)
    failing = models.DateTimeField(null=True)
    rests = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("Webhook")
        verbose_name_plural = _("Webhooks")
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.name

    @property
    def revoked(self) -> bool:
        """Whether a program made it whose key was revoked."""
        return self.program is not None and self.program.revoked is not None

    @property
    def silent(self) -> str:
        """Why it is told nothing whoever starts it: a `Silent`; empty where it may be told."""
        if not self.maker.is_active:
            return Silent.INACTIVE
        if self.revoked:
            return Silent.REVOKED
        return "" if self.reader.has_perm(PERMISSION) else Silent.RIGHT

    @property
    def reader(self) -> User:
        """For whom messages are made: its maker, within the role of the key where a program made it."""
        return self.maker.within(self.program.role if self.program else "")

    def wants(self, type_: str) -> bool:
        """Whether it is told messages of a type; an empty choice is all of them."""
        return not self.types or type_ in self.types

    @property
    def told(self) -> list[str]:
        """What it is told, as a reader says it; nothing where it is everything."""
        return [str(MessageType(one).label) for one in self.types if one in MessageType.values]


class State(models.TextChoices):
    """What became of a message."""

    WAITING = "waiting", pgettext_lazy("message", "Waiting")
    TAKEN = "taken", pgettext_lazy("message", "Taken")
    FAILED = "failed", pgettext_lazy("message", "Not taken")
    WITHHELD = "withheld", pgettext_lazy("message", "Not sent")


class Cause(models.TextChoices):
    """Why a message was not taken, or not sent."""

    STATUS = "status", _("The receiver refused it")
    TIME = "time", _("No answer in time")
    NAME = "name", _("The name of the address leads nowhere")
    CONNECTION = "connection", _("No connection")
    CERTIFICATE = "certificate", _("The connection is not secure")
    ANSWER = "answer", _("The answer cannot be read")
    ADDRESS = "address", _("The address is not allowed")
    SECRET = "secret", _("The secret cannot be read: make a new one")
    UNSEEN = "unseen", _("Who made the webhook does not see the record, or it is gone")
    STOPPED = "stopped", _("It happened while the webhook was stopped")


def new_message() -> str:
    """What a message is called: the same each time that it is sent."""
    return f"msg_{uuid4().hex}"


class Delivery(models.Model):
    """A message for one webhook. Its body is made when it is first sent, of what its maker sees then.

    ``next`` is when it is sent next; while it is under way, when it is sent again unless somebody says what became of
    it. ``person`` is the person whom the body tells of.
    """

    # What notes a message must not fail as it is committed because somebody removed the webhook meanwhile.
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="deliveries", db_constraint=False)
    message = models.CharField(max_length=40, unique=True, default=new_message)
    type = models.CharField(max_length=32, choices=MessageType)
    record = models.BigIntegerField(null=True)
    person = models.BigIntegerField(null=True, db_index=True)
    at = models.DateTimeField()
    change = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    body = models.TextField(blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next = models.DateTimeField(null=True)
    tried = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    cause = models.CharField(max_length=16, choices=Cause, blank=True)
    answer = models.TextField(blank=True)
    created = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("Messages of webhooks")
        indexes = [
            models.Index(fields=["endpoint", "next"], condition=models.Q(state="waiting"), name="tragt_webhook_queue"),
            models.Index(fields=["endpoint", "state", "-id"], name="tragt_webhook_log"),
            models.Index(fields=["type", "record"], name="tragt_webhook_record"),
        ]

    def __str__(self) -> str:
        return self.message
