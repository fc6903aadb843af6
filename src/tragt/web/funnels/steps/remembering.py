"""What panels worked out, in the memory of the process alone, for it may hold values. The unit is the panel."""

from collections.abc import Callable
from typing import TypeVar

from django.conf import settings

from tragt.web.funnels.counting.turns import one_at_a_time
from tragt.web.funnels.steps.opening import Opened
from tragt.web.shell.remembered import Remembered

__all__ = ["forget", "remembered"]

_MOST = 48

_Found = TypeVar("_Found")

_known: Remembered[object] = Remembered(most=_MOST)


def remembered(opened: Opened, what: tuple[object, ...], work_out: Callable[[], _Found]) -> _Found:
    """What was worked out of a question, on the log as it is; else what is now.

    Args:
        opened: The step.
        what: What is worked out: it tells one thing from the others that may be asked of the same question.
        work_out: Works it out.
    """
    key = (settings.TRAGT.lake, opened.asked.key, opened.report.as_of, what)
    found = _known.known(key)
    if found is None:
        with one_at_a_time(f"panel {key}"):
            found = _known.of(key, work_out)
    return found  # type: ignore[return-value]


def forget() -> None:
    """Work everything out again."""
    _known.forget()
