"""A process that imports or undoes a file and kills itself on the way: ``python -m tests.web.imports.killed``.

Arguments: what to do (``import``, ``undo`` or ``complete``), the file, and after how many calls of functions, its own
and those in C, it sends itself SIGKILL (0 for never). Prints how many calls it took.
"""

import os
import signal
import sys
from pathlib import Path
from types import FrameType

from tragt.events import Options
from tragt.web.project.configuration import load
from tragt.web.project.home import prepare
from tragt.web.shell.acting import COMMAND_LINE


def main(what: str, path: Path, fatal: int) -> None:
    prepare(load())
    from tragt.web.imports import actions, tasks  # noqa: PLC0415 - the apps are loaded only now
    from tragt.web.imports.models import Import, State  # noqa: PLC0415

    assert tasks.run_import.name
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        if event in ("call", "c_call"):
            calls += 1
            if calls == fatal:
                os.kill(os.getpid(), signal.SIGKILL)

    def quiet(_done: int, _total: int, _text: str) -> None:
        pass

    sys.setprofile(count)
    if what == "undo":
        one = Import.objects.get(state=State.DONE)
        actions.begin_undo(one.pk, COMMAND_LINE)
        actions.undo(one.pk, COMMAND_LINE, quiet)
    elif what == "complete":
        for one in Import.objects.filter(state=State.UNDOING):
            actions.undo(one.pk, COMMAND_LINE, quiet)
        for one in Import.objects.filter(state=State.COMMITTING):
            actions.commit(one.pk, COMMAND_LINE, quiet)
    else:
        actions.import_file(path, COMMAND_LINE, Options(zone="Europe/Copenhagen"))
    sys.setprofile(None)
    print(calls)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
