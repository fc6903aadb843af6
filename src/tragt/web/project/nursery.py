"""Processes that are born with everything loaded: forked of one that loaded it and did nothing else.

Loading takes seconds, forking a hundredth of one. What is forked inherits locks without the threads that would open
them, and who asks Polars or Delta for anything has such threads from then on. So only a process forks that loaded them
and asked nothing: the nursery, which itself is forked of its process before that begins anything.
"""

import contextlib
import errno
import gc
import importlib
import os
import pickle
import signal
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import NoReturn

from django.utils import timezone

from tragt.errors import TragtError
from tragt.web.project.home import set_up_django
from tragt.web.project.parentage import END_STREAMS, PARENT

__all__ = ["Child", "Gone", "Nursery"]

LOADED = ("tragt.web.project.urls", "tragt.web.collect.asgi", "tragt.web.collect.settler", "tragt.web.jobs.worker")
"""What all that is forked needs, or most of it. The addresses bring the pages and what they rest on."""

LOST = 255
"""What a child is said to have ended with where nobody is left who would know."""


ANSWER_SECONDS = 60.0
"""A nursery forks in hundredths of a second; one that does not answer for so long never will."""

END_SECONDS = 10.0

SPILLED = "POLARS_OOC_SPILL_DIR"
"""Variable that names the folder of what Polars has no room for in memory; each process has one of its number in it."""

SPILLED_SECONDS = 6 * 3600.0
"""Nothing that is worked out takes so long; what lies there for longer is read by nobody."""

SWEEP_SECONDS = 600.0

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Gone(TragtError):
    """The nursery has ended; nothing can be started any more."""

    kind = "gone"

    def __init__(self) -> None:
        super().__init__("nursery.gone", "The process that starts the others has ended. Start Tragt again.")


class Child:
    """A process of the nursery, not started yet.

    Args:
        nursery: Where it is born.
        name: What it is called in lists of processes; fifteen characters at most are shown.
        act: What it does. It is sent to the process, as are its arguments.
        *given: The arguments.
    """

    def __init__(self, nursery: "Nursery", name: str, act: Callable[..., object], *given: object) -> None:
        self.pid = 0
        self.exit_code: int | None = None
        self._nursery, self._name, self._act, self._given = nursery, name, act, given
        self._ended = threading.Event()

    def start(self) -> None:
        """Start it, once.

        Raises:
            Gone: The nursery has ended.
            OSError: The system starts no other process now.
        """
        self._nursery.bear(self, pickle.dumps((self._name, self._act, self._given)))

    def is_alive(self) -> bool:
        """Whether it was started and has not ended."""
        return bool(self.pid) and not self._ended.is_set()

    def join(self, timeout: float | None = None) -> bool:
        """Wait for its end, for so many seconds at most; whether it has ended."""
        return self._ended.wait(timeout)

    def terminate(self) -> None:
        """Ask it to end."""
        self.tell(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.tell(signal.SIGKILL)

    def tell(self, number: signal.Signals) -> None:
        """Send it a signal, if it lives."""
        if self.is_alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def end(self, code: int) -> None:
        """Note that it has ended; called by its nursery."""
        self.exit_code = code
        self._ended.set()


class Nursery:
    """A process that starts others; it ends with the one that opened it, and they end with it.

    It is opened by a process that has no threads of its own and no connections yet, and that loads what there is.
    """

    def __init__(self) -> None:
        load()
        ours, theirs = Pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        with _undisturbed():
            self.pid = _fork()
            if not self.pid:
                _begin(ours, theirs)
        theirs.close()
        self._orders, self._turn = ours, threading.Lock()
        self._children: dict[int, Child] = {}
        self._awaited: Child | None = None
        self._refused = 0
        self._answered = threading.Event()
        self._gone = False
        threading.Thread(target=self._listen, name="nursery", daemon=True).start()

    def bear(self, child: Child, order: bytes) -> None:
        """Start a child.

        Args:
            child: Is told its number, and later its end.
            order: What it is called and does.

        Raises:
            Gone: The nursery has ended.
            OSError: The system starts no other process now.
        """
        with self._turn:
            self._answered.clear()
            self._awaited, self._refused = child, 0
            try:
                if self._gone:
                    raise Gone
                self._orders.send_bytes(order)
            except OSError as problem:
                raise Gone from problem
            if not self._answered.wait(ANSWER_SECONDS):
                self._kill()
                raise Gone
            if self._refused:
                raise OSError(self._refused, os.strerror(self._refused))
            if not child.pid:
                raise Gone

    def close(self) -> None:
        """End it; its children end soon after, if they have not."""
        with self._turn, contextlib.suppress(OSError):
            self._orders.send_bytes(b"")
        end = time.monotonic() + END_SECONDS
        with contextlib.suppress(ChildProcessError):
            while not os.waitpid(self.pid, os.WNOHANG)[0]:
                if time.monotonic() > end:
                    self._kill()
                    os.waitpid(self.pid, 0)
                    return
                time.sleep(0.01)

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def _listen(self) -> None:
        """Hear who was born and who has ended, in that order."""
        with contextlib.suppress(EOFError, OSError):
            while True:
                number, code = self._orders.recv()
                if not number:
                    self._refused = code
                    self._answered.set()
                elif code is None and self._awaited is not None:
                    self._awaited.pid = number
                    self._children[number] = self._awaited
                    self._answered.set()
                elif child := self._children.pop(number, None):
                    child.end(code)
        self._gone = True
        for child in self._children.values():
            child.end(LOST)
        self._answered.set()


def load() -> None:
    """Load what the children of a nursery need; what is loaded stays, and is not looked through for garbage."""
    set_up_django()
    for name in LOADED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()


# ---------------------------------------------------------------- in the nursery


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Let signals that stop a process wait: one that is forked has the handlers of its parent until it sets its own."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _fork() -> int:
    with warnings.catch_warnings():
        # Python warns of any thread; those that there are do not mind, see above.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _begin(ours: Connection, orders: Connection) -> NoReturn:
    """Be the nursery, and nothing else, whatever goes wrong."""
    code = 1
    try:
        ours.close()
        # Who is started by nohup does not mind that the terminal goes, nor do those whom they start.
        hangup = signal.SIG_IGN if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN else signal.SIG_DFL
        for number in STOPS:
            signal.signal(number, signal.SIG_IGN)  # it ends after the one that opened it, which hears these too
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
        _call("tragt nursery")
        _tend(orders, hangup)
        code = 0
    except BaseException:  # noqa: BLE001 - whatever it is, it is told and ends this process
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(code)


def _tend(orders: Connection, hangup: signal.Handlers) -> None:
    """Start what is ordered and tell who ended, until nobody is there to order."""
    nursery = os.getpid()
    woken, wakes = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(wakes, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
    with contextlib.suppress(EOFError, OSError):
        while True:
            ready = wait([orders, woken])
            if woken in ready:
                _tell_ended(orders, woken)
            if orders in ready:
                order = orders.recv_bytes()
                if not order:
                    break
                with _undisturbed():
                    try:
                        child = _fork()
                    except OSError as problem:
                        orders.send((0, problem.errno or errno.EAGAIN))
                        continue
                    if not child:
                        signal.set_wakeup_fd(-1)
                        orders.close()
                        os.close(woken)
                        os.close(wakes)
                        _live(order, nursery, hangup)
                orders.send((child, None))


def _tell_ended(orders: Connection, woken: int) -> None:
    with contextlib.suppress(BlockingIOError):
        os.read(woken, 4096)
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            orders.send((ended[0], os.waitstatus_to_exitcode(ended[1])))


# ---------------------------------------------------------------- in a child of it


def _live(order: bytes, nursery: int, hangup: signal.Handlers) -> NoReturn:
    """Do what was ordered, and end without taking down the interpreter, which threads of the server may still use."""
    code = 1
    try:
        for number in (signal.SIGTERM, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, hangup)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(END_STREAMS, signal.SIG_IGN)  # until it has streams
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
        os.environ[PARENT] = str(nursery)
        with open(os.devnull) as nothing:  # noqa: PTH123 - it is no path
            os.dup2(nothing.fileno(), 0)
        name, act, given = pickle.loads(order)
        _call(name)
        threading.Thread(target=_sweep, args=(_spilled(),), name="sweeper", daemon=True).start()
        act(*given)
        code = 0
    except SystemExit as asked:
        code = asked.code if isinstance(asked.code, int) else bool(asked.code)
    except KeyboardInterrupt:
        pass
    except BaseException:  # noqa: BLE001 - whatever it is, it is told and ends this process
        sys.excepthook(*sys.exc_info())
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _spilled() -> Path:
    """Where Polars keeps what this process has no room for, on the disk even where temporary files are in memory."""
    base = "/var/tmp" if sys.platform == "linux" else tempfile.gettempdir()
    usual = Path(base, f"polars-{os.environ.get('USER', 'polars')}", "spill")
    return Path(os.environ.get(SPILLED, usual)) / str(os.getpid())


def _sweep(folder: Path) -> None:
    """Remove what Polars kept for a question that is long over.

    The thread that does so by itself is started when Polars is loaded, so it is in the nursery and in no child of it.
    """
    while True:
        time.sleep(SWEEP_SECONDS)
        sweep(folder, timezone.now().timestamp() - SPILLED_SECONDS)


def sweep(folder: Path, before: float) -> None:
    """Remove files of a folder that nobody wrote to since a moment; that it is not there does not matter.

    Args:
        folder: The folder.
        before: The moment, in seconds since 1970.
    """
    with contextlib.suppress(OSError):
        for file in folder.iterdir():
            if file.stat().st_mtime < before:
                file.unlink()


def _call(name: str) -> None:
    """Give this process a name in lists of processes, where the system has a place for it."""
    with contextlib.suppress(OSError):
        Path("/proc/self/comm").write_text(name)
