"""Moving deals: forwards, backwards, past stages, to another pipeline; winning, losing and re-opening them."""

from collections.abc import Mapping

from django.utils import timezone

from tragt.errors import InvalidDefinition, NotFound
from tragt.web.crm.actions.deals import changed, fill, locked, record
from tragt.web.crm.actions.renewing import renew, unrenew
from tragt.web.crm.actions.requirements import check_entry, check_winning
from tragt.web.crm.models import Deal, LostReason, MoveKind, Stage, Status
from tragt.web.crm.queries.pipelines import stage_of_deals, stages_of
from tragt.web.crm.telling import tell_of
from tragt.web.shell.acting import Who, acting

__all__ = ["back_to", "lose_deal", "move_deal", "reopen_deal", "to_go_on_in", "win_deal"]

_NOTHING: Mapping[str, object] = {}


def move_deal(
    key: int,
    stage: int,
    *,
    who: Who,
    version: int | None = None,
    filled: Mapping[str, object] = _NOTHING,
    confirmed: str = "",
) -> Deal:
    """Move an open deal to another stage; a deal that is there already stays as it is.

    Args:
        key: Key of the deal.
        stage: Key of the stage, of this or another pipeline.
        who: Who moves it.
        version: The version they saw; None moves it whatever happened since.
        filled: Fields that the stage asks for, filled in on the way.
        confirmed: The criteria of the stage, as they were read and said to be true.

    Raises:
        NotFound: There is no such deal or stage.
        NotAllowed: It is not theirs to change.
        Conflict: Somebody changed it since.
        InvalidDefinition: It is closed, or the stage asks for fields that are empty or for criteria that nobody
            confirmed (``required`` names them).
    """
    with acting(who, "deals.edit", f"deal {key}", act="move") as act:
        deal, target = locked(key, who, version), stage_of_deals(stage)
        _check_open(deal)
        fill(deal, filled, who)
        origin = deal.stage
        if origin == target:
            if filled:
                changed(deal, *filled)
            return deal
        said = check_entry(deal, target, confirmed)
        _enter(deal, target, *filled)
        act.details |= {"from": origin.name, "to": target.name}
        tell_of(record(deal, MoveKind.ENTERED, origin, who, said))
    return deal


def back_to(key: int, stage: int, *, who: Who) -> Deal:
    """Bring an open deal back to where it was before its last move, where nothing is asked of it again.

    Args:
        key: Key of the deal.
        stage: Key of the stage that it came from.
        who: Who takes the move back.

    Raises:
        NotFound: There is no such deal, or the stage is in use no longer.
        NotAllowed: It is not theirs to change.
        InvalidDefinition: It is closed.
    """
    with acting(who, "deals.edit", f"deal {key}", act="move") as act:
        deal, target = locked(key, who), stage_of_deals(stage)
        _check_open(deal)
        origin = deal.stage
        _enter(deal, target)
        act.details |= {"from": origin.name, "to": target.name}
        tell_of(record(deal, MoveKind.ENTERED, origin, who))
    return deal


def win_deal(
    key: int,
    *,
    who: Who,
    version: int | None = None,
    filled: Mapping[str, object] = _NOTHING,
    confirmed: str = "",
) -> Deal:
    """Close a deal as won; where its pipeline says so, the deal of its renewal is opened.

    Whatever stage it is won from, what the last one asks for must be there.

    Args:
        key: Key of the deal.
        who: Who won it.
        version: The version they saw; None closes it whatever happened since.
        filled: Fields to fill in on the way, such as the value.
        confirmed: The criteria of the last stage, as they were read and said to be true.

    Raises:
        NotFound: There is no such deal.
        NotAllowed: It is not theirs to change.
        Conflict: Somebody changed it since.
        InvalidDefinition: It is closed already, or the last stage asks for fields that are empty or for criteria that
            nobody confirmed (``required`` names them).
    """
    with acting(who, "deals.edit", f"deal {key}", act="win"):
        deal = locked(key, who, version)
        _check_open(deal)
        fill(deal, filled, who)
        said = check_winning(deal, confirmed)
        _close(deal, Status.WON, *filled)
        tell_of(record(deal, MoveKind.WON, deal.stage, who, said))
        renew(deal, who=who)
    return deal


def lose_deal(key: int, reason: int, *, who: Who, text: str = "", version: int | None = None) -> Deal:
    """Close a deal as lost.

    Args:
        key: Key of the deal.
        reason: Key of the reason.
        who: Who lost it.
        text: What happened, in their words.
        version: The version they saw; None closes it whatever happened since.

    Raises:
        NotFound: There is no such deal or reason.
        NotAllowed: It is not theirs to change.
        Conflict: Somebody changed it since.
        InvalidDefinition: It is closed already.
    """
    with acting(who, "deals.edit", f"deal {key}", act="lose"):
        deal = locked(key, who, version)
        _check_open(deal)
        deal.reason = LostReason.objects.filter(pk=reason).first()
        if deal.reason is None:
            raise NotFound("crm.no_reason", "Choose why the deal was lost; there is no such reason.", reason=reason)
        deal.reason_text = text.strip()[:500]
        _close(deal, Status.LOST, "reason", "reason_text")
        tell_of(record(deal, MoveKind.LOST, deal.stage, who))
    return deal


def reopen_deal(
    key: int,
    *,
    who: Who,
    stage: int | None = None,
    version: int | None = None,
    filled: Mapping[str, object] = _NOTHING,
    confirmed: str | None = "",
) -> Deal:
    """Open a closed deal again. A renewal of the last 30 days that nobody worked on goes; any other stands.

    Args:
        key: Key of the deal.
        who: Who opens it.
        stage: Key of the stage it goes on in; None means the one it was closed in, or where that is removed the first.
        version: The version they saw; None opens it whatever happened since.
        filled: Fields that the stage asks for, filled in on the way.
        confirmed: The criteria of the stage, as they were read and said to be true; None asks nothing of the deal, for
            that it was closed is taken back.

    Raises:
        NotFound: There is no such deal or stage.
        NotAllowed: It is not theirs to change.
        Conflict: Somebody changed it since.
        InvalidDefinition: It is open, or the stage asks for fields that are empty or for criteria that nobody confirmed
            (``required`` names them).
    """
    with acting(who, "deals.edit", f"deal {key}", act="reopen"):
        deal = locked(key, who, version)
        if deal.status == Status.OPEN:
            raise InvalidDefinition("crm.open", f"'{deal.name}' is open already.", name=deal.name)
        origin, was_won = deal.stage, deal.status == Status.WON
        target = stage_of_deals(stage if stage is not None else to_go_on_in(origin).pk)
        fill(deal, filled, who)
        said = check_entry(deal, target, confirmed) if confirmed is not None else ""
        deal.status, deal.closed, deal.reason, deal.reason_text = Status.OPEN, None, None, ""
        _enter(deal, target, *filled, "status", "closed", "reason", "reason_text")
        tell_of(record(deal, MoveKind.REOPENED, origin, who, said))
        if was_won:
            unrenew(deal, who=who)
    return deal


def to_go_on_in(stage: Stage) -> Stage:
    """The stage in which a deal goes on that was closed in one: that one, or where it is removed the first.

    Args:
        stage: The one it was closed in, with its pipeline.

    Raises:
        NotFound: The pipeline has no stage any more.
    """
    if stage.removed is None:
        return stage
    first = stages_of(stage.pipeline).first()
    if first is None:
        raise NotFound("crm.no_stage", f"The pipeline '{stage.pipeline.name}' has no stage any more. Choose another.")
    return first


def _check_open(deal: Deal) -> None:
    if deal.status != Status.OPEN:
        raise InvalidDefinition(
            "crm.closed", f"'{deal.name}' is closed. Open it again before you move it.", name=deal.name
        )


def _enter(deal: Deal, target: Stage, *names: str) -> None:
    """Save a deal in another stage, with the fields that changed besides."""
    deal.pipeline, deal.stage, deal.entered = target.pipeline, target, timezone.now()
    changed(deal, *names, "pipeline", "stage", "entered")


def _close(deal: Deal, status: Status, *names: str) -> None:
    deal.status, deal.closed = status, timezone.now()
    changed(deal, "status", "closed", *names)
