"""What the lexicon does in the background."""

from django.utils.translation import gettext_lazy as _

from tragt.web.jobs.progress import Progress
from tragt.web.jobs.registry import job
from tragt.web.jobs.schedule import every
from tragt.web.lexicon import queries

__all__ = ["look"]


@every(minutes=60)
@job("lexicon.look", label=_("Looking for events that stopped coming"))
def look(progress: Progress) -> None:
    """Count the events that vanished; this counts new files too, so that no page has to."""
    progress.report(0, None)
    queries.look_for_vanished()
