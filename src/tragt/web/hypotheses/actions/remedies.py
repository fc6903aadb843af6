"""Writing one's own questions and proposals in the place of those delivered, and saying what kind a step is."""

from collections.abc import Sequence

from django.utils import timezone

from tragt.errors import Conflict, InvalidDefinition
from tragt.web.accounts.models import User
from tragt.web.funnels.models import SavedFunnel
from tragt.web.hypotheses.models import Remedy, StageOfStep
from tragt.web.hypotheses.queries.remedies import Place, Texts, texts_at
from tragt.web.hypotheses.stages import StageKind
from tragt.web.leaks.models import STEP_LENGTH
from tragt.web.shell.acting import Who, acting
from tragt.web.shell.holding import hold, take_turn

__all__ = ["LONGEST", "MOST", "PERMISSION", "change_remedy", "choose_stage", "put_aside", "take_again"]

PERMISSION = "leaks.edit"
MOST = 12
"""So many questions, and so many proposals, stand at a place at most."""
LONGEST = 500
"""So many characters each of them has at most."""


def change_remedy(
    place: Place,
    *,
    who: Who,
    questions: Sequence[str] | None = None,
    proposals: Sequence[str] | None = None,
    version: int | None = None,
) -> Texts:
    """Write what stands at a place, in the place of what is delivered.

    Args:
        place: The place.
        who: Who writes it.
        questions: What to ask; None leaves it.
        proposals: What to try; None leaves it.
        version: The version that was seen, 0 where nobody had written anything; None takes any.

    Raises:
        NotAllowed: The role does not allow it.
        Conflict: Somebody changed it meanwhile.
        InvalidDefinition: There are too many, or one is too long.
    """
    with acting(who, PERMISSION, act="remedy", leak=place.leak, stage=place.stage):
        now = _held(place, version)
        row = now.row or Remedy(leak=place.leak, stage=place.stage, version=0)
        row.questions = list(now.questions) if questions is None else _lines("questions", questions)
        row.proposals = list(now.proposals) if proposals is None else _lines("proposals", proposals)
        _save(row, who, aside=False)
    return texts_at(place)


def put_aside(place: Place, *, who: Who, version: int | None = None) -> Texts:
    """Let what is delivered stand at a place again; the texts of one's own are put aside.

    Args:
        place: The place.
        who: Who does it.
        version: The version that was seen; None takes any.

    Raises:
        NotAllowed: The role does not allow it.
        Conflict: Somebody changed it meanwhile.
    """
    with acting(who, PERMISSION, act="remedy aside", leak=place.leak, stage=place.stage):
        row = _held(place, version).row
        if row is not None and not row.aside:
            _save(row, who, aside=True)
    return texts_at(place)


def take_again(place: Place, *, who: Who) -> Texts:
    """Let the texts of one's own that were put aside stand at a place again.

    Args:
        place: The place.
        who: Who does it.

    Raises:
        NotAllowed: The role does not allow it.
    """
    with acting(who, PERMISSION, act="remedy", leak=place.leak, stage=place.stage):
        row = _held(place, None).row
        if row is not None and row.aside:
            _save(row, who, aside=False)
    return texts_at(place)


def choose_stage(funnel: SavedFunnel, step: str, kind: str, *, who: Who) -> None:
    """Say what kind of step a step of a funnel is.

    Args:
        funnel: The funnel.
        step: What `tragt.web.leaks.steps` calls the step.
        kind: One of `StageKind`; empty: it is guessed from the name again.
        who: Who says it.

    Raises:
        NotAllowed: The role does not allow it.
        InvalidDefinition: There is no such kind.
    """
    with acting(who, PERMISSION, f"funnel {funnel.pk}", act="stage") as act:
        if kind not in ("", *StageKind.values):
            raise InvalidDefinition(
                "hypotheses.stage",
                f"There is no kind of step '{kind[:40]}'. Choose one of {', '.join(StageKind.values)}.",
            )
        act.details["stage"] = kind
        rows, step = StageOfStep.objects, step[:STEP_LENGTH]
        if kind:
            rows.update_or_create(funnel=funnel, step=step, defaults={"stage": kind})
        else:
            rows.filter(funnel=funnel, step=step).delete()


def _held(place: Place, version: int | None) -> Texts:
    take_turn("remedies")
    hold(Remedy, Remedy.objects.filter(leak=place.leak, stage=place.stage).values_list("pk", flat=True).first())
    now = texts_at(place)
    if version is not None and version != now.version:
        raise Conflict(
            "hypotheses.texts_changed",
            "Somebody changed these texts meanwhile. Look at them as they are now, then change them again.",
            version=now.version,
        )
    return now


def _save(row: Remedy, who: Who, *, aside: bool) -> None:
    row.aside = aside
    row.version += 1
    row.at = timezone.now()
    row.by = who.user if isinstance(who.user, User) else None
    row.save()


def _lines(name: str, given: Sequence[str]) -> list[str]:
    lines = [" ".join(one.replace("\0", " ").split()) for one in given]
    found = list(dict.fromkeys(filter(None, lines)))
    if len(found) > MOST:
        raise InvalidDefinition(
            "hypotheses.many", f"{len(found)} {name} were given; at most {MOST} are kept.", field=name, most=MOST
        )
    if any(len(one) > LONGEST for one in found):
        raise InvalidDefinition(
            "hypotheses.long_line", f"Each line of '{name}' has at most {LONGEST} characters.", field=name, most=LONGEST
        )
    return found
