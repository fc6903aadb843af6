"""What people say of the events of the log: what they mean, and which names are one."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

__all__ = ["DESCRIPTION_LENGTH", "DISPLAY_LENGTH", "NAME_LENGTH", "Apart", "Entry", "Merge"]

NAME_LENGTH = 400
DISPLAY_LENGTH = 100
DESCRIPTION_LENGTH = 2_000


class Entry(models.Model):
    """What is said of an event, or of one of its properties: what it is called on pages, what it means, who knows."""

    event = models.CharField(max_length=NAME_LENGTH)
    property = models.CharField(max_length=NAME_LENGTH, blank=True)
    display = models.CharField(_("Display name"), max_length=DISPLAY_LENGTH, blank=True)
    description = models.TextField(_("Description"), max_length=DESCRIPTION_LENGTH, blank=True)
    hidden = models.BooleanField(_("Hidden"), default=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("Who knows more"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        """One row an event or property."""

        verbose_name = _("Descriptions of events")
        constraints = [models.UniqueConstraint(fields=["event", "property"], name="tragt_one_entry")]

    def __str__(self) -> str:
        return f"entry {self.pk}"


class Merge(models.Model):
    """A spelling that counts as another name from a moment on, until that is undone. No event is changed."""

    spelling = models.CharField(max_length=NAME_LENGTH)
    kept = models.CharField(max_length=NAME_LENGTH)
    made = models.DateTimeField(auto_now_add=True)
    undone = models.DateTimeField(null=True, blank=True)

    class Meta:
        """A spelling counts as one name at a time."""

        verbose_name = _("Merged spellings")
        ordering = ("-made", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=["spelling"], condition=models.Q(undone=None), name="tragt_one_merge_of_a_spelling"
            )
        ]

    def __str__(self) -> str:
        return f"merge {self.pk}"


class Apart(models.Model):
    """Two names of which somebody said that they are not one; they are not proposed again."""

    first = models.CharField(max_length=NAME_LENGTH)
    second = models.CharField(max_length=NAME_LENGTH)
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        """Each pair once, in the order of their letters."""

        verbose_name = _("Names that are kept apart")
        constraints = [models.UniqueConstraint(fields=["first", "second"], name="tragt_apart_once")]

    def __str__(self) -> str:
        return f"apart {self.pk}"
