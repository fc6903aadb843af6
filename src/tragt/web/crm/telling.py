"""What the event log is told of deals. The unit of observation is the change of a deal."""

from decimal import Decimal

from babel.numbers import get_currency_precision

from tragt.web.crm.models import Move, MoveKind
from tragt.web.crm.queries.deals import actor_of, primary_contact
from tragt.web.outbox.actions import OwnEvent, tell

__all__ = ["tell_of", "told"]

_NAMES = {
    MoveKind.CREATED: "Deal Created",
    MoveKind.ENTERED: "Deal Stage Entered",
    MoveKind.WON: "Deal Won",
    MoveKind.LOST: "Deal Lost",
    MoveKind.REOPENED: "Deal Reopened",
}
_ENDS = {MoveKind.WON: "Won", MoveKind.LOST: "Lost"}


def tell_of(*moves: Move) -> None:
    """Let the log know of moves, in the transaction that made them.

    A deal that is created has entered its first stage too.
    """
    if moves:
        tell(*(event for move in moves for event in told(move)))


def told(move: Move) -> list[OwnEvent]:
    """What the log is told of a move.

    Args:
        move: With its deal, pipeline and stage.
    """
    deal = move.deal
    contact = primary_contact(deal)
    actor = actor_of(contact.person_id) if contact else ""
    company = deal.company.key if deal.company else ""
    kinds = [MoveKind(move.kind)]
    if kinds == [MoveKind.CREATED]:
        kinds.append(MoveKind.ENTERED)
    return [OwnEvent(_NAMES[kind], actor, company, deal.key, move.at, _properties(move, kind)) for kind in kinds]


def _properties(move: Move, kind: MoveKind) -> dict[str, object]:
    deal = move.deal
    known: dict[str, object] = {
        "pipeline": move.pipeline.name,
        "market": move.pipeline.market,
        "stage": _ENDS.get(kind, move.stage_name),
        "from": move.origin_name,
        "to": move.stage_name if kind in (MoveKind.ENTERED, MoveKind.REOPENED) else "",
        "stage_key": move.stage_id,
        "value": _units(move.value, move.currency),
        "currency": move.currency,
        "owner": f"user:{deal.owner_id}" if deal.owner_id else "",
        "reason": deal.reason.name if kind == MoveKind.LOST and deal.reason else "",
        "renewal": deal.renewal_of_id is not None or None,
    }
    return {name: value for name, value in known.items() if value not in (None, "")}


def _units(minor: int | None, currency: str) -> int | float | None:
    """An amount in whole units, as the log has amounts: exact where it is whole."""
    if minor is None:
        return None
    amount = Decimal(minor).scaleb(-get_currency_precision(currency))
    return int(amount) if amount == amount.to_integral_value() else float(amount)
