"""Reading the register. The unit of observation is the hypothesis."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from tragt.errors import NotFound
from tragt.web.accounts.models import User
from tragt.web.funnels.models import SavedFunnel
from tragt.web.hypotheses.models import BELIEF_LENGTH, OVER, Entry, Hypothesis, Link
from tragt.web.leaks.queries import told_to

__all__ = [
    "OPEN",
    "UNDO_DAYS",
    "Asked",
    "called",
    "funnels_named",
    "hypotheses",
    "hypothesis_names",
    "hypothesis_of",
    "links_of",
    "log_of",
    "narrowed",
    "of_leak",
    "owners_named",
    "removed_hypothesis",
    "tried",
]

UNDO_DAYS = 30
"""For so long what was removed can be brought back."""

OPEN = "open"
"""What a filter calls all states in which something is still to be tried."""

_NAME = 80


@dataclass(frozen=True, slots=True)
class Asked:
    """Which hypotheses are asked for.

    Attributes:
        state: A state, or `OPEN`; empty is all.
        owner: Key of a user; None is anybody.
        funnel: Key of a funnel; None is any.
        text: What stands in them; empty is anything.
    """

    state: str = ""
    owner: int | None = None
    funnel: int | None = None
    text: str = ""

    def __bool__(self) -> bool:
        return self != Asked()


def hypotheses(user: User | None) -> QuerySet[Hypothesis]:
    """Those that were not removed and that a reader may be told of, what was touched last first.

    What was written about a leak says how those did of whom it tells.

    Args:
        user: Who reads; None is a command line or a job.
    """
    return _told(Hypothesis.objects.filter(deleted=None), user).select_related("owner", "funnel")


def _told(rows: QuerySet[Hypothesis], user: User | None) -> QuerySet[Hypothesis]:
    return rows if user is None else told_to(rows, user)


def narrowed(rows: QuerySet[Hypothesis], asked: Asked) -> QuerySet[Hypothesis]:
    """Those that are asked for.

    Args:
        rows: Hypotheses.
        asked: Which.
    """
    if asked.state:
        rows = rows.exclude(state__in=OVER) if asked.state == OPEN else rows.filter(state=asked.state)
    if asked.owner is not None:
        rows = rows.filter(owner=asked.owner)
    if asked.funnel is not None:
        rows = rows.filter(funnel=asked.funnel)
    for word in asked.text.replace("\0", " ").split()[:10]:
        rows = rows.filter(
            Q(belief__icontains=word)
            | Q(why__icontains=word)
            | Q(attempt__icontains=word)
            | Q(funnel_name__icontains=word)
            | Q(before__icontains=word)
            | Q(step__icontains=word)
            | Q(value__icontains=word)
        )
    return rows


def hypothesis_of(key: int, user: User | None) -> Hypothesis:
    """One that was not removed.

    Args:
        key: Its key.
        user: Who reads; None is a command line or a job.

    Raises:
        NotFound: There is none of this key that they may be told of.
    """
    found = hypotheses(user).select_related("found").filter(pk=key).first()
    if found is None:
        raise NotFound("hypotheses.unknown", "There is no such hypothesis; it may have been removed.", key=key)
    return found


def removed_hypothesis(key: int, user: User | None) -> Hypothesis:
    """One whose removal can still be taken back.

    Args:
        key: Its key.
        user: Who reads; None is a command line or a job.

    Raises:
        NotFound: None of this key was removed lately.
    """
    since = timezone.now() - timedelta(days=UNDO_DAYS)
    found = _told(Hypothesis.objects.filter(pk=key, deleted__gte=since), user).first()
    if found is None:
        raise NotFound("hypotheses.unknown", "No such hypothesis was removed lately.", key=key)
    return found


def tried(funnel: SavedFunnel | int, step: str, user: User) -> QuerySet[Hypothesis]:
    """What was thought of and tried at a step: so that more come to it, or more go on from it.

    Args:
        funnel: The funnel, or its key.
        step: What `tragt.web.leaks.steps` calls the step.
        user: Who reads.
    """
    return hypotheses(user).filter(Q(step=step) | Q(before=step), funnel=funnel)


def of_leak(funnel: int, before: str, step: str, user: User) -> QuerySet[Hypothesis]:
    """What was thought of and tried between two steps, also of leaks that are closed.

    Args:
        funnel: Key of the funnel.
        before: What the step is called at which they stand.
        step: What the next one is called.
        user: Who reads.
    """
    return hypotheses(user).filter(funnel=funnel, before=before, step=step)


def log_of(row: Hypothesis) -> QuerySet[Entry]:
    """The log of a hypothesis, the newest line first."""
    return row.log.select_related("by")


def links_of(row: Hypothesis) -> Sequence[Link]:
    """What hangs on a hypothesis."""
    return list(row.links.all())


def owners_named() -> list[tuple[int, str]]:
    """Who owns hypotheses, by name."""
    keys = Hypothesis.objects.filter(deleted=None).exclude(owner=None).values("owner")
    return [(one.pk, str(one)) for one in User.objects.filter(pk__in=keys).order_by("name", "email")]


def funnels_named() -> list[tuple[int, str]]:
    """The funnels that hypotheses are about, by name."""
    keys = Hypothesis.objects.filter(deleted=None).exclude(funnel=None).values("funnel")
    rows = SavedFunnel.objects.filter(deleted=None, pk__in=keys).order_by("name", "pk")
    return list(rows.values_list("pk", "name"))


def hypothesis_names(keys: Iterable[int]) -> Mapping[int, str]:
    """What hypotheses are called, by key, for the audit."""
    return {row.pk: called(row) for row in Hypothesis.objects.filter(pk__in=list(keys), deleted=None)}


def called(row: Hypothesis) -> str:
    """What a hypothesis is called, in a line: what is tried; where nobody said what, what is believed.

    Several hypotheses about a leak believe the same of it, and differ in what they try.
    """
    line = " ".join((row.attempt or row.belief)[:BELIEF_LENGTH].split())
    return line if len(line) <= _NAME else f"{line[:_NAME].rpartition(' ')[0] or line[:_NAME]}…"
