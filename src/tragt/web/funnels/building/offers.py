"""What the log has that a funnel can be built of: events, stages, properties, units."""

from collections.abc import Mapping
from dataclasses import dataclass

from tragt.funnel.definition import Unit
from tragt.web.funnels.building.choices import EVENT, NAMED
from tragt.web.funnels.counting.sources import PropertyFound, event_log, log_names, log_properties
from tragt.web.funnels.counting.stages import STAGE_EVENTS, STAGE_PROPERTIES, most_named, stage_names
from tragt.web.funnels.counting.steady import steady_version
from tragt.web.lexicon.meaning import NOTHING, Lexicon
from tragt.web.lexicon.queries import lexicon
from tragt.web.people.queries import extent
from tragt.web.shell.remembered import Remembered

__all__ = ["Offer", "Offers", "offers"]


@dataclass(frozen=True, slots=True)
class Offer:
    """Something a step can be.

    Attributes:
        value: As the field sends it.
        text: As the page shows it.
        count: How often it is in the log; 0 where that is not counted.
    """

    value: str
    text: str
    count: int


@dataclass(frozen=True, slots=True)
class Offers:
    """What there is to choose from.

    Attributes:
        events: The events, the most frequent first.
        stages: The stages that deals enter, in their usual order.
        properties: The properties of events.
        units: The units that events name, the most frequent first.
        others: Events that are there and are not offered: hidden ones, and other spellings of those that are.
        names: What is known of names.
    """

    events: tuple[Offer, ...] = ()
    stages: tuple[Offer, ...] = ()
    properties: tuple[PropertyFound, ...] = ()
    units: tuple[Unit, ...] = tuple(Unit)
    others: tuple[Offer, ...] = ()
    names: Lexicon = NOTHING

    @property
    def kinds(self) -> dict[str, str]:
        """Of each property what it holds: ``number``, ``truth``, ``date``, ``time`` or ``text``."""
        return {one.name: one.kind for one in self.properties}

    def has(self, value: str) -> bool:
        """Whether something that was chosen is there; nothing chosen yet is."""
        return not value or any(one.value == value for one in (*self.events, *self.stages, *self.others))


_known: Remembered[Offers] = Remembered()


def offers() -> Offers:
    """What the log has to choose from; values may be personal, so this process keeps it in its memory only."""
    words = lexicon()
    return _known.of((steady_version(), words), lambda: _read(words))


def _read(words: Lexicon) -> Offers:
    names = log_names()
    if not names:
        return Offers()
    telling = words.all_spellings(STAGE_EVENTS)
    staged = [one.name for one in names if one.name in telling]
    stages = stage_names(event_log(STAGE_PROPERTIES, staged), words) if staged else {}
    held = extent()
    counts = {one.name: one.count for one in names}
    known = sorted({*counts, *map(words.kept, counts)}, key=lambda name: (-_joint(name, counts, words), name))
    events = {name: Offer(EVENT + name, words.called_as(name), _joint(name, counts, words)) for name in known}
    return Offers(
        events=tuple(one for name, one in events.items() if words.is_offered(name)),
        stages=tuple(Offer(NAMED + name, name, count) for name, count in stages.items()),
        properties=tuple(log_properties([one.name for one in names])),
        units=tuple(most_named(held.named, held.events)),
        others=tuple(one for name, one in events.items() if not words.is_offered(name)),
        names=words,
    )


def _joint(name: str, counts: Mapping[str, int], words: Lexicon) -> int:
    """How often an event is in the log, with all its spellings."""
    return sum(counts.get(spelling, 0) for spelling in words.spellings(name))
