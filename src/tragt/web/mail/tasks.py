"""The jobs of mail."""

from django.utils.translation import gettext_lazy as _

from tragt.web.jobs.progress import Progress
from tragt.web.jobs.registry import QUICK, job
from tragt.web.jobs.schedule import every
from tragt.web.mail import actions

__all__ = ["deliver", "prune"]


@job("mail.deliver", retries=3, priority=QUICK, label=_("Sending a mail"))
def deliver(progress: Progress, *, mail_id: int) -> None:
    """Hand a mail over to the mail server or service."""
    progress.pause()
    actions.deliver(mail_id)


@every("03:35")
@job("mail.prune", label=_("Removing texts of mails that will not leave"))
def prune(progress: Progress) -> None:
    """Remove the text of mails that will not leave."""
    progress.pause()
    actions.prune()
