"""Invitations: a link by mail lets one address become a user, once."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from tragt.errors import NotAllowed
from tragt.web.accounts import queries
from tragt.web.accounts.actions.letters import send_invitation
from tragt.web.accounts.actions.users import make_user, may_give, wake
from tragt.web.accounts.models import Invitation, User
from tragt.web.accounts.tokens import digest, new_link
from tragt.web.shell.acting import SYSTEM, Who, acting

__all__ = ["Invited", "accept", "accept_sign_in", "invite", "resend", "withdraw"]

DAYS = 7


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation that was just written.

    Attributes:
        invitation: What is kept of it.
        link: Its link, known this once.
    """

    invitation: Invitation
    link: str


def invite(who: Who, email: str, role: str, language: str, wakes: User | None = None) -> Invited:
    """Invite an address, by a mail with a link that works for seven days, once.

    Args:
        who: Who invites.
        email: Whom.
        role: What they will be.
        language: In which the mail is written.
        wakes: The sleeping user who they are; None for a new one.

    Raises:
        NotAllowed: The role may not be given by this one, the address is a user or invited already, or the user to be
            woken does not sleep.
    """
    with acting(who, "users.edit") as act:
        act.verb = "users.invite"
        _may_give(who, role)
        if wakes is not None and not queries.sleeping().filter(pk=wakes.pk).exists():
            raise NotAllowed("accounts.not_asleep", "This user was let in already.")
        others = User.objects.exclude(pk=wakes.pk) if wakes else User.objects.all()
        if others.filter(email__iexact=email).exists():
            raise NotAllowed("accounts.email_taken", "A user with this e-mail address exists already.")
        link = new_link()
        invitation = Invitation(
            email=email.strip().lower(),
            role=role,
            language=language,
            invited_by=who.user if isinstance(who.user, User) else None,
            wakes=wakes,
        )
        _stamp(invitation, link)
        try:
            with transaction.atomic():
                invitation.save()
        except IntegrityError:
            raise NotAllowed(
                "accounts.invited_already", "This e-mail address is invited already. Send the invitation again."
            ) from None
        act.target = f"invitation {invitation.pk}"
        act.details["role"] = role
        return _mailed(invitation, link)


def resend(who: Who, invitation: Invitation) -> Invited:
    """Send an invitation again with a new link; the old link works no more.

    Raises:
        NotAllowed: The role may not be given by this one, or the invitation is not open.
    """
    with acting(who, "users.edit", f"invitation {invitation.pk}") as act:
        act.verb = "users.invite_again"
        invitation = _open(invitation)
        _may_give(who, invitation.role)
        link = new_link()
        _stamp(invitation, link)
        invitation.save(update_fields=["digest", "sent", "expires"])
        return _mailed(invitation, link)


def withdraw(who: Who, invitation: Invitation) -> None:
    """Let an invitation work no more.

    Raises:
        NotAllowed: The role may not be given by this one, or the invitation is not open.
    """
    with acting(who, "users.edit", f"invitation {invitation.pk}") as act:
        act.verb = "users.withdraw"
        invitation = _open(invitation)
        _may_give(who, invitation.role)
        invitation.withdrawn = timezone.now()
        invitation.save(update_fields=["withdrawn"])


def accept(link: str, *, name: str, password: str, language: str) -> User:
    """Become a user by the link of an invitation.

    Raises:
        NotAllowed: The link is wrong, used, withdrawn or too old.
    """
    invitation = queries.invitation_of(link)
    if invitation is None:
        raise _gone()
    return _accept(invitation, digest(link), name=name, language=language, password=password)


def accept_sign_in(invitation: Invitation, *, name: str) -> User:
    """Become a user by signing in at the organisation's provider with an invited address.

    Raises:
        NotAllowed: The invitation is used, withdrawn or too old.
    """
    return _accept(invitation, invitation.digest, name=name, language=invitation.language)


def _accept(invitation: Invitation, stamp: str, *, name: str, language: str, password: str = "") -> User:
    with acting(SYSTEM, "users.accept", f"invitation {invitation.pk}") as act:
        now = timezone.now()
        # Of two who come at once, the database lets one take the invitation.
        taken = Invitation.objects.filter(
            pk=invitation.pk, digest=stamp, accepted=None, withdrawn=None, expires__gt=now
        ).update(accepted=now)
        if taken != 1:
            raise _gone()
        user = _come_in(invitation, name, language)
        if password:
            user.set_password(password)
            user.save(update_fields=["password"])
        act.who = Who.of(user)
        act.details["role"] = user.role
    return user


def _come_in(invitation: Invitation, name: str, language: str) -> User:
    key = invitation.wakes_id
    woken = wake(key, invitation.email, invitation.role, name=name, language=language) if key else None
    return woken or make_user(invitation.email, invitation.role, name=name, language=language)


def _may_give(who: Who, role: str) -> None:
    if not may_give(who, role):
        raise NotAllowed("accounts.not_your_role", "Only an owner can change another owner, or make someone an owner.")


def _open(invitation: Invitation) -> Invitation:
    found = queries.open_invitations().select_related(None).select_for_update().filter(pk=invitation.pk).first()
    if found is None:
        raise NotAllowed("accounts.invitation_closed", "This invitation was accepted or withdrawn already.")
    return found


def _stamp(invitation: Invitation, link: str) -> None:
    invitation.digest = digest(link)
    invitation.sent = timezone.now()
    invitation.expires = invitation.sent + timedelta(days=DAYS)


def _mailed(invitation: Invitation, link: str) -> Invited:
    address = settings.TRAGT.public_address + reverse("invitation", args=[link])
    send_invitation(invitation, address, DAYS)
    return Invited(invitation, address)


def _gone() -> NotAllowed:
    return NotAllowed("accounts.invitation_gone", "This invitation does not work any more. Ask for a new one.")
