"""Persons, companies, the ledger of who is who, and what each source told of a person."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tragt.web.records.expressions import Folded
from tragt.web.records.models import Tag

__all__ = [
    "Basis",
    "Channel",
    "Company",
    "ConsentRow",
    "ConsentState",
    "Duplicate",
    "Edge",
    "EdgeKind",
    "Erasure",
    "Identifier",
    "Market",
    "Mention",
    "Person",
    "Purpose",
    "Reason",
    "Removal",
    "Statement",
]

ACTOR_LENGTH = 400
CAUSE_LENGTH = 64


class Market(models.TextChoices):
    """A class of customers, by how they buy."""

    SMALL = "small", pgettext_lazy("market", "Small")
    MID = "mid", pgettext_lazy("market", "Mid-market")
    ENTERPRISE = "enterprise", pgettext_lazy("market", "Enterprise")


class Company(models.Model):
    """A firm that persons belong to; its key is how events and files name it, whatever their capitals and spaces.

    It is there as long as somebody named it, or a person belongs to it by their e-mail address. Its market is what the
    trait ``market`` says, where that is one; it has a column of its own because boards and lists are narrowed by it.
    """

    key = models.CharField(max_length=300, unique=True)
    name = models.CharField(_("Name"), max_length=300)
    domain = models.CharField(_("Domain"), max_length=255, blank=True, db_index=True)
    market = models.CharField(_("Market"), max_length=16, choices=Market, blank=True, default="", db_default="")
    traits = models.JSONField(default=dict, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("Owner")
    )
    tags = models.ManyToManyField(Tag, blank=True, related_name="+")
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("Company")
        verbose_name_plural = _("Companies")
        indexes = [
            models.Index(Folded("name"), "id", name="tragt_company_by_name"),
            models.Index("created", "id", name="tragt_company_by_created"),
            models.Index("market", "id", name="tragt_company_by_market"),
        ]

    def __str__(self) -> str:
        return self.name


class Mention(models.Model):
    """That one cause named a company, and what it told of it: its name and its traits, as a `Statement` has them."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="mentions")
    cause = models.CharField(max_length=CAUSE_LENGTH, db_index=True)
    trusted = models.BooleanField(default=True)
    at = models.DateTimeField(default=timezone.now)
    told = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "cause", "trusted"], name="tragt_one_mention")]

    def __str__(self) -> str:
        return f"mention {self.pk}"


class Person(models.Model):
    """Someone with an identifier or a trait. The fields are what the statements, in their order, add up to."""

    name = models.CharField(_("Name"), max_length=300, blank=True)
    email = models.CharField(_("E-mail"), max_length=320, blank=True, db_index=True)
    phone = models.CharField(_("Telephone"), max_length=32, blank=True, db_index=True)
    traits = models.JSONField(default=dict, blank=True)
    company = models.ForeignKey(Company, models.SET_NULL, null=True, blank=True, related_name="persons")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("Owner")
    )
    tags = models.ManyToManyField(Tag, blank=True, related_name="+")
    created = models.DateTimeField(default=timezone.now)
    updated = models.DateTimeField(default=timezone.now)
    struck = models.DateTimeField(null=True, blank=True)
    anonymised = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("Person")
        verbose_name_plural = _("Persons")
        indexes = [
            models.Index(Folded("name"), "id", name="tragt_person_by_name"),
            models.Index("created", "id", name="tragt_person_by_created"),
            models.Index("updated", "id", name="tragt_person_by_updated"),
            models.Index("struck", name="tragt_person_struck", condition=models.Q(struck__isnull=False)),
        ]

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

    Statements count in the order of their times; what a page or an app told with a public key, which anybody can
    send, counts before everything else, so that it overwrites nothing. Taking a cause back removes its statements; the
    person is then what the others add up to.
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="statements")
    cause = models.CharField(max_length=CAUSE_LENGTH, db_index=True)
    trusted = models.BooleanField(default=True)
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


class Reason(models.TextChoices):
    """Why two persons may be one."""

    EMAIL = "email", _("Same e-mail address")
    PHONE = "phone", _("Same telephone number")
    NAME = "name", _("Similar name at one company")
    ALIAS = "alias", _("A website or an app said so")


class Duplicate(models.Model):
    """Two persons who may be one, for a reason; a pair has a row for each reason, its actors in their order.

    A row says what became of the pair: the edge by which somebody merged it here, or when somebody dismissed it, which
    is remembered so that nobody is asked again.
    """

    first = models.CharField(max_length=ACTOR_LENGTH)
    second = models.CharField(max_length=ACTOR_LENGTH, db_index=True)
    reason = models.CharField(max_length=8, choices=Reason)
    cause = models.CharField(max_length=CAUSE_LENGTH, blank=True, db_index=True)
    found = models.DateTimeField(default=timezone.now)
    merged = models.ForeignKey(Edge, models.SET_NULL, null=True, blank=True, related_name="duplicates")
    dismissed = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("Possible duplicates")
        constraints = [
            models.UniqueConstraint(fields=["first", "second", "reason"], name="tragt_one_duplicate"),
            models.CheckConstraint(condition=~models.Q(first=models.F("second")), name="tragt_duplicate_of_another"),
        ]

    def __str__(self) -> str:
        return f"duplicate {self.pk}"


class Purpose(models.TextChoices):
    """What personal data are used for."""

    ANALYTICS = "analytics", _("Analytics")
    EMAIL_MARKETING = "email marketing", _("Marketing by e-mail")
    PERSONALISATION = "personalisation", _("Personalisation")
    SALES_CONTACT = "sales contact", _("Contact by sales")


class Channel(models.TextChoices):
    """By what a person is reached or observed."""

    ANY = "any", _("Any channel")
    WEBSITE = "website", _("Website or app")
    EMAIL = "email", _("E-mail")
    PHONE = "phone", _("Telephone")
    TEXT = "text", _("Text message")
    POST = "post", _("Post")


class ConsentState(models.TextChoices):
    """What a person said."""

    GIVEN = "given", pgettext_lazy("consent", "Given")
    WITHDRAWN = "withdrawn", pgettext_lazy("consent", "Withdrawn")


class Basis(models.TextChoices):
    """The six lawful bases of the General Data Protection Regulation, article 6 (1)."""

    CONSENT = "consent", _("Consent")
    CONTRACT = "contract", _("Contract")
    LEGAL_OBLIGATION = "legal obligation", _("Legal obligation")
    VITAL_INTERESTS = "vital interests", _("Vital interests")
    PUBLIC_TASK = "public task", _("Public task")
    LEGITIMATE_INTERESTS = "legitimate interests", _("Legitimate interests")


class ConsentRows(models.QuerySet["ConsentRow"]):
    """Rows that are only ever added."""

    def update(self, **_values: Any) -> int:
        """Refuse: what was said does not change."""
        raise TypeError("Rows of the consent log are not changed. Record what was said since as a new one.")

    def delete(self) -> tuple[int, dict[str, int]]:
        """Refuse: what was said does not go away."""
        raise TypeError("Rows of the consent log are not deleted. Record a withdrawal as a new one.")


class ConsentRow(models.Model):
    """What a person, or a visitor, said at a time to one use of their data, and how that can be shown.

    Nothing here is changed or deleted, except by the rights of the person.
    """

    actor = models.CharField(max_length=ACTOR_LENGTH, db_index=True)
    purpose = models.CharField(_("Purpose"), max_length=32, choices=Purpose)
    channel = models.CharField(_("Channel"), max_length=16, choices=Channel, default=Channel.ANY)
    state = models.CharField(_("State"), max_length=16, choices=ConsentState)
    basis = models.CharField(_("Lawful basis"), max_length=32, choices=Basis)
    source = models.CharField(_("Source"), max_length=200, blank=True)
    at = models.DateTimeField(_("Time"))
    wording = models.TextField(_("Wording shown"), blank=True)
    evidence = models.JSONField(_("Evidence"), default=dict, blank=True)
    cause = models.CharField(max_length=CAUSE_LENGTH, db_index=True)
    recorded = models.DateTimeField(default=timezone.now)

    objects = ConsentRows.as_manager()

    class Meta:
        verbose_name = _("Consent log")

    def __str__(self) -> str:
        return f"consent {self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write a new row; an old one is refused."""
        if self.pk is not None:
            raise TypeError("Rows of the consent log are not changed. Record what was said since as a new one.")
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse: what was said does not go away."""
        raise TypeError("Rows of the consent log are not deleted. Record a withdrawal as a new one.")


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
