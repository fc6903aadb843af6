"""Reading the ledger. The unit of observation is the leak: a step and a value at which a funnel loses too much."""

from collections.abc import Iterable, Sequence

from django.db.models import Q, QuerySet

from tragt.errors import InvalidDefinition, NotFound
from tragt.funnel.leaks import Against, Kind
from tragt.web.crm.models import Stage
from tragt.web.funnels.models import SavedFunnel
from tragt.web.leaks.models import Found, Judged, Rank

__all__ = [
    "KINDS",
    "better",
    "dearest",
    "dearest_of",
    "judged",
    "leak_of",
    "narrowed",
    "open_leaks",
    "ranked_after",
    "teams_by",
]

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


def ranked_after(rows: QuerySet[Found], key: int) -> QuerySet[Found]:
    """The leaks that come after one in the order of the ledger.

    Args:
        rows: Leaks.
        key: Key of the one.

    Raises:
        InvalidDefinition: That one is gone.
    """
    last = Found.objects.filter(pk=key).values("rank", "least").first()
    if last is None:
        raise InvalidDefinition(
            "api.cursor", "What this cursor stands at is not in the list any more. Begin without one.", field="cursor"
        )
    beside = Q(rank=last["rank"])
    later = Q(rank__gt=last["rank"]) | beside & Q(least__lt=last["least"])
    return rows.filter(later | beside & Q(least=last["least"], pk__gt=key))


def leak_of(key: int) -> Found:
    """A leak, also one that is closed.

    Raises:
        NotFound: There is none of this key.
    """
    row = _found().filter(pk=key, better=False).first()
    if row is None:
        raise NotFound("leaks.unknown", "There is no such leak; its funnel may have been deleted.", key=key)
    return row


def dearest() -> Found | None:
    """The leak that costs most, of all funnels, where that is known."""
    return open_leaks().filter(rank__lt=Rank.UNKNOWN).first()


def dearest_of(funnels: Sequence[SavedFunnel]) -> dict[int, Found]:
    """The leak of each of some funnels that costs most, by the funnel's key."""
    found: dict[int, Found] = {}
    for row in open_leaks().filter(funnel__in=[one.pk for one in funnels]):
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
