"""Users, the organisation they belong to, what they sign in and send with, and what was done."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tragt.web.accounts.roles import Role, permissions

__all__ = ["ApiKey", "AuditRow", "Invitation", "Organisation", "Reach", "Role", "SetupCode", "Team", "User", "WriteKey"]


class Users(BaseUserManager["User"]):
    """Finds users."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """The user of an e-mail address, whatever its capitals."""
        return self.get(email__iexact=username)


class Team(models.Model):
    """Users who work together: a region, a market, the ones who qualify leads."""

    name = models.CharField(_("Name"), max_length=100, unique=True)
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        """How the table is called, and its order."""

        verbose_name = _("Team")
        verbose_name_plural = _("Teams")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class User(AbstractBaseUser):
    """Someone who signs in. Nobody is ever deleted: what they did must still have a name."""

    email = models.EmailField(_("E-mail"), unique=True)
    name = models.CharField(_("Name"), max_length=150, blank=True)
    role = models.CharField(_("Role"), max_length=16, choices=Role, default=Role.VIEWER)
    language = models.CharField(_("Language"), max_length=8, blank=True)
    team = models.ForeignKey(
        Team, on_delete=models.SET_NULL, null=True, blank=True, related_name="members", verbose_name=_("Team")
    )
    is_active = models.BooleanField(_("Active"), default=True)
    created = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Users] = Users()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        """How the table is called, and what must hold in it."""

        verbose_name = _("User")
        constraints = [models.UniqueConstraint(Lower("email"), name="tragt_user_email")]

    def __str__(self) -> str:
        return self.name or self.email

    bound: str = ""
    """The role of the key that acts for the user in this request; empty where the user acts."""

    program: int | None = None
    """The key that acts for the user in this request, by its own key; None where the user acts."""

    def within(self, role: str, program: int | None = None) -> "User":
        """The same user as a program acts for them: nothing beyond a role, and nothing beyond the user's own."""
        self.bound, self.program = role, program
        return self

    @property
    def reaching(self) -> str:
        """The role that acts: the lesser of the user's own and that of the key, if one acts."""
        return min(filter(None, (self.role, self.bound)), key=lambda role: len(permissions(role)))

    def has_perm(self, perm: str, obj: object = None) -> bool:  # noqa: ARG002
        """Whether the role allows it."""
        return self.is_active and all(perm in permissions(role) for role in filter(None, (self.role, self.bound)))

    def has_perms(self, perms: list[str], obj: object = None) -> bool:
        """Whether the role allows all of them."""
        return all(self.has_perm(perm, obj) for perm in perms)


class Reach(models.TextChoices):
    """Whose records a seller reaches. Those that nobody owns are within everyone's reach."""

    OWN = "own", _("Their own")
    TEAM = "team", _("Their team's")
    ALL = "all", _("Everyone's")


class Organisation(models.Model):
    """The one organisation of this installation: its single row has the key 1."""

    name = models.CharField(_("Name"), max_length=150)
    time_zone = models.CharField(_("Time zone"), max_length=64, default="UTC")
    week_start = models.PositiveSmallIntegerField(_("First day of the week"), default=1)
    fiscal_year_start = models.PositiveSmallIntegerField(_("First month of the fiscal year"), default=1)
    currency = models.CharField(_("Currency"), max_length=3, default="EUR")
    language = models.CharField(_("Language"), max_length=8, default="en")
    sellers_see = models.CharField(_("Sellers see"), max_length=8, choices=Reach, default=Reach.ALL)
    sellers_change = models.CharField(_("Sellers change"), max_length=8, choices=Reach, default=Reach.ALL)
    demonstration = models.BooleanField(default=False)

    class Meta:
        """How the table is called, and what must hold in it."""

        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="tragt_one_organisation")]

    def __str__(self) -> str:
        return self.name


class SetupCode(models.Model):
    """The one-time code that makes its reader the first owner: a single row with the key 1."""

    digest = models.CharField(max_length=64)
    created = models.DateTimeField(default=timezone.now)
    tries = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True, blank=True)
    used = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return "setup code"


class Invitation(models.Model):
    """An e-mail address that may become a user, by a link of which only the digest is kept."""

    email = models.EmailField(_("E-mail"))
    role = models.CharField(_("Role"), max_length=16, choices=Role, default=Role.SELLER)
    language = models.CharField(_("Language"), max_length=8, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    created = models.DateTimeField(default=timezone.now)
    sent = models.DateTimeField(default=timezone.now)
    expires = models.DateTimeField()
    accepted = models.DateTimeField(null=True, blank=True)
    withdrawn = models.DateTimeField(null=True, blank=True)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="invitations"
    )
    wakes = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    """The user of a file, never let in so far, who comes in by it with all that is theirs; None makes a new one."""

    class Meta:
        """How the table is called, and what must hold in it."""

        verbose_name = _("Invitation")
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                condition=models.Q(accepted=None, withdrawn=None),
                name="tragt_one_open_invitation",
            )
        ]

    def __str__(self) -> str:
        return f"invitation {self.pk}"

    @property
    def expired(self) -> bool:
        """Whether its link no longer works because of its age."""
        return self.expires <= timezone.now()


class KeyKind(models.TextChoices):
    """What a write key may send."""

    PUBLIC = "public", _("Public")
    SECRET = "secret", _("Secret")


class WriteKey(models.Model):
    """What a website, an app or a server sends events with; only the digest of the key is kept.

    A public key may send behaviour only, from its allowed origins; a secret key may send everything. What a test key
    sends counts nowhere unless asked for. A rate or a burst that is null is the usual one; no names means all names.
    """

    name = models.CharField(_("Source"), max_length=100)
    kind = models.CharField(_("Kind"), max_length=8, choices=KeyKind, default=KeyKind.PUBLIC)
    prefix = models.CharField(max_length=24)
    digest = models.CharField(max_length=64, unique=True)
    origins = models.JSONField(_("Allowed origins"), default=list, blank=True)
    test = models.BooleanField(_("Test traffic"), default=False)
    names = models.JSONField(_("Allowed events"), default=list, blank=True)
    rate = models.PositiveIntegerField(_("Calls a second"), null=True, blank=True)
    burst = models.PositiveIntegerField(_("Calls at once"), null=True, blank=True)
    created = models.DateTimeField(default=timezone.now)
    rotated = models.DateTimeField(null=True, blank=True)
    last_used = models.DateTimeField(null=True, blank=True)
    revoked = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return self.name


class ApiKey(models.Model):
    """What a program reads and writes with in the name of a user; only the digest of the key is kept.

    It may do what its own role allows and the user's role still allows too.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="api_keys")
    name = models.CharField(_("Name"), max_length=100)
    role = models.CharField(_("Role"), max_length=16, choices=Role, default=Role.VIEWER)
    prefix = models.CharField(max_length=24)
    digest = models.CharField(max_length=64, unique=True)
    created = models.DateTimeField(default=timezone.now)
    rotated = models.DateTimeField(null=True, blank=True)
    last_used = models.DateTimeField(null=True, blank=True)
    revoked = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Whether both the key's role and its user allow it."""
        return self.revoked is None and perm in permissions(self.role) and self.user.has_perm(perm, obj)


class AuditRows(models.QuerySet["AuditRow"]):
    """Rows that are only ever added."""

    def update(self, **_values: Any) -> int:
        """Refuse: what was done does not change."""
        raise TypeError("Rows of the audit are not changed.")

    def delete(self) -> tuple[int, dict[str, int]]:
        """Refuse: what was done does not go away."""
        raise TypeError("Rows of the audit are not deleted.")


class AuditRow(models.Model):
    """What was done: who, when, what, to what, and the names of the fields; never a value that is personal."""

    at = models.DateTimeField(default=timezone.now, db_index=True)
    kind = models.CharField(max_length=16)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    verb = models.CharField(max_length=64, db_index=True)
    target = models.CharField(max_length=100, blank=True)
    fields = models.JSONField(default=list, blank=True)
    details = models.JSONField(default=dict, blank=True)

    objects = AuditRows.as_manager()

    class Meta:
        """How the table is called, and what must hold in it."""

        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.verb} {self.target}".strip()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write a new row; an old one is refused."""
        if self.pk is not None:
            raise TypeError("Rows of the audit are not changed.")
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse: what was done does not go away."""
        raise TypeError("Rows of the audit are not deleted.")
