"""Moving deals: forwards, backwards, past stages, to another pipeline; winning, losing and re-opening them."""

from collections.abc import Mapping
from datetime import date, datetime

from django.utils import timezone

from tragt.errors import InvalidDefinition, NotFound
from tragt.web.crm.actions.deals import NewDeal, changed, fill, locked, open_deal, record
from tragt.web.crm.actions.requirements import check_filled
from tragt.web.crm.models import Deal, LostReason, Member, MoveKind, Stage, Status
from tragt.web.crm.queries.deals import primary_contact
from tragt.web.crm.queries.pipelines import stage_of_deals, stages_of
from tragt.web.crm.telling import tell_of
from tragt.web.shell.acting import Who, acting

__all__ = ["lose_deal", "move_deal", "open_renewal", "reopen_deal", "win_deal"]

_NOTHING: Mapping[str, object] = {}


def move_deal(
    key: int, stage: int, *, who: Who, version: int | None = None, filled: Mapping[str, object] = _NOTHING
) -> Deal:
    """Move an open deal to another stage; a deal that is there already stays as it is.

    Args:
        key: Key of the deal.
        stage: Key of the stage, of this or another pipeline.
        who: Who moves it.
        version: The version they saw; None moves it whatever happened since.
        filled: Fields that the stage asks for, filled in on the way.

    Raises:
        NotFound: There is no such deal or stage.
        NotAllowed: It is not theirs to change.
        Conflict: Somebody changed it since.
        InvalidDefinition: It is closed, or the stage asks for fields that are empty (``required`` names them).
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
        check_filled(deal, target)
        deal.pipeline, deal.stage, deal.entered = target.pipeline, target, timezone.now()
        changed(deal, *filled, "pipeline", "stage", "entered")
        act.details |= {"from": origin.name, "to": target.name}
        tell_of(record(deal, MoveKind.ENTERED, origin, who))
    return deal


def win_deal(key: int, *, who: Who, version: int | None = None, filled: Mapping[str, object] = _NOTHING) -> Deal:
    """Close a deal as won; where its pipeline says so, the deal of its renewal is opened.

    Args:
        key: Key of the deal.
        who: Who won it.
        version: The version they saw; None closes it whatever happened since.
        filled: Fields to fill in on the way, such as the value.

    Raises:
        NotFound: There is no such deal.
        NotAllowed: It is not theirs to change.
        Conflict: Somebody changed it since.
        InvalidDefinition: It is closed already.
    """
    with acting(who, "deals.edit", f"deal {key}", act="win"):
        deal = locked(key, who, version)
        _check_open(deal)
        fill(deal, filled, who)
        _close(deal, Status.WON, *filled)
        tell_of(record(deal, MoveKind.WON, deal.stage, who))
        if _can_be_renewed(deal):
            open_renewal(deal, who=who)
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


def reopen_deal(key: int, *, who: Who, stage: int | None = None, version: int | None = None) -> Deal:
    """Open a closed deal again.

    Args:
        key: Key of the deal.
        who: Who opens it.
        stage: Key of the stage it goes on in; None means the one it was closed in, or where that is removed the first.
        version: The version they saw; None opens it whatever happened since.

    Raises:
        NotFound: There is no such deal or stage.
        NotAllowed: It is not theirs to change.
        Conflict: Somebody changed it since.
        InvalidDefinition: It is open.
    """
    with acting(who, "deals.edit", f"deal {key}", act="reopen"):
        deal = locked(key, who, version)
        if deal.status == Status.OPEN:
            raise InvalidDefinition("crm.open", f"'{deal.name}' is open already.", name=deal.name)
        origin = deal.stage
        target = stage_of_deals(stage if stage is not None else _to_go_on_in(origin).pk)
        deal.status, deal.closed, deal.reason, deal.reason_text = Status.OPEN, None, None, ""
        deal.pipeline, deal.stage, deal.entered = target.pipeline, target, timezone.now()
        changed(deal, "status", "closed", "reason", "reason_text", "pipeline", "stage", "entered")
        tell_of(record(deal, MoveKind.REOPENED, origin, who))
    return deal


def open_renewal(deal: Deal, *, who: Who) -> Deal:
    """Open the deal by which a won deal is renewed, in the first stage of the pipeline for renewals.

    Args:
        deal: Won.
        who: Who opens it.

    Raises:
        InvalidDefinition: It is not won, is renewed already, or its pipeline has none for renewals.
    """
    if deal.status != Status.WON or not _can_be_renewed(deal):
        raise InvalidDefinition(
            "crm.renewal",
            f"'{deal.name}' cannot be renewed: it must be won, not be renewed yet, and its pipeline must name one for "
            "renewals that has a stage.",
            name=deal.name,
        )
    assert deal.closed is not None
    assert deal.pipeline.renewal is not None
    contact = primary_contact(deal)
    new = NewDeal(
        name=deal.name,
        stage=stages_of(deal.pipeline.renewal)[0].pk,
        currency=deal.currency,
        value=deal.value,
        company=deal.company_id,
        owner=deal.owner_id,
        expected=_months_later(deal.closed, deal.pipeline.renewal_months),
        contact=contact.person_id if contact else None,
        custom=deal.custom,
    )
    renewal = open_deal(new, who=who, renewal_of=deal)
    others = Member.objects.filter(deal=deal, until=None).exclude(pk=contact.pk if contact else 0)
    Member.objects.bulk_create(Member(deal=renewal, person_id=one.person_id, role=one.role) for one in others)
    return renewal


def _check_open(deal: Deal) -> None:
    if deal.status != Status.OPEN:
        raise InvalidDefinition(
            "crm.closed", f"'{deal.name}' is closed. Open it again before you move it.", name=deal.name
        )


def _can_be_renewed(deal: Deal) -> bool:
    """Whether its pipeline names one for renewals that has a stage, and it is not renewed yet."""
    renewals = deal.pipeline.renewal
    renewed = Deal.objects.filter(renewal_of=deal).exists()
    return renewals is not None and not renewed and stages_of(renewals).exists()


def _close(deal: Deal, status: Status, *names: str) -> None:
    deal.status, deal.closed = status, timezone.now()
    changed(deal, "status", "closed", *names)


def _to_go_on_in(stage: Stage) -> Stage:
    if stage.removed is None:
        return stage
    first = stages_of(stage.pipeline).first()
    if first is None:
        raise NotFound("crm.no_stage", f"The pipeline '{stage.pipeline.name}' has no stage any more. Choose another.")
    return first


def _months_later(moment: datetime, months: int) -> date:
    """The same day of a later month, or its last one."""
    year, month = divmod(moment.month - 1 + months, 12)
    day = date(moment.year + year, month + 1, 1)
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return day.replace(day=min(moment.day, (following - day).days))
