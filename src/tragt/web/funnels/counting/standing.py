"""Who stands where, kept without saying who: the attempts of a funnel with the numbers of their units.

Working this out takes as long as the report. What is kept on disk names nobody: a unit is its place in the sorted
list of the units that the log has at that version, and the list is read from the log again.
"""

import io
import threading
from collections import OrderedDict
from dataclasses import fields, replace

import numpy as np
from django.core.cache import cache

from tragt.funnel import Period
from tragt.funnel.attempts import Attempts
from tragt.funnel.members import Members
from tragt.web.funnels.counting import counting
from tragt.web.funnels.counting.figures import Asked, Figures
from tragt.web.funnels.counting.keeping import keep_if_possible
from tragt.web.funnels.counting.units import still

__all__ = ["keep_members", "kept_members", "members_of"]

_REMEMBERED = 4
_KEPT_FOR = 7 * 86_400

_lock = threading.Lock()
_remembered: OrderedDict[str, Members] = OrderedDict()


def members_of(asked: Asked, figures: Figures) -> Members:
    """Who stands at each step; from the memory of this process, from what is kept, or worked out.

    Args:
        asked: What is asked.
        figures: The figures they must agree with.

    Raises:
        InvalidDefinition: The log does not know the funnel's unit.
        NotEnoughData: The log is empty.
    """
    found = kept_members(asked, figures)
    if found is None:
        found = counting.members_of(asked.funnel, _period(asked, figures))
        if still(asked.funnel, asked.units):
            _remember(asked.key, found)
    return found


def kept_members(asked: Asked, figures: Figures) -> Members | None:
    """Who stands at each step, where that need not be worked out; else None."""
    with _lock:
        if asked.key in _remembered:
            _remembered.move_to_end(asked.key)
            return _remembered[asked.key]
    held = cache.get(_key(asked))
    if not isinstance(held, bytes):
        return None
    with np.load(io.BytesIO(held), allow_pickle=False) as arrays:
        attempts = Attempts(**{field.name: arrays[field.name] for field in fields(Attempts)})
        places = arrays["place"]
    units = counting.units_of(asked.funnel, figures.report.as_of)
    if len(places) and int(places.max()) >= len(units):
        return None
    found = Members(asked.funnel, attempts, units.gather(places))
    _remember(asked.key, found)
    return found


def keep_members(asked: Asked, figures: Figures) -> None:
    """Work out who stands where and keep it until the log changes, for funnels that take long."""
    found = counting.members_of(asked.funnel, _period(asked, figures))
    place = counting.units_of(asked.funnel, figures.report.as_of).search_sorted(found.units).to_numpy()
    packed = io.BytesIO()
    arrays = {field.name: getattr(found.attempts, field.name) for field in fields(Attempts)}
    np.savez_compressed(packed, place=place, **arrays)
    if still(asked.funnel, asked.units):
        keep_if_possible(_key(asked), packed.getvalue(), _KEPT_FOR)


def _key(asked: Asked) -> str:
    """Under what it is kept; the places of units are those in one generation."""
    return f"{asked.key}.standing{counting.generation_of(asked.funnel)}"


def _period(asked: Asked, figures: Figures) -> Period:
    return replace(asked.period, as_of=figures.report.as_of)


def _remember(key: str, found: Members) -> None:
    with _lock:
        _remembered[key] = found
        while len(_remembered) > _REMEMBERED:
            _remembered.popitem(last=False)
