"""The board of a pipeline: its columns with what stands in them, and the first cards of each.

The unit of observation is the open deal. The number of queries is the same whatever the board holds. What this does not
answer: how many deals passed a stage, which is flow; here is only what stands there now.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db.models import Case, Count, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When, Window
from django.db.models.functions import RowNumber

from tragt.web.accounts.models import User
from tragt.web.accounts.reach import owned_by, seen_by, visible_owners
from tragt.web.crm.models import Activity, Deal, Move, Pipeline, Stage
from tragt.web.crm.queries.activities import visible_activities
from tragt.web.crm.queries.deals import open_deals, visible_deals
from tragt.web.crm.queries.pipelines import stages_of
from tragt.web.people.normal import company_key
from tragt.web.records.expressions import listed

__all__ = ["FIRST", "Amount", "Card", "Changes", "Column", "Task", "Wanted", "board", "changes_since", "columns", "now"]

FIRST = 50
"""How many cards a column shows at first, and how many more each time more are asked for."""

OVERLAP = timedelta(seconds=5)
"""How far back is looked again: a change is seen once it is committed, which may be after a later one."""


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LATELY = 100
_SHOWN = ("pk", "version", "name", "value", "currency", "stage", "entered", "touched", "owner")
_COMPANY = ("company__name", "company__owner")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deals are shown; what is empty asks for any.

    Attributes:
        owners: Keys of their owners; None means anybody's.
        market: Market of their company, a `Market`.
        text: What the name of the deal or of its company has in it.
    """

    owners: frozenset[int] | None = None
    market: str = ""
    text: str = ""

    def of(self, deals: QuerySet[Deal], user: User | None) -> QuerySet[Deal]:
        """Those of some deals that are asked for; a company that the user does not see finds none."""
        if self.owners is not None:
            deals = deals.filter(owner__in=sorted(self.owners))
        if not self.market and not self.text:
            return deals
        found, seen = deals, seen_by(user, "company__owner")
        if self.market:
            found = found.filter(seen, company__market=self.market)
        if self.text:
            named = Q(company__name__icontains=self.text) | Q(company__key__contains=company_key(self.text))
            found = found.filter(Q(name__icontains=self.text) | (named & seen))
        # Found once: the sums and the cards would each look through all companies again.
        return deals.filter(pk__in=listed(list(found.values_list("pk", flat=True))))


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum of one currency.

    Attributes:
        minor: In minor units.
        currency: Three letters.
    """

    minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done next about a deal.

    Attributes:
        title: What it is.
        due: When; None where no day was set.
        whole_day: Whether only the day counts.
    """

    title: str
    due: datetime | None
    whole_day: bool


@dataclass(frozen=True, slots=True)
class Card:
    """A deal on the board.

    Attributes:
        key: Key of the deal.
        version: Its version.
        name: What it is called.
        company: Name of its company; empty where it has none, or none that is seen.
        value: What it is worth in minor units; None where nobody said.
        currency: Three letters.
        owner: Whose it is; None where nobody has taken it up.
        days: Whole days since it came to its stage.
        rotting: Whether nothing was done about it for longer than the stage allows.
        task: What is to be done next; None where nothing is planned.
    """

    key: int
    version: int
    name: str
    company: str
    value: int | None
    currency: str
    owner: User | None
    days: int
    rotting: bool
    task: Task | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A stage with what stands in it.

    Attributes:
        stage: The stage.
        number: How many deals.
        rotting: How many of them rot.
        amounts: What they are worth, a sum for each currency, the largest number of deals first.
        valued: How many of them have a value.
        cards: The first of them: what is due next first, then what stands there longest.
    """

    stage: Stage
    number: int = 0
    rotting: int = 0
    amounts: tuple[Amount, ...] = ()
    valued: int = 0
    cards: tuple[Card, ...] = ()

    @property
    def more(self) -> int:
        """How many are not among the cards."""
        return self.number - len(self.cards)


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed on a board since somebody looked.

    Attributes:
        stages: Keys of the stages in which something is to be shown anew.
        seen: What was told, so that it is not told again: deals with the moment of their change, and activities.
        after: From where to look on.
    """

    stages: frozenset[int]
    seen: frozenset[tuple[str, int, int]]
    after: int


@dataclass(slots=True)
class _Sums:
    number: int = 0
    rotting: int = 0
    valued: int = 0
    amounts: list[tuple[int, Amount]] = field(default_factory=list)


def board(user: User | None, pipeline: Pipeline, wanted: Wanted, at: datetime) -> list[Column]:
    """The columns of a pipeline, in the order of its stages.

    Args:
        user: Who looks.
        pipeline: The pipeline.
        wanted: Which deals.
        at: The moment, UTC.
    """
    return columns(user, pipeline, list(stages_of(pipeline)), wanted, at)


def columns(
    user: User | None,
    pipeline: Pipeline,
    stages: Sequence[Stage],
    wanted: Wanted,
    at: datetime,
    shown: Mapping[int, int] | None = None,
) -> list[Column]:
    """Some columns of a pipeline.

    Args:
        user: Who looks.
        pipeline: The pipeline.
        stages: Its stages that are asked for.
        wanted: Which deals.
        at: The moment, UTC.
        shown: How many cards of a stage, by its key; `FIRST` where it does not say.
    """
    deals = wanted.of(open_deals(user, pipeline).filter(stage__in=[one.pk for one in stages]), user)
    sums = _sums(deals, stages, at)
    cards = _cards(user, deals, stages, at, shown or {})
    return [_column(one, sums.get(one.pk, _Sums()), cards.get(one.pk, [])) for one in stages]


def changes_since(
    user: User | None, pipeline: Pipeline, after: int, seen: frozenset[tuple[str, int, int]]
) -> Changes | None:
    """What changed on a board since somebody looked; None where nothing did.

    Args:
        user: Who looks: what they may not see is not told.
        pipeline: The pipeline.
        after: Where the last look ended, as `now` or `Changes.after` gives it.
        seen: What was told by the last look.
    """
    start = _moment(after) - OVERLAP
    rows = Deal.objects.filter(touched__gt=start).values_list("pk", "touched")
    told = {("deal", key, _micro(touched)): touched for key, touched in rows}
    told |= {("activity", key, 0): created for key, created in _planned_since(pipeline, start)}
    new = told.keys() - seen
    if not new:
        return None
    stages = _stages_of(user, pipeline, {key for kind, key, _ in new if kind == "deal"}, start)
    planned = [key for kind, key, _ in new if kind == "activity"]
    if planned:
        standing = visible_deals(user).filter(activities__in=planned, pipeline=pipeline)
        stages |= set(standing.values_list("stage", flat=True))
    return Changes(frozenset(stages), frozenset(told), max(after, *map(_micro, told.values())))


def now(at: datetime) -> int:
    """A moment as a place to look on from: microseconds since 1970."""
    return _micro(at)


def _planned_since(pipeline: Pipeline, start: datetime) -> list[tuple[int, datetime]]:
    """What was planned lately in a pipeline, of the newest of all activities: those are read without a search."""
    newest = Activity.objects.order_by("-pk").values_list("pk", "created", "at", "deal__pipeline")[:_LATELY]
    return [
        (key, created) for key, created, done, its in newest if created > start and done is None and its == pipeline.pk
    ]


def _stages_of(user: User | None, pipeline: Pipeline, deals: Iterable[int], start: datetime) -> set[int]:
    """The stages that some deals stand in, and those that they left."""
    keys = sorted(deals)
    if not keys:
        return set()
    theirs = visible_deals(user).filter(pk__in=keys)
    standing = set(theirs.filter(pipeline=pipeline).values_list("stage", flat=True))
    left = Move.objects.filter(deal__in=theirs, at__gt=start, origin__pipeline=pipeline)
    return standing | {key for key in left.values_list("origin", flat=True) if key is not None}


def _sums(deals: QuerySet[Deal], stages: Sequence[Stage], at: datetime) -> dict[int, _Sums]:
    rots = _rotting(stages, at)
    known: dict[int, _Sums] = defaultdict(_Sums)
    counted = (
        deals.order_by()
        .values("stage", "currency")
        .annotate(number=Count("pk"), valued=Count("value"), amount=Sum("value"), rotten=Count("pk", filter=rots))
    )
    for row in counted:
        sums = known[row["stage"]]
        sums.number += row["number"]
        sums.rotting += row["rotten"]
        sums.valued += row["valued"]
        if row["valued"]:
            sums.amounts.append((row["valued"], Amount(int(row["amount"]), row["currency"])))
    return known


def _cards(
    user: User | None, deals: QuerySet[Deal], stages: Sequence[Stage], at: datetime, shown: Mapping[int, int]
) -> dict[int, list[Card]]:
    """The first cards of each stage; as many queries, however many there are."""
    owners = visible_owners(user) if user is not None else None
    planned = Activity.objects.all() if owners is None else visible_activities(user)
    due = planned.filter(deal=OuterRef("pk"), at=None, due__isnull=False).order_by("due").values("due")[:1]
    order = (F("next_due").asc(nulls_last=True), "entered", "pk")
    placed = deals.annotate(next_due=Subquery(due)).annotate(
        place=Window(RowNumber(), partition_by=F("stage"), order_by=order)
    )
    most = Case(*(When(stage=stage, then=Value(number)) for stage, number in shown.items()), default=Value(FIRST))
    keys = list(placed.annotate(most=most).filter(place__lte=F("most")).values_list("pk", flat=True))
    there = Deal.objects.filter(pk__in=keys, stage__in=[one.pk for one in stages])
    rows = {row[0]: row for row in there.values_list(*_SHOWN, *_COMPANY)}
    users = User.objects.in_bulk({row[8] for row in rows.values() if row[8] is not None})
    tasks = _tasks(user, keys)
    allowed = {one.pk: one.rotting_days for one in stages}
    found: dict[int, list[Card]] = defaultdict(list)
    for key in keys:
        if key not in rows:
            continue  # it moved on, or went with its import, between the two questions
        _, version, name, value, currency, stage, entered, touched, owner, company, its_owner = rows[key]
        days = allowed[stage]
        rotting = days is not None and at - max(entered, touched) > timedelta(days=days)
        aged = max((at - entered).days, 0)
        firm = company if company and owned_by(owners, its_owner) else ""
        card = Card(key, version, name, firm, value, currency, users.get(owner), aged, rotting, tasks.get(key))
        found[stage].append(card)
    return found


def _tasks(user: User | None, deals: Sequence[int]) -> dict[int, Task]:
    """What is to be done next about each deal: what is due first, else what was planned first."""
    planned = (
        visible_activities(user).filter(deal__in=deals, at=None).order_by("deal", F("due").asc(nulls_last=True), "pk")
    )
    found: dict[int, Task] = {}
    for deal, title, text, due, whole_day in planned.values_list("deal", "title", "text", "due", "whole_day"):
        if deal is not None:
            found.setdefault(deal, Task(title or text, due, whole_day))
    return found


def _rotting(stages: Sequence[Stage], at: datetime) -> Q:
    """The condition that nothing was done about a deal for longer than its stage allows."""
    rots = Q(pk=None)
    for one in stages:
        if one.rotting_days is not None:
            limit = at - timedelta(days=one.rotting_days)
            rots |= Q(stage=one.pk, entered__lt=limit, touched__lt=limit)
    return rots


def _column(stage: Stage, sums: _Sums, cards: Sequence[Card]) -> Column:
    ordered = sorted(sums.amounts, key=lambda pair: (-pair[0], pair[1].currency))
    amounts = tuple(amount for _, amount in ordered)
    return Column(stage, sums.number, sums.rotting, amounts, sums.valued, tuple(cards))


def _micro(at: datetime) -> int:
    return (at - EPOCH) // _MICROSECOND


def _moment(place: int) -> datetime:
    return EPOCH + place * _MICROSECOND
