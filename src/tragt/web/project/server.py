"""The web server and what stands beside it: processes started, watched, and ended together."""

import http.client
import logging
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer

from tragt.errors import NotAllowed
from tragt.web.project.configuration import Configuration
from tragt.web.project.parentage import END_STREAMS, SERVER

__all__ = ["Crew", "free_port", "serve"]

TARGET = "tragt.web.project.asgi:application"
HEALTH = "/healthz"
GIVE_UP_SECONDS = 30.0
PAUSE_SECONDS = 1.0
SHORTEST_SECONDS, LONGEST_SECONDS = 0.5, 30.0
LASTING_SECONDS = 10.0
"""A server that stood for so long is started again after the shortest pause."""

log = logging.getLogger(__name__)


def free_port(host: str, port: int) -> int:
    """The port to listen on: the given one, or a free one for 0.

    Raises:
        NotAllowed: Another program listens there, or this user may not.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            return int(probe.getsockname()[1])
    except OSError as problem:
        raise NotAllowed(
            "server.port",
            f"Tragt cannot listen on {host}, port {port} ({problem.strerror}). End the program that does, or take "
            "another port: tragt up --port 8001 (0 takes a free one).",
        ) from problem


def serve(configuration: Configuration, ready: Callable[[], None]) -> None:
    """Serve pages until this process is told to stop, whatever becomes of the process that answers.

    Args:
        configuration: Where to listen.
        ready: Called once the first answer came.

    Raises:
        SystemExit: What answers ended again and again before the first answer came: waiting would mend nothing.
    """
    # A child that is forked inherits locks whose threads it does not have; Polars and Delta wait for them for ever.
    multiprocessing.set_start_method("spawn", force=True)
    os.environ[SERVER] = str(os.getpid())
    answered = threading.Event()
    threading.Thread(target=_tell_when_ready, args=(configuration, ready, answered), daemon=True).start()
    server, pause = _server(configuration), 0.0
    while True:
        begun = time.monotonic()
        try:
            server.serve()
        except SystemExit:
            if not answered.is_set() and not server.interrupt_signal:
                raise
        pause = _pause(pause, time.monotonic() - begun)
        if _told_to_stop(server, pause):
            return
        ended, server = server, _server(configuration)
        server.on_startup(partial(_pass_on, ended, server))


def _pause(before: float, stood: float) -> float:
    """How long to wait before a server is started again; longer each time that it did not stand for long."""
    if stood >= LASTING_SECONDS:
        return SHORTEST_SECONDS
    return min(max(before * 2, SHORTEST_SECONDS), LONGEST_SECONDS)


def _told_to_stop(server: MPServer, pause: float) -> bool:
    """Whether a server that ended was told to, or is while it pauses."""
    if not server.interrupt_signal:
        log.error("What answers ended twice within seconds. It is started again in %.1f seconds.", pause)
    end = time.monotonic() + pause
    while not server.interrupt_signal and time.monotonic() < end:
        time.sleep(0.05)
    return bool(server.interrupt_signal)


def _pass_on(ended: MPServer, server: MPServer) -> None:
    """Stop a server where its forerunner was told to in the moment between them."""
    if ended.interrupt_signal:
        server.signal_handler_interrupt()  # type: ignore[no-untyped-call]


class _Server(MPServer):
    """A server that tells those who answer when they shall end: an answer may go on for minutes otherwise."""

    def signal_handler_interrupt(self, *args: object, **kwargs: object) -> None:
        for child in multiprocessing.active_children():
            if child.pid is not None:
                os.kill(child.pid, END_STREAMS)
        super().signal_handler_interrupt(*args, **kwargs)  # type: ignore[no-untyped-call]


def _server(configuration: Configuration) -> MPServer:
    """A server, which starts what answers again by itself, unless that ends twice within seconds."""
    return _Server(
        TARGET,
        address=configuration.host,
        port=configuration.port,
        interface=Interfaces.ASGINL,
        workers=1,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        log_access=False,
        log_level=LogLevels(configuration.log_level),
    )


def _tell_when_ready(configuration: Configuration, ready: Callable[[], None], answered: threading.Event) -> None:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(configuration.host, configuration.host)
    end = time.monotonic() + GIVE_UP_SECONDS
    while time.monotonic() < end:
        try:
            connection = http.client.HTTPConnection(host, configuration.port, timeout=GIVE_UP_SECONDS)
            connection.request("GET", HEALTH, headers={"Host": "localhost"})
            if connection.getresponse().status == http.client.OK:
                answered.set()
                ready()
                return
        except OSError:
            pass  # it is not there yet
        time.sleep(0.05)


@dataclass(slots=True)
class Crew:
    """Workers and a settler beside the server: one that dies is replaced, all end with this process.

    Attributes:
        size: How many workers.
        settler: Whether a settler stands beside them.
    """

    size: int
    settler: bool = True
    _commands: list[str] = field(default_factory=list)
    _processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Start them, and a thread that watches them."""
        self._commands = ["worker"] * self.size + ["settle"] * self.settler
        self._processes = [self._started(command) for command in self._commands]
        threading.Thread(target=self._watch, daemon=True).start()

    def stop(self) -> None:
        """End them; a job at work is given back and goes on at the next start."""
        self._over.set()
        for process in self._processes:
            process.send_signal(signal.SIGTERM)
        for process in self._processes:
            try:
                process.wait(GIVE_UP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()

    def _started(self, name: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tragt.cli.app", name, "--beside", str(os.getpid())]
        return subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def _watch(self) -> None:
        while not self._over.wait(PAUSE_SECONDS):
            for place, process in enumerate(self._processes):
                if process.poll() is not None and not self._over.is_set():
                    self._processes[place] = self._started(self._commands[place])
