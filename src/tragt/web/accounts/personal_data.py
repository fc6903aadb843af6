"""What the accounts hold of persons: users, invitations, and the tables of Django and allauth that belong to them.

A user who can sign in works here, and is no customer: their account is exported, but neither erased nor anonymised
until it has been deactivated. The row of an erased user stays without a name, for what they did refers to it.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models import Model, QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext_noop

from tragt.web.accounts.models import Invitation, User
from tragt.web.shell.personal import Store, Subject

__all__ = ["STORES"]

Rows = Iterable[dict[str, object]]


def _small(subject: Subject) -> list[str]:
    return [email.lower() for email in subject.emails]


def _users(subject: Subject) -> QuerySet[User]:
    return User.objects.alias(small=Lower("email")).filter(small__in=_small(subject))


def _export_users(subject: Subject) -> Rows:
    for row in _users(subject).values("email", "name", "role", "language", "is_active", "created", "last_login"):
        yield dict(row)


def _erase_users(subject: Subject) -> int:
    users = list(_users(subject).filter(is_active=False))
    for user in users:
        user.email, user.name = f"erased-{user.pk}@tragt.invalid", ""
        user.set_unusable_password()
        user.save(update_fields=["email", "name", "password"])
    return len(users)


def _invitations(subject: Subject) -> QuerySet[Invitation]:
    return Invitation.objects.alias(small=Lower("email")).filter(small__in=_small(subject))


def _export_invitations(subject: Subject) -> Rows:
    for row in _invitations(subject).values("email", "role", "language", "created", "sent", "accepted", "withdrawn"):
        yield dict(row)


def _erase_invitations(subject: Subject) -> int:
    return _invitations(subject).delete()[0]


def _of_user(model: type[Model], personal: dict[str, str], other: set[str], path: str = "user") -> Store:
    """A table whose rows belong to a user and go with them."""
    rows: Any = model._default_manager  # noqa: SLF001

    def export(subject: Subject) -> Rows:
        yield from rows.filter(**{f"{path}__in": _users(subject)}).values(*personal)

    def erase(subject: Subject) -> int:
        found: tuple[int, Any] = rows.filter(**{f"{path}__in": _users(subject).filter(is_active=False)}).delete()
        return found[0]

    return Store(model._meta.label, personal, frozenset(other), export, erase, erase)  # noqa: SLF001


def _sessions(subject: Subject) -> Iterator[Session]:
    emails = _small(subject)
    working = {str(key) for key in User.objects.filter(is_active=True).values_list("pk", flat=True)}
    for session in Session.objects.iterator():
        data = session.get_decoded()
        text = json.dumps(data, default=str).lower()
        if data.get(SESSION_KEY) not in working and any(json.dumps(email)[1:-1] in text for email in emails):
            yield session


def _export_sessions(subject: Subject) -> Rows:
    for session in _sessions(subject):
        yield {"expires": session.expire_date, "data": session.get_decoded()}


def _erase_sessions(subject: Subject) -> int:
    return sum(session.delete()[0] for session in list(_sessions(subject)))


STORES: tuple[Store, ...] = (
    Store(
        "sessions.Session",
        personal={"session_data": gettext_noop("who is signed in, and the address they typed")},
        other=frozenset({"session_key", "expire_date"}),
        export=_export_sessions,
        erase=_erase_sessions,
        anonymise=_erase_sessions,
    ),
    _of_user(
        UserSession,
        {"ip": gettext_noop("network address"), "user_agent": gettext_noop("what the browser called itself")},
        {"id", "user", "created_at", "last_seen_at", "session_key", "data"},
    ),
    _of_user(
        EmailConfirmation,
        {"key": gettext_noop("secret by which an address is confirmed")},
        {"id", "email_address", "created", "sent"},
        "email_address__user",
    ),
    _of_user(EmailAddress, {"email": gettext_noop("e-mail address")}, {"id", "user", "verified", "primary"}),
    _of_user(
        Authenticator,
        {"data": gettext_noop("secret of a second factor, encrypted, or the public part of a passkey and its name")},
        {"id", "user", "type", "created_at", "last_used_at"},
    ),
    _of_user(
        SocialToken,
        {
            "token": gettext_noop("access to the provider of the sign-in; none is kept"),
            "token_secret": gettext_noop("access to the provider of the sign-in; none is kept"),
        },
        {"id", "app", "account", "expires_at"},
        "account__user",
    ),
    _of_user(
        SocialAccount,
        {
            "uid": gettext_noop("identifier at the provider of the sign-in"),
            "extra_data": gettext_noop("what the provider of the sign-in tells"),
        },
        {"id", "user", "provider", "last_login", "date_joined"},
    ),
    Store(
        "tragt_accounts.Invitation",
        personal={"email": gettext_noop("e-mail address")},
        other=frozenset(
            {"id", "role", "language", "digest", "created", "sent", "expires"}
            | {"accepted", "withdrawn", "invited_by", "wakes"}
        ),
        export=_export_invitations,
        erase=_erase_invitations,
        anonymise=_erase_invitations,
    ),
    Store(
        "tragt_accounts.User",
        personal={
            "email": gettext_noop("e-mail address"),
            "name": gettext_noop("name"),
            "password": gettext_noop("password, of which only a digest is kept"),
        },
        other=frozenset({"id", "last_login", "role", "language", "team", "is_active", "created"}),
        export=_export_users,
        erase=_erase_users,
        anonymise=_erase_users,
    ),
    Store(
        "tragt_accounts.AuditRow",
        other=frozenset({"id", "at", "kind", "user", "verb", "target", "fields", "details"}),
    ),
    Store(
        "tragt_accounts.Organisation",
        other=frozenset(
            {"id", "name", "time_zone", "week_start", "fiscal_year_start", "currency", "language", "sellers_see"}
            | {"sellers_change", "demonstration"}
        ),
    ),
    Store("tragt_accounts.Team", other=frozenset({"id", "name", "created"})),
    Store("tragt_accounts.SetupCode", other=frozenset({"id", "digest", "created", "tries", "locked_until", "used"})),
    Store(
        "tragt_accounts.WriteKey",
        other=frozenset(
            {"id", "name", "kind", "prefix", "digest", "origins", "test", "names", "rate", "burst", "created",
             "rotated", "last_used", "revoked", "created_by"}
        ),
    ),
    Store(
        "tragt_accounts.ApiKey",
        other=frozenset(
            {"id", "user", "name", "role", "prefix", "digest", "created", "rotated", "last_used", "revoked"}
        ),
    ),
    Store("auth.Permission", other=frozenset({"id", "name", "content_type", "codename"})),
    Store("auth.Group", other=frozenset({"id", "name", "permissions"})),
    Store("contenttypes.ContentType", other=frozenset({"id", "app_label", "model"})),
    Store(
        "socialaccount.SocialApp",
        other=frozenset({"id", "provider", "provider_id", "name", "client_id", "secret", "key", "settings"}),
    ),
)  # fmt: skip
