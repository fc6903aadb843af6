"""What to ask about a leak and what to try: the texts of the firm, else those delivered. The unit is the place.

A place is a kind of step, a kind of leaks, or both. About a leak everything is said that is said of its kind of step,
of what it was compared with, and of what becomes of those who leak.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tragt.errors import NotFound
from tragt.web.crm.models import Level
from tragt.web.crm.models import Stage as PipelineStage
from tragt.web.funnels.models import SavedFunnel
from tragt.web.hypotheses.delivered import OF_LEAK, OF_STAGE
from tragt.web.hypotheses.models import Remedy, StageOfStep
from tragt.web.hypotheses.stages import StageKind, stage_between

__all__ = [
    "ANY",
    "LEAKS",
    "Place",
    "Stage",
    "Texts",
    "delivered",
    "places",
    "remedies",
    "stage_of",
    "texts_about",
    "texts_at",
]

_OF_LEVEL: Mapping[str, StageKind] = {
    Level.TOP: StageKind.QUALIFICATION,
    Level.MIDDLE: StageKind.MEETING,
    Level.BOTTOM: StageKind.CLOSE,
}

LEAKS: tuple[str, ...] = tuple(OF_LEAK)
"""The kinds of leaks, as `tragt.web.leaks.queries.KINDS` calls them."""

ANY = "any"
"""What addresses call a kind that is not said."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where texts belong.

    Attributes:
        leak: A kind of leaks; empty is any.
        stage: A kind of steps; empty is any.
    """

    leak: str = ""
    stage: str = ""

    @classmethod
    def named(cls, leak: str, stage: str) -> "Place":
        """The place that an address or a program names.

        Args:
            leak: A kind of leaks, or `ANY`.
            stage: A kind of steps, or `ANY`.

        Raises:
            NotFound: There is no such kind, or neither is said.
        """
        place = cls("" if leak == ANY else leak, "" if stage == ANY else stage)
        known = place.leak in ("", *LEAKS) and place.stage in ("", *StageKind.values)
        if not known or place == cls():
            raise NotFound(
                "hypotheses.no_place",
                f"There are no texts of '{leak}' and '{stage}'. Kinds of leaks are {', '.join(LEAKS)}; kinds of steps "
                f"are {', '.join(StageKind.values)}; one of the two may be '{ANY}'.",
                leak=leak,
                stage=stage,
            )
        return place

    @property
    def parts(self) -> tuple[str, str]:
        """What addresses call its two kinds."""
        return self.leak or ANY, self.stage or ANY


@dataclass(frozen=True, slots=True)
class Texts:
    """What to ask and what to try at a place.

    Attributes:
        place: Where they belong.
        questions: What to ask.
        proposals: What to try.
        row: The texts of the firm that are kept of this place, in use or put aside; None: there never were any.
    """

    place: Place
    questions: Sequence[str]
    proposals: Sequence[str]
    row: Remedy | None = None

    @property
    def own(self) -> bool:
        """Whether they are the firm's own."""
        return self.row is not None and not self.row.aside

    @property
    def version(self) -> int:
        """The version of the place; 0: nobody has written any of their own."""
        return 0 if self.row is None else self.row.version


@dataclass(frozen=True, slots=True)
class Stage:
    """What kind of step a step is.

    Attributes:
        guessed: The kind that its name tells of, else the part of the funnel that its pipeline has it in.
        said: The kind that somebody said it is; None where nobody did.
    """

    guessed: StageKind
    said: StageKind | None = None

    @property
    def kind(self) -> StageKind:
        """The kind that counts."""
        return self.said or self.guessed

    @property
    def told(self) -> bool:
        """Whether somebody said so."""
        return self.said is not None


def stage_of(funnel: int, before: str, step: str) -> Stage:
    """What kind of step those stand at who go from one step of a funnel to the next, or do not.

    Args:
        funnel: Key of the funnel.
        before: What `tragt.web.leaks.steps` calls the step at which they stand.
        step: What it calls the next one.
    """
    guessed = stage_between(before, step)
    if guessed is StageKind.OTHER:
        guessed = _by_level(funnel, before)
    told = StageOfStep.objects.filter(funnel=funnel, step=before).values_list("stage", flat=True).first()
    return Stage(guessed, None if told is None else StageKind(told))


def _by_level(funnel: int, step: str) -> StageKind:
    """The kind of a step whose name tells nothing, by the part of the funnel that its pipeline has it in."""
    pipelines = SavedFunnel.objects.filter(pk=funnel).values("pipeline")
    stages = PipelineStage.objects.filter(pipeline__in=pipelines, name=step, removed=None)
    level = stages.values_list("level", flat=True).first()
    return _OF_LEVEL.get(level or "", StageKind.OTHER)


def texts_at(place: Place) -> Texts:
    """What stands at a place.

    Args:
        place: The place; of a kind of leaks at a kind of steps it is what stands at the kind of leaks, until somebody
            writes what is to stand there.
    """
    return _at(place, _rows([place, Place(place.leak)]))


def texts_about(kinds: Iterable[str], stage: StageKind) -> Texts:
    """Everything that is to be asked and tried about a leak, each text once.

    Args:
        kinds: Its kinds.
        stage: The kind of step it is at.
    """
    wanted = [Place(stage=stage), *(Place(kind, stage) for kind in kinds)]
    rows = _rows([*wanted, *(Place(one.leak) for one in wanted)])
    found = [_at(one, rows) for one in wanted]
    questions = dict.fromkeys(text for one in found for text in one.questions)
    proposals = dict.fromkeys(text for one in found for text in one.proposals)
    return Texts(wanted[0], tuple(questions), tuple(proposals))


def remedies() -> list[Texts]:
    """What stands at every kind of step, at every kind of leaks, and where the firm wrote something for both."""
    rows = {(row.leak, row.stage): row for row in Remedy.objects.all()}
    both = [Place(*key) for key, row in rows.items() if all(key) and not row.aside]
    return [_at(place, rows) for place in [*places(), *both]]


def places() -> list[Place]:
    """Every kind of step, and every kind of leaks."""
    return [*(Place(stage=stage) for stage in StageKind.values), *(Place(leak) for leak in LEAKS)]


def delivered(place: Place) -> Texts:
    """What is delivered at a place.

    Args:
        place: The place; for a kind of leaks at a kind of steps it is what is delivered for the kind of leaks.
    """
    told = OF_LEAK[place.leak] if place.leak else OF_STAGE[StageKind(place.stage)]
    return Texts(place, tuple(map(str, told.questions)), tuple(map(str, told.proposals)))


def _rows(wanted: Iterable[Place]) -> dict[tuple[str, str], Remedy]:
    keys = {(one.leak, one.stage) for one in wanted}
    rows = Remedy.objects.filter(leak__in=[leak for leak, _stage in keys], stage__in=[stage for _leak, stage in keys])
    return {(row.leak, row.stage): row for row in rows}


def _at(place: Place, rows: dict[tuple[str, str], Remedy]) -> Texts:
    row = rows.get((place.leak, place.stage))
    if row is not None and not row.aside:
        return Texts(place, tuple(row.questions), tuple(row.proposals), row)
    if place.leak and place.stage:
        general = _at(Place(place.leak), rows)
        return Texts(place, general.questions, general.proposals, row)
    told = delivered(place)
    return Texts(place, told.questions, told.proposals, row)
