"""What steps of saved funnels are called in the ledger, so that a leak is known again. The unit is the step."""

from collections.abc import Mapping
from dataclasses import replace

from tragt.funnel import Funnel
from tragt.web.leaks.models import STEP_LENGTH

__all__ = ["called_by", "names_of_steps", "targets_by"]

_ROOM = 5


def names_of_steps(saved: Funnel) -> tuple[str, ...]:
    """What each step is called: its title as it was saved; with a number where an earlier step has the same title.

    Titles as saved stay what they are when a spelling is merged or an event gets another display name, and go along
    when steps are put in another order. Who changes what a step asks for changes its title, or takes the leak along.

    Args:
        saved: The definition as it was saved.
    """
    found: list[str] = []
    for step in saved.steps:
        title = step.title[: STEP_LENGTH - _ROOM]
        same = sum(one == title or one.rpartition(" #")[0] == title for one in found)
        found.append(f"{title} #{same + 1}" if same else title)
    return tuple(found)


def called_by(names: tuple[str, ...], meant: Funnel) -> Funnel:
    """A definition whose steps are titled by these names, so that what is found names them.

    Args:
        names: Of its steps, in their order.
        meant: The definition with all spellings.
    """
    steps = tuple(replace(step, label=name) for step, name in zip(meant.steps, names, strict=True))
    return replace(meant, steps=steps)


def targets_by(names: tuple[str, ...], saved: Funnel, targets: Mapping[str, float]) -> dict[str, float]:
    """What share should come to each required step after the first, by these names.

    Nobody can be told to be below none, and with all as the target a single one who leaves would be a leak: those two
    are left out.

    Args:
        names: Of its steps, in their order.
        saved: The definition as it was saved.
        targets: The shares by title.
    """
    places = ((place, saved.steps[place].title) for place in saved.required[1:])
    return {names[place]: targets[title] for place, title in places if 0 < targets.get(title, 0) < 1}
