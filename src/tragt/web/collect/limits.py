"""How much a sender may send: a bucket of calls a key and address, that fills again with time."""

import time
from collections import OrderedDict
from dataclasses import dataclass

__all__ = ["Limit", "Limits"]

_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Limit:
    """What one sender may send.

    Attributes:
        rate: Calls a second over time.
        burst: Calls at once.
    """

    rate: float
    burst: float


class Limits:
    """The buckets of all senders of a process; those who did not send for longest are forgotten first."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._buckets: OrderedDict[tuple[int, str], tuple[float, float]] = OrderedDict()

    def take(self, sender: tuple[int, str], calls: int) -> float:
        """Take calls out of a sender's bucket; the seconds to wait where it holds too few, else 0.

        Args:
            sender: Key and address.
            calls: How many; a batch larger than the burst needs a full bucket, and leaves it in debt.
        """
        now = time.monotonic()
        held, at = self._buckets.pop(sender, (self._limit.burst, now))
        held = min(self._limit.burst, held + (now - at) * self._limit.rate)
        needed = min(calls, self._limit.burst)
        waits = 0.0 if held >= needed else (needed - held) / self._limit.rate
        self._buckets[sender] = (held if waits else held - calls, now)
        if len(self._buckets) > _REMEMBERED:
            self._buckets.popitem(last=False)
        return waits
