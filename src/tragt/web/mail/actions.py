"""Writing mails, sending them, keeping what became of each, removing the old."""

import json
import logging
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from email.utils import parseaddr

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import override

from tragt.errors import InvalidSetting, TragtError
from tragt.web.jobs.actions import enqueue
from tragt.web.jobs.models import State
from tragt.web.jobs.progress import TryAgain
from tragt.web.jobs.registry import find
from tragt.web.mail import queries
from tragt.web.mail.enclosing import NOTHING, Enclosed
from tragt.web.mail.models import Leaving, OutgoingMail
from tragt.web.mail.reasons import SENTENCES, Cause, Reason, reason_of
from tragt.web.mail.rendering import Rendered, render
from tragt.web.mail.sealing import seal, unseal
from tragt.web.shell.acting import SYSTEM, Who, acting

__all__ = ["InvalidRecipient", "NotSent", "deliver", "prune", "send", "send_test"]

DELIVER = "mail.deliver"
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720))
_LEFT = {"console": Leaving.PRINTED, "file": Leaving.STORED}

log = logging.getLogger(__name__)


class NotSent(TragtError):
    """A mail that did not leave, and will not by itself."""

    kind = "not_sent"


class InvalidRecipient(TragtError):
    """An address that no mail can be sent to."""

    kind = "invalid_recipient"


def send(
    template: str,
    to: Sequence[str],
    language: str = "",
    context: Mapping[str, object] | None = None,
    *,
    who: Who = SYSTEM,
    enclosed: Enclosed = NOTHING,
) -> list[OutgoingMail]:
    """Write a mail and let a job send it, in the transaction of the caller.

    No act of its own: whoever asks has been allowed what the mail is part of.

    Args:
        template: Three templates make a mail; see `rendering.render`.
        to: Addresses; each gets a mail of its own and sees no other.
        language: Language of those who get it; empty means the organisation's.
        context: What the templates name.
        who: On whose behalf.
        enclosed: Pictures that stand in it, and heads of its own.

    Returns:
        One row for each address.

    Raises:
        InvalidRecipient: One of them is no address; nothing is sent then.
    """
    for address in to:
        _check(address)
    mail = render(template, language, context or {})
    with transaction.atomic():
        rows = [OutgoingMail(template=template, language=language, to=address) for address in to]
        return [_write(row, mail, who, enclosed) for row in rows]


def send_test(to: str, language: str, who: Who) -> OutgoingMail:
    """Send a mail that is tried once, to learn whether and why not mail leaves.

    Raises:
        NotAllowed: The permission ``mail.test`` is missing.
        InvalidRecipient: It is no address.
    """
    _check(to)
    with acting(who, "mail.test") as act:
        row = OutgoingMail(template="mail/test", language=language, to=to, once=True)
        row = _write(row, render(row.template, language, {}), who)
        act.target = f"mail {row.pk}"
    return row


def deliver(key: int) -> None:
    """Hand a mail over. One that has left, or failed for good, stays what it is.

    Args:
        key: Of its row.

    Raises:
        TryAgain: It did not leave for a reason that may pass.
        NotSent: It did not leave.
    """
    row = OutgoingMail.objects.filter(pk=key).first()
    if row is None or row.state != Leaving.WAITING:
        return
    OutgoingMail.objects.filter(pk=key).update(attempts=F("attempts") + 1)
    row.attempts += 1
    try:
        _hand_over(_message(row))
    except InvalidSetting:
        reason = Reason(Cause.SEALED)
    except Exception as error:
        reason = reason_of(error)
        if reason.cause == Cause.UNEXPECTED:
            log.exception("Mail %s was not sent.", key)
    else:
        _settle(row, _LEFT.get(queries.delivery().kind, Leaving.SENT))
        return
    _did_not_leave(row, reason)


def prune() -> int:
    """Remove the text of mails that will not leave; how many."""
    ended = Q(job=None) | Q(job__state__in=[State.CANCELLED, State.FAILED])
    return OutgoingMail.objects.filter(ended, state=Leaving.WAITING).exclude(sealed="").update(sealed="")


def _check(address: str) -> None:
    try:
        validate_email(address)
    except ValidationError:
        raise InvalidRecipient(
            "mail.invalid_recipient", f"{address!r} is no e-mail address. Write name@example.org.", given=address
        ) from None


def _write(row: OutgoingMail, mail: Rendered, who: Who, enclosed: Enclosed = NOTHING) -> OutgoingMail:
    row.subject = mail.subject
    row.sealed = seal(json.dumps({"text": mail.text, "html": mail.html, **enclosed.told()}))
    row.message = uuid.uuid4().hex
    row.save()
    row.job = enqueue(find(DELIVER), who, subject=f"mail:{row.pk}", mail_id=row.pk)
    row.save(update_fields=["job"])
    return row


def _message(row: OutgoingMail) -> EmailMultiAlternatives:
    body = json.loads(unseal(row.sealed))
    enclosed = Enclosed.read(body)
    headers = {"Auto-Submitted": "auto-generated", **enclosed.heads}
    if not settings.EMAIL_BACKEND.startswith("anymail."):
        # The same at every attempt, so that a mail handed over twice is known as one. Services give their own.
        domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
        headers["Message-ID"] = f"<tragt.{row.message}@{domain}>"
    message = EmailMultiAlternatives(row.subject, body["text"], settings.DEFAULT_FROM_EMAIL, [row.to], headers=headers)
    message.attach_alternative(body["html"], "text/html")
    if enclosed.pictures:
        # What the HTML names belongs to it; as attachments beside it, mail programs would list the pictures again.
        message.mixed_subtype = "related"  # type: ignore[attr-defined] # the stubs do not know it
        for picture in enclosed.pictures:
            message.attach(picture.part)
    return message


def _hand_over(message: EmailMultiAlternatives) -> None:
    connection = get_connection()
    try:
        connection.open()
        connection.send_messages([message])
    finally:
        # A goodbye that fails does not unsend the mail.
        with suppress(OSError):
            connection.close()


def _did_not_leave(row: OutgoingMail, reason: Reason) -> None:
    code = f"mail.{reason.cause}"
    with override("en"):
        sentence = str(SENTENCES[reason.cause])
    if reason.passes and not row.once and row.attempts <= len(WAITS):
        OutgoingMail.objects.filter(pk=row.pk).update(cause=reason.cause, said=reason.said)
        raise TryAgain(code, sentence, after=WAITS[row.attempts - 1])
    _settle(row, Leaving.FAILED, reason)
    raise NotSent(code, sentence)


def _settle(row: OutgoingMail, state: Leaving, reason: Reason | None = None) -> None:
    OutgoingMail.objects.filter(pk=row.pk).update(
        state=state,
        left=timezone.now() if reason is None else None,
        cause=reason.cause if reason else "",
        said=reason.said if reason else "",
        sealed="",
    )
