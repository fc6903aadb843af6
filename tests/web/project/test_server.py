"""The web server is started again whatever ends it, and never where it was told to stop."""

import os
import pickle
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, cast

import pytest

from tragt.web.project import server
from tragt.web.project.configuration import Configuration, load
from tragt.web.project.nursery import Child, Gone, Nursery


class Ending:
    """A web server that ends as a crash loop ends it, again and again, until it is told to stop."""

    act: ClassVar[Callable[["Ending"], None]]

    def __init__(self, *_: object, **__: object) -> None:
        self.interrupt_signal = False
        self._started: list[Callable[[], None]] = []
        made.append(self)

    def on_startup(self, hook: Callable[[], None]) -> None:
        """Call something once signals are heard."""
        self._started.append(hook)

    def signal_handler_interrupt(self) -> None:
        """Stop, as told by a signal."""
        self.interrupt_signal = True

    def serve(self) -> None:
        """End, with trouble or as told."""
        for hook in self._started:
            hook()
        if not self.interrupt_signal:
            Ending.act(self)
        if not self.interrupt_signal:
            raise SystemExit(1)


made: list[Ending] = []


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Serves until told to stop: ``serve(what each server does, answers=True)``."""

    def served(act: Callable[[Ending], None], *, answers: bool = True) -> None:
        def tell(_configuration: Configuration, _ready: object, answered: threading.Event) -> None:
            if answers:
                answered.set()

        made.clear()
        monkeypatch.setattr(Ending, "act", staticmethod(act), raising=False)
        monkeypatch.setattr(server, "_Server", Ending)
        monkeypatch.setattr(server, "_tell_when_ready", tell)
        monkeypatch.setattr(server, "SHORTEST_SECONDS", 0.01)
        nobody = cast(Nursery, None)  # none of these servers has a process of its own
        server.serve(load({"TRAGT_HOME": str(tmp_path)}), nobody, lambda: None)

    return served


def test_server_that_ends_is_started_again_until_told_to_stop(serve: Callable[..., None]) -> None:
    def act(one: Ending) -> None:
        one.interrupt_signal = len(made) == 4

    serve(act)
    assert len(made) == 4


def test_server_that_never_answered_is_not_started_again(serve: Callable[..., None]) -> None:
    with pytest.raises(SystemExit):
        serve(lambda _: None, answers=False)
    assert len(made) == 1


def test_server_that_is_told_to_stop_while_it_pauses_is_not_started_again(
    serve: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: made[-1].signal_handler_interrupt())
    serve(lambda _: None)
    assert len(made) == 1


def test_server_that_is_told_to_stop_between_two_stops_the_second(
    serve: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The signal still goes to the first, which is over."""
    one_more = server._server

    def late(configuration: Configuration, nursery: Nursery) -> object:
        if made:
            made[-1].signal_handler_interrupt()
        return one_more(configuration, nursery)

    monkeypatch.setattr(server, "_server", late)
    serve(lambda _: None)
    assert len(made) == 2


def test_pause_grows_and_is_short_again_after_a_server_that_lasted() -> None:
    pauses, pause = [], 0.0
    for stood in (1, 1, 1, 1, 1, 1, 1, 1, 11, 1):
        pause = server._pause(pause, stood)
        pauses.append(pause)
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30, 0.5, 1]


class Bearing:
    """A nursery that keeps what it is told to bear."""

    def __init__(self) -> None:
        self.orders: list[bytes] = []

    def bear(self, child: Child, order: bytes) -> None:
        """Keep what a child shall do; it is alive from then on."""
        child.pid = os.getpid()
        self.orders.append(order)


@pytest.mark.parametrize("system", ["linux", "darwin"])
def test_who_answers_listens_by_itself_on_every_system(
    system: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Elsewhere than on Linux the server would open the socket itself, and sockets cannot be sent to a nursery."""
    monkeypatch.setattr(sys, "platform", system)
    nursery = Bearing()
    port = server.free_port("127.0.0.1", 0)
    built: Any = server._server(load({"TRAGT_HOME": str(tmp_path), "TRAGT_PORT": str(port)}), cast(Nursery, nursery))
    built._init_shared_socket()
    built._start_ipc()
    built._spawn_worker(0, built._spawn_asgi_worker, int).start()

    [order] = nursery.orders
    _name, _act, given = pickle.loads(order)
    (spec, shared), opened = given[3]
    assert (shared, opened) == (None, None)
    assert spec.__getstate__()[:2] == ("127.0.0.1", port)
    assert server.free_port("127.0.0.1", port) == port, "nobody listens there before the process that answers"


class Failing:
    """A nursery in which what is born ends at once, and that fails then: once for want of room, and for ever."""

    def __init__(self) -> None:
        self.troubles = iter([None, OSError(11, "no room"), Gone()])

    def bear(self, child: Child, _order: bytes) -> None:
        """Start a child, or fail."""
        if trouble := next(self.troubles):
            raise trouble
        child.pid = 1
        child.end(1)


def test_crew_that_lost_its_nursery_says_so_and_one_that_has_no_room_tries_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    told = threading.Event()
    caplog.set_level("WARNING", server.__name__)
    monkeypatch.setattr(server, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(os, "kill", lambda *_: told.set())
    crew = server.Crew(cast(Nursery, Failing()), 0)
    crew.start()
    assert told.wait(60)
    assert crew.lost
    assert "no room" in caplog.text
