"""How much a sender may send, also where many threads ask at once."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tragt.web.shell.limits import Limit, Limits


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads that give way to one another as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("restless")
def test_threads_that_ask_at_once_share_a_bucket() -> None:
    limits, limit = Limits(), Limit(rate=1e-9, burst=1000)

    def taken(_thread: int) -> int:
        return sum(limits.take((1, "192.0.2.1"), 1, limit) == 0 for _ in range(1000))

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(taken, range(8))) == 1000
