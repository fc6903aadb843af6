"""The servers that are compared, each with all its processes on one core."""

import http.client
import os
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import psycopg

from benchmarks.collect_peers.generator import Door
from tools.run_tests import SERVER_OPTIONS, postgres, postgres_programs
from tragt.lake import Lake

__all__ = ["Peer", "Tragt", "postgres_on"]

KEY = """
from tragt.web.project.home import set_up_django
set_up_django()
from tragt.web.accounts.actions.keys import create_write_key
from tragt.web.shell.acting import SYSTEM
print(create_write_key(SYSTEM, "Benchmark", "secret").key)
"""

PROBE = """
import sys, time, http.client, base64
from tragt.web.project.home import set_up_django
set_up_django()
from tragt.web.log import queries
port, key = int(sys.argv[1]), sys.argv[2]
head = {"Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}
for number in range(10**6):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("POST", "/v1/track", '{"event":"Probe %d","userId":"probe"}' % number, head)
    assert connection.getresponse().status == 200
    begun = time.perf_counter()
    while f"Probe {number}" not in {name.name for name in queries.names()}:
        time.sleep(0.02)
    print(time.perf_counter() - begun, flush=True)
    time.sleep(0.5)
"""

VIEW = """
import json, os, django
from django.conf import settings
settings.configure(ROOT_URLCONF=__name__, SECRET_KEY="x", ALLOWED_HOSTS=["*"], USE_TZ=True, INSTALLED_APPS=[],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["PEER"], "OPTIONS": {
        "transaction_mode": "IMMEDIATE", "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"}}})
django.setup()
from django.core.asgi import get_asgi_application
from django.db import connection, models
from django.http import HttpResponse, JsonResponse
from django.urls import path
from django.utils.dateparse import parse_datetime
from django.views.decorators.csrf import csrf_exempt

class Event(models.Model):
    id = models.CharField(max_length=100, primary_key=True)
    name = models.CharField(max_length=200)
    user = models.CharField(max_length=200)
    time = models.DateTimeField()
    properties = models.JSONField()
    context = models.JSONField()
    class Meta:
        app_label = "peer"

with connection.schema_editor() as editor:
    if "peer_event" not in connection.introspection.table_names():
        editor.create_model(Event)

@csrf_exempt
def take(request):
    calls = json.loads(request.body)["batch"]
    Event.objects.bulk_create([Event(id=one["messageId"], name=one["event"], user=one["userId"],
        time=parse_datetime(one["timestamp"]), properties=one["properties"], context=one["context"]) for one in calls],
        ignore_conflicts=True)
    return JsonResponse({"success": True})

urlpatterns = [path("healthz", lambda request: HttpResponse("ok")), path("take", take)]
application = get_asgi_application()
"""


@dataclass
class Probe:
    """How soon events counted.

    Attributes:
        seconds: From the acknowledgement of each until it counted.
    """

    seconds: list[float] = field(default_factory=list)

    def told(self) -> str:
        """In words."""
        if len(self.seconds) < 2:
            return "(too few were seen)"
        late = statistics.quantiles(self.seconds, n=20)[-1]
        return f"after {statistics.median(self.seconds):.2f} s (median of {len(self.seconds)}), {late:.2f} s (95 %)"


class _Server:
    """Processes on one core, ended with the block."""

    def __init__(self, folder: Path, core: int) -> None:
        self.folder, self._core = folder, core
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, command: Sequence[str], env: dict[str, str]) -> None:
        mine = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {self._core})  # the processes inherit it
        self._process = subprocess.Popen(command, env=_environment(env))
        os.sched_setaffinity(0, mine)
        for _ in range(600):
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", "/healthz", headers={"Host": "localhost"})
                if connection.getresponse().status == http.client.OK:
                    return
            except OSError:
                time.sleep(0.1)
        self.__exit__()
        raise SystemExit("The server did not start.")

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(60)


class Tragt(_Server):
    """Tragt: pages, worker and settler."""

    def __enter__(self) -> Self:
        self._home = self.folder / "home"
        env = {"TRAGT_HOME": str(self._home)}
        self.start([sys.executable, "-m", "tragt.cli.app", "up", "--port", str(self.port)], env)
        made = subprocess.run(
            [sys.executable, "-c", KEY], env=_environment(env), check=True, capture_output=True, text=True
        )
        self._key = made.stdout.split()[-1]
        self.door = Door(self.port, "/v1/batch", self._key)
        return self

    def wait_until_settled(self) -> float:
        """The seconds until nothing waits to be settled."""
        begun = time.perf_counter()
        while self._waiting():
            time.sleep(0.1)
        return time.perf_counter() - begun

    @contextmanager
    def probing(self) -> Iterator[Probe]:
        """See how soon events count, from a process beside the generator."""
        probe = Probe()
        command = [sys.executable, "-c", PROBE, str(self.port), self._key]
        process = subprocess.Popen(
            command, env=_environment({"TRAGT_HOME": str(self._home)}), stdout=subprocess.PIPE, text=True
        )
        lines = process.stdout
        assert lines is not None
        reading = threading.Thread(target=lambda: probe.seconds.extend(map(float, lines)), daemon=True)
        reading.start()
        try:
            yield probe
        finally:
            process.kill()
            process.wait()
            reading.join(5)

    def spent(self) -> dict[str, float]:
        """The seconds of processor time that each kind of process took so far."""
        assert self._process is not None
        found = {"web": 0.0, "settler": 0.0, "others": 0.0}
        for number in (self._process.pid, *_children(self._process.pid)):
            found[_kind(number)] += _seconds(number)
        if address := os.environ.get("TRAGT_DATABASE_URL"):
            with psycopg.connect(address) as connection:
                data = connection.execute("SHOW data_directory").fetchone()
            postmaster = int((Path(str(data and data[0])) / "postmaster.pid").read_text().split()[0])
            sessions = sum(map(_seconds, _children(postmaster)))
            found["database"] = sessions + _seconds(postmaster, ended=True)
        return found

    def memory(self) -> str:
        """The most memory that each process took."""
        assert self._process is not None
        found = []
        for number in (self._process.pid, *_children(self._process.pid)):
            status = Path(f"/proc/{number}/status").read_text()
            most = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
            found.append(f"{_kind(number)} {most / 1024:.0f} MB")
        return ", ".join(found)

    def counted(self) -> str:
        """What the lake holds, once the server has ended."""
        ids = Lake.open(self._home / "lake").read(columns=["id"])["id"]
        return f"{len(ids):,} events in the lake, {len(ids) - ids.n_unique()} of them twice"

    def _waiting(self) -> int:
        asked = "SELECT count(*) FROM tragt_inbox_raw"
        if address := os.environ.get("TRAGT_DATABASE_URL"):
            with psycopg.connect(address) as connection:
                found = connection.execute(asked).fetchone()
        else:
            with closing(sqlite3.connect(self._home / "tragt-inbox.sqlite3")) as database:
                found = database.execute(asked).fetchone()
        return int(found[0]) if found else 0


class Peer(_Server):
    """A plain Django view on the same server."""

    def __enter__(self) -> Self:
        (self.folder / "view.py").write_text(VIEW)
        command = [sys.executable, "-m", "granian", "--interface", "asginl", "--working-dir", str(self.folder)]
        env = {"PEER": str(self.folder / "peer.sqlite3")}
        self.start([*command, "view:application", "--port", str(self.port), "--no-access-log"], env)
        self.door = Door(self.port, "/take", "")
        return self


def _environment(more: dict[str, str]) -> dict[str, str]:
    """That of this process without the settings of the benchmark itself."""
    return {**{name: value for name, value in os.environ.items() if not name.startswith("TRAGT_BENCH")}, **more}


@contextmanager
def postgres_on(core: int) -> Iterator[None]:
    """A PostgreSQL of its own on a core, durable as by default, named to the servers; gone at the end."""
    programs = postgres_programs()
    if programs is None:
        raise SystemExit("PostgreSQL is not on this machine.")
    os.sched_setaffinity(0, {core})  # the processes inherit it
    SERVER_OPTIONS.update(dict.fromkeys(("fsync", "synchronous_commit", "full_page_writes"), "on"))
    with postgres(programs) as address:
        os.environ["TRAGT_DATABASE_URL"] = address
        try:
            yield
        finally:
            del os.environ["TRAGT_DATABASE_URL"]


def _kind(number: int) -> str:
    """What a process of Tragt is."""
    name = Path(f"/proc/{number}/comm").read_text().strip()
    return {"tragt settle": "settler", "tragt web": "web"}.get(name, "others")


def _seconds(number: int, *, ended: bool = False) -> float:
    """The processor time that a process took, with that of its children that have ended where they are asked for."""
    try:
        fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11 : 15 if ended else 13])) / os.sysconf("SC_CLK_TCK")


def _children(parent: int) -> list[int]:
    """All processes below one."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            number = int(path.parent.name)
            found += [number, *_children(number)]
    return found
