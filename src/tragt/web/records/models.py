"""Tags, custom fields, and which columns somebody looks at."""

from enum import StrEnum

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

__all__ = ["BulkAct", "BulkChange", "Colour", "Field", "FieldType", "Layout", "Tag"]


class Colour(models.TextChoices):
    """Colours of tags, as the style sheet knows them."""

    GREY = "grey", pgettext_lazy("colour", "Grey")
    BLUE = "blue", pgettext_lazy("colour", "Blue")
    GREEN = "green", pgettext_lazy("colour", "Green")
    AMBER = "amber", pgettext_lazy("colour", "Amber")
    RED = "red", pgettext_lazy("colour", "Red")
    VIOLET = "violet", pgettext_lazy("colour", "Violet")


class Tag(models.Model):
    """A word that any record may be marked with; each kind of record has a link to many of them."""

    name = models.CharField(_("Name"), max_length=60, unique=True)
    colour = models.CharField(_("Colour"), max_length=12, choices=Colour, default=Colour.GREY)
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("Tag")
        verbose_name_plural = _("Tags")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class FieldType(models.TextChoices):
    """What a custom field holds."""

    TEXT = "text", pgettext_lazy("field", "Text")
    NUMBER = "number", pgettext_lazy("field", "Number")
    DATE = "date", pgettext_lazy("field", "Date")
    CHOICE = "choice", pgettext_lazy("field", "One of several choices")
    BOOLEAN = "boolean", pgettext_lazy("field", "Yes or no")
    USER = "user", pgettext_lazy("field", "User")
    LINK = "link", pgettext_lazy("field", "Web address")


class Field(models.Model):
    """A custom field of a kind of record: what a value under its code must be.

    The values lie in the records themselves, among what else is known of them. A field that is retired is shown no
    more; its values stay.
    """

    kind = models.CharField(max_length=20)
    code = models.CharField(_("Code"), max_length=60)
    title = models.CharField(_("Title"), max_length=100)
    type = models.CharField(_("Type"), max_length=12, choices=FieldType, default=FieldType.TEXT)
    choices = models.JSONField(_("Choices"), default=list, blank=True)
    required = models.BooleanField(_("Must be filled in"), default=False)
    help = models.CharField(_("Help"), max_length=300, blank=True)
    order = models.PositiveIntegerField(default=0)
    indexed = models.BooleanField(default=False)
    created = models.DateTimeField(default=timezone.now)
    retired = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("Custom field")
        verbose_name_plural = _("Custom fields")
        ordering = ("order", "pk")
        constraints = [models.UniqueConstraint(fields=["kind", "code"], name="tragt_one_field")]

    def __str__(self) -> str:
        return self.title


class Layout(models.Model):
    """Which columns a user looks at in the list of a kind of record."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    columns = models.JSONField(default=list)

    class Meta:
        verbose_name = _("Columns of lists")
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="tragt_one_layout")]

    def __str__(self) -> str:
        return f"layout {self.pk}"


class BulkAct(StrEnum):
    """What was done to many records at once."""

    OWNER = "owner"
    TAG = "tag"
    UNTAG = "untag"
    PLAN = "plan"


class BulkChange(models.Model):
    """A change of many records at once, with what it takes to take it back.

    ``written`` is the key of the owner or tag; ``before`` holds the keys of the records that were changed, by the key
    of the owner they had, or under an empty text; of what was planned it holds the keys of the tasks. It is kept for as
    long as it can be taken back.
    """

    kind = models.CharField(max_length=20)
    act = models.CharField(max_length=12)
    written = models.BigIntegerField(null=True)
    before = models.JSONField(default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now, db_index=True)
    undone = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("Change of many records")

    def __str__(self) -> str:
        return f"change {self.pk}"
