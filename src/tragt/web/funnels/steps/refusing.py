"""Why a panel of a step has no answer, in the reader's language. The unit of observation is the panel."""

from django.utils.translation import gettext_lazy as _

from tragt.errors import TragtError
from tragt.web.funnels.showing.mistakes import mistake_of

__all__ = ["refused"]

_KNOWN = {
    "steps.any_order": _("These steps come in any order, so there is no way from one to the next."),
    "steps.no_times": _("Fewer than five have gone on, so how long it takes is not known. Choose a longer period."),
    "steps.no_trend": _("Nobody entered in this period, so there is nothing to compare by date."),
    "steps.no_trend_lately": _(
        "Nobody entered in the newest stretches that can be shown here. Choose longer stretches, or a period that ends "
        "earlier."
    ),
    "steps.no_parts": _("Nobody entered in this period, so there is nothing to break down."),
    "steps.no_inside": _("This step is none that another one follows, so nothing lies between."),
    "steps.nothing_to_compare": _("No property divides those who enter into groups, so there is nothing to compare."),
    "steps.too_many": _("The log is too large to go through all that happened in the sessions of a funnel."),
    "paths.nothing_between": _(
        "Nothing can be proposed: there is no event that at least a third of those who went on met, and clearly more "
        "of them than of the others."
    ),
    "funnels.no_index": _("The log is large and is being made ready. Look again in a few minutes."),
}


def refused(error: TragtError) -> str:
    """Why there is no answer.

    Args:
        error: What was refused.
    """
    known = _KNOWN.get(error.code)
    return mistake_of(error).text if known is None else str(known)
