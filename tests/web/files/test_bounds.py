"""The server reads no more of a request than its address takes."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from django.conf import settings

from tragt.web.project.bounds import most_bytes
from tragt.web.project.failing import Application

MEGABYTE = 1 << 20


def sent(path: str, pieces: int, length: bytes | None) -> tuple[int, bytes, int]:
    """Sends pieces of a megabyte; the status and body of the answer, and how many pieces were read."""
    read, answers = 0, []

    async def receive() -> dict[str, object]:
        nonlocal read
        read += 1
        return {"type": "http.request", "body": b"x" * MEGABYTE, "more_body": read < pieces}

    async def send(message: Mapping[str, Any]) -> None:
        answers.append(message)

    headers = [(b"host", b"localhost"), (b"content-type", b"text/plain")]
    headers += [(b"content-length", length)] if length is not None else []
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers}
    asyncio.run(Application()(scope, receive, send))
    return answers[0]["status"], answers[1]["body"], read


@pytest.mark.parametrize("path", ["/sign-in/", "/files/of/deal/1/add/", "/api/v1/files", "/api/v1/persons"])
def test_request_larger_than_its_address_takes_is_refused_and_not_read(path: str) -> None:
    most = most_bytes(path)
    assert most <= 252 * 10**6
    status, told, read = sent(path, 400, b"%d" % (most + 1))
    assert (status, read) == (413, 0)
    assert f"at most {most // 10**6} MB".encode() in told
    status, _told, read = sent(path, 400, None)
    assert (status, read) == (413, most // MEGABYTE + 1)
    assert sent(path, 400, b"9" * 5000)[0] == 413


def test_import_takes_what_its_own_limit_allows() -> None:
    assert most_bytes("/imports/") > settings.TRAGT.upload_limit_mb * 10**6
