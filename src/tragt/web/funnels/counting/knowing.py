"""Making indexes know properties before anybody asks for them. The unit of observation is the property of an event.

The first question on a property reads it from the log, for seconds where there are millions of events. Properties
with few values are those that conditions and breakdowns are made of; the others are made known when they are asked for.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from tragt.lake.index import Kind
from tragt.web.funnels.counting import counting
from tragt.web.log.queries import names, sample

__all__ = ["know_few_valued"]

_LOOKED_AT = 1_500
_FEW = 50
_LONGEST = 100
_MOST = 12


def know_few_valued(kinds: Sequence[Kind]) -> None:
    """Make the indexes of some kinds know the properties with few values, those of most events first.

    Args:
        kinds: What is counted.
    """
    indexed = [kind for kind in kinds if counting.has_index(kind)]
    if not indexed:
        return
    for name, having in _few_valued().items():
        for kind in indexed:
            counting.make_known(kind, having, name)


def _few_valued() -> Mapping[str, list[str]]:
    """The properties with few values, each with the events that have it."""
    counts = {one.name: one.count for one in names()}
    having: dict[str, list[str]] = {}
    for event in counts:
        for name in _of_event(event):
            having.setdefault(name, []).append(event)
    likely = sorted(having, key=lambda name: (-sum(counts[event] for event in having[name]), name))
    return {name: having[name] for name in likely[:_MOST]}


def _of_event(event: str) -> Iterator[str]:
    """The properties of an event that have few values among some of its events."""
    values: dict[str, Counter[str]] = {}
    for text in sample(event, _LOOKED_AT).events["properties"].drop_nulls():
        held = msgspec.json.decode(text)
        for name, value in held.items() if isinstance(held, dict) else ():
            values.setdefault(name, Counter())[str(value)[:_LONGEST]] += 1
    for name, found in values.items():
        if len(found) <= _FEW:
            yield name
