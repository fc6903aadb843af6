"""How much a sender may send: a bucket of calls a key and address, that fills again with time.

Each process has buckets of its own: where several answer, a sender may send as many times as much in the worst case.
A limit is there to keep one sender from taking all, not to count what was bought.
"""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

__all__ = ["PUBLIC", "Limit", "Limits"]

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


PUBLIC = Limit(rate=100, burst=3000)
"""What a public key may send from one address, where nobody said."""


class Limits:
    """The buckets of all senders of a process; those who did not send for longest are forgotten first."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[tuple[int, str], tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, sender: tuple[int, str], calls: int, limit: Limit) -> float:
        """Take calls out of a sender's bucket; the seconds to wait where it holds too few, else 0.

        Args:
            sender: Key and address.
            calls: How many; a batch larger than the burst needs a full bucket, and leaves it in debt.
            limit: What the sender may send.
        """
        with self._lock:
            now = time.monotonic()
            held, at = self._buckets.pop(sender, (limit.burst, now))
            held = min(limit.burst, held + (now - at) * limit.rate)
            needed = min(calls, limit.burst)
            waits = 0.0 if held >= needed else (needed - held) / limit.rate
            self._buckets[sender] = (held if waits else held - calls, now)
            if len(self._buckets) > _REMEMBERED:
                self._buckets.popitem(last=False)
        return waits
