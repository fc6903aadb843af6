"""Opening, changing and moving many deals by one request of a program."""

import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from django.test import Client

from benchmarks.crm_parts.askers import program
from benchmarks.crm_parts.questions import Home
from tragt.web.crm.models import Deal, Stage, Status

__all__ = ["in_bulk"]

NUMBER = 500
Item = dict[str, Any]


def in_bulk(home: Home, random: np.random.Generator, rounds: int) -> None:
    """Print how long one request takes that opens, changes or moves 500 deals: the least of some rounds."""
    made: dict[str, Callable[[], list[Item]]] = {
        "opened": lambda: _opened(home, random),
        "changed": lambda: _changed(random),
        "moved": lambda: _moved(home, random),
    }
    with program() as asker:
        asker.get("/api/v1/openapi.json")
        for words, items in made.items():
            walls, works = zip(*(_asked(asker, items()) for _ in range(rounds)), strict=True)
            took = f"{min(walls):.2f} s, processor {min(works):.2f} s"
            print(f"{NUMBER} deals {words} by one request: {took}", flush=True)


def _asked(asker: Client, items: list[Item]) -> tuple[float, float]:
    body = json.dumps({"items": items})
    began, worked = time.perf_counter(), time.process_time()
    answer = asker.post("/api/v1/deals/bulk", body, content_type="application/json")
    took = time.perf_counter() - began, time.process_time() - worked
    assert answer.status_code == 200, answer.content
    assert answer.json()["refused"] == 0, answer.content
    return took


def _opened(home: Home, random: np.random.Generator) -> list[Item]:
    stage = Stage.objects.filter(pipeline=home.board, removed=None)[0].pk
    return [
        {"do": "open", "deal": {"name": f"In bulk {number}", "stage": stage, "value": int(random.integers(10**8))}}
        for number in range(NUMBER)
    ]


def _changed(random: np.random.Generator) -> list[Item]:
    keys = random.permutation(list(Deal.objects.filter(status=Status.OPEN).values_list("pk", flat=True)))[:NUMBER]
    with_lines = set(Deal.objects.filter(pk__in=keys.tolist(), lines__isnull=False).values_list("pk", flat=True))
    return [
        {"do": "change", "id": int(key), "changes": {"value": int(random.integers(10**8))}}
        for key in keys.tolist()
        if key not in with_lines
    ]


def _moved(home: Home, random: np.random.Generator) -> list[Item]:
    """Deals that go to another stage of their pipeline."""
    stages = list(Stage.objects.filter(pipeline=home.board, removed=None).values_list("pk", flat=True))
    rows = list(Deal.objects.filter(status=Status.OPEN, pipeline=home.board).values_list("pk", "stage"))
    chosen = [rows[place] for place in random.permutation(len(rows))[:NUMBER]]
    others = {stage: [one for one in stages if one != stage] for stage in stages}
    return [{"do": "move", "id": key, "stage": int(random.choice(others[stage]))} for key, stage in chosen]
