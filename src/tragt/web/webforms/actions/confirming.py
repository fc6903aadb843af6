"""What the links of a mail do: confirm what was sent, or withdraw it. The sender's own act: it needs no permission."""

from datetime import datetime

import polars as pl
from django.db import transaction

from tragt.errors import NotFound
from tragt.web.mail.models import OutgoingMail
from tragt.web.people.ledger import TIME, resolve
from tragt.web.people.queries.identity import identity_of
from tragt.web.webforms import calls
from tragt.web.webforms.actions.handing import hand_over
from tragt.web.webforms.models import Standing, Submission
from tragt.web.webforms.sent import Sent, sent_of

__all__ = ["confirm", "drop", "withdraw"]


@transaction.atomic
def confirm(key: str, now: datetime) -> None:
    """Confirm what was sent, once: from now on it is the sender's, with what was agreed to.

    Args:
        key: Of the submission.
        now: The moment, UTC.

    Raises:
        NotFound: It does not wait any more.
    """
    row = _held(key)
    if row is not None and row.standing == Standing.CONFIRMED and row.withdrawn is None:
        return
    if row is None or row.standing != Standing.WAITING:
        raise NotFound("webforms.link", "Nothing waits for a confirmation here.")
    sent = sent_of(row, now)
    hand_over(sent, now, ours=calls.confirmed(sent), theirs=calls.agreed(sent))
    ticked = {field.key: True for field in sent.form.definition.consents if sent.values.get(field.key)}
    done = {"standing": Standing.CONFIRMED, "confirmed": now, "email": "", "answers": ticked, "visit": {}}
    Submission.objects.filter(pk=row.pk, standing=Standing.WAITING).update(**done)


@transaction.atomic
def withdraw(key: str, now: datetime) -> None:
    """Withdraw what was agreed to; what was not confirmed yet is removed. Where nothing is kept, nothing is to be done.

    Args:
        key: Of the submission.
        now: The moment, UTC.
    """
    row = _held(key)
    if row is None:
        return
    if row.standing in (Standing.WAITING, Standing.TURNED_AWAY):
        drop([row])
    elif row.withdrawn is None:
        sent = sent_of(row, row.confirmed)
        hand_over(sent, now, theirs=calls.withdrew(sent, now, _agreed_as(sent)))
        Submission.objects.filter(pk=row.pk).update(withdrawn=now)


@transaction.atomic
def drop(rows: list[Submission]) -> int:
    """Remove submissions and the mails that went to their senders; how many.

    What was confirmed or taken since somebody looked stays: without its row nobody could withdraw.
    """
    waits = Submission.objects.filter(standing__in=[Standing.WAITING, Standing.TURNED_AWAY])
    going = list(waits.filter(pk__in=[row.pk for row in rows]).select_for_update().values_list("pk", "mail"))
    OutgoingMail.objects.filter(pk__in=[mail for _, mail in going if mail]).delete()
    return Submission.objects.filter(pk__in=[key for key, _ in going]).delete()[0]


def _held(key: str) -> Submission | None:
    """A submission that nobody else confirms, withdraws or removes until the transaction ends."""
    rows = Submission.objects.select_for_update(of=("self",)).select_related("wording__form")
    return rows.filter(key=key).first()


def _agreed_as(sent: Sent) -> str:
    """Who the sender was when the consent was recorded; on a shared machine it may be somebody else's by now."""
    spans = identity_of([sent.actor]).spans
    at = pl.Series([sent.confirmed or sent.at], dtype=TIME)
    return str(resolve(pl.Series([sent.actor]), at, spans)[0])
