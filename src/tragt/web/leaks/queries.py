"""Reading the ledger. The unit of observation is the leak: a step and a value at which a funnel loses too much."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from tragt.errors import InvalidDefinition, NotFound
from tragt.funnel.leaks import Against, Kind
from tragt.web.accounts.models import User
from tragt.web.accounts.reach import visible_owners
from tragt.web.crm.models import Stage
from tragt.web.funnels.blanking import holds_persons
from tragt.web.funnels.counting.grouping import names_colleagues
from tragt.web.funnels.models import SavedFunnel
from tragt.web.leaks.models import Found, Judged, Rank

__all__ = [
    "KINDS",
    "better",
    "dearest",
    "dearest_of",
    "hears_all",
    "judged",
    "leak_of",
    "narrowed",
    "open_leaks",
    "ranked_after",
    "teams_by",
    "told_to",
]

_Row = TypeVar("_Row", bound=Model)

KINDS: dict[str, Q] = {
    "below_target": Q(against=Against.TARGET),
    "worse_than_before": Q(against=Against.PREVIOUS),
    "breakdown_value": Q(against=Against.OTHERS),
    "stuck": Q(fate=Kind.STUCK),
    "drifted": Q(fate=Kind.DRIFTED),
}
"""The kinds of leaks: what they were compared with, and what becomes of those who leak."""


def _found() -> QuerySet[Found]:
    return Found.objects.filter(funnel__deleted=None).select_related("funnel__owner", "funnel__pipeline")


def hears_all(user: User | None) -> bool:
    """Whether somebody may be told how named colleagues do: whoever sees everyone's records.

    Args:
        user: Who reads; None is somebody outside, who may not.
    """
    return user is not None and visible_owners(user) is None


def told_to(rows: QuerySet[_Row], user: User | None) -> QuerySet[_Row]:
    """Those of some rows that somebody may be told of: all of them, or those that name no colleague.

    Somebody outside is told of none that names a person at all.

    Args:
        rows: What was found by a property, which their ``by`` names: leaks, alarms, what was written about leaks.
        user: Who reads; None is somebody outside.
    """
    if hears_all(user):
        return rows
    found = rows.model._default_manager.order_by().values_list("by", flat=True).distinct()  # noqa: SLF001 - as Django has it
    if user is not None:
        return rows.exclude(by__in=[one for one in found if names_colleagues(one)])
    return rows.exclude(by__in=[one for one in found if holds_persons(one)]).exclude(value__contains="@")


def open_leaks() -> QuerySet[Found]:
    """The leaks that are open, those that cost most first."""
    return _found().filter(closed=None, better=False)


def better() -> QuerySet[Found]:
    """What does better than it did, or than others do."""
    return _found().filter(closed=None, better=True)


def narrowed(rows: QuerySet[Found], *, kind: str = "", funnel: int | None = None) -> QuerySet[Found]:
    """Those of a kind, and of a funnel.

    Args:
        rows: Leaks.
        kind: One of `KINDS`; empty is all.
        funnel: Key of a funnel; None is all.
    """
    if kind:
        rows = rows.filter(KINDS[kind])
    return rows if funnel is None else rows.filter(funnel=funnel)


def ranked_after(rows: QuerySet[Found], key: int, user: User | None) -> QuerySet[Found]:
    """The leaks that come after one in the order of the ledger.

    Args:
        rows: Leaks.
        key: Key of the one.
        user: Who reads.

    Raises:
        InvalidDefinition: That one is gone.
    """
    last = told_to(Found.objects.filter(pk=key), user).values("rank", "least").first()
    if last is None:
        raise InvalidDefinition(
            "api.cursor", "What this cursor stands at is not in the list any more. Begin without one.", field="cursor"
        )
    beside = Q(rank=last["rank"])
    later = Q(rank__gt=last["rank"]) | beside & Q(least__lt=last["least"])
    return rows.filter(later | beside & Q(least=last["least"], pk__gt=key))


def leak_of(key: int, user: User | None) -> Found:
    """A leak, also one that is closed.

    Args:
        key: Its key.
        user: Who reads.

    Raises:
        NotFound: There is none of this key that they may be told of.
    """
    row = told_to(_found().filter(pk=key, better=False), user).first()
    if row is None:
        raise NotFound("leaks.unknown", "There is no such leak; its funnel may have been deleted.", key=key)
    return row


def dearest(user: User | None) -> Found | None:
    """The leak that costs most, of all funnels, where that is known.

    Args:
        user: Who reads.
    """
    return told_to(open_leaks(), user).filter(rank__lt=Rank.UNKNOWN).first()


def dearest_of(funnels: Sequence[SavedFunnel], user: User | None) -> dict[int, Found]:
    """The leak of each of some funnels that costs most, by the funnel's key.

    Args:
        funnels: The funnels.
        user: Who reads.
    """
    found: dict[int, Found] = {}
    for row in told_to(open_leaks(), user).filter(funnel__in=[one.pk for one in funnels]):
        found.setdefault(row.funnel_id, row)
    return found


def teams_by(pipelines: Iterable[int]) -> dict[int, dict[str, str]]:
    """Whose the stages of pipelines are, by the pipeline's key and the stage's name; those of nobody are left out.

    Args:
        pipelines: Keys of pipelines.
    """
    found: dict[int, dict[str, str]] = {}
    stages = Stage.objects.filter(pipeline__in=set(pipelines), removed=None).exclude(team=None)
    for stage in stages.select_related("team"):
        found.setdefault(stage.pipeline_id, {})[stage.name] = str(stage.team)
    return found


def judged() -> QuerySet[Judged]:
    """How each funnel was gone through last, in the order in which funnels were made."""
    return Judged.objects.filter(funnel__deleted=None).select_related("funnel").order_by("funnel__created", "funnel")
