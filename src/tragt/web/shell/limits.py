"""How much somebody may send or ask: a bucket a sender, that fills again with time. The unit is the sender.

Each process has buckets of its own: where several answer, a sender may send as many times as much in the worst case.
A limit is there to keep one sender from taking all, not to count what was bought.
"""

import threading
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
            held = self._held(sender, limit)
            needed = min(calls, limit.burst)
            waits = 0.0 if held >= needed else (needed - held) / limit.rate
            self._keep(sender, held if waits else held - calls)
        return waits

    def charge(self, sender: tuple[int, str], calls: int, limit: Limit) -> None:
        """Take what was used already out of a sender's bucket, which goes into debt where it holds too few.

        Args:
            sender: As of `take`, which then lets the sender wait until the debt is paid.
            calls: How many.
            limit: What the sender may send.
        """
        with self._lock:
            self._keep(sender, self._held(sender, limit) - calls)

    def forget(self) -> None:
        """Forget all senders."""
        with self._lock:
            self._buckets.clear()

    def _held(self, sender: tuple[int, str], limit: Limit) -> float:
        """What a bucket holds now; it is taken out of the row of all, for `_keep` to put it last."""
        now = time.monotonic()
        held, at = self._buckets.pop(sender, (limit.burst, now))
        return min(limit.burst, held + (now - at) * limit.rate)

    def _keep(self, sender: tuple[int, str], held: float) -> None:
        self._buckets[sender] = (held, time.monotonic())
        if len(self._buckets) > _REMEMBERED:
            self._buckets.popitem(last=False)
