"""What is done to users: role, access, their own profile."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction

from tragt.errors import NotAllowed
from tragt.web.accounts import queries
from tragt.web.accounts.actions.letters import notice
from tragt.web.accounts.models import Role, User
from tragt.web.accounts.roles import MAKE_OWNERS, assignable
from tragt.web.shell.acting import Who, acting

__all__ = [
    "change_profile",
    "change_role",
    "deactivate",
    "end_sessions",
    "make_user",
    "may_give",
    "reactivate",
    "remove_second_factor",
    "speak",
    "wake",
]


def make_user(email: str, role: str, *, name: str = "", language: str = "") -> User:
    """Make a user with a verified address and without a password; inside another act.

    Raises:
        NotAllowed: A user has this address already.
    """
    email = email.strip().lower()
    user = User(email=email, role=role, name=name, language=language)
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:
        raise NotAllowed("accounts.email_taken", "A user with this e-mail address exists already.") from None
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def wake(key: int, email: str, role: str, *, name: str, language: str) -> User | None:
    """Let a sleeping user in, with a verified address; inside another act. None where nobody sleeps there any more.

    Raises:
        NotAllowed: Another user has this address.
    """
    user = queries.sleeping().select_for_update().filter(pk=key).first()
    if user is None:
        return None
    user.email, user.role, user.is_active = email.strip().lower(), role, True
    user.name, user.language = name or user.name, language or user.language
    try:
        with transaction.atomic():
            user.save(update_fields=["email", "role", "is_active", "name", "language"])
    except IntegrityError:
        raise NotAllowed("accounts.email_taken", "A user with this e-mail address exists already.") from None
    # Whoever came by the address of the file before is not who was invited.
    for known in (EmailAddress, SocialAccount, Authenticator):
        known.objects.filter(user=user).delete()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def may_give(who: Who, role: str) -> bool:
    """Whether this one may give a role to others, or take it from them."""
    if who.user is None:
        return True
    return role in assignable(getattr(who.user, "role", ""))


def change_role(who: Who, user: User, role: str) -> None:
    """Give a user another role.

    Raises:
        NotAllowed: The role may not be given by this one, or the last owner would go.
    """
    with acting(who, "users.edit", f"user {user.pk}", fields=["role"]) as act:
        act.verb = "users.role"
        user = _locked(user)
        _may_touch(who, user.role, role)
        if role != Role.OWNER:
            _keep_an_owner(user)
        act.details |= {"from": user.role, "to": role}
        user.role = role
        user.save(update_fields=["role"])


def deactivate(who: Who, user: User) -> None:
    """Let a user in no more, and end what is open; keys of theirs work no more either.

    Raises:
        NotAllowed: The user may not be touched by this one, or is the last owner.
    """
    with acting(who, "users.edit", f"user {user.pk}", fields=["is_active"]) as act:
        act.verb = "users.deactivate"
        user = _locked(user)
        _may_touch(who, user.role)
        _keep_an_owner(user)
        user.is_active = False
        user.save(update_fields=["is_active"])
        act.details["sessions"] = end_sessions(user)


def reactivate(who: Who, user: User) -> None:
    """Let a user in again.

    Raises:
        NotAllowed: The user may not be touched by this one, or is somebody of a file whom nobody has invited yet.
    """
    with acting(who, "users.edit", f"user {user.pk}", fields=["is_active"]) as act:
        act.verb = "users.reactivate"
        user = _locked(user)
        if queries.sleeping().filter(pk=user.pk).exists():
            raise NotAllowed("accounts.asleep", "Nobody has let this user in so far. Send an invitation.")
        _may_touch(who, user.role)
        user.is_active = True
        user.save(update_fields=["is_active"])


def remove_second_factor(who: Who, user: User) -> None:
    """Take the second factor from a user who lost it; they are told by mail, and set up a new one.

    Raises:
        NotAllowed: The user may not be touched by this one.
    """
    with acting(who, "users.edit", f"user {user.pk}") as act:
        act.verb = "users.second_factor"
        user = _locked(user)
        _may_touch(who, user.role)
        act.details["removed"] = Authenticator.objects.filter(user=user).delete()[0]
        act.details["sessions"] = end_sessions(user)
        notice(user, "second_factor_taken")


def end_sessions(user: User) -> int:
    """Sign a user out everywhere; returns the number of sessions."""
    sessions = UserSession.objects.filter(user=user)
    Session.objects.filter(session_key__in=list(sessions.values_list("session_key", flat=True))).delete()
    ended: int = sessions.delete()[0]
    return ended


def change_profile(user: User, *, name: str, language: str) -> None:
    """Change one's own name and language."""
    with acting(Who.of(user), "profile.edit", f"user {user.pk}") as act:
        act.details["fields"] = [
            field for field, value in (("name", name), ("language", language)) if getattr(user, field) != value
        ]
        user.name, user.language = name, language
        user.save(update_fields=["name", "language"])


def speak(user: User, language: str) -> None:
    """Keep the language that a user chose on a page."""
    if user.language != language and language in dict(settings.LANGUAGES):
        change_profile(user, name=user.name, language=language)


def _locked(user: User) -> User:
    # Owners are locked together, so that two who go at once do not both count on the other.
    list(User.objects.select_for_update().filter(role=Role.OWNER).order_by("pk"))
    return User.objects.select_for_update().get(pk=user.pk)


def _may_touch(who: Who, *roles: str) -> None:
    for role in roles:
        if not may_give(who, role):
            raise NotAllowed(
                "accounts.not_your_role",
                "Only an owner can change another owner, or make someone an owner.",
                permission=MAKE_OWNERS,
            )


def _keep_an_owner(user: User) -> None:
    if user.role == Role.OWNER and not queries.owners().exclude(pk=user.pk).exists():
        raise NotAllowed(
            "accounts.last_owner", "This is the last owner. Make someone else an owner first, then try again."
        )
