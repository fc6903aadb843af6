"""The board of a pipeline: its columns with what stands in them, and the first cards of each.

The unit of observation is the open deal. The number of queries is the same whatever the board holds. What this does not
answer: how many deals passed a stage, which is flow; here is only what stands there now.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from django.db import connection
from django.db.models import Case, Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value, When

from tragt.web.accounts.models import User
from tragt.web.accounts.reach import owned_by, seen_by, visible_owners
from tragt.web.crm.models import Activity, Deal, Move, Pipeline, PipelineVersion, Stage
from tragt.web.crm.queries.activities import visible_activities
from tragt.web.crm.queries.deals import open_deals
from tragt.web.crm.queries.pipelines import stages_of
from tragt.web.people.normal import company_key

__all__ = [
    "FIRST",
    "FURTHER",
    "Amount",
    "Card",
    "Changes",
    "Column",
    "Label",
    "Owner",
    "Task",
    "Wanted",
    "board",
    "changes_since",
    "columns",
    "now",
    "weighted",
]

FIRST = 20
"""How many cards a column shows at first: as many as a tall screen has room for."""

FURTHER = 50
"""How many more it shows each time more are asked for."""

OVERLAP = timedelta(seconds=5)
"""How far back is looked again: a change is seen once it is committed, which may be after a later one."""


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LATELY = 100
_APART = 1_000_000
_NEXT = (F("next").asc(nulls_last=True), "entered", "pk")
"""The order of the cards: what is due next, then what stands there longest."""

_A_STAGE = -1
"""What stands for the key of a stage while a question is written for any stage."""

_SHOWN = (
    "pk", "version", "name", "value", "currency", "stage", "entered", "touched", "owner", "owner__name", "owner__email",
    "company__name", "company__owner",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deals are shown; what is empty asks for any.

    Attributes:
        owners: Keys of their owners; None means anybody's.
        market: Market of their company, a `Market`.
        text: What the name of the deal or of its company has in it.
        tag: Key of a tag that they are marked with; None means any or none.
    """

    owners: frozenset[int] | None = None
    market: str = ""
    text: str = ""
    tag: int | None = None

    @property
    def beside(self) -> bool:
        """Whether it asks for what the index of the board does not hold."""
        return bool(self.market or self.text or self.tag is not None)

    def of(self, deals: QuerySet[Deal], user: User | None) -> QuerySet[Deal]:
        """Those of some deals that are asked for; a company that the user does not see finds none."""
        if self.owners is not None:
            deals = deals.filter(owner__in=sorted(self.owners))
        if self.tag is not None:
            deals = deals.filter(tags=self.tag)
        seen = seen_by(user, "company__owner")
        if self.market:
            deals = deals.filter(seen, company__market=self.market)
        if self.text:
            named = Q(company__name__icontains=self.text) | Q(company__key__contains=company_key(self.text))
            deals = deals.filter(Q(name__icontains=self.text) | (named & seen))
        return deals


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
class Label:
    """A tag that a deal is marked with.

    Attributes:
        name: What it says.
        colour: As the style sheet calls it.
    """

    name: str
    colour: str


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a deal is.

    Attributes:
        key: Key of the user.
        name: What they are called; empty where they have not said.
        email: Their address.
    """

    key: int
    name: str
    email: str

    def __str__(self) -> str:
        return self.name or self.email


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
        tags: What it is marked with, by name.
    """

    key: int
    version: int
    name: str
    company: str
    value: int | None
    currency: str
    owner: Owner | None
    days: int
    rotting: bool
    task: Task | None = None
    tags: tuple[Label, ...] = ()


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

    @property
    def weighted(self) -> tuple[Amount, ...]:
        """What they may bring: the sums times the stage's probability of winning; empty where nobody said that."""
        likely = self.stage.probability
        if likely is None:
            return ()
        return tuple(Amount(weighted(one.minor, likely), one.currency) for one in self.amounts)


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed on a board since somebody looked.

    Attributes:
        stages: Keys of the stages in which something is to be shown anew.
        seen: What was told, so that it is not told again: deals with the moment of their change, activities, stages to
            which files brought deals, versions of the pipeline.
        after: From where to look on.
        version: The version of the pipeline, where that changed: its stages are others now; else 0.
    """

    stages: frozenset[int]
    seen: frozenset[tuple[str, int, int]]
    after: int
    version: int = 0


def weighted(minor: int, likely: int) -> int:
    """A share of an amount, rounded once, halves to the even unit: a float is exact up to 2**53 only.

    Args:
        minor: In minor units.
        likely: Per cent.
    """
    return round(Fraction(minor * likely, 100))


@dataclass(slots=True)
class _Stands:
    """What stands in a stage.

    Attributes:
        number: How many deals.
        rotting: How many rot.
        amounts: Of each currency how many deals have a value, and the sum of these.
    """

    number: int = 0
    rotting: int = 0
    amounts: dict[str, tuple[int, int]] = field(default_factory=dict)


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
    asked = {one.pk: (shown or {}).get(one.pk, FIRST) for one in stages}
    deals = wanted.of(open_deals(user, pipeline).filter(stage__in=list(asked)), user)
    if wanted.beside:
        standing, first = _looked_at(user, deals, stages, at, asked)
    else:
        standing = _standing(deals, stages, at)
        first = _first(user, deals, {key: asked[key] for key in standing})
    cards = _cards(user, first, stages, at)
    return [_column(one, standing.get(one.pk, _Stands()), cards.get(one.pk, [])) for one in stages]


def changes_since(pipeline: Pipeline, after: int, seen: frozenset[tuple[str, int, int]]) -> Changes | None:
    """What changed on a board since somebody looked; None where nothing did.

    Stages are told by their keys alone, whoever looks, so that a deal that went out of somebody's sight goes from their
    board: the columns that they then ask for hold what they see.

    Args:
        pipeline: The pipeline.
        after: Where the last look ended, as `now` or `Changes.after` gives it.
        seen: What was told by the last look.
    """
    start = _moment(after) - OVERLAP
    told = _changed_since(pipeline, start)
    new = told.keys() - seen
    if not new:
        return None
    named: dict[str, set[int]] = defaultdict(set)
    for kind, key, _at in new:
        named[kind].add(key)
    stages = _stages_of(pipeline, named["deal"], named["activity"], start) | named["stage"]
    version = max(named["pipeline"], default=0)
    return Changes(frozenset(stages), frozenset(told), max(after, *map(_micro, told.values())), version)


def now(at: datetime) -> int:
    """A moment as a place to look on from: microseconds since 1970."""
    return _micro(at)


def _changed_since(pipeline: Pipeline, start: datetime) -> dict[tuple[str, int, int], datetime]:
    """What changed since a moment, and when: deals of any pipeline, for one may have left this one."""
    deals = Deal.objects.filter(touched__gt=start).values_list("pk", "touched")
    told = {("deal", key, _micro(touched)): touched for key, touched in deals}
    told |= {("activity", key, 0): created for key, created in _planned_since(pipeline, start)}
    stirred = Stage.objects.filter(pipeline=pipeline, stirred__gt=start).values_list("pk", "stirred")
    told |= {("stage", key, _micro(at)): at for key, at in stirred if at is not None}
    versions = PipelineVersion.objects.filter(pipeline=pipeline, at__gt=start).values_list("number", "at")
    return told | {("pipeline", number, 0): at for number, at in versions}


def _planned_since(pipeline: Pipeline, start: datetime) -> list[tuple[int, datetime]]:
    """What was planned lately in a pipeline, of the newest of all activities: those are read without a search."""
    newest = Activity.objects.order_by("-pk").values_list("pk", "created", "at", "deal__pipeline")[:_LATELY]
    return [
        (key, created) for key, created, done, its in newest if created > start and done is None and its == pipeline.pk
    ]


def _stages_of(pipeline: Pipeline, deals: Iterable[int], planned: Iterable[int], start: datetime) -> set[int]:
    """The stages that some deals, or those of some activities, stand in, and those that the deals left."""
    keys, tasks = sorted(deals), sorted(planned)
    found: set[int | None] = set()
    if keys:
        standing = Deal.objects.filter(pk__in=keys, pipeline=pipeline)
        left = Move.objects.filter(deal__in=keys, at__gt=start, origin__pipeline=pipeline)
        found |= {*standing.values_list("stage", flat=True), *left.values_list("origin", flat=True)}
    if tasks:
        about = Deal.objects.filter(activities__in=tasks, pipeline=pipeline)
        found |= set(about.values_list("stage", flat=True))
    return {key for key in found if key is not None}


def _looked_at(
    user: User | None, deals: QuerySet[Deal], stages: Sequence[Stage], at: datetime, shown: Mapping[int, int]
) -> tuple[dict[int, _Stands], dict[int, list[int]]]:
    """What `_standing` and `_first` give of deals whose rows must be looked at: each of them once, added up here.

    Args:
        user: Who looks.
        deals: Those that are asked for.
        stages: Theirs.
        at: The moment, UTC.
        shown: How many of a stage, by its key.
    """
    asked = _dated(user, deals).annotate(rots=_rots(stages, at)).order_by(*_NEXT)
    standing: dict[int, _Stands] = defaultdict(_Stands)
    first: dict[int, list[int]] = defaultdict(list)
    for stage, key, currency, value, rots in asked.values_list("stage_id", "pk", "currency", "value", "rots"):
        stands = standing[stage]
        stands.number += 1
        stands.rotting += rots
        if value is not None:
            number, amount = stands.amounts.get(currency, (0, 0))
            stands.amounts[currency] = number + 1, amount + value
        if len(first[stage]) < shown[stage]:
            first[stage].append(key)
    return standing, first


def _standing(deals: QuerySet[Deal], stages: Sequence[Stage], at: datetime) -> dict[int, _Stands]:
    """What stands in each stage, counted and added up by the database from the index of the board."""
    # A sum of large amounts is beyond what a database adds up, so thousands are added up apart.
    high, low = Sum(F("value") / _APART), Sum(F("value") % _APART)
    rows = deals.order_by().values_list("stage_id", "currency")
    found: dict[int, _Stands] = defaultdict(_Stands)
    for stage, currency, number, rotting, valued, thousands, rest in rows.annotate(
        number=Count("*"), rotting=Sum(_rots(stages, at)), valued=Count("value"), high=high, low=low
    ):
        stands = found[stage]
        stands.number += number
        stands.rotting += rotting
        if valued:
            stands.amounts[currency] = valued, thousands * _APART + rest
    return found


def _first(user: User | None, deals: QuerySet[Deal], shown: Mapping[int, int]) -> dict[int, list[int]]:
    """The deals of each stage that are shown first: what is due next, then what stands there longest.

    All in one question, each stage by its part of the index: the database sorts none of the others. The part of a
    stage is written once and asked of each, for to write it takes as long as to answer it.

    Args:
        user: Who looks.
        deals: Those that are asked for.
        shown: How many of a stage, by its key.
    """
    ordered = _dated(user, deals).filter(stage=_A_STAGE).order_by(*_NEXT)
    chosen = ordered.values_list("stage_id", "pk", "next", "entered")
    written = {number: chosen[:number].query.sql_with_params() for number in set(shown.values())}
    parts: list[str] = []
    given: list[Any] = []
    for stage, number in shown.items():
        query, parameters = written[number]
        parts.append(f"SELECT * FROM ({query}) AS part")
        given += [stage if one == _A_STAGE else one for one in parameters]
    rows: list[tuple[int, int, Any, Any]] = []
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(parts), given)
            rows = cursor.fetchall()
    found: dict[int, list[int]] = defaultdict(list)
    # As the database writes moments they are compared: thousands of them take long to make.
    for stage, key, _due, _entered in sorted(rows, key=lambda row: (row[2] is None, row[2] or row[3], row[3], row[1])):
        found[stage].append(key)
    return found


def _dated(user: User | None, deals: QuerySet[Deal]) -> QuerySet[Any, Any]:
    """Deals with the moment when what is due next about them is due."""
    planned = visible_activities(user).filter(person__struck=None, deal=OuterRef("pk"), at=None, due__isnull=False)
    return deals.order_by().annotate(next=Subquery(planned.order_by("due").values("due")[:1]))


def _cards(
    user: User | None, first: Mapping[int, Sequence[int]], stages: Sequence[Stage], at: datetime
) -> dict[int, list[Card]]:
    """The cards of some deals of each stage; as many queries, however many there are."""
    owners = visible_owners(user) if user is not None else None
    keys = [key for some in first.values() for key in some]
    there = Deal.objects.filter(pk__in=keys, stage__in=[one.pk for one in stages])
    rows = {row[0]: row for row in there.values_list(*_SHOWN)}
    tasks, tags = _tasks(user, keys), _tags(keys)
    allowed = {one.pk: one.rotting_days for one in stages}
    found: dict[int, list[Card]] = defaultdict(list)
    for key in keys:
        if key not in rows:
            continue  # it moved on, or went with its import, between the two questions
        _, version, name, value, currency, stage, entered, touched, owner, called, email, company, its_owner = rows[key]
        days = allowed[stage]
        rotting = days is not None and at - max(entered, touched) > timedelta(days=days)
        aged = max((at - entered).days, 0)
        firm = company if company and owned_by(owners, its_owner) else ""
        whose = Owner(owner, called, email) if owner is not None else None
        marks = tuple(tags.get(key, ()))
        card = Card(key, version, name, firm, value, currency, whose, aged, rotting, tasks.get(key), marks)
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


def _tags(deals: Sequence[int]) -> dict[int, list[Label]]:
    """What deals are marked with, by name."""
    rows = Deal.tags.through.objects.filter(deal__in=deals).order_by("tag__name")
    found: dict[int, list[Label]] = defaultdict(list)
    for deal, name, colour in rows.values_list("deal", "tag__name", "tag__colour"):
        found[deal].append(Label(name, colour))
    return found


def _rots(stages: Sequence[Stage], at: datetime) -> Case:
    """1 of a deal that rots, else 0."""
    return Case(When(_rotting(stages, at), then=Value(1)), default=Value(0), output_field=IntegerField())


def _rotting(stages: Sequence[Stage], at: datetime) -> Q:
    """The condition that nothing was done about a deal for longer than its stage allows."""
    alike: dict[int, list[int]] = defaultdict(list)
    for one in stages:
        if one.rotting_days is not None:
            alike[one.rotting_days].append(one.pk)
    rots = Q(pk=None)
    for days, keys in alike.items():
        limit = at - timedelta(days=days)
        rots |= Q(stage__in=keys, entered__lt=limit, touched__lt=limit)
    return rots


def _column(stage: Stage, stands: _Stands, cards: Sequence[Card]) -> Column:
    ordered = sorted(stands.amounts.items(), key=lambda one: (-one[1][0], one[0]))
    amounts = tuple(Amount(amount, currency) for currency, (_number, amount) in ordered)
    valued = sum(number for number, _amount in stands.amounts.values())
    return Column(stage, stands.number, stands.rotting, amounts, valued, tuple(cards))


def _micro(at: datetime) -> int:
    return (at - EPOCH) // _MICROSECOND


def _moment(place: int) -> datetime:
    return EPOCH + place * _MICROSECOND
