"""Following a funnel while somebody looks at it: figures that take no time are counted as events come, others by a job.

A page looks twice a second whether the log has changed; what is counted for one who looks is there for all.
"""

import time
from dataclasses import dataclass

from tragt.errors import TragtError
from tragt.web.collect.streaming import Came
from tragt.web.funnels import queries
from tragt.web.funnels.counting import sources
from tragt.web.funnels.counting.answering import Asking
from tragt.web.funnels.counting.figures import Figures, newest_mark
from tragt.web.funnels.periods import SavedPeriod
from tragt.web.shell.acting import Who

__all__ = ["Follower"]

_PACE_SECONDS = 2.0
"""How long a page is left in peace at least."""


@dataclass
class Follower:
    """One page that follows a funnel.

    Attributes:
        definition: The definition as it was saved.
        period: The period.
        title: What the funnel is called.
        who: Who looks.
    """

    definition: str
    period: SavedPeriod
    title: str
    who: Who
    _known: str = ""
    _looked: float = 0.0

    def look(self, after: int) -> Came | None:
        """Whether there are newer figures than those of a moment; None where there are none.

        Args:
            after: When those that the page shows were computed, in milliseconds since 1970.
        """
        now = time.monotonic()
        if now - self._looked < _PACE_SECONDS:
            return None
        version = sources.log_version()
        if version == self._known:
            return None
        self._looked = now
        asking = Asking(self.definition, self.period, self.title, self.who)
        try:
            stamp, current = self._newest(asking)
        except TragtError:
            self._known = version
            return None
        if current:
            self._known = version
        return Came(stamp, "newer") if stamp > after else None

    def _newest(self, asking: Asking) -> tuple[int, bool]:
        """When the newest figures were computed, and whether they are of the log as it is; counted now, or by a job."""
        mark = newest_mark(asking.asked)
        if mark is not None and mark.key == asking.asked.key:
            return mark.stamp, True
        if mark is None and not queries.at_a_glance(asking.asked):
            return 0, False  # the job that counts them was asked for by the page
        answer = asking.at_once()
        return (answer.stamp, not answer.behind) if isinstance(answer, Figures) else (0, True)
