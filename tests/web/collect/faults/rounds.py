"""What happens in a round: a trouble, and a settler that is killed in the midst of its work."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.web.collect.faults.installation import Installation, Process
from tests.web.collect.faults.orders import Point
from tests.web.collect.faults.sending import Log, sending

__all__ = ["POINTS", "TROUBLES", "Round", "coming"]

POINTS = (
    Point.APPENDED,
    Point.OWN_SETTLED,
    Point.SETTLING,
    Point.COMMITTING,
    Point.WRITTEN,
    Point.OWN_REMOVING,
    Point.LEARNED,
    Point.DROPPING,
    None,
    Point.SETTLED,
    Point.OWN_REMOVED,
    Point.DROPPED,
)
"""Where a settler is killed: at a point, or anywhere; those come first that do not forgive."""

HAND_OVERS = {
    "outbox -> recent": {Point.OWN_SETTLED, Point.OWN_REMOVING},
    "inbox -> recent": {Point.LEARNED, Point.SETTLING},
    "recent -> lake": {Point.SETTLED, Point.COMMITTING},
    "lake -> delete": {Point.WRITTEN, Point.APPENDED, Point.DROPPING},
}
"""Each hand-over, and the points at which it is half done."""


@dataclass(frozen=True, slots=True)
class Round:
    """A round over an installation that others go on sending to.

    Attributes:
        installation: Whose processes suffer.
        log: What senders know.
        chance: Decides what is left to it.
        stopped_seconds: For how long a settler stands still before it is woken.
        hit: How often a kill left each hand-over half done.
    """

    installation: Installation
    log: Log
    chance: random.Random
    stopped_seconds: float = 0.3
    hit: Counter[str] = field(default_factory=Counter)

    def comes_through(self, times: int = 1) -> None:
        """Wait until something new was acknowledged."""
        for _ in range(times):
            self._until_more(self.log.taken)

    def _until_more(self, taken: int) -> None:
        self.installation.until(lambda: self.log.taken > taken)

    def _until_ended(self, process: Process) -> None:
        self.installation.until(lambda: process.code is not None)

    def kill_settler(self, point: Point | None) -> None:
        """Kill the settler at a point, or anywhere, and start another."""
        settler = self.installation.settler
        if point is None:
            time.sleep(self.chance.uniform(0, 0.5))
            settler.signal(signal.SIGKILL)
        else:
            self.installation.orders.give("die", point)
        self._until_ended(settler)
        assert settler.code == -signal.SIGKILL, self.installation.said.read_text()[-3000:]
        between = self.installation.place().between()
        self.hit.update(name for name in between if point in HAND_OVERS[name])
        self.installation.settler = self.installation.start("settler")

    # ------------------------------------------------------------ troubles

    def kill_web_before_it_commits(self) -> None:
        """Kill what answers, with deliveries written and not committed."""
        self._kill_web(lambda _: self.installation.orders.give("die", Point.INSERTED))

    def kill_web_before_it_answers(self) -> None:
        """Kill what answers, with deliveries not acknowledged yet; and its successor as soon as it is there."""
        self._kill_web(lambda _: self.installation.orders.give("die", Point.KEPT))
        self._kill_web(lambda worker: os.kill(worker, signal.SIGKILL))

    def kill_web_anywhere(self) -> None:
        """Kill what answers, whatever it does."""
        time.sleep(self.chance.uniform(0, 0.3))
        self._kill_web(lambda worker: os.kill(worker, signal.SIGKILL))

    def kill_server(self) -> None:
        """Kill what starts what answers again: a supervisor starts both."""
        self._kill_web(lambda _: self.installation.server.kill())

    def _kill_web(self, kill: Callable[[int], None]) -> None:
        worker = self.installation.worker
        kill(worker)
        self.installation.wait_for_another(worker)

    def _stopped_settler(self) -> Process:
        """The settler, stopped where it keeps nobody from writing: a lock of a process that stands still stays."""
        settler = self.installation.settler

        def stopped() -> bool:
            settler.signal(signal.SIGSTOP)
            if self.installation.is_free():
                return True
            settler.signal(signal.SIGCONT)
            return False

        self.installation.until(stopped)
        return settler

    def wake_settler_after_its_successor(self) -> None:
        """Stop the settler, let another do its work, wake it, and kill the other: what they write keeps them apart."""
        stopped = self._stopped_settler()
        successor = self.installation.start("alone")
        before = self.installation.settled()
        time.sleep(self.stopped_seconds)
        self.installation.until(lambda: self.installation.settled() > before)
        stopped.signal(signal.SIGCONT)
        time.sleep(self.chance.uniform(0, 0.5))
        successor.signal(signal.SIGKILL)
        self._until_ended(successor)

    def kill_settler_while_it_begins(self) -> None:
        """Kill the settler, and its successor while it looks at what it finds."""
        for seconds in (0.0, self.chance.uniform(0, 0.3)):
            settler = self.installation.settler
            time.sleep(seconds)
            settler.signal(signal.SIGKILL)
            self._until_ended(settler)
            self.installation.settler = self.installation.start("settler")

    def fail_database(self) -> None:
        """Restart the server of the database; where databases are files, let the inbox find no room on the disk.

        Nothing is settled while there is no room, for that would make some.
        """
        if self.installation.database:
            self.installation.database.control("restart", "-m", self.chance.choice(("immediate", "fast")))
            return
        settler = self._stopped_settler()
        self._refuse("full")
        settler.signal(signal.SIGCONT)

    def break_disk(self) -> None:
        """Let each write of the inbox end with an error."""
        self._refuse("broken")

    def _refuse(self, disk: str) -> None:
        before = self.log.refused
        self.installation.orders.give("disk", disk)
        self.installation.until(lambda: self.log.refused >= before + 3)
        self.installation.orders.take_back("disk")

    def jump_ahead(self) -> None:
        """Let the clock jump a day ahead and back."""
        self._jump("26")

    def jump_back(self) -> None:
        """Let the clock jump a day back and ahead."""
        self._jump("-26")

    def _jump(self, hours: str) -> None:
        self.installation.orders.give("clock", hours)
        self.comes_through(3)
        self.installation.orders.give("clock", "0")

    def kill_teller(self) -> None:
        """Kill what tells of own events: before it commits, before anybody knows, or anywhere."""
        point = self.chance.choice((Point.TELLING, Point.TOLD, None))
        teller = self.installation.teller
        if point is None:
            teller.signal(signal.SIGKILL)
        else:
            self.installation.orders.give("die", point)
        self._until_ended(teller)
        self.installation.teller = self.installation.start("teller")


TROUBLES: tuple[Callable[[Round], None], ...] = (
    Round.kill_web_before_it_commits,
    Round.wake_settler_after_its_successor,
    Round.fail_database,
    Round.jump_ahead,
    Round.kill_teller,
    Round.kill_web_before_it_answers,
    Round.jump_back,
    Round.break_disk,
    Round.kill_web_anywhere,
    Round.kill_server,
    Round.kill_settler_while_it_begins,
)
"""One for each round, in turn."""


@contextmanager
def coming(installation: Installation, log: Log) -> Iterator[None]:
    """Let calls and own events come meanwhile; at the end nothing comes any more."""
    installation.orders.give("tell", "on")
    with sending(installation.port, installation.key, log):
        yield
    installation.orders.take_back("tell")
