"""A hypothesis as it is prefilled: from a leak, or from a step of a funnel. The unit of observation is the draft."""

from django.utils.translation import gettext as _

from tragt.errors import NotFound
from tragt.web.funnels.models import SavedFunnel
from tragt.web.hypotheses.actions.cards import Draft
from tragt.web.hypotheses.models import BELIEF_LENGTH
from tragt.web.hypotheses.queries.remedies import Texts, stage_of, texts_about
from tragt.web.leaks.presenting import Entry
from tragt.web.leaks.steps import names_of_steps
from tragt.web.shell import organisation

__all__ = ["draft_at", "draft_of", "kinds_of", "texts_at_step", "texts_of"]

_FEW = 10


def kinds_of(entry: Entry) -> tuple[str, str]:
    """The kinds of a leak: what it was compared with, and what becomes of those who leak."""
    against = {"target": "below_target", "previous": "worse_than_before", "others": "breakdown_value"}
    return against[entry.row.against], entry.row.fate


def texts_of(entry: Entry) -> Texts:
    """What to ask about a leak, and what to try."""
    row = entry.row
    return texts_about(kinds_of(entry), stage_of(row.funnel_id, row.before, row.step).kind)


def texts_at_step(saved: SavedFunnel, draft: Draft) -> Texts:
    """What to ask and to try where a draft says that people stand."""
    return texts_about((), stage_of(saved.pk, draft.before, draft.step).kind)


def draft_of(entry: Entry, owner: int | None = None, proposal: int | None = None) -> Draft:
    """A hypothesis about a leak: what leaks with its figures, and as the gain what that costs.

    Args:
        entry: The leak.
        owner: Key of whoever writes it.
        proposal: Which of the proposals is to be tried, from 0; None or one that is not there: it is left open.
    """
    row, cost = entry.row, entry.leak.cost
    proposals = texts_of(entry).proposals if proposal is not None else ()
    belief = _("%(leak)s More of them would go on if this step were done better.") % {"leak": entry.sentence}
    gain = low = high = None
    if cost is not None:
        gain = _rounded(cost.per_month)
        low, high = min(_rounded(cost.low), gain), max(_rounded(cost.high), gain)
    # A gain without a currency is in conversions, so money that names none is taken as the organisation's, as in the
    # ranks of the ledger; whoever writes the card sees it and may change it.
    currency = row.currency or organisation.current().currency
    return Draft(
        belief=belief[:BELIEF_LENGTH],
        why=_("%(cost)s Judged: %(days)s.") % {"cost": entry.cost_sentence, "days": entry.days},
        attempt=proposals[proposal] if proposal is not None and 0 <= proposal < len(proposals) else "",
        gain=gain,
        gain_low=low,
        gain_high=high,
        currency=currency if cost is not None and cost.in_money else "",
        owner=owner,
        funnel=row.funnel,
        before=row.before,
        step=row.step,
        by=row.by,
        value=row.value,
        found=row,
    )


def draft_at(saved: SavedFunnel, number: int, owner: int | None = None) -> Draft:
    """A hypothesis about those who stand at a step.

    Args:
        saved: The funnel.
        number: Of the step, from 1.
        owner: Key of whoever writes it.

    Raises:
        NotFound: The funnel has no such step.
        InvalidDefinition: The definition cannot be read by this version.
    """
    names = names_of_steps(saved.funnel)
    if not 1 <= number <= len(names):
        raise NotFound("funnels.no_step", f"The funnel has {len(names)} steps, and no step {number}.", number=number)
    following = names[number] if number < len(names) else ""
    return Draft(belief="", owner=owner, funnel=saved, before=names[number - 1], step=following)


def _rounded(amount: float) -> float:
    """An amount as people would write it; a leak never costs less than nothing."""
    return max(round(amount) if abs(amount) >= _FEW else round(amount, 1), 0)
