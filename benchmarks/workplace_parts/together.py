"""Twenty people who work at the same funnels at the same time, over HTTP on the real server with its worker."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import numpy as np

from benchmarks.workplace_parts.changes import forms

__all__ = ["together"]

_TOKEN = "x" * 32
"""What a form is sent with against forged ones: the cookie and the field must be the same."""

_THINK_SECONDS = 4.0
"""How long somebody looks, on average, before they ask for something else."""

_WARM = 3


def together(home: Path, session: str, people: int, seconds: float, within_ms: float) -> None:
    """Let people build, look and open for a while, and print how long they waited.

    Args:
        home: The home.
        session: A session of its owner.
        people: How many.
        seconds: How long.
        within_ms: What 95 of 100 questions are to be answered within.
    """
    from tragt.web.funnels.counting.sources import log_names  # noqa: PLC0415
    from tragt.web.funnels.models import SavedFunnel  # noqa: PLC0415 - the home must be open

    keys = list(SavedFunnel.objects.order_by("pk").values_list("pk", flat=True))
    names = [one.name for one in log_names()]
    found: list[tuple[str, float]] = []
    lock = threading.Lock()
    with _server(home) as port:
        until = time.monotonic() + seconds

        def work(number: int) -> None:
            random = np.random.default_rng(number)
            builder = forms(random, names)
            while time.monotonic() < until:
                time.sleep(float(random.exponential(_THINK_SECONDS)))
                what = random.random()
                if what < 0.5:
                    words, body = "builder: a change", urlencode(next(builder)[1] | _forged(), doseq=True)
                    took = _asked(port, session, "/funnels/preview/", body)
                elif what < 0.9:
                    words = "view of a funnel"
                    took = _asked(port, session, f"/funnels/{keys[random.integers(len(keys))]}/")
                else:
                    words, took = "overview", _asked(port, session, "/")
                with lock:
                    found.append((words, took))

        builder = forms(np.random.default_rng(people), names)
        for _ in range(_WARM):
            _asked(port, session, f"/funnels/{keys[0]}/")
            _asked(port, session, "/funnels/preview/", urlencode(next(builder)[1] | _forged(), doseq=True))
        threads = [threading.Thread(target=work, args=(number,)) for number in range(people)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    _print(found, people, within_ms)


@contextmanager
def _server(home: Path) -> Iterator[int]:
    """The server on a home; it ends with the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "tragt.cli.app", "up", "--port", str(port)]
    with subprocess.Popen(command, env=os.environ | {"TRAGT_HOME": str(home)}) as process:
        try:
            _wait(port)
            yield port
        finally:
            process.send_signal(signal.SIGINT)


def _wait(port: int) -> None:
    for _ in range(600):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz", headers={"Host": "localhost"})
            if connection.getresponse().status == http.client.OK:
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("The server did not start.")


def _forged() -> dict[str, list[str]]:
    return {"csrfmiddlewaretoken": [_TOKEN]}


def _asked(port: int, session: str, address: str, body: str | None = None) -> float:
    """The milliseconds until the whole answer was there."""
    head = {"Cookie": f"tragt_session={session}; tragt_csrf={_TOKEN}", "Host": "localhost"}
    if body is not None:
        head["Content-Type"] = "application/x-www-form-urlencoded"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    began = time.perf_counter()
    connection.request("GET" if body is None else "POST", address, body, head)
    answer = connection.getresponse()
    answer.read()
    took = 1000 * (time.perf_counter() - began)
    connection.close()
    assert answer.status == 200, (address, answer.status)
    return took


def _print(found: list[tuple[str, float]], people: int, within_ms: float) -> None:
    for name in sorted({words for words, _took in found}):
        times = [took for words, took in found if words == name]
        middle, late, worst = np.percentile(times, 50), np.percentile(times, 95), max(times)
        over = "   over" if late > within_ms else ""
        print(f"{f'{people} at once: {name}':36}{middle:8.1f}{late:8.1f}{worst:8.0f}   {len(times)} asked{over}")
