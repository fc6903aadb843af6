"""Leading persons through the lead lifecycle: by hand, by rules, by events, from files.

A person is in one stage at a time. Rules, events and files lead forwards only, unless a rule says otherwise; a hand
leads any way. Each passage stays on record with the names of then, and the log is told of it in the same transaction.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from django.db import transaction
from django.utils import timezone

from tragt.errors import InvalidDefinition, NotFound
from tragt.web.accounts.models import User
from tragt.web.accounts.reach import check_change
from tragt.web.crm.models import How, Mark, Passage, PipelineKind, Stage, Standing
from tragt.web.crm.queries.pipelines import lifecycle, stage_of, stages_of
from tragt.web.crm.queries.standings import actors_of, rules, standings_of
from tragt.web.crm.rules import Rule, known_of
from tragt.web.outbox.actions import OwnEvent, tell
from tragt.web.people.actions.who_is_who import by_hand
from tragt.web.people.models import Person
from tragt.web.shell.acting import SYSTEM, Who, acting
from tragt.web.shell.holding import hold

__all__ = ["Arrival", "apply_rules", "arrive", "enter_stage", "lead_on", "set_mark", "take_mark"]

TOLD = "Lifecycle Stage Entered"
_PERMISSION = "people.edit"
_AT_ONCE = 100
_FIELDS = ("stage", "since", "mql", "sql")


@dataclass(frozen=True, slots=True)
class Arrival:
    """That a person comes to a stage.

    Attributes:
        person: Key of the person's row.
        stage: A stage of the lifecycle, with its pipeline.
        at: When, with its zone.
        backwards: Whether it may be an earlier stage than the person is in.
    """

    person: int
    stage: Stage
    at: datetime
    backwards: bool = False


def enter_stage(
    person: int, stage: int, *, who: Who, how: How = How.HAND, at: datetime | None = None, cause: str = ""
) -> Standing:
    """Let a person be in a stage of the lifecycle; one who is there already stays as they are.

    Args:
        person: Key of the person.
        stage: Key of the stage.
        who: Who does it.
        how: By what it happens; by hand it may be an earlier stage, else such a one is left alone.
        at: When; None means now.
        cause: By which undoing finds it, such as the name of an import; empty is the user's own hand.

    Returns:
        Where the person is now.

    Raises:
        NotFound: There is no such person or stage.
        NotAllowed: The person is not theirs to change.
        InvalidDefinition: The stage is one of deals.
    """
    with acting(who, _PERMISSION, f"person {person}", act="lifecycle"):
        _check(person, who)
        target = stage_of(stage)
        _check_lifecycle(target)
        arrival = Arrival(person, target, at or timezone.now(), backwards=how == How.HAND)
        arrive([arrival], how=how, who=who, cause=cause)
        return Standing.objects.select_related("stage").get(pk=person)


def set_mark(person: int, mark: str, *, who: Who, how: How = How.HAND, at: datetime | None = None) -> Standing:
    """Mark a person as qualified by marketing or by sales; one who is marked already stays as they are.

    Who is not in the lifecycle yet comes to its first stage.

    Args:
        person: Key of the person.
        mark: One of `Mark`.
        who: Who does it.
        how: By what it happens.
        at: When; None means now.

    Raises:
        NotFound: There is no such person.
        NotAllowed: The person is not theirs to change.
        InvalidDefinition: There is no such mark, or no lifecycle.
    """
    with acting(who, _PERMISSION, f"person {person}", act="mark", mark=mark):
        moment = at or timezone.now()
        standing = _marked(person, mark, who) or _first(person, who, how, moment)
        if getattr(standing, mark) is None:
            setattr(standing, mark, moment)
            standing.save(update_fields=[mark])
            _note_mark(standing, Mark(mark), how, who, moment, taken=False)
    return standing


def take_mark(person: int, mark: str, *, who: Who, how: How = How.HAND) -> Standing | None:
    """Take a mark from a person again.

    Args:
        person: Key of the person.
        mark: One of `Mark`.
        who: Who does it.
        how: By what it happens.

    Returns:
        Where the person is; None where they are in no stage.

    Raises:
        NotFound: There is no such person.
        NotAllowed: The person is not theirs to change.
        InvalidDefinition: There is no such mark.
    """
    with acting(who, _PERMISSION, f"person {person}", act="mark", mark=mark):
        standing = _marked(person, mark, who)
        if standing is not None and getattr(standing, mark) is not None:
            setattr(standing, mark, None)
            standing.save(update_fields=[mark])
            _note_mark(standing, Mark(mark), how, who, timezone.now(), taken=True)
    return standing


def lead_on(persons: Sequence[int], stage: Stage, *, how: How, by: Who, backwards: bool = False) -> int:
    """Let persons come to one stage now; a part of an act. How many did."""
    now = timezone.now()
    return arrive([Arrival(key, stage, now, backwards) for key in persons], how=how, who=by)


def arrive(arrivals: Sequence[Arrival], *, how: How, who: Who = SYSTEM, cause: str = "") -> int:
    """Let persons come to stages, in the order of the times; how many passages that makes.

    A part of an act or of settling, which is nobody's act. Doing it again changes nothing: one who is in a stage
    already does not come to it, and erased persons come nowhere.

    Args:
        arrivals: Who comes where.
        how: By what.
        who: Who does it.
        cause: By which undoing finds it; empty is the hand of who does it.
    """
    of_each: dict[int, list[Arrival]] = {}
    for one in sorted(arrivals, key=lambda one: one.at):
        of_each.setdefault(one.person, []).append(one)
    ways, number = list(of_each.values()), 0
    for start in range(0, len(ways), _AT_ONCE):
        with transaction.atomic():
            part = list(chain.from_iterable(ways[start : start + _AT_ONCE]))
            number += _arrive(part, how, who, cause or by_hand(who))
    return number


def apply_rules(persons: Collection[int]) -> int:
    """Lead those of some persons for whom a rule of the lifecycle holds to its stage; how many.

    Of several rules that hold the one of the furthest stage counts. Nobody's act: it follows from what changed.

    Args:
        persons: Keys of persons.
    """
    known = rules()
    if not known or not persons:
        return 0
    rows = list(Person.objects.filter(pk__in=persons, struck=None).select_related("company"))
    standings, now = standings_of([row.pk for row in rows]), timezone.now()
    found = [(row.pk, _ruled(known_of(row), known, standings.get(row.pk))) for row in rows]
    return arrive([Arrival(key, stage, now, backwards=True) for key, stage in found if stage], how=How.RULE)


def _ruled(
    known: Mapping[str, object], rules_in_order: Sequence[tuple[Stage, Rule]], now_in: Standing | None
) -> Stage | None:
    """The stage to which rules lead a person; None for none."""
    fulfilled = [(stage, rule) for stage, rule in rules_in_order if rule.holds(known)]
    forwards = [stage for stage, _ in fulfilled if _is_forwards(now_in, stage)]
    if forwards:
        return forwards[-1]
    if now_in is None or any(stage.pk == now_in.stage_id for stage, _ in fulfilled):
        return None
    back = [stage for stage, rule in fulfilled if rule.backwards]
    return back[-1] if back else None


def _is_forwards(standing: Standing | None, target: Stage) -> bool:
    """Whether a stage comes after the one a person is in; after a stage of an earlier lifecycle any does."""
    if standing is None or standing.stage.pipeline_id != target.pipeline_id:
        return True
    return target.position > standing.stage.position


def _arrive(arrivals: Sequence[Arrival], how: How, who: Who, cause: str) -> int:
    keys = [one.person for one in arrivals]
    persons = Person.objects.filter(pk__in=keys, struck=None).select_related("company").in_bulk()
    standings = standings_of(list(persons), lock=True)
    user = who.user if isinstance(who.user, User) else None
    passages: list[Passage] = []
    for one in arrivals:
        standing = standings.get(one.person)
        moved = standing is None or standing.stage_id != one.stage.pk
        if one.person not in persons or not moved or not (one.backwards or _is_forwards(standing, one.stage)):
            continue
        origin = standing.stage.name if standing else ""
        standing = standing or Standing(person=persons[one.person])
        standing.stage, standing.since = one.stage, one.at
        mark = one.stage.mark if one.stage.mark and getattr(standing, one.stage.mark) is None else ""
        if mark:
            setattr(standing, mark, one.at)
        standings[one.person] = standing
        row = Passage(person=persons[one.person], stage=one.stage, stage_name=one.stage.name, origin_name=origin)
        row.mark, row.how, row.at, row.by, row.cause = mark, how, one.at, user, cause
        passages.append(row)
    moved_ones = {passage.person_id: standings[passage.person_id] for passage in passages}
    Standing.objects.bulk_create(
        moved_ones.values(), update_conflicts=True, update_fields=_FIELDS, unique_fields=["person"]
    )
    Passage.objects.bulk_create(passages)
    _tell(passages)
    return len(passages)


def _tell(passages: Iterable[Passage]) -> None:
    """Let the log know of passages. Somebody whom it does not know by an actor is not told of."""
    passages = list(passages)
    actors = actors_of([passage.person_id for passage in passages])
    tell(
        *(
            OwnEvent(
                TOLD,
                actors[passage.person_id],
                passage.person.company.key if passage.person.company else "",
                time=passage.at,
                properties=_properties(passage),
            )
            for passage in passages
            if passage.person_id in actors
        )
    )


def _properties(passage: Passage) -> dict[str, object]:
    """What is told: of coming to a stage the stage, of a mark alone the mark, so that no funnel counts it as coming."""
    came = not passage.mark or passage.origin_name != passage.stage_name
    known: dict[str, object] = {
        "stage": passage.stage_name if came else "",
        "from": passage.origin_name if came else "",
        "stage_key": passage.stage_id if came else "",
        "mark": "" if passage.taken else passage.mark,
        "mark_taken": passage.mark if passage.taken else "",
        "how": str(passage.how),
    }
    return {name: value for name, value in known.items() if value != ""}


def _note_mark(standing: Standing, mark: Mark, how: How, who: Who, at: datetime, *, taken: bool) -> None:
    """Note that a mark was given or taken; the stage stays, so it is its own origin."""
    passage = Passage(
        person=standing.person,
        stage=standing.stage,
        stage_name=standing.stage.name,
        origin_name=standing.stage.name,
        mark=mark,
        taken=taken,
        how=how,
        at=at,
        by=who.user if isinstance(who.user, User) else None,
        cause=by_hand(who),
    )
    passage.save()
    _tell([passage])


def _marked(person: int, mark: str, who: Who) -> Standing | None:
    if mark not in Mark.values:
        raise InvalidDefinition("crm.mark", f"'{mark}' is no mark; there are {', '.join(Mark.values)}.", given=mark)
    _check(person, who)
    hold(Standing, person)
    return Standing.objects.select_related("stage", "person__company").filter(pk=person).first()


def _first(person: int, who: Who, how: How, at: datetime) -> Standing:
    known = lifecycle()
    stage = stages_of(known).select_related("pipeline").first() if known else None
    if stage is None:
        raise InvalidDefinition("crm.no_lifecycle", "There is no lifecycle with a stage yet. Make one in the settings.")
    arrive([Arrival(person, stage, at)], how=how, who=who)
    return Standing.objects.select_related("stage", "person__company").get(pk=person)


def _check(person: int, who: Who) -> None:
    found = Person.objects.filter(pk=person, struck=None).first()
    if found is None:
        raise NotFound("people.no_person", "There is no such person. Perhaps the person was erased.")
    check_change(who, found.owner_id)


def _check_lifecycle(stage: Stage) -> None:
    if stage.pipeline.kind != PipelineKind.LIFECYCLE or stage.pipeline.archived is not None:
        raise InvalidDefinition(
            "crm.no_lifecycle_stage", f"'{stage.name}' is no stage of the lifecycle. Choose one of its stages."
        )
