"""Segments: saved groups of persons, companies or deals."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tragt.web.crm.models.deals import KEY_LENGTH, Deal

__all__ = ["Segment", "SegmentKind", "SegmentMember"]


class SegmentKind(models.TextChoices):
    """What the members of a segment are."""

    PERSON = "person", _("Persons")
    COMPANY = "company", _("Companies")
    DEAL = "deal", _("Deals")


class Segment(models.Model):
    """A saved group. A live one is whatever a filter of the list leaves, a fixed one is its members.

    ``query`` is the filter of a live one as the address of the list says it; where it says "me", it says a key here.
    ``version`` counts all changes, those of the members of a fixed one too. One that is not shared is its owner's.
    """

    kind = models.CharField(_("Kind"), max_length=16, choices=SegmentKind)
    name = models.CharField(_("Name"), max_length=100)
    live = models.BooleanField(_("Live"))
    query = models.TextField(blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    shared = models.BooleanField(_("Shared"), default=True)
    version = models.PositiveIntegerField(default=1)
    created = models.DateTimeField(default=timezone.now)
    deleted = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("Segment")
        verbose_name_plural = _("Segments")
        ordering = ("name", "pk")

    def __str__(self) -> str:
        return self.name


class SegmentMember(models.Model):
    """A member of a fixed segment: by what the event log calls it, and by its row; a visitor has none.

    ``key`` is an actor, or the key of a company or deal; empty of a person whom the log does not know.
    """

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="members")
    key = models.CharField(max_length=KEY_LENGTH, blank=True, db_index=True)
    person = models.ForeignKey("tragt_people.Person", models.CASCADE, null=True, related_name="+")
    company = models.ForeignKey("tragt_people.Company", models.CASCADE, null=True, related_name="segment_members")
    deal = models.ForeignKey(Deal, models.CASCADE, null=True, related_name="+")

    class Meta:
        verbose_name = _("Members of segments")
        constraints = (
            *(
                models.UniqueConstraint(
                    fields=["segment", one],
                    condition=models.Q(**{f"{one}__isnull": False}),
                    name=f"tragt_segment_{one}",
                )
                for one in ("person", "company", "deal")
            ),
            models.UniqueConstraint(
                fields=["segment", "key"],
                condition=models.Q(person=None, company=None, deal=None),
                name="tragt_segment_visitor",
            ),
        )

    def __str__(self) -> str:
        return f"member {self.pk} of segment {self.segment_id}"
