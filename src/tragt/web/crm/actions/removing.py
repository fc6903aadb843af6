"""Removing deals that were made by mistake, for good: their rows, and their events out of the log."""

from collections.abc import Collection
from datetime import timedelta

import polars as pl
from django.utils import timezone

from tragt.web.accounts.models import User
from tragt.web.crm.actions.deals import locked
from tragt.web.crm.actions.stirring import stir
from tragt.web.crm.models import Activity, Deal, Move, MoveKind
from tragt.web.files.actions import drop
from tragt.web.files.queries import files_on
from tragt.web.imports.models import PipelineUnit
from tragt.web.jobs.actions.asking import enqueue
from tragt.web.jobs.registry import find
from tragt.web.log.actions import retract
from tragt.web.outbox.queries import under_way
from tragt.web.records.signals import removing
from tragt.web.shell.acting import SYSTEM, Who, acting

__all__ = ["MAKERS_TIME", "may_remove", "remove_deal", "take_out", "take_out_of_log"]

MAKERS_TIME = timedelta(days=1)
"""For how long the one who made a deal may remove it, whose role does not allow it."""

_REMOVE, _EDIT = "deals.remove", "deals.edit"


def may_remove(key: int, who: Who) -> bool:
    """Whether somebody may remove a deal, if it is theirs to change: by the role, or as the one who made it just now.

    Args:
        key: Key of the deal.
        who: Who would.
    """
    return who.may(_REMOVE) or (who.may(_EDIT) and _made_it(key, who))


def remove_deal(key: int, *, who: Who, version: int | None = None) -> str:
    """Remove a deal for good, with all that stands on it: moves, lines, committee, notes and tasks, files.

    The event log forgets it as well, within minutes; so it counts in no funnel. A renewal of it stands on its own.

    Args:
        key: Key of the deal.
        who: Who removes it.
        version: The version they saw; None removes it whatever happened since.

    Returns:
        What it was called.

    Raises:
        NotFound: There is no such deal, or it is not theirs to see.
        NotAllowed: Their role does not include it and they did not make it within the last day, or it is not theirs
            to change.
        Conflict: Somebody changed it since.
    """
    with acting(who, _EDIT if _made_it(key, who) else _REMOVE, f"deal {key}", act="remove") as act:
        deal = locked(key, who, version)
        act.details |= {"moves": deal.moves.count(), "activities": deal.activities.count()}
        take_out(deal)
    return deal.name


def take_out(deal: Deal) -> None:
    """Delete the rows of a deal and the files on it and its activities, and let its events leave the log. For acts."""
    removing.send(Deal, kind="deal", records=[deal.pk])
    noted = list(Activity.objects.filter(deal=deal).values_list("pk", flat=True))
    drop([*files_on("deal", [deal.pk]), *files_on("activity", noted)])
    stir([deal.stage_id])
    PipelineUnit.objects.filter(deal=deal.key).delete()
    before = under_way()
    enqueue(
        find("crm.take_out"),
        SYSTEM,
        subject=f"deal:{deal.pk}",
        deals=[deal.key],
        delivery=before.delivery,
        own=before.own,
    )
    Deal.objects.filter(pk=deal.pk).delete()


def take_out_of_log(deals: Collection[str]) -> int:
    """Remove the events of deals from the log; how many. Doing it again finds nothing and does no harm.

    Args:
        deals: What the log calls them.
    """
    with acting(SYSTEM, _REMOVE, act="out of the log") as act:
        gone = retract(pl.Series(sorted(deals), dtype=pl.String))
        act.details["events"] = gone
    return gone


def _made_it(key: int, who: Who) -> bool:
    made = Move.objects.filter(deal=key, kind=MoveKind.CREATED, at__gt=timezone.now() - MAKERS_TIME)
    return isinstance(who.user, User) and made.filter(by=who.user).exists()
