"""Who stands at a step, of those alone who entered with one value of a property. The unit is the attempt."""

from dataclasses import dataclass, replace

from tragt.funnel import Breakdown, Funnel
from tragt.funnel.members import Members, members_on
from tragt.lake.index.dictionary import code_file
from tragt.web.funnels.counting.counting import MOST_IN_MEMORY, Way, kind_of, laid_open, way_of
from tragt.web.funnels.counting.figures import Asked, Figures
from tragt.web.funnels.counting.sources import log_names, log_properties
from tragt.web.log.queries import index
from tragt.web.shell.remembered import Remembered

__all__ = ["Part", "members_of_part"]

LONGEST = 100
"""Letters of a value by which it is told apart from others."""

_known: Remembered[Members] = Remembered(most=4)


@dataclass(frozen=True, slots=True)
class Part:
    """Those who entered with a value.

    Attributes:
        by: The property of the entry.
        value: Its value as text, of which the first `LONGEST` letters count; empty is none.
    """

    by: str
    value: str

    def has(self, value: object) -> bool:
        """Whether a value is the one that is meant."""
        return ("" if value is None else str(value)[:LONGEST]) == self.value[:LONGEST]

    def there(self, funnel: Funnel) -> bool:
        """Whether the log knows the property of those who enter a funnel.

        Args:
            funnel: The definition, with all spellings.
        """
        return any(one.name == self.by for one in log_properties(_entering(funnel)))

    def at_hand(self, funnel: Funnel) -> bool:
        """Whether the value of each entry is known, or read while a reader waits.

        Args:
            funnel: The definition, with all spellings.
        """
        way, generation = way_of(funnel), index(kind_of(funnel)).current()
        if way is not Way.INDEX or generation is None:
            return way is Way.MEMORY
        unread = {name for name in _entering(funnel) if not code_file(generation.folder, name, self.by).exists()}
        return sum(one.count for one in log_names() if one.name in unread) <= MOST_IN_MEMORY


def members_of_part(asked: Asked, figures: Figures, part: Part) -> Members:
    """Who stands at each step, of those who entered with a value; worked out each time but for the last few asked.

    Args:
        asked: What is asked.
        figures: The figures of all, with which they must agree.
        part: Who is meant.

    Raises:
        TragtError: As of `counting.members_of`.
    """

    def worked_out() -> Members:
        period = replace(asked.period, as_of=figures.report.as_of)
        question, log, units, _moment = laid_open(asked.funnel, period, [part.by])
        found = members_on(replace(question, by=Breakdown(part.by)), log, units=units, part=part.has)
        return replace(found, funnel=asked.funnel)

    return _known.of((asked.key, figures.report.as_of, part), worked_out)


def _entering(funnel: Funnel) -> tuple[str, ...]:
    return funnel.steps[funnel.required[0]].names
