"""An answer leaves the server only when the disk has what it acknowledges, seen in the calls to the kernel."""

import http.client
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.web.collect.faults.installation import running
from tests.web.collect.faults.sending import post

STRACE = shutil.which("strace")
CALLS = "trace=pwrite64,fdatasync,fsync,write,writev,sendto,sendmsg"
REQUESTS = 5
_WAL = r"inbox\.sqlite3-wal>"
WRITTEN, ANSWERED = (
    re.compile(r"pwrite64\(\d+<[^>]*" + _WAL),
    re.compile(r"(write|writev|sendto|sendmsg)\(.*HTTP/1\.1 200.*success"),
)
BEGUN = re.compile(r"^(\d+) .*(?:fdatasync|fsync)\(\d+<[^>]*" + _WAL)
RESUMED = re.compile(r"^(\d+) .*<\.\.\. (?:fdatasync|fsync) resumed>")


@pytest.mark.long
@pytest.mark.skipif(STRACE is None, reason="no strace on this machine (Debian: apt install strace)")
@pytest.mark.skipif("TRAGT_TEST_DATABASE_URL" in os.environ, reason="PostgreSQL writes in a process of its own")
def test_answer_leaves_after_the_log_of_the_inbox_is_on_disk(tmp_path: Path, make_home: Callable[[Path], Path]) -> None:
    trace = tmp_path / "trace"
    with running(tmp_path, make_home) as installation:
        installation.until(lambda: installation.worker)
        connection = http.client.HTTPConnection("127.0.0.1", installation.port, timeout=60)
        installation.until(lambda: answers(connection, installation.key))
        asked = [str(STRACE), "-f", "-y", "-s", "64", "-e", CALLS, "-o", str(trace), "-p", str(installation.worker)]
        with subprocess.Popen(asked, stderr=subprocess.PIPE, text=True) as tracing:
            assert tracing.stderr is not None
            if "attached" not in (said := tracing.stderr.readline()):
                pytest.skip(f"strace may not look at a process here: {said}")
            time.sleep(0.5)
            for number in range(REQUESTS):
                assert post(connection, installation.key, [number]).status == 200
            tracing.terminate()
        connection.close()
    assert re.fullmatch(rf"(w+s+a){{{REQUESTS}}}", order(trace.read_text())), order(trace.read_text())


def order(traced: str) -> str:
    """What happened in which order: ``w`` the log of the inbox was written, ``s`` it was on disk, ``a`` an answer left.

    Only what ended counts for a synchronisation, and only what began for an answer.
    """
    found, waiting = "", set[str]()
    for line in traced.splitlines():
        if WRITTEN.search(line):
            found += "w"
        elif ANSWERED.search(line):
            found += "a"
        elif begun := BEGUN.match(line):
            if "unfinished" in line:
                waiting.add(begun[1])
            else:
                found += "s"
        elif (resumed := RESUMED.match(line)) and resumed[1] in waiting:
            waiting.remove(resumed[1])
            found += "s"
    return found


def answers(connection: http.client.HTTPConnection, key: str) -> bool:
    """Whether the server takes a call."""
    try:
        return post(connection, key, [REQUESTS]).status == 200
    except (OSError, http.client.HTTPException):
        connection.close()
        return False
