"""The web server and what stands beside it: processes started, watched, and ended together."""

import http.client
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.net import SocketSpec  # type: ignore[attr-defined] # it is meant to be there
from granian.server.mp import MPServer, WorkerProcess

from tragt.errors import NotAllowed
from tragt.web.project.configuration import Configuration
from tragt.web.project.hands import settle, work
from tragt.web.project.nursery import Child, Gone, Nursery
from tragt.web.project.parentage import END_STREAMS

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


def serve(configuration: Configuration, nursery: Nursery, ready: Callable[[], None]) -> None:
    """Serve pages until this process is told to stop, whatever becomes of the process that answers.

    Args:
        configuration: Where to listen.
        nursery: Where the process that answers is born.
        ready: Called once the first answer came.

    Raises:
        SystemExit: What answers ended again and again before the first answer came: waiting would mend nothing.
    """
    answered = threading.Event()
    threading.Thread(target=_tell_when_ready, args=(configuration, ready, answered), daemon=True).start()
    server, pause = _server(configuration, nursery), 0.0
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
        ended, server = server, _server(configuration, nursery)
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
    """A server that lets those who answer be born in a nursery.

    It tells them when they shall end: an answer may go on for minutes otherwise.
    """

    def __init__(self, nursery: Nursery, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._nursery = nursery

    def _init_shared_socket(self) -> None:
        """Let the one process that answers listen by itself: no socket can be sent to what a nursery bears."""
        self._ssp = SocketSpec(self.bind_addr, self.bind_port, self.backlog)  # type: ignore[assignment] # as there
        self._sso = None

    def _spawn_worker(self, idx: Any, target: Any, callback_loader: Any) -> WorkerProcess:  # type: ignore[override]
        worker = super()._spawn_worker(idx, target, callback_loader)
        worker.inner = Child(self._nursery, "tragt web", target, *worker.inner._args)  # noqa: SLF001 - it has no other
        return worker

    def signal_handler_interrupt(self, *args: object, **kwargs: object) -> None:
        for worker in self.wrks:
            worker.inner.tell(END_STREAMS)
        super().signal_handler_interrupt(*args, **kwargs)  # type: ignore[no-untyped-call]


def _server(configuration: Configuration, nursery: Nursery) -> MPServer:
    """A server, which starts what answers again by itself, unless that ends twice within seconds."""
    return _Server(
        nursery,
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
    while True:
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
        nursery: Where they are born.
        size: How many workers.
        settler: Whether a settler stands beside them.
        lost: Whether they ended because the process that starts them did.
    """

    nursery: Nursery
    size: int
    settler: bool = True
    lost: bool = False
    _children: list[Child] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Start them, and a thread that watches them."""
        self._children = [self._worker() for _ in range(self.size)] + [self._settler() for _ in range(self.settler)]
        for child in self._children:
            child.start()
        threading.Thread(target=self._watch, daemon=True).start()

    def stop(self) -> None:
        """End them; a job at work is given back and goes on at the next start."""
        self._over.set()
        for child in self._children:
            child.terminate()
        for child in self._children:
            if not child.join(GIVE_UP_SECONDS):
                child.kill()

    def _worker(self) -> Child:
        return Child(self.nursery, "tragt worker", work)

    def _settler(self) -> Child:
        return Child(self.nursery, "tragt settle", settle)

    def _watch(self) -> None:
        while not self._over.wait(PAUSE_SECONDS):
            for place, child in enumerate(self._children):
                if not child.is_alive() and not self._over.is_set():
                    another = self._worker() if place < self.size else self._settler()
                    try:
                        another.start()
                    except OSError as problem:
                        log.warning("A process cannot be started (%s); it is tried again.", problem.strerror)
                        break
                    except Gone as problem:
                        log.critical("%s", problem)
                        self.lost = True
                        os.kill(os.getpid(), signal.SIGTERM)
                        return
                    self._children[place] = another
