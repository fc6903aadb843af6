"""Calling the REST API as a program does."""

import json
from typing import Any

from django.test import Client

__all__ = ["ROOT", "answered", "send"]

ROOT = "/api/v1"


def send(program: Client, method: str, path: str, body: object = None, **headers: str) -> Any:
    """Send JSON, or nothing."""
    sent = "" if body is None else json.dumps(body)
    return program.generic(method, ROOT + path, sent, "application/json", headers=headers)


def answered(answer: Any, status: int = 200) -> Any:
    """What was answered, with this status."""
    assert answer.status_code == status, answer.content
    return answer.json() if answer.content else None
