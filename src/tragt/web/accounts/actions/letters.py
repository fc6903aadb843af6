"""What users are told by mail, each in their own language."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation

from tragt.web.accounts.models import Invitation, User
from tragt.web.accounts.queries import INVITATION_LETTER
from tragt.web.mail import actions as mail
from tragt.web.shell import formats, organisation

__all__ = ["language_of", "notice", "rehearse_reset", "send_invitation", "send_reset"]

RESET = "accounts/mail/password_reset"
NOTICE = "accounts/mail/notice"


def send_invitation(invitation: Invitation, link: str, days: int) -> None:
    """Send the link of an invitation."""
    inviter = str(invitation.invited_by) if invitation.invited_by else ""
    _send(INVITATION_LETTER, invitation.email, invitation.language, {"link": link, "inviter": inviter, "days": days})


def send_reset(user: User, link: str, hours: int) -> None:
    """Send the link by which a user sets a new password."""
    _send(RESET, user.email, language_of(user), {"link": link, "name": user.name, "hours": hours})


def rehearse_reset() -> None:
    """Do what sending the link takes, and undo it: the time of the answer must not tell whether a user exists."""
    with transaction.atomic():
        send_reset(User(email="nobody@tragt.invalid"), settings.TRAGT.public_address, 1)
        transaction.set_rollback(True)


def notice(user: User, what: str, *, address: str = "", browser: str = "") -> None:
    """Tell a user that something changed about how they sign in.

    Args:
        user: Whom to tell.
        what: What changed, as the template of the notice knows it.
        address: Network address that it came from.
        browser: What the browser called itself.
    """
    when = _in_words(user, timezone.now())
    context: dict[str, object] = {
        "what": what,
        "name": user.name,
        "came_from": address,
        "browser": browser,
        "when": when,
    }
    _send(NOTICE, user.email, language_of(user), context)


def language_of(user: User | None) -> str:
    """The language in which a user is written to."""
    own = user.language if user else ""
    return own or organisation.current().language or settings.LANGUAGE_CODE


def _in_words(user: User, moment: datetime) -> str:
    with translation.override(language_of(user)):
        return formats.moment(moment)


def _send(template: str, to: str, language: str, context: dict[str, object]) -> None:
    mail.send(template=template, to=[to], language=language, context=context)
