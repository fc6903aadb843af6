"""A teller, settlers and readers at once: ``python -m tests.web.log.reading READERS SETTLERS BATCHES``.

They are forked from one process that loaded the application, for loading takes longer than the test. A reader ends with
an error where an event that it saw is gone, where one is there twice, or where one is missing between two others.
"""

import os
import random
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tests.web.collect.faults.processes import forked

if TYPE_CHECKING:
    from tragt.lake.beside import Beside

TOLD_AT_ONCE, TELLS_EVERY_SECONDS = 3, 0.02


def main(readers: int, settlers: int, batches: int) -> int:
    """Let some read while one settles; how many of them failed."""
    from tragt.cli.application import enter  # noqa: PLC0415 - as a process does that is started

    home = enter().home
    from django.db import connections  # noqa: PLC0415 - the apps are loaded only now

    from tragt.web.collect import settling  # noqa: F401, PLC0415 - loaded once for all that are forked

    connections.close_all()  # a connection is not to be shared
    children = [forked(lambda: _read(home, batches * TOLD_AT_ONCE)) for _ in range(readers)]
    children += [forked(lambda: _settle(home)) for _ in range(settlers)]
    children.append(forked(lambda: _tell(home, batches)))
    failed = 0
    for _ in children:
        if os.waitstatus_to_exitcode(os.wait()[1]):
            failed += 1
            (home / "done").touch()  # let the others end
    return failed


def _tell(home: Path, batches: int) -> None:
    from django.db import transaction  # noqa: PLC0415 - the apps are loaded only now

    from tragt.web.outbox.actions import OwnEvent, tell  # noqa: PLC0415
    from tragt.web.outbox.queries import under_way  # noqa: PLC0415

    for number in range(batches):
        with transaction.atomic():
            tell(*[OwnEvent("Deal Created", deal=str(number * TOLD_AT_ONCE + one)) for one in range(TOLD_AT_ONCE)])
        time.sleep(TELLS_EVERY_SECONDS)
    waited_for = under_way()
    while not waited_for.arrived() and not (home / "done").exists():
        time.sleep(TELLS_EVERY_SECONDS)
    (home / "done").touch()


def _settle(home: Path) -> None:
    """Settle as one who believes to be alone; where another was quicker, begin anew."""
    from django.db import DatabaseError  # noqa: PLC0415 - the apps are loaded only now

    from tragt.errors import TragtError  # noqa: PLC0415
    from tragt.web.collect.settling import Settler  # noqa: PLC0415

    chance = random.Random()
    while not (home / "done").exists():
        with suppress(DatabaseError, TragtError):
            settler = Settler()
            while not (home / "done").exists():
                settler.settle()
                if chance.random() < 0.2:
                    settler.commit(now=True)


def _read(home: Path, whole: int) -> None:
    from tragt.web.log.arriving import Arriving  # noqa: PLC0415 - the apps are loaded only now
    from tragt.web.log.queries import events, lake, names  # noqa: PLC0415

    lake().beside(_slowly(Arriving(home / "arriving").look))
    before = 0
    done = False
    while not done:
        done = (home / "done").exists()
        numbers = sorted(map(int, events(columns=["deal", "actor", "time"])["deal"]))
        assert numbers == list(range(len(numbers))), f"twice, or missing: {_wrong(numbers)}"
        assert len(numbers) >= before, f"{len(numbers)} events after {before}"
        before = sum(name.count for name in names())
        assert before >= len(numbers), f"{before} events counted after {len(numbers)}"
    assert before == whole


def _slowly(look: Callable[..., "Beside"]) -> Callable[..., "Beside"]:
    """Look, with time for others to move something before and after."""
    chance = random.Random()

    def looking(*given: int) -> "Beside":
        time.sleep(chance.uniform(0, 0.02))
        found = look(*given)
        time.sleep(chance.uniform(0, 0.02))
        return found

    return looking


def _wrong(numbers: list[int]) -> list[int]:
    return [one for place, one in enumerate(numbers) if one != place][:10]


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
