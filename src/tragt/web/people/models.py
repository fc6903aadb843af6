"""Persons, companies, the ledger of who is who, and what each source told of a person."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

__all__ = ["Company", "Edge", "EdgeKind", "Erasure", "Identifier", "Mention", "Person", "Removal", "Statement"]

ACTOR_LENGTH = 400
CAUSE_LENGTH = 64


class Company(models.Model):
    """A firm that persons belong to; its key is how events and files name it, whatever their capitals and spaces.

    It is there as long as somebody named it, or a person belongs to it by their e-mail address.
    """

    key = models.CharField(max_length=300, unique=True)
    name = models.CharField(_("Name"), max_length=300)
    domain = models.CharField(_("Domain"), max_length=255, blank=True, db_index=True)
    traits = models.JSONField(default=dict, blank=True)
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("Company")
        verbose_name_plural = _("Companies")

    def __str__(self) -> str:
        return self.name


class Mention(models.Model):
    """That one cause named a company."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="mentions")
    cause = models.CharField(max_length=CAUSE_LENGTH, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "cause"], name="tragt_one_mention")]

    def __str__(self) -> str:
        return f"mention {self.pk}"


class Person(models.Model):
    """Someone with an identifier or a trait. The fields are what the statements, in their order, add up to."""

    name = models.CharField(_("Name"), max_length=300, blank=True)
    email = models.CharField(_("E-mail"), max_length=320, blank=True, db_index=True)
    phone = models.CharField(_("Telephone"), max_length=32, blank=True, db_index=True)
    traits = models.JSONField(default=dict, blank=True)
    company = models.ForeignKey(Company, models.SET_NULL, null=True, blank=True, related_name="persons")
    created = models.DateTimeField(default=timezone.now)
    updated = models.DateTimeField(default=timezone.now)
    struck = models.DateTimeField(null=True, blank=True)
    anonymised = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("Person")
        verbose_name_plural = _("Persons")

    def __str__(self) -> str:
        return self.name or self.email or self.phone or f"person {self.pk}"


class Identifier(models.Model):
    """The row that describes an actor of the log. Who is one with whom, the ledger alone tells."""

    actor = models.CharField(max_length=ACTOR_LENGTH, unique=True)
    person = models.ForeignKey(Person, models.CASCADE, related_name="identifiers")

    class Meta:
        verbose_name = _("Identifiers of persons")

    def __str__(self) -> str:
        return f"identifier {self.pk}"


class Statement(models.Model):
    """What one cause told of a person: names of fields and their values; a value of null empties the field.

    Taking a cause back removes its statements; the person is then what the others add up to.
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="statements")
    cause = models.CharField(max_length=CAUSE_LENGTH, db_index=True)
    at = models.DateTimeField(default=timezone.now)
    told = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("What sources told of persons")

    def __str__(self) -> str:
        return f"statement {self.pk}"


class EdgeKind(models.TextChoices):
    """What an edge of the ledger says."""

    CLAIM = "claim", _("An anonymous visitor was this user")
    MERGE = "merge", _("Two users are one person")


class Edge(models.Model):
    """An entry of the identity ledger: a dated claim of an anonymous actor by a user, or a merge of two users.

    The events are never rewritten; an edge that is taken back stays here, with the time of its undoing.
    """

    kind = models.CharField(max_length=8, choices=EdgeKind)
    actor = models.CharField(max_length=ACTOR_LENGTH, db_index=True)
    user = models.CharField(max_length=ACTOR_LENGTH, db_index=True)
    at = models.DateTimeField()
    cause = models.CharField(max_length=CAUSE_LENGTH, db_index=True)
    created = models.DateTimeField(default=timezone.now)
    undone = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("Identity ledger")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(user__startswith="u:")
                & (
                    models.Q(kind=EdgeKind.CLAIM, actor__startswith="a:")
                    | models.Q(kind=EdgeKind.MERGE, actor__startswith="u:")
                ),
                name="tragt_edge_ends",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Removal(models.TextChoices):
    """How a person's data go."""

    ERASE = "erase", _("Erase")
    ANONYMISE = "anonymise", _("Anonymise")


class Erasure(models.Model):
    """A person whose data are to go: asked for, and finished once the bytes are rewritten.

    Until then it holds what leads to the person; afterwards it says only that, when and by whom it was done.
    """

    kind = models.CharField(max_length=16, choices=Removal)
    asked = models.DateTimeField(default=timezone.now)
    asked_by = models.CharField(max_length=CAUSE_LENGTH, blank=True)
    subject = models.JSONField(default=dict)
    secret = models.CharField(max_length=64, blank=True)
    finished = models.DateTimeField(null=True, blank=True)
    touched = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("Erasures under way")

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
