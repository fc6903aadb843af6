"""Reading where persons are in the lead lifecycle. The unit of observation is the person."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import F, QuerySet

from tragt.web.crm.models import Passage, PipelineKind, Stage, Standing
from tragt.web.crm.rules import FIELDS, Rule, rule_of
from tragt.web.people.bulk import chunks
from tragt.web.people.models import Identifier, Person

__all__ = [
    "Place",
    "actors_of",
    "heard_events",
    "known_traits",
    "latest_passages",
    "passages_of",
    "places_of",
    "rules",
    "standing_of",
    "standings_of",
]

_LATEST, _MOST = 200, 100


@dataclass(frozen=True, slots=True)
class Place:
    """How far a person is in the lifecycle.

    Attributes:
        person: Key of the person's row.
        position: Position of the stage; -1 where the person is in none.
    """

    person: int
    position: int


def standing_of(person: int) -> Standing | None:
    """Where a person is, with the stage; None where they are in none.

    Args:
        person: Key of the person.
    """
    return Standing.objects.select_related("stage").filter(pk=person).first()


def standings_of(persons: Collection[int], *, lock: bool = False) -> dict[int, Standing]:
    """Where some persons are, by their keys, with the stages.

    Args:
        persons: Their keys.
        lock: Whether nobody else may change it until the transaction is over.
    """
    rows = Standing.objects.select_for_update(of=("self",)).order_by("pk") if lock else Standing.objects.all()
    return {row.pk: row for row in rows.select_related("stage").filter(pk__in=persons)}


def places_of(actors: Sequence[str], lifecycle: int) -> dict[str, Place]:
    """Where the persons whose rows actors have are, by the actors; those without a row are left out.

    Args:
        actors: Actors of the event log.
        lifecycle: Key of the lifecycle.
    """
    fields = ("actor", "person", "person__standing__stage__pipeline", "person__standing__stage__position")
    rows = Identifier.objects.filter(person__struck=None).values_list(*fields)
    found = (row for part in chunks(actors) for row in rows.filter(actor__in=part))
    return {actor: Place(person, at if of == lifecycle else -1) for actor, person, of, at in found}


def passages_of(person: int) -> QuerySet[Passage]:
    """How a person came where they are, in its order.

    Args:
        person: Key of the person.
    """
    return Passage.objects.filter(person=person).select_related("by")


def latest_passages(person: int, most: int) -> list[Passage]:
    """How a person came where they are, the last passage first.

    Args:
        person: Key of the person.
        most: How many at most.
    """
    return list(passages_of(person).order_by(F("at").desc(), "-pk")[:most])


def rules() -> list[tuple[Stage, Rule]]:
    """The rules of the lifecycle in use, in the order of their stages."""
    found = [(stage, rule_of(stage.rule)) for stage in _stages().exclude(rule={})]
    return [(stage, rule) for stage, rule in found if rule is not None]


def heard_events() -> Mapping[str, Stage]:
    """The events that lead to stages of the lifecycle in use; one that leads to several leads to the last of them."""
    return {name: stage for stage in _stages().exclude(enters_on=[]) for name in stage.enters_on}


def known_traits() -> list[str]:
    """What rules may ask for: the fields, and the traits of those who came last, by name."""
    latest = Person.objects.filter(struck=None).order_by("-pk").values_list("traits", flat=True)[:_LATEST]
    traits = sorted({name for told in latest for name in told}, key=str.casefold)
    return [*FIELDS, *traits[:_MOST]]


def actors_of(persons: Sequence[int]) -> dict[int, str]:
    """What the event log calls persons, by their keys: a user where there is one, else a visitor.

    Who has no actor is left out.
    """
    rows = Identifier.objects.filter(person__in=persons).order_by("-pk").values_list("person", "actor")
    ordered = sorted(rows, key=lambda row: row[1].startswith("u:"))
    return dict(ordered)


def _stages() -> QuerySet[Stage]:
    stages = Stage.objects.filter(pipeline__kind=PipelineKind.LIFECYCLE, pipeline__archived=None, removed=None)
    return stages.select_related("pipeline")
