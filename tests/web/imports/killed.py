"""A process that imports and undoes a file, each time in a child that can be killed.

Called as ``python -m tests.web.imports.killed FILE``. A line of its input says what to do (``import``, ``undo`` or
``complete``) and after how many calls of functions, its own and those in C, the child sends itself SIGKILL (0 for
never). A line of its output says how many calls it took, 0 where it was killed. The application is loaded once, for
loading it takes longer than a round.
"""

import os
import signal
import sys
import traceback
from pathlib import Path
from types import FrameType

from tragt.events import Options
from tragt.web.project.configuration import load
from tragt.web.project.home import prepare
from tragt.web.shell.acting import COMMAND_LINE


def main(path: Path) -> None:
    prepare(load())
    from django.db import connections  # noqa: PLC0415 - the apps are loaded only now

    from tragt.web.imports import tasks  # noqa: PLC0415

    assert tasks.run_import.name
    connections.close_all()
    print("ready", flush=True)
    for line in sys.stdin:
        what, fatal = line.split()
        print(in_a_child(what, path, int(fatal)), flush=True)


def in_a_child(what: str, path: Path, fatal: int) -> int:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, str(act(what, path, fatal)).encode())
        except BaseException:  # noqa: BLE001 - nothing of the parent may run in the child
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    os.close(writing)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reading) as told:
        calls = told.read()
    ended = os.waitstatus_to_exitcode(status)
    if ended not in (0, -signal.SIGKILL):
        sys.exit(ended)
    return int(calls) if ended == 0 else 0


def act(what: str, path: Path, fatal: int) -> int:
    from tragt.web.imports import actions  # noqa: PLC0415
    from tragt.web.imports.models import Import, State  # noqa: PLC0415

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
    return calls


if __name__ == "__main__":
    main(Path(sys.argv[1]))
