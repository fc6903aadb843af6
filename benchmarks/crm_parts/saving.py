"""Saving a deal or a person, and moving a deal: by itself, and over HTTP on a server that settles events meanwhile."""

import asyncio
import http.client
import os
import re
import time
from collections.abc import Callable, Iterator
from html import unescape
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np

from benchmarks.collect_peers.generator import Door, send
from benchmarks.collect_peers.servers import Tragt
from benchmarks.crm_parts.questions import Home
from tragt.web.crm.models import Deal, Stage, Status
from tragt.web.people.models import Person

__all__ = ["saves", "while_settling"]

SENDING, SERVING = 0, 1
TOKEN = "x" * 32
"""What the form is sent with against forged ones: the cookie and the field must be the same."""

_INPUT = re.compile(r"<input\b[^>]*>")
_SELECT = re.compile(r'<select\b[^>]*name="([^"]+)".*?</select>', re.DOTALL)
_CHOSEN = re.compile(r'<option value="([^"]*)" selected')

Form = tuple[str, dict[str, str]]
Asked = Iterator[tuple[str, Callable[[], object]]]
Get = Callable[[str], str]


def saves(client: Any, home: Home, random: np.random.Generator) -> dict[str, Asked]:
    """What is measured of saving by itself, in this process."""

    def get(address: str) -> str:
        return str(client.get(address).content.decode())

    def posts(forms: Iterator[Form]) -> Asked:
        for address, data in forms:

            def ask(address: str = address, data: dict[str, str] = data) -> None:
                answer = client.post(address, data)
                assert answer.status_code == 302, (address, answer.status_code)

            yield address, ask

    return {
        "save a deal": posts(_deals(home, random)),
        "move a deal": posts(_moves(home, random)),
        "save a person": posts(_persons(home, random, get)),
    }


def _deals(home: Home, random: np.random.Generator) -> Iterator[Form]:
    """A new value or name of any deal."""
    while True:
        deal = Deal.objects.get(pk=int(random.integers(home.deals[0], home.deals[1] + 1)))
        name = f"{deal.name.partition(' · ')[0]} · {random.integers(10**6)}"
        yield f"/deals/{deal.pk}/edit/name/", {"was": deal.name, "name": name}


def _moves(home: Home, random: np.random.Generator) -> Iterator[Form]:
    """Another stage of an open deal, as the board sends it."""
    stages = list(Stage.objects.filter(pipeline=home.board, removed=None).values_list("pk", flat=True))
    keys = list(Deal.objects.filter(pipeline=home.board, status=Status.OPEN).values_list("pk", flat=True))
    while True:
        deal = Deal.objects.get(pk=int(random.choice(keys)))
        to = random.choice([one for one in stages if one != deal.stage_id])
        seen = {"seen": str(deal.stage_id), "version": str(deal.version)}
        yield f"/deals/{deal.pk}/move/", {"to": str(to), **seen, "next": f"/pipeline/{home.board}/"}


def _persons(home: Home, random: np.random.Generator, get: Get) -> Iterator[Form]:
    """A new telephone number of any person, in the form as the server gives it."""
    while True:
        person = Person.objects.get(pk=int(random.integers(home.persons[0], home.persons[1] + 1)))
        address = f"/people/{person.pk}/edit/"
        yield address, _fields(get(address)) | {"phone": f"+45{random.integers(10**7, 10**8)}"}


def _fields(page: str) -> dict[str, str]:
    """What the form of a page holds."""
    form = page.partition("<main")[2]
    found = {}
    for one in _INPUT.findall(form):
        name, value = (re.search(rf'\b{what}="([^"]*)"', one) for what in ("name", "value"))
        if name and name[1] not in ("csrfmiddlewaretoken", "q"):
            found[name[1]] = unescape(value[1]) if value else ""
    for whole in _SELECT.finditer(form):
        chosen = _CHOSEN.search(whole[0])
        found[whole[1]] = unescape(chosen[1]) if chosen else ""
    return found


def while_settling(folder: Path, session: str, home: Home, seconds: float, rate: int) -> None:
    """Save over HTTP, one after another, on a server to which events are sent; print how long each kind took.

    Args:
        folder: Where the home lies, under the name ``home``.
        session: The session of a user who is signed in.
        home: What is saved.
        seconds: How long.
        rate: Events a second; none means that nothing is sent.
    """
    from django.db import connections  # noqa: PLC0415

    connections.close_all()
    with Tragt(folder, SERVING) as tragt:
        _Saver(tragt.port, session, home).save(4.0)
        for events in (0, rate):
            _told(tragt, _Saver(tragt.port, session, home), seconds, events)


def _told(tragt: Tragt, saver: "_Saver", seconds: float, rate: int) -> None:
    before = tragt.spent()
    sender = None
    if rate:
        # Numbers that no earlier run on this home has used: an event that is known counts once.
        first = int(time.time()) % 10**8 * 10
        sender = get_context("fork").Process(target=_send, args=(tragt.door, seconds + 2, rate, first))
        sender.start()
        time.sleep(2.0)
    began = time.perf_counter()
    took = saver.save(seconds)
    lasted = time.perf_counter() - began
    if sender is not None:
        sender.join()
        waited = tragt.wait_until_settled()
    spent = {what: used - before.get(what, 0.0) for what, used in tragt.spent().items()}
    said = f"while {rate:,} events/s settle" if rate else "over HTTP, quiet"
    for what, walls in took.items():
        p50, p95, p99 = np.percentile(walls, [50, 95, 99])
        over = "   over" if p95 > 100 else ""
        print(
            f"{f'{what} {said}':46} p50 {p50:.1f}, p95 {p95:.1f}, p99 {p99:.1f}, worst {max(walls):.0f} ms "
            f"({len(walls)} saves){over}",
            flush=True,
        )
    used = ", ".join(f"{what} {seconds / lasted:.0%}" for what, seconds in spent.items())
    print(f"    processor meanwhile: {used}" + (f"; settled {waited:.1f} s after the last event" if rate else ""))


def _send(door: Door, seconds: float, rate: int, first: int) -> None:
    os.sched_setaffinity(0, {SENDING})
    sent = asyncio.run(send(door, seconds=seconds, rate=rate, first=first))
    print(f"    {sent.taken / sent.seconds:,.0f} events/s acknowledged, {sent.refused} batches refused", flush=True)


class _Saver:
    """Somebody who saves and moves deals and saves persons in turn, over one connection that stays open."""

    def __init__(self, port: int, session: str, home: Home) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._head = {"Cookie": f"tragt_session={session}; tragt_csrf={TOKEN}", "Host": "localhost"}
        random = np.random.default_rng(int(time.time()))
        self._forms = {
            "save a deal": _deals(home, random),
            "move a deal": _moves(home, random),
            "save a person": _persons(home, random, self._get),
        }

    def save(self, seconds: float) -> dict[str, list[float]]:
        """Save for a while; the milliseconds that each took."""
        took: dict[str, list[float]] = {what: [] for what in self._forms}
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            for what, forms in self._forms.items():
                address, data = next(forms)
                began = time.perf_counter()
                self._post(address, data)
                took[what].append(1e3 * (time.perf_counter() - began))
        return took

    def _get(self, address: str) -> str:
        self._connection.request("GET", address, headers=self._head)
        answer = self._connection.getresponse()
        assert answer.status == http.client.OK, (address, answer.status)
        return answer.read().decode()

    def _post(self, address: str, data: dict[str, str]) -> None:
        head = self._head | {"Content-Type": "application/x-www-form-urlencoded"}
        self._connection.request("POST", address, urlencode(data | {"csrfmiddlewaretoken": TOKEN}), head)
        answer = self._connection.getresponse()
        answer.read()
        assert answer.status == http.client.FOUND, (address, answer.status)
