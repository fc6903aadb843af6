"""Learning of deals from events that others tell: files, and systems that the firm used before or uses beside Tragt."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl
from django.db.models import Exists, F, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from tragt.web.crm.actions.pipelines import changing
from tragt.web.crm.actions.readings import line_of
from tragt.web.crm.actions.stirring import stir_all
from tragt.web.crm.histories import History, Step, histories, stage_order, standing
from tragt.web.crm.models import (
    Deal,
    DealLine,
    LostReason,
    Member,
    MemberRole,
    Move,
    MoveKind,
    Pipeline,
    PipelineKind,
    Stage,
    Status,
)
from tragt.web.crm.queries.catalogues import meant, users_called
from tragt.web.crm.queries.holding import told_by_alone
from tragt.web.people.actions.folding import companies_by_name, drop_companies, mention
from tragt.web.people.bulk import chunks, select
from tragt.web.people.models import Company, Identifier, Mention
from tragt.web.shell.acting import SYSTEM, Who, acting
from tragt.web.shell.organisation import current

__all__ = ["LearnedDeals", "Undated", "learn_deals", "undo_deals"]

_ENDS = {MoveKind.WON: Status.WON, MoveKind.LOST: Status.LOST}
_STATE = ("pipeline", "stage", "status", "value", "currency", "reason", "entered", "closed", "touched", "version")
_MANY = 500

Stages = Mapping[tuple[str, str], Stage]


@dataclass(frozen=True, slots=True)
class LearnedDeals:
    """What was new.

    Attributes:
        created: Deals that were not known.
        changed: Deals that moved.
        moves: Moves that were not known.
    """

    created: int
    changed: int
    moves: int


@dataclass(frozen=True, slots=True)
class Undated:
    """A deal that stands in a stage, and nobody knows since when.

    Attributes:
        key: What the source calls it.
        stage: Name of the stage.
        company: Its company; empty where it has none.
        told: What else is told of it, as the properties of an event.
    """

    key: str
    stage: str
    company: str = ""
    told: Mapping[str, object] = field(default_factory=dict)


def learn_deals(
    events: pl.DataFrame, *, cause: str, who: Who, undated: Collection[Undated] = (), order: Sequence[str] = ()
) -> LearnedDeals:
    """Learn what events tell of deals, all of it or nothing. Doing it again with the same cause does nothing.

    A pipeline and a stage are known by their names; those that are not are made, stages in the order in which deals
    come to them. A deal that is known already gets the moves that are new, and is where its last move says.

    Args:
        events: As `histories` takes them.
        cause: What told of them, for example ``import:12``; `undo_deals` takes it back by this.
        who: Who learns.
        undated: Deals that stand in a stage and nobody knows since when. They count as created now.
        order: Names of stages in their order, where the source says it.
    """
    found = [one for one in histories(events, current().currency) if one.steps]
    found += _standing(undated, {one.key for one in found})
    if not found or Move.objects.filter(cause=cause).exists():
        return LearnedDeals(0, 0, 0)
    with acting(who, "imports.run", cause.replace(":", " ")) as act:
        stages = _stages(found, order, cause)
        known = _known([one.key for one in found])
        new = _created([one for one in found if one.key not in known], stages, cause)
        _sold(found, new, cause)
        moves = _moved(found, known | new, stages, cause)
        there = [deal.pk for deal in known.values()]
        changed = _refold(there, _told_last(there, cause))
        _explained(found, known, cause)
        _joined(found, new)
        stir_all({stage.pipeline_id for stage in stages.values()})
        learned = LearnedDeals(len(new), changed, moves)
        act.details.update(deals_created=learned.created, deals_changed=learned.changed)
    return learned


def _standing(undated: Collection[Undated], dated: Collection[str]) -> list[History]:
    """Deals of which nothing is known but their stage, without those that are known otherwise."""
    now, currency = timezone.now(), current().currency
    known = {*dated, *_known([one.key for one in undated])}
    return [
        standing(one.key, one.stage, one.company, one.told, now, currency) for one in undated if one.key not in known
    ]


def _explained(found: Iterable[History], known: Mapping[str, Deal], cause: str) -> None:
    """Say why deals that were known were lost, where nobody here said it."""
    told = {
        known[one.key].pk: one.steps[-1].reason
        for one in found
        if one.key in known and one.steps[-1].kind == MoveKind.LOST and one.steps[-1].reason
    }
    for name, reason in _reasons(set(told.values()), cause).items():
        keys = [key for key, given in told.items() if given == name]
        Deal.objects.filter(pk__in=keys, status=Status.LOST, reason=None).update(reason=reason)


def undo_deals(*, cause: str, who: Who) -> int:
    """Take back what a source told of deals: those that nobody else told of go, the others are where they were.

    A deal that somebody worked on here stays as it is, for with it would go what they wrote.

    Args:
        cause: What told of them.
        who: Who takes it back.

    Returns:
        How many deals are gone.
    """
    own = Move.objects.filter(cause=cause)
    if not own.exists():
        return 0
    with acting(who, "imports.undo", cause.replace(":", " ")) as act:
        affected = Deal.objects.filter(pk__in=own.values("deal"))
        elsewhere = Move.objects.filter(deal=OuterRef("pk")).exclude(cause=cause)
        alone = list(told_by_alone(cause).values_list("pk", flat=True))
        others = list(affected.filter(Exists(elsewhere)).values_list("pk", flat=True))
        retold, pipelines = _told_last(others, cause), set(own.values_list("pipeline", flat=True))
        for part in chunks([*alone, *others]):
            own.filter(deal__in=part).delete()
        for part in chunks(alone):
            Deal.objects.filter(pk__in=part).delete()
        _refold(others, retold)
        stir_all(pipelines)
        Mention.objects.filter(cause=cause).delete()
        drop_companies()
        _drop_unused(cause)
        act.details.update(deals_removed=len(alone), deals_restored=len(others))
    return len(alone)


def _drop_unused(cause: str) -> None:
    """Remove the pipelines and reasons that a source brought and no deal has or had."""
    passed = Move.objects.filter(pipeline=OuterRef("pk"))
    Pipeline.objects.filter(~Exists(passed), cause=cause, deals=None).delete()
    LostReason.objects.filter(~Exists(Deal.objects.filter(reason=OuterRef("pk"))), cause=cause).delete()


def _known(keys: Sequence[str]) -> dict[str, Deal]:
    found: dict[str, Deal] = {}
    for part in chunks(keys):
        found |= {deal.key: deal for deal in Deal.objects.filter(key__in=part)}
    return found


def _stages(found: Iterable[History], order: Sequence[str], cause: str) -> Stages:
    """The stages that histories name, by the names of pipeline and stage; those that are not known are made."""
    stages: dict[tuple[str, str], Stage] = {}
    in_use_last = F("removed").desc(nulls_last=True)
    for name, named in stage_order(found).items():
        pipeline = _pipeline(name, cause)
        own = {stage.name.casefold(): stage for stage in Stage.objects.filter(pipeline=pipeline).order_by(in_use_last)}
        placed = sorted(named, key=lambda one: order.index(one) if one in order else len(order))
        wanted = placed or ([] if own else [_("New")])
        lacking = [one for one in dict.fromkeys(wanted) if one.casefold() not in own]
        if lacking:
            with changing(pipeline.pk, SYSTEM, "learned"):
                for position, one in enumerate(lacking, len(own)):
                    own[one.casefold()] = Stage.objects.create(pipeline=pipeline, name=one, position=position)
        stages |= {(name, one): own[one.casefold()] for one in named}
        stages[name, ""] = min(own.values(), key=lambda stage: (stage.removed is not None, stage.position))
    return stages


def _pipeline(name: str, cause: str) -> Pipeline:
    """The pipeline of a name; where events name none, the first one."""
    rows = Pipeline.objects.filter(kind=PipelineKind.DEALS)
    found = rows.filter(name__iexact=name).first() if name else rows.filter(archived=None).first()
    return found or Pipeline.objects.create(name=name or _("Sales"), position=rows.count(), cause=cause)


def _created(new: Sequence[History], stages: Stages, cause: str) -> dict[str, Deal]:
    """Rows for deals that were not known."""
    mention([one.company for one in new if one.company], cause)
    companies = companies_by_name(one.company for one in new)
    called = dict(Company.objects.filter(pk__in=set(companies.values())).values_list("pk", "name"))
    owners = users_called({one.owner for one in new if one.owner})
    reasons = _reasons({step.reason for one in new for step in one.steps if step.reason}, cause)
    rows = []
    for one in new:
        company = companies.get(one.company)
        deal = Deal(
            key=one.key,
            name=one.name or called.get(company or 0, "") or _("Deal %(key)s") % {"key": one.key[:200]},
            company_id=company,
            owner_id=owners.get(one.owner.casefold()),
            cause=cause,
            created=one.steps[0].at,
        )
        _put(deal, one.steps, stages, reasons)
        rows.append(deal)
    return {deal.key: deal for deal in Deal.objects.bulk_create(rows, batch_size=_MANY)}


def _put(deal: Deal, steps: Sequence[Step], stages: Stages, reasons: Mapping[str, int]) -> None:
    """Let a deal be where its steps lead."""
    last = steps[-1]
    stage = stages[last.pipeline, last.stage]
    deal.pipeline_id, deal.stage, deal.value, deal.currency = stage.pipeline_id, stage, last.value, last.currency
    deal.status = _ENDS.get(last.kind, Status.OPEN)
    deal.closed = last.at if last.kind in _ENDS else None
    deal.reason_id = reasons.get(last.reason) if last.kind == MoveKind.LOST else None
    came = [step.at for step in steps if step.stage == last.stage and step.kind not in _ENDS]
    deal.entered, deal.touched = came[-1] if came else steps[0].at, last.at


def _sold(found: Iterable[History], new: Mapping[str, Deal], cause: str) -> None:
    """Give new deals a line with the product that is told, at its list price; their value stays what is told.

    A name that is no product's stands on the line as it was given, until somebody says what it means.
    """
    told = {one.key: one.product for one in found if one.product and one.key in new}
    products = meant(told.values())
    rows = [line_of(new[key], name, products.get(name), cause) for key, name in told.items()]
    DealLine.objects.bulk_create(rows, batch_size=_MANY)


def _moved(found: Sequence[History], deals: Mapping[str, Deal], stages: Stages, cause: str) -> int:
    """Note the moves that are new, and when each was left."""
    noted = set()
    for part in chunks([deal.pk for deal in deals.values()]):
        noted |= set(Move.objects.filter(deal__in=part).values_list("deal_id", "kind", "at"))
    rows = []
    for one in found:
        deal = deals[one.key]
        steps = [step for step in one.steps if (deal.pk, step.kind, step.at) not in noted]
        before: Stage | None = None
        for step, following in zip(steps, [*steps[1:], None], strict=False):
            stage = stages[step.pipeline, step.stage]
            rows.append(
                Move(
                    deal=deal,
                    kind=step.kind,
                    pipeline_id=stage.pipeline_id,
                    origin=before,
                    stage=stage,
                    origin_name=before.name if before else "",
                    stage_name=step.stage or stage.name,
                    at=step.at,
                    left=following.at if following else None,
                    value=step.value,
                    currency=step.currency,
                    cause=cause,
                )
            )
            before = stage
    Move.objects.bulk_create(rows, batch_size=_MANY)
    return len(rows)


def _told_last(keys: Sequence[int], cause: str) -> set[int]:
    """Those of some deals whose last move a source told of."""
    found: set[int] = set()
    for part in chunks(keys):
        last = dict(Move.objects.filter(deal__in=part).order_by("at", "pk").values_list("deal", "cause"))
        found |= {key for key, told in last.items() if told == cause}
    return found


def _refold(keys: Collection[int], retold: Collection[int]) -> int:
    """Let deals be where their moves lead, and each move end where the next begins; how many are elsewhere now.

    A deal that stands where its last move leads is left alone, for what it is worth may have been corrected since;
    unless it is one of `retold`, of which a source told, or no longer tells, the last move.
    """
    changed = 0
    for part in chunks(sorted(keys)):
        moves: dict[int, list[Move]] = {key: [] for key in part}
        for move in Move.objects.filter(deal__in=part).order_by("at", "pk").select_related("stage"):
            moves[move.deal_id].append(move)
        ended = []
        for own in moves.values():
            for move, following in zip(own, [*own[1:], None], strict=False):
                left = following.at if following else None
                if move.left != left:
                    move.left = left
                    ended.append(move)
        Move.objects.bulk_update(ended, ["left"], batch_size=_MANY)
        elsewhere = [
            deal
            for deal in Deal.objects.filter(pk__in=part)
            if moves[deal.pk] and _led(deal, moves[deal.pk], told=deal.pk in retold)
        ]
        Deal.objects.bulk_update(elsewhere, _STATE, batch_size=_MANY)
        changed += len(elsewhere)
    return changed


def _led(deal: Deal, moves: Sequence[Move], *, told: bool) -> bool:
    """Put a deal where its moves lead; whether it was elsewhere."""
    last = moves[-1]
    status = _ENDS.get(MoveKind(last.kind), Status.OPEN)
    closed = last.at if status != Status.OPEN else None
    if not told and (deal.stage_id, deal.status, deal.closed) == (last.stage_id, status, closed):
        return False
    before = (deal.stage_id, deal.status, deal.value, deal.closed)
    deal.pipeline_id, deal.stage, deal.status = last.pipeline_id, last.stage, status
    deal.value = last.value if last.value is not None else deal.value
    deal.currency = last.currency or deal.currency
    deal.closed = closed
    deal.reason_id = deal.reason_id if status == Status.LOST else None
    deal.entered = next((one.at for one in reversed(moves) if one.kind not in _ENDS), moves[0].at)
    if before == (deal.stage_id, deal.status, deal.value, deal.closed):
        return False
    deal.touched, deal.version = max(deal.touched, last.at), deal.version + 1
    return True


def _joined(found: Iterable[History], deals: Mapping[str, Deal]) -> None:
    """Put the persons beside deals on them, the earliest as the primary contact."""
    told = {one.key: one.contacts for one in found if one.key in deals}
    actors = sorted({actor for contacts in told.values() for actor in contacts})
    persons = dict(select(Identifier, ("actor", "person"), "actor", actors))
    rows = []
    for key, contacts in told.items():
        known = list(dict.fromkeys(persons[actor] for actor in contacts if actor in persons))
        since = deals[key].created
        rows += [
            Member(deal=deals[key], person_id=person, role=MemberRole.CONTACT, primary=place == 0, since=since)
            for place, person in enumerate(known)
        ]
    Member.objects.bulk_create(rows, batch_size=_MANY)


def _reasons(names: Collection[str], cause: str) -> dict[str, int]:
    """Reasons for losing by their names; those that are not known are made."""
    known = {one.name.casefold(): one.pk for one in LostReason.objects.all()}
    for name in sorted(names):
        if name.casefold() not in known:
            known[name.casefold()] = LostReason.objects.create(name=name, position=len(known), cause=cause).pk
    return {name: known[name.casefold()] for name in names}
