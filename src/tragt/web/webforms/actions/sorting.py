"""What becomes of submissions that were turned away, once somebody looked at them."""

from dataclasses import replace

from tragt.errors import NotFound
from tragt.web.shell.acting import Who, acting
from tragt.web.webforms.actions.submitting import take_in
from tragt.web.webforms.models import Standing, Submission
from tragt.web.webforms.published import published, worded
from tragt.web.webforms.sent import sent_of

__all__ = ["rescue", "throw_away"]

EDIT = "forms.edit"


def rescue(who: Who, row: Submission) -> None:
    """Take something that was turned away: it counts as sent when it was.

    Args:
        who: Who does it.
        row: The submission; with its form and wording at hand.

    Raises:
        NotAllowed: The permission is missing.
        NotFound: Somebody rescued it or threw it away meanwhile.
    """
    with acting(who, EDIT, f"form {row.form_id}", act="rescued"):
        if not Submission.objects.filter(pk=row.pk, standing=Standing.TURNED_AWAY).exists():
            raise NotFound("webforms.gone", "Somebody took this or threw it away meanwhile. Look at the list again.")
        sent = sent_of(row)
        now = published(sent.form.public)
        take_in(replace(sent, form=worded(now, sent.form.number) or now))


def throw_away(who: Who, row: Submission) -> None:
    """Throw something away that was turned away.

    Raises:
        NotAllowed: The permission is missing.
    """
    with acting(who, EDIT, f"form {row.form_id}", act="threw away"):
        Submission.objects.filter(pk=row.pk, standing=Standing.TURNED_AWAY).delete()
