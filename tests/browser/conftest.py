"""A real browser against a real `tragt up`, on loopback, each in a home of its own."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

# Chromium without its windows takes half as long.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
READY = re.compile(r"ready:\s+(http://\S+)")
CODE = re.compile(r"code\s+([A-Z0-9]{2,}(?:-[A-Z0-9]+)*)\s+to")
START_SECONDS = 180
"""Something is wrong after so long, however busy the machine is."""
PATIENCE_MS = 60_000
"""How long a page is waited for: the first funnel of a fresh checkout is compiled, on a machine that has other work."""
expect.set_options(timeout=PATIENCE_MS)
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ON_BREACH = """
document.addEventListener('securitypolicyviolation', e => console.error(
  'policy breach: ' + e.violatedDirective + ' ' + e.blockedURI + ' ' + e.sourceFile + ':' + e.lineNumber));
"""


@dataclass(slots=True)
class Server:
    """A running `tragt up`.

    Attributes:
        home: Its home folder.
        address: Where its pages are.
        code: The code of the first run; empty once somebody owns it.
    """

    home: Path
    process: subprocess.Popen[str]
    address: str = ""
    code: str = ""
    said: list[str] = field(default_factory=list)
    _heard: threading.Event = field(default_factory=threading.Event)

    def listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if found := READY.search(line):
                self.address = found[1]
            if found := CODE.search(line):
                self.code = found[1]
            if "Ctrl-C" in line:
                self._heard.set()
        self._heard.set()

    def wait(self) -> "Server":
        self._heard.wait(START_SECONDS)
        assert self.address, "".join(self.said)
        return self


@contextlib.contextmanager
def serving(home: Path, *arguments: str) -> Iterator[Server]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("TRAGT_", "DJANGO_"))}
    command = [sys.executable, "-m", "tragt.cli.app", "up", "--home", str(home), "--port", "0", *arguments]
    process = subprocess.Popen(
        command,
        env={**environment, "PYTHONUNBUFFERED": "1", "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    server = Server(home, process)
    listener = threading.Thread(target=server.listen, daemon=True)
    listener.start()
    try:
        yield server.wait()
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(5)
        listener.join(10)
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser, gone before another module begins: Django refuses the database beside the event loop of its driver."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine (Debian: apt install chromium-headless-shell)")
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@dataclass(slots=True)
class Visitor:
    """Somebody at a browser, whose every error on the console counts."""

    page: Page
    address: str
    wrong: list[str] = field(default_factory=list)

    def opens(self, path: str) -> None:
        self.page.goto(self.address + path)

    def sees_nothing_wrong(self, *, looks: bool = True) -> None:
        """Neither a breach of the content policy nor an error of a script; where it looks, no fault that axe finds."""
        assert not self.wrong, self.wrong
        if not looks:
            return
        self.page.wait_for_load_state()  # before its styles are there, everything is too small
        found = Axe().run(self.page, options={"runOnly": TAGS, "resultTypes": ["violations"]}).response["violations"]
        told = [f"{one['id']}: {one['help']}: {[node['html'] for node in one['nodes']][:3]}" for one in found]
        assert not told, f"{self.page.url}: {told}"


@contextlib.contextmanager
def visiting(browser: Browser, address: str, language: str, width: int = 1440) -> Iterator[Visitor]:
    context = browser.new_context(
        locale=language, viewport={"width": width, "height": 900}, timezone_id="Europe/Copenhagen"
    )
    context.add_init_script(ON_BREACH)
    context.set_default_timeout(PATIENCE_MS)
    visitor = Visitor(context.new_page(), address)
    visitor.page.on("console", lambda said: visitor.wrong.append(said.text) if said.type == "error" else None)
    visitor.page.on("pageerror", lambda error: visitor.wrong.append(str(error)))
    try:
        yield visitor
    finally:
        context.close()
