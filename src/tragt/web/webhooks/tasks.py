"""The jobs of webhooks."""

from django.utils.translation import gettext_lazy as _

from tragt.web.jobs.progress import Progress
from tragt.web.jobs.registry import QUICK, job
from tragt.web.jobs.schedule import every
from tragt.web.webhooks.actions.sending import send_due

__all__ = ["send"]


@every(minutes=1)
@job("webhooks.send", retries=3, priority=QUICK, label=_("Sending messages of webhooks"))
def send(progress: Progress) -> None:
    """Send what webhooks are to be told now."""
    send_due(progress.pause)
