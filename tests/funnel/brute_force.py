"""A second reading of the semantics page: try every choice of events and ask the rules of each.

It answers the same question as the reference by another way and only for small logs, so that
where both agree neither has misread the page. Nothing here is incremental or clever: a chain
is valid when every rule says so, a moment is the greatest time of a chain, and an attempt ends
at the first of all moments at which something ends it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cached_property
from itertools import groupby, pairwise, product

from tragt.events.event import Event
from tragt.funnel.attempt import Attempt, Outcome
from tragt.funnel.condition import holds
from tragt.funnel.definition import Count, Entry, Funnel, Order, Skips
from tragt.funnel.durations import milliseconds
from tragt.funnel.question import Period
from tragt.funnel.steps import Exclude, Match, Step

HALF_AN_HOUR = 30 * 60 * 1000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Chosen:
    """The attempts of all units that count, that are mature, and that expected rates rest on."""

    counted: tuple[Attempt, ...]
    mature: tuple[Attempt, ...]
    expected: tuple[Attempt, ...]


@dataclass(frozen=True)
class Ending:
    outcome: Outcome
    moment: int | None = None
    by_adjacency: bool = False
    loss: Event | None = None


@dataclass(frozen=True)
class View:
    """What one attempt sees: its entry, and the events of its unit that it may look at."""

    funnel: Funnel
    unit: str
    entry: Event
    events: tuple[Event, ...]
    as_of: int
    zone: tzinfo

    @property
    def start(self) -> int:
        return self.entry.time

    @cached_property
    def required(self) -> tuple[Step, ...]:
        return tuple(self.funnel.steps[i] for i in self.funnel.required)

    @cached_property
    def matures(self) -> int | None:
        if self.funnel.window == "session":
            of_session = [e.time for e in self.events if e.session == self.entry.session and e.session is not None]
            return max([self.start, *of_session]) + HALF_AN_HOUR
        return None if self.funnel.length is None else self.start + milliseconds(self.funnel.length)

    # Relations between events

    def may_come_before(self, a: Event, b: Event) -> bool:
        in_order = a.time <= b.time + milliseconds(self.funnel.tolerance)
        return in_order or self.same_vague_day(a, b)

    def same_vague_day(self, a: Event, b: Event) -> bool:
        return (a.day or b.day) and day_of(a.time, self.zone) == day_of(b.time, self.zone)

    def in_window(self, event: Event) -> bool:
        if self.funnel.window == "session":
            return event.session is not None and event.session == self.entry.session
        return self.funnel.window is None or event.time - self.start <= milliseconds(self.funnel.window)

    def keeps_hold(self, event: Event) -> bool:
        values = [(event.properties.get(name), self.entry.properties.get(name)) for name in self.funnel.hold]
        return all(given is not None and given == held for given, held in values)

    # Chains

    def chains(self, length: int) -> Iterator[tuple[Event, ...]]:
        candidates = [[e for e in self.events if matches(step, e)] for step in self.required[1:length]]
        for later in product(*candidates):
            chain = (self.entry, *later)
            if length == 1 or self.valid(chain):
                yield chain

    def valid(self, chain: Sequence[Event]) -> bool:
        distinct = len({e.id for e in chain}) == len(chain)
        return (
            distinct
            and all(self.in_window(e) and self.keeps_hold(e) for e in chain)
            and all(self.may_follow(i, chain[i], chain[i + 1]) for i in range(len(chain) - 1))
        )

    def may_follow(self, place: int, a: Event, b: Event) -> bool:
        within = self.required[place + 1].within
        return (
            self.may_come_before(a, b)
            and (within is None or b.time - a.time <= milliseconds(within))
            and not (
                self.funnel.order is Order.ADJACENT
                and any(a.time < z.time < b.time for z in self.counting_between(place) if z.id not in (a.id, b.id))
            )
        )

    def counting_between(self, place: int) -> list[Event]:
        """The events that, in an adjacent order, may not stand between this required step and the next."""
        first, last = self.funnel.required[place : place + 2]
        between = self.funnel.steps[first + 1 : last]
        return [
            z
            for z in self.events
            if (not self.funnel.among or z.name in self.funnel.among) and not any(matches(step, z) for step in between)
        ]

    def assignments(self) -> Iterator[dict[int, Event]]:
        """Any order: every valid choice of distinct events for some of the steps, the entry among them."""
        choices = [[None, *(e for e in self.events if matches(step, e))] for step in self.required]
        for choice in product(*choices):
            assigned = {i: e for i, e in enumerate(choice) if e is not None}
            if self.valid_assignment(assigned):
                yield assigned

    def valid_assignment(self, assigned: Mapping[int, Event]) -> bool:
        events = list(assigned.values())
        blocks = blocks_of(self.funnel)
        if len({e.id for e in events}) < len(events):
            return False
        if not any(i in assigned and assigned[i].id == self.entry.id for i in blocks[0]):
            return False
        if len(events) > 1 and not all(self.in_window(e) and self.keeps_hold(e) for e in events):
            return False
        if not all(self.may_come_before(self.entry, assigned[i]) for i in blocks[0] if i in assigned):
            return False
        for block, following in pairwise(blocks):
            inside = [assigned[i] for i in following if i in assigned]
            if inside and not all(i in assigned for i in block):
                return False
            if not all(self.may_come_before(assigned[i], e) for e in inside for i in block):
                return False
        return True

    # Moments

    @cached_property
    def reached(self) -> tuple[tuple[int, Event], ...]:
        """For each required step that a valid chain ever reaches: the moment, and the step's event.

        Of several events of that moment one that matches the step itself goes before one that fills it.
        """
        steps: list[tuple[int, Event]] = []
        for length in range(1, len(self.required) + 1):
            ways = list(self.ways(length))
            if not ways:
                break
            step = self.required[length - 1]
            steps.append(min(ways, key=lambda way: (way[0], not matches(step, way[1]), *first_of_all(way))))
        return tuple(steps)

    def ways(self, length: int) -> Iterator[tuple[int, Event]]:
        """Every way to reach so many required steps: its moment, and the event that is the step's."""
        if self.funnel.order is Order.ANY:
            for assigned in self.assignments():
                if len(assigned) == length:
                    last = max(assigned.values(), key=lambda e: (e.time, e.id))
                    yield last.time, last
        elif self.funnel.skips is Skips.FILL and length > 1:
            for e in self.events:
                if self.enters(e) and any(matches(step, e) for step in self.required[length - 1 :]):
                    yield max(self.start, e.time), e
        else:
            for chain in self.chains(length):
                yield max(e.time for e in chain), chain[-1]

    def enters(self, event: Event) -> bool:
        """Funnel over stages with skips filled: whether the event may enter a stage in this attempt."""
        return self.may_come_before(self.entry, event) and self.in_window(event) and self.keeps_hold(event)

    # Endings

    @cached_property
    def ending(self) -> Ending:
        moments = {self.start, *(e.time for e in self.events)}
        if self.matures is not None and self.matures <= self.as_of:
            moments.add(self.matures)
        for moment in sorted(m for m in moments if m >= self.start):
            found = self.ends_at(moment)
            if found is not None:
                return found
        return Ending(Outcome.OPEN)

    def ends_at(self, moment: int) -> Ending | None:
        if len([m for m, _ in self.reached if m <= moment]) == len(self.required):
            return Ending(Outcome.CONVERTED, moment)
        losses = [e for e in self.all_losses if self.moment_of_loss(e) == moment and not self.is_void(e)]
        if losses:
            return Ending(Outcome.LOST, moment, loss=min(losses, key=lambda e: (e.time, e.id)))
        if any(self.excludes(exclude, e) for exclude in self.funnel.exclude for e in self.events if e.time == moment):
            return Ending(Outcome.EXCLUDED, moment)
        if self.funnel.order is Order.ADJACENT and self.broken_off(moment):
            return Ending(Outcome.EXCLUDED, moment, by_adjacency=True)
        return Ending(Outcome.EXPIRED, moment) if moment == self.matures and moment <= self.as_of else None

    def moment_of_loss(self, loss: Event) -> int:
        return max(loss.time, self.start)

    @cached_property
    def all_losses(self) -> list[Event]:
        """The losses from the entry on."""
        return [
            e
            for e in self.events
            if matches_any(self.funnel.lost, e) and (e.time >= self.start or self.same_vague_day(self.entry, e))
        ]

    def is_void(self, loss: Event) -> bool:
        return any(self.reopens(e, loss) for e in self.events)

    def reopens(self, event: Event, loss: Event) -> bool:
        lost = self.moment_of_loss(loss)
        alive = self.matures is None or event.time <= self.matures
        by_name = matches_any(self.funnel.reopen, event) and event.time >= lost
        later = event.time > lost and not self.same_vague_day(loss, event)
        by_stage = self.funnel.skips is not None and matches_any(self.funnel.steps, event) and later
        return alive and (by_name or by_stage)

    def excludes(self, exclude: Exclude, event: Event) -> bool:
        last = len(self.funnel.steps) if exclude.before is None else exclude.before
        after, before = self.moment_at(exclude.after), self.moment_at(last)
        return (
            matches(exclude.match, event)
            and after is not None
            and after < event.time
            and not (before is not None and before <= event.time)
            and not matches_any(self.funnel.steps[exclude.after : last], event)
        )

    def moment_at(self, position: int) -> int | None:
        """When the required step at this position over all steps, from 1, is reached."""
        place = self.funnel.required.index(position - 1)
        return self.reached[place][0] if place < len(self.reached) else None

    def broken_off(self, moment: int) -> bool:
        existing = [
            chain
            for length in range(1, len(self.required))
            for chain in self.chains(length)
            if max(e.time for e in chain) <= moment
        ]
        return all(self.dead(chain, moment) for chain in existing)

    def dead(self, chain: Sequence[Event], moment: int) -> bool:
        inside = {e.id for e in chain}
        return any(
            z.id not in inside and chain[-1].time < z.time <= moment for z in self.counting_between(len(chain) - 1)
        )

    # The attempt

    def attempt(self) -> Attempt:
        end = self.as_of if self.ending.moment is None else self.ending.moment
        reached = [(moment, event) for moment, event in self.reached if moment <= end]
        optional = self.optional_steps(reached, end)
        return Attempt(
            unit=self.unit,
            entry=self.entry,
            moments=tuple(moment for moment, _ in reached),
            events=tuple(event for _, event in reached),
            outcome=self.ending.outcome,
            ended=self.ending.moment,
            matures=self.matures,
            optional=tuple(None if taken is None else taken[0] for taken in optional),
            optional_events=tuple(None if taken is None else taken[1] for taken in optional),
            filled=tuple(
                not matches(step, event) and self.funnel.skips is Skips.FILL
                for step, (_, event) in zip(self.required, reached, strict=False)
            ),
            named=self.named(end),
            loss=self.ending.loss,
            voided=sum(self.moment_of_loss(e) <= end and self.is_void(e) for e in self.all_losses),
        )

    def optional_steps(self, reached: Sequence[tuple[int, Event]], end: int) -> list[tuple[int, Event] | None]:
        taken: list[tuple[int, Event] | None] = []
        for i, step in enumerate(self.funnel.steps):
            if not step.optional:
                continue
            place = max(k for k, position in enumerate(self.funnel.required) if position < i)
            ways = [
                (max(reached[place][0], e.time), e)
                for e in self.events
                if place < len(reached) and self.takes(step, e, reached, place)
            ]
            taken.append(min((way for way in ways if way[0] <= end), default=None, key=first_of_all))
        return taken

    def takes(self, step: Step, event: Event, reached: Sequence[tuple[int, Event]], place: int) -> bool:
        previous = reached[place][1]
        following = reached[place + 1][1] if place + 1 < len(reached) else None
        return (
            matches(step, event)
            and self.keeps_hold(event)
            and self.in_window(event)
            and all(event.id != e.id for _, e in reached)
            and self.may_come_before(previous, event)
            and (following is None or self.may_come_before(event, following))
            and (step.within is None or event.time - previous.time <= milliseconds(step.within))
        )

    def named(self, end: int) -> frozenset[int]:
        if self.funnel.order is not Order.ANY:
            return frozenset()
        until = [assigned for assigned in self.assignments() if all(e.time <= end for e in assigned.values())]
        return frozenset(i for assigned in until for i in assigned)


def attempts(
    funnel: Funnel,
    logs: Mapping[str, Sequence[Event]],
    as_of: int,
    period: Period | None = None,
    zone: tzinfo = UTC,
) -> Chosen:
    """Every attempt that counts, that is mature, and that expected rates rest on, by unit and entry."""
    of_units = [
        choose(
            funnel,
            all_attempts(funnel, unit, tuple(e for e in logs[unit] if e.time <= as_of), (as_of, zone)),
            as_of,
            (period, zone),
        )
        for unit in sorted(logs)
    ]
    return Chosen(
        counted=tuple(a for chosen in of_units for a in chosen.counted),
        mature=tuple(a for chosen in of_units for a in chosen.mature),
        expected=tuple(a for chosen in of_units for a in chosen.expected),
    )


def choose(funnel: Funnel, of_unit: Sequence[Attempt], as_of: int, cut: tuple[Period | None, tzinfo]) -> Chosen:
    """Which attempts of one unit count."""
    inside = [a for a in of_unit if in_period(a.entry, *cut)]
    first = sorted(inside, key=by_entry)[:1]
    if funnel.count is Count.BEST:
        deepest = sorted(inside, key=deepest_first)
        old = [a for a in deepest if a.matures is None or a.matures <= as_of]
        return Chosen(tuple(deepest[:1]), tuple(old[:1]), tuple(first))
    counted = inside
    if funnel.count is Count.FIRST:
        counted = first
    elif funnel.count is Count.FIRST_EVER:
        counted = [a for a in sorted(of_unit, key=by_entry)[:1] if a in inside]
    old = [a for a in counted if a.matures is None or a.matures <= as_of]
    return Chosen(tuple(counted), tuple(old), tuple(counted))


def all_attempts(funnel: Funnel, unit: str, seen: tuple[Event, ...], at: tuple[int, tzinfo]) -> list[Attempt]:
    """The attempts of one unit: one for each entry, or with *every* one after another."""
    entries = [e for e in seen if opens(funnel, e, seen)]
    if funnel.count is not Count.EVERY:
        return [View(funnel, unit, entry, seen, *at).attempt() for entry in entries]
    one_by_one: list[Attempt] = []
    visible = seen
    while entries:
        view = View(funnel, unit, min(entries, key=lambda e: (e.time, e.id)), visible, *at)
        one_by_one.append(view.attempt())
        visible = tuple(e for e in visible if comes_after_attempt(e, view))
        entries = [e for e in entries if e in visible]
    return one_by_one


def comes_after_attempt(event: Event, view: View) -> bool:
    """With *every*: whether the next attempt may see the event."""
    ended = view.ending.moment
    if ended is None:
        return False
    if view.ending.outcome is Outcome.EXCLUDED and not view.ending.by_adjacency:
        return view.matures is not None and event.time > view.matures
    return event.time >= ended if view.ending.by_adjacency else event.time > ended


def opens(funnel: Funnel, event: Event, seen: Iterable[Event]) -> bool:
    """Whether the event opens an attempt."""
    if funnel.order is Order.ANY and funnel.entry is Entry.ANY:
        return any(matches(funnel.steps[i], event) for i in blocks_of(funnel)[0])
    if matches(funnel.steps[0], event):
        return True
    if funnel.skips is not Skips.FILL:
        return False
    of_stages = [e for e in seen if matches_any(funnel.steps, e)]
    is_first = bool(of_stages) and min(of_stages, key=lambda e: (e.time, e.id)).id == event.id
    return is_first and not any(matches(funnel.steps[0], e) and e.time <= event.time for e in of_stages)


def blocks_of(funnel: Funnel) -> list[list[int]]:
    """Any order: the places of the steps, cut into blocks that come in order."""

    def alone(i: int) -> bool:
        return funnel.steps[i].anchored or (i == 0 and funnel.entry is Entry.FIRST)

    places = range(len(funnel.steps))
    return [list(block) for _, block in groupby(places, key=lambda i: i if alone(i) else -1)]


def matches(wanted: Step | Match, event: Event) -> bool:
    return event.name in wanted.names and holds(wanted.where, event.properties)


def matches_any(wanted: Iterable[Step | Match], event: Event) -> bool:
    return any(matches(one, event) for one in wanted)


def day_of(time: int, zone: tzinfo) -> date:
    return (EPOCH + timedelta(milliseconds=time)).astimezone(zone).date()


def in_period(entry: Event, period: Period | None, zone: tzinfo) -> bool:
    day = day_of(entry.time, zone)
    return period is None or (
        (period.start is None or period.start <= day) and (period.end is None or day < period.end)
    )


def first_of_all(way: tuple[int, Event]) -> tuple[int, int, str]:
    """The order in which ways to a step are taken: the earliest moment, then the smallest time, then the id."""
    moment, event = way
    return moment, event.time, event.id


def by_entry(attempt: Attempt) -> tuple[int, str]:
    return attempt.entry.time, attempt.entry.id


def deepest_first(attempt: Attempt) -> tuple[int, int, str]:
    return -attempt.depth, attempt.entry.time, attempt.entry.id
