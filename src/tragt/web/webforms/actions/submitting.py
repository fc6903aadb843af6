"""What is sent by a form goes into the inbox, or is turned away. The visitor's own act: it needs no permission.

The inbox comes first, the row that counts it second. Whoever repeats both, after whatever went wrong between them,
brings the same calls of the same ids, which the settler takes once.
"""

from datetime import timedelta

import msgspec
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from tragt.web.mail.actions import send
from tragt.web.mail.models import OutgoingMail
from tragt.web.webforms import calls, tokens
from tragt.web.webforms.actions.handing import hand_over
from tragt.web.webforms.models import Standing, Submission, TrapReason
from tragt.web.webforms.sent import Sent

__all__ = ["MOST_AN_HOUR", "MOST_MAILS", "submit", "take_in", "turn_away"]

MOST_MAILS = 3
"""How many mails an address gets a day that nobody answers."""

MOST_AN_HOUR = 200
"""How many mails a form sends in an hour: else a program that knows many addresses would write to all by it."""

MOST_KEPT = 2000
"""Of how much that a form turned away the content is kept."""

_A_DAY, _AN_HOUR = timedelta(days=1), timedelta(hours=1)


def submit(sent: Sent) -> None:
    """Take what was sent: once this returns, it is on disk.

    Raises:
        OSError: A disk takes nothing. Nothing is lost: the same can be sent again.
        DatabaseError: Likewise, of a database.
    """
    if Submission.objects.filter(key=sent.key).exclude(standing=Standing.TURNED_AWAY).exists():
        return
    if sent.waits and _mails_to(sent) >= MOST_MAILS:
        turn_away(sent, TrapReason.MAILS)
    elif sent.waits and _mails_by(sent) >= MOST_AN_HOUR:
        turn_away(sent, TrapReason.MANY)
    else:
        take_in(sent)


def take_in(sent: Sent) -> None:
    """Take what was sent, whatever spoke against it."""
    theirs = [] if sent.waits else calls.agreed(sent)
    hand_over(sent, timezone.now(), ours=calls.submitted(sent), theirs=theirs)
    with transaction.atomic():
        kept = {**_kept(sent), "standing": Standing.WAITING} if sent.waits else _bare(sent)
        row, new = Submission.objects.get_or_create(key=sent.key, defaults=kept)
        if not new and row.standing != Standing.TURNED_AWAY:
            return
        Submission.objects.filter(pk=row.pk).update(**kept, mail=_confirmation(sent) if sent.waits else None)


def turn_away(sent: Sent, reason: TrapReason) -> None:
    """Keep what was sent for somebody to look at; not where too much of it is kept already."""
    if Submission.objects.filter(form=sent.form.form, standing=Standing.TURNED_AWAY).count() < MOST_KEPT:
        kept = {**_kept(sent), "standing": Standing.TURNED_AWAY, "reason": reason}
        Submission.objects.get_or_create(key=sent.key, defaults=kept)


def _bare(sent: Sent) -> dict[str, object]:
    """What is kept of what is in the log: nothing of what was typed."""
    told = {"form_id": sent.form.form, "wording_id": sent.form.wording, "at": sent.at, "actor": sent.actor}
    return {**told, "standing": Standing.TAKEN, "reason": "", "email": "", "answers": {}, "visit": {}}


def _kept(sent: Sent) -> dict[str, object]:
    typed = {"email": sent.email, "answers": dict(sent.values), "visit": msgspec.to_builtins(sent.visit)}
    return {**_bare(sent), **typed}


def _mails_to(sent: Sent) -> int:
    """How many wait that went to the same mailbox: what follows a plus sign changes the address and not that."""
    since = sent.at - _A_DAY
    local, _at, domain = sent.email.rpartition("@")
    box = local.partition("+")[0]
    same = Q(email=f"{box}@{domain}") | Q(email__startswith=f"{box}+", email__endswith=f"@{domain}")
    return Submission.objects.filter(same, standing=Standing.WAITING, at__gt=since).count()


def _mails_by(sent: Sent) -> int:
    """How many mails the form asked to be sent in the last hour."""
    lately = Submission.objects.filter(form=sent.form.form, at__gt=sent.at - _AN_HOUR)
    return lately.exclude(standing=Standing.TURNED_AWAY).filter(mail__isnull=False).count()


def _confirmation(sent: Sent) -> OutgoingMail:
    definition, public = sent.form.definition, sent.form.public
    address = settings.TRAGT.public_address
    confirm = reverse("webforms:confirm", args=[public, tokens.confirmation(sent.key)])
    withdraw = reverse("webforms:withdraw", args=[public, tokens.withdrawal(sent.key)])
    context = {
        "title": definition.title,
        "letter": definition.letter,
        "agreed": [field.label for field in definition.consents if sent.values.get(field.key)],
        "link": address + confirm,
        "withdraw": address + withdraw,
        "days": tokens.CONFIRMED_WITHIN.days,
    }
    return send("webforms/mail/confirm", [sent.email], definition.language, context)[0]
