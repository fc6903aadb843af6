"""What the links of a mail do: confirm what was sent, or withdraw it. The sender's own act: it needs no permission."""

from datetime import datetime

from django.db import transaction

from tragt.errors import NotFound
from tragt.web.mail.models import OutgoingMail
from tragt.web.webforms import calls
from tragt.web.webforms.actions.handing import hand_over
from tragt.web.webforms.models import Standing, Submission
from tragt.web.webforms.queries import kept
from tragt.web.webforms.sent import sent_of

__all__ = ["confirm", "drop", "withdraw"]


def confirm(key: str, now: datetime) -> None:
    """Confirm what was sent, once: from now on it is the sender's, with what was agreed to.

    Args:
        key: Of the submission.
        now: The moment, UTC.

    Raises:
        NotFound: It does not wait any more.
    """
    row = kept(key)
    if row is not None and row.standing == Standing.CONFIRMED and row.withdrawn is None:
        return
    if row is None or row.standing != Standing.WAITING:
        raise NotFound("webforms.link", "Nothing waits for a confirmation here.")
    sent = sent_of(row, now)
    hand_over(sent, now, ours=calls.confirmed(sent), theirs=calls.agreed(sent))
    ticked = {field.key: True for field in sent.form.definition.consents if sent.values.get(field.key)}
    done = {"standing": Standing.CONFIRMED, "confirmed": now, "email": "", "answers": ticked, "visit": {}}
    Submission.objects.filter(pk=row.pk, standing=Standing.WAITING).update(**done)


def withdraw(key: str, now: datetime) -> None:
    """Withdraw what was agreed to; what was not confirmed yet is removed. Where nothing is kept, nothing is to be done.

    Args:
        key: Of the submission.
        now: The moment, UTC.
    """
    row = kept(key)
    if row is None:
        return
    if row.standing in (Standing.WAITING, Standing.TURNED_AWAY):
        drop([row])
    elif row.withdrawn is None:
        sent = sent_of(row, row.confirmed)
        hand_over(sent, now, theirs=calls.withdrew(sent, now))
        Submission.objects.filter(pk=row.pk).update(withdrawn=now)


@transaction.atomic
def drop(rows: list[Submission]) -> int:
    """Remove submissions and the mails that went to their senders; how many."""
    OutgoingMail.objects.filter(pk__in=[row.mail_id for row in rows if row.mail_id]).delete()
    return Submission.objects.filter(pk__in=[row.pk for row in rows]).delete()[0]
