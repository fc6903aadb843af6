"""Why something about a report was refused, in the reader's language."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tragt.errors import TragtError

__all__ = ["refusal_in_words"]

_SENTENCES: Mapping[str, Promise] = {
    "reports.address": _("This is no e-mail address. Write it like name@example.org."),
    "reports.answered": _("The reader has answered already."),
    "reports.asked": _("The reader has not confirmed yet. Ask once more."),
    "reports.asked_often": _("This address was asked several times this week. Wait for an answer."),
    "reports.changed": _("Somebody changed this report meanwhile. Look at it, then change it again."),
    "reports.many": _("There are too many reports. Remove one first."),
    "reports.persons": _(
        "This funnel names persons in its conditions, so only who has an account can get it. Choose a colleague, or a "
        "funnel that names nobody."
    ),
    "reports.not_sent": _("This report is not being sent, so there is nothing to pause."),
    "reports.stopped": _("The reader stopped this report. Only the reader can have it sent again."),
    "reports.stopped_lately": _("This reader stopped the report lately, and is not asked again so soon."),
    "reports.twice": _("They get this funnel already."),
    "funnels.unknown": _("This funnel was deleted meanwhile. Choose another one."),
}


def refusal_in_words(refusal: TragtError) -> str:
    """Why it was refused; what has no words of its own, in the words of the error.

    Args:
        refusal: What was raised.
    """
    return str(_SENTENCES.get(refusal.code, refusal.message))
