"""Users, and the organisation they belong to."""

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

__all__ = ["Organisation", "Role", "User"]


class Role(models.TextChoices):
    """What a user is in the organisation."""

    OWNER = "owner", _("Owner")
    MANAGER = "manager", _("Manager")
    MARKETING = "marketing", _("Marketing")
    SELLER = "seller", _("Seller")
    VIEWER = "viewer", _("Viewer")


class Users(BaseUserManager["User"]):
    """Makes users; actions alone call it."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """The user of an e-mail address, whatever its capitals."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """Someone who signs in."""

    email = models.EmailField(_("E-mail"), unique=True)
    name = models.CharField(_("Name"), max_length=150, blank=True)
    role = models.CharField(_("Role"), max_length=16, choices=Role, default=Role.VIEWER)
    language = models.CharField(_("Language"), max_length=8, blank=True)
    is_active = models.BooleanField(_("Active"), default=True)
    created = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Users] = Users()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    def __str__(self) -> str:
        return self.name or self.email

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Whether the role allows it."""
        raise NotImplementedError

    def has_perms(self, perms: list[str], obj: object = None) -> bool:
        """Whether the role allows all of them."""
        return all(self.has_perm(perm, obj) for perm in perms)


class Organisation(models.Model):
    """The one organisation of this installation: its single row has the key 1."""

    name = models.CharField(_("Name"), max_length=150)
    time_zone = models.CharField(_("Time zone"), max_length=64, default="UTC")
    week_start = models.PositiveSmallIntegerField(_("First day of the week"), default=1)
    fiscal_year_start = models.PositiveSmallIntegerField(_("First month of the fiscal year"), default=1)
    currency = models.CharField(_("Currency"), max_length=3, default="EUR")
    language = models.CharField(_("Language"), max_length=8, default="en")
    demonstration = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name
