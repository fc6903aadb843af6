"""From the command to the first answer: `tragt up` on a home in use, and a bare Django project on the same server.

Both are started in turn, in processes of their own; the clock stops when the first page has come. The median over the
rounds is shown, and the first start of all, which makes the home.
"""

import http.client
import os
import platform
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 5
PAUSE = 0.01
BARE = """
import django
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpResponse
from django.urls import path

settings.configure(ROOT_URLCONF=__name__, SECRET_KEY="x", ALLOWED_HOSTS=["*"])
urlpatterns = [path("healthz", lambda request: HttpResponse("ok"))]
application = get_asgi_application()
"""


def main() -> None:
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}; median of {ROUNDS} rounds")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "bare.py").write_text(BARE)
        up = [sys.executable, "-m", "tragt.cli.app", "up", "--home", str(folder / "home"), "--port"]
        bare = [
            sys.executable,
            "-m",
            "granian",
            "--interface",
            "asgi",
            "--working-dir",
            name,
            "bare:application",
            "--port",
        ]
        print(f"tragt up, making its home  {_seconds(up):5.2f} s")
        rounds = [(_seconds(up), _seconds(bare)) for _ in range(ROUNDS)]
        ours, theirs = (statistics.median(column) for column in zip(*rounds, strict=True))
        print(f"tragt up                   {ours:5.2f} s")
        print(f"bare Django on granian     {theirs:5.2f} s")
        print(f"ratio                      {ours / theirs:5.2f}")


def _seconds(command: list[str]) -> float:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    start = time.perf_counter()
    process = subprocess.Popen([*command, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not _answers(port):
            if process.poll() is not None:
                raise SystemExit(f"{command} ended before it answered")
            time.sleep(PAUSE)
        return time.perf_counter() - start
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _answers(port: int) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False


if __name__ == "__main__":
    main()
