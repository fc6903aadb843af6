"""Files on persons, companies and deals. What a row describes lies in the home folder, see `store`."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tragt.web.people.models import Company

__all__ = ["File"]

NAME_LENGTH = 200


class File(models.Model):
    """A file on a record. Its bytes never change; one that was removed can be put back for a day.

    Records stand in apps above and below, so one is named by its kind and its key. A company is linked to as well: one
    that nobody names any more stays as long as something refers to it.
    """

    kind = models.CharField(max_length=20)
    key = models.BigIntegerField()
    company = models.ForeignKey(Company, models.SET_NULL, null=True, blank=True, related_name="files")
    name = models.CharField(_("Name"), max_length=NAME_LENGTH)
    place = models.CharField(max_length=32, unique=True)
    media = models.CharField(max_length=100)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    removed = models.DateTimeField(null=True, blank=True, db_index=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("Files on records")
        indexes = [models.Index(fields=["kind", "key", "-id"], name="tragt_file_of_record")]

    def __str__(self) -> str:
        return self.name
