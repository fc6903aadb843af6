"""What the log has that a funnel can be built of: events, stages, properties, units."""

from dataclasses import dataclass, field

from django.core.cache import cache
import msgspec

from tragt.funnel.definition import Unit
from tragt.web.funnels.draft import EVENT, STAGE, STAGES_OF
from tragt.web.funnels.sources import PropertyFound, log_names, log_properties, log_version, stages_found, units_found

__all__ = ["Offer", "Offers", "offers"]


@dataclass(frozen=True, slots=True)
class Offer:
    """Something a step can be.

    Attributes:
        value: As the field sends it.
        text: As the page shows it.
        count: How often it is in the log.
    """

    value: str
    text: str
    count: int


@dataclass(frozen=True)
class Offers:
    """What there is to choose from.

    Attributes:
        events: The events, the most frequent first.
        stages: The stages that deals enter, in their usual order.
        properties: The properties of events.
        units: The units that events name, the most frequent first.
    """

    events: tuple[Offer, ...] = ()
    stages: tuple[Offer, ...] = ()
    properties: tuple[PropertyFound, ...] = ()
    units: tuple[Unit, ...] = field(default=tuple(Unit))

    @property
    def kinds(self) -> dict[str, str]:
        """Of each property what it holds: ``number``, ``bool`` or ``text``."""
        return {one.name: one.kind for one in self.properties}

    def has(self, value: str) -> bool:
        """Whether something that was chosen is there; nothing chosen yet is."""
        return not value or any(one.value == value for one in (*self.events, *self.stages))


def offers() -> Offers:
    """What the log has to choose from, kept until it changes; values of properties are not kept."""
    key = f"funnels.offers.{log_version()}"
    held = cache.get(key)
    if isinstance(held, bytes):
        return msgspec.msgpack.decode(held, type=Offers)
    found = _read()
    cache.set(key, msgspec.msgpack.encode(found), timeout=None)
    return found


def _read() -> Offers:
    names = log_names()
    stages = stages_found() if any(one.name == STAGES_OF.entered for one in names) else []
    return Offers(
        events=tuple(Offer(EVENT + one.name, one.name, one.count) for one in names),
        stages=tuple(Offer(STAGE + name, name, count) for name, count in stages),
        properties=tuple(log_properties([])),
        units=tuple(units_found()),
    )
