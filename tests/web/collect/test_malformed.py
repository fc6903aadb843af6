"""Whatever strangers send to a running Tragt: it answers, it stands, it stays small, and the others go on sending.

What the reader of bodies makes of each single call, `tests/events/tracking/test_bodies.py` tests; here it is the whole
of it, from the socket to the settled batch.
"""

import gzip
import io
import json
import math
import os
import socket
import time
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from datetime import UTC, datetime
from itertools import count
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import ROUNDS
from tests.web.collect.loopback import Answer, Running, answer
from tragt.events.tracking.bodies import BATCH, LARGEST_BATCH, Body, read
from tragt.events.tracking.calls import RESERVED
from tragt.lake import Lake

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif("TRAGT_TEST_DATABASE_URL" in os.environ, reason="what is sent is the same, whatever keeps it"),
]

MOST_KIB = 128 * 1024
"""By how much the peaks of all processes together may grow: an eighth of what one bomb holds."""

CALL = {
    "type": "track",
    "event": "Asked",
    "userId": "u1",
    "anonymousId": "a1",
    "timestamp": "2026-01-02T03:04:05.678Z",
    "properties": {"amount": 7, "note": "Ærø", "list": [1, None, True]},
    "context": {"ip": "198.51.100.7", "locale": "da-DK", "page": {"url": "https://x.dk/?a=b"}},
    "traits": {"email": "a@x.dk"},
}
GOOD = count()


@pytest.fixture(scope="module")
def server(stranger: Running) -> Iterator[Running]:
    """A Tragt that has taken its first calls; in the end all that it took is settled, and it is little larger."""
    for _ in range(20):
        assert stranger.post("/v1/batch", {"batch": [CALL] * 100}).status == 200
    stranger.until(lambda: settled(stranger))
    before = sum(stranger.processes().values())
    yield stranger
    stranger.until(lambda: settled(stranger))
    assert len(held(stranger, "Good")) == next(GOOD), "a good call did not settle"
    assert sum(stranger.processes().values()) - before < MOST_KIB


@pytest.fixture(autouse=True)
def _stands(server: Running) -> Iterator[None]:
    """After each test the same processes run, and a good call is taken."""
    before = server.processes().keys()
    yield
    good = {**CALL, "messageId": f"good-{next(GOOD)}", "event": "Good", "timestamp": None}
    assert server.post("/v1/track", good) == Answer(200, {"success": True})
    assert server.processes().keys() == before, "a process ended, or another began"


def settled(server: Running) -> bool:
    """Whether everything that was taken is settled."""
    return server.ask("SELECT count(*) FROM tragt_inbox_raw") == [0]


def held(server: Running, name: str) -> set[str]:
    """The ids of settled events of a name, in the inbox still or in the lake already."""
    recent = [pl.read_ipc(io.BytesIO(one)) for one in server.ask("SELECT rows FROM tragt_inbox_recent")]
    found = [*recent, Lake.open(server.home / "lake").read([name])]
    columns = (frame.select(pl.col("id", "name").cast(pl.String)).filter(name=name)["id"] for frame in found)
    return {one for column in columns for one in column}


def refused(found: Answer) -> bool:
    """Whether an answer is one that programs and people can read."""
    return found.status in (400, 413) and not found.told["success"] and {"code", "message"} <= found.told.keys()


def raw(server: Running, *pieces: bytes, close: bool = False) -> bytes:
    """What is answered to bytes that no client would send; empty where the server hangs up."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection, suppress(ConnectionError):
        for piece in pieces:
            connection.sendall(piece)
        if close:
            connection.shutdown(socket.SHUT_WR)
        return connection.recv(65536)
    return b""


def head(server: Running, *lines: str, path: str = "/v1/track") -> bytes:
    """The first bytes of a request."""
    key = f"Authorization: {server.naming('secret')['Authorization']}"
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: localhost", key, *lines, "", ""]).encode()


# ---------------------------------------------------------------- JSON


ODD: list[Any] = [
    *(
        None,
        True,
        -1,
        0,
        10**30,
        -(10**400),
        1e308,
        "",
        " ",
        "\0",
        "\ud800",
        "\ufeff",
        "🦄" * 90,
        "x" * 391,
        "x" * 40_000,
    ),
    *([], {}, [[]], [None], {"": None}, {"a": {"b": {"c": [1, {"d": 2}]}}}, "NaN", math.nan, math.inf, -math.inf),
    *("1969-12-31T23:59:59Z", "-0001-01-01", "9999-12-31T23:59:59Z", "99999-01-01", -62135596800, 253402300800, 1e18),
    *("2026-02-30T00:00:00Z", "2026-01-01T00:00:00+99:00", "0000-00-00T00:00:00Z", 2**63, -(2**63) - 1),
]
KEYS = [*CALL, "messageId", "groupId", "previousId", "sentAt", "originalTimestamp", "writeKey", "integrations", "batch"]
CALLS = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(ODD), max_size=3).map(lambda odd: {**CALL, **odd})
BODIES = st.one_of(
    CALLS.map(json.dumps),
    st.lists(CALLS, max_size=4).map(lambda calls: json.dumps({"batch": calls, "sentAt": "2026-01-02T03:04:06Z"})),
    st.builds(
        lambda odd, calls: json.dumps({"batch": calls, "context": odd, "sentAt": odd}), st.sampled_from(ODD), CALLS
    ),
).map(lambda text: text.encode())
EDITS = st.lists(st.tuples(st.integers(0, 600), st.binary(max_size=4), st.integers(0, 40)), max_size=4)
PATHS = st.sampled_from(["/v1/track", "/v1/batch", "/v1/identify", "/v1/page", "/v1/group", "/v1/alias", "/v1/import"])


@settings(max_examples=5 * ROUNDS, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(BODIES, EDITS, PATHS)
def test_json_that_was_bent_or_broken_is_taken_or_refused_in_words(
    server: Running, body: bytes, edits: list[tuple[int, bytes, int]], path: str
) -> None:
    for place, put, left_out in edits:
        body = body[:place] + put + body[place + left_out :]
    found = server.post(path, body)
    assert (found.status == 200 and found.told["success"]) or refused(found), (found, body)


def in_call(text: str) -> bytes:
    """A call whose properties are written so."""
    return f'{{"event":"Asked","userId":"u1","properties":{text}}}'.encode()


DEEP = 100_000
MONSTERS: dict[str, tuple[bytes, set[int]]] = {
    "deep arrays": (b"[" * DEEP + b"]" * DEEP, {400}),
    "deep arrays without an end": (b"[" * DEEP, {400}),
    "deep objects": (b'{"a":' * DEEP + b"1" + b"}" * DEEP, {400}),
    "deep properties": (in_call('{"a":' * DEEP + "1" + "}" * DEEP), {400}),
    "deep properties in a small call": (in_call('{"a":' * 4000 + "1" + "}" * 4000), {200, 400}),
    "deep field that nobody asked for": (
        b'{"event":"A","userId":"u","x":' + b"[" * 9000 + b"]" * 9000 + b"}",
        {200, 400},
    ),
    "a text of 3 MB": (in_call(json.dumps({"a": "x" * 3_000_000})), {400}),
    "a text of escapes": (in_call('{"a":"' + "\\u0000" * 5000 + '"}'), {200}),
    "half characters": (in_call(r'{"a":"\ud800\udc00\udc00\ud800","\udfff":"\ud83d"}'), {200}),
    "NUL in every text": (json.dumps({"event": "A\0", "userId": "u\0", "anonymousId": "\0"}).encode(), {400}),
    "NUL outside of texts": (b'{"event":"A",\0"userId":"u"}', {400}),
    "no UTF-8": (b'{"event":"\xff\xfe","userId":"u"}', {400}),
    "UTF-16": ('{"event":"A","userId":"u"}'.encode("utf-16"), {400}),
    "a mark of the byte order": (b'\xef\xbb\xbf{"event":"A","userId":"u"}', {200, 400}),
    "10,000 keys": (in_call(json.dumps({f"k{number}": "" for number in range(10_000)})), {400}),
    "2,500 keys": (in_call(json.dumps({f"k{number}": 1 for number in range(2500)})), {200}),
    "one key 2,000 times": (in_call("{" + ",".join(['"a":1'] * 2000) + "}"), {200}),
    "no number": (in_call('{"a":NaN}'), {400}),
    "too large a number": (in_call('{"a":1e999,"b":-1e999,"c":1e-999}'), {200}),
    "a number of 30,000 digits": (in_call('{"a":' + "9" * 30_000 + "}"), {200, 400}),
    "an id of 5,000 digits": (b'{"event":"A","userId":' + b"9" * 5000 + b"}", {400}),
    "an array": (b"[]", {400}),
    "nothing": (b"", {400}),
    "null": (b"null", {400}),
}


@pytest.mark.parametrize("which", MONSTERS)
def test_json_no_client_would_send_is_taken_or_refused_in_words(server: Running, which: str) -> None:
    body, expected = MONSTERS[which]
    assert server.post("/v1/track", body).status in expected
    batch = server.post("/v1/batch", b'{"batch":[' + (body or b"null") + b"," + json.dumps(CALL).encode() + b"]}")
    assert batch.status == 200 or refused(batch), batch


# ---------------------------------------------------------------- gzip


def bomb(mebibytes: int) -> bytes:
    """Zeros, packed: each MiB is packed alone, so that the same bytes stand for every one of them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    one = packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + one * mebibytes


CALL_BYTES = json.dumps(CALL).encode()
PACKED: dict[str, tuple[bytes, int]] = {
    "a GiB of zeros": (bomb(1024), 413),
    "a GiB of zeros, packed again": (gzip.compress(bomb(1024)), 400),
    "spaces, one more than allowed": (gzip.compress(b" " * (LARGEST_BATCH + 1)), 413),
    "spaces, as many as allowed": (gzip.compress(b" " * LARGEST_BATCH), 400),
    "a call, packed twice": (gzip.compress(gzip.compress(CALL_BYTES)), 400),
    "a call, cut": (gzip.compress(CALL_BYTES)[:-9], 400),
    "a call, with another sum": (gzip.compress(CALL_BYTES)[:-8] + b"\0" * 8, 400),
    "a head alone": (b"\x1f\x8b", 400),
    "no gzip": (CALL_BYTES, 400),
    "nothing": (b"", 400),
    "a call": (gzip.compress(CALL_BYTES), 200),
}


@pytest.mark.parametrize("which", PACKED)
def test_gzip_is_never_unpacked_beyond_what_a_request_may_have(server: Running, which: str) -> None:
    body, expected = PACKED[which]
    assert len(body) < LARGEST_BATCH, "what is tested is what comes out of it"
    found = server.post("/v1/track", body, {"Content-Encoding": "gzip"})
    assert found.status == expected
    assert expected == 200 or refused(found)


def test_many_bombs_at_once_leave_it_small(server: Running) -> None:
    body = bomb(1024)
    with ExitStack() as until_end:
        sending = [until_end.enter_context(closing(server.connection())) for _ in range(20)]
        for one in sending:
            one.request("POST", "/v1/batch", body, {**server.naming("secret"), "Content-Encoding": "gzip"})
        assert {answer(one.getresponse()).status for one in sending} == {413}


# ---------------------------------------------------------------- HTTP


def test_length_that_is_not_true_takes_nothing_it_should_not(server: Running) -> None:
    short = head(server, f"Content-Length: {len(CALL_BYTES) - 5}") + CALL_BYTES
    assert raw(server, short).startswith(b"HTTP/1.1 400")
    long = head(server, f"Content-Length: {len(CALL_BYTES) + 5}") + CALL_BYTES
    assert b" 200 " not in raw(server, long, close=True).split(b"\r\n")[0]


@pytest.mark.parametrize("length", ["-1", "x", "1e3", "0x10", "٣", "99999999999999999999", "", "5, 6"])
def test_length_that_is_no_length_is_refused(server: Running, length: str) -> None:
    said = raw(server, head(server, f"Content-Length: {length}") + CALL_BYTES, close=True)
    assert said == b"" or said.split()[1][:1] == b"4", said


def test_length_said_twice_takes_no_second_request(server: Running) -> None:
    inner = head(server, f"Content-Length: {len(CALL_BYTES)}") + CALL_BYTES.replace(b"Asked", b"Smuggled")
    said = raw(server, head(server, "Content-Length: 5", "Content-Length: 900") + b"     " + inner, close=True)
    assert said == b"" or said.split()[1][:1] == b"4", said
    server.until(lambda: settled(server))
    assert not held(server, "Smuggled")


def test_body_in_chunks_is_a_body(server: Running) -> None:
    chunks = b"".join(b"1\r\n" + CALL_BYTES[place : place + 1] + b"\r\n" for place in range(len(CALL_BYTES)))
    assert raw(server, head(server, "Transfer-Encoding: chunked"), chunks + b"0\r\n\r\n").startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "chunks", [b"x\r\nabc\r\n", b"-1\r\n", b"ffffffffffffffff\r\nabc", b"5\r\nabc\r\n0\r\n\r\n", b"3\r\nab"]
)
def test_chunks_that_are_none_are_refused(server: Running, chunks: bytes) -> None:
    said = raw(server, head(server, "Transfer-Encoding: chunked"), chunks, close=True)
    assert said == b"" or said.split()[1][:1] == b"4", said


def test_chunks_without_an_end_are_cut_off_where_a_request_is_too_large(server: Running) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(head(server, "Transfer-Encoding: chunked"))
        sent = 0
        chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
        with suppress(ConnectionError, TimeoutError):
            while sent < 32 * LARGEST_BATCH:
                connection.settimeout(0.01)
                with suppress(TimeoutError):
                    if said := connection.recv(1000):
                        assert said.startswith(b"HTTP/1.1 413")
                        break
                connection.settimeout(5)
                connection.sendall(chunk)
                sent += len(chunk)
    assert sent < 32 * LARGEST_BATCH


def test_body_that_is_too_large_is_refused_by_its_length_alone(server: Running) -> None:
    assert raw(server, head(server, f"Content-Length: {LARGEST_BATCH + 1}")).startswith(b"HTTP/1.1 413")
    assert server.post("/v1/batch", b" " * (LARGEST_BATCH + 1)).status in (0, 413), "it may hang up on what still comes"


def test_clients_that_send_a_byte_a_second_hold_up_nobody(server: Running) -> None:
    with ExitStack() as until_end:
        connections = [
            until_end.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=60)) for _ in range(50)
        ]
        whole = head(server, f"Content-Length: {len(CALL_BYTES)}") + CALL_BYTES
        begun = [whole[: 10 if number % 2 else whole.index(b"\r\n\r\n") + 5] for number in range(50)]
        for connection, first in zip(connections, begun, strict=True):
            connection.sendall(first)
        for place in range(3):
            for connection, first in zip(connections, begun, strict=True):
                connection.sendall(whole[len(first) + place : len(first) + place + 1])
            assert server.post("/v1/track", CALL).status == 200
            time.sleep(1)
        for connection, first in zip(connections, begun, strict=True):
            connection.sendall(whole[len(first) + 3 :])
        assert {connection.recv(65536)[:12] for connection in connections} == {b"HTTP/1.1 200"}, "slow is not wrong"


@pytest.mark.parametrize(
    "name", ["X" * 70_000, "Authorization", "Content-Encoding", "Origin", "User-Agent", "X-Forwarded-For"]
)
def test_headers_no_client_would_send_are_no_trouble(server: Running, name: str) -> None:
    for value in (b"\xff\xfe", b"x" * 60_000, b"gzip, gzip", b"Basic \x80", b"Bearer " + "ø".encode(), b"\t", b"a\0b"):
        said = raw(server, b"POST /v1/track HTTP/1.1\r\nHost: x\r\n" + name.encode() + b": " + value + b"\r\n\r\n")
        assert said == b"" or said.split()[1][:1] == b"4", said


# ---------------------------------------------------------------- what a public key may not


UNSEEN = "\u2800\u3164\uffa0\u115f\u1160"
BLANKS = st.text(" " + UNSEEN, max_size=3) | st.text(
    UNSEEN + " \t\u00a0\u1680\u2000\u2003\u2009\u200a\u2028\u202f\u205f\u3000\u200b\u200c\u2060\ufeff\u00ad"
)
NAMES = st.sampled_from(sorted(name for name in RESERVED if not name.startswith("Consent")))


@st.composite
def look_alikes(draw: st.DrawFn) -> str:
    """A reserved name with other capitals, other blanks, or blanks that are none."""
    name = draw(NAMES)
    letters = "".join(letter.upper() if draw(st.booleans()) else letter.lower() for letter in name)
    words = letters.split(" ")
    between = [draw(BLANKS.filter(bool)) for _ in words[1:]]
    inside = words[0] + "".join(blank + word for blank, word in zip(between, words[1:], strict=True))
    mark = draw(st.sampled_from(["", "\ufe0f", "\u034f"]))
    return draw(BLANKS) + inside + mark + draw(BLANKS)


@given(look_alikes())
def test_public_key_cannot_forge_a_reserved_name_that_only_looks_otherwise(name: str) -> None:
    body = json.dumps({"batch": [{"type": "track", "userId": "u", "event": name}]}).encode()
    found = read(body, BATCH, trusted=False, received=datetime(2026, 1, 1, tzinfo=UTC))
    assert isinstance(found, Body)
    assert [one.refusal.code for one in found.turned] in (["event.reserved"], ["text.unprintable"])


def test_public_key_overwrites_no_trait_and_merges_no_users_on_its_way_through_the_whole(server: Running) -> None:
    secret = [identify(user, name=f"True {user}", email=f"{user}@x.dk") for user in ("ann", "bo")]
    assert server.post("/v1/batch", {"batch": secret}).status == 200
    server.until(lambda: settled(server))
    forged = [
        identify("ann", name="Forged", email="forged@x.dk", phone="+4511111111"),
        {"type": "alias", "userId": "ann", "previousId": "bo"},
        {**identify("bo", name="Forged"), "anonymousId": "ann", "context": {"traits": {"name": "Forged"}}},
        {"type": "group", "userId": "bo", "groupId": "Forged", "traits": {"name": "Forged"}},
    ]
    assert server.post("/v1/batch", {"batch": forged}, key="public").status == 200
    server.until(lambda: settled(server))
    known = dict(server.rows("SELECT name, email FROM tragt_people_person WHERE name <> ''"))
    assert {"True ann": "ann@x.dk", "True bo": "bo@x.dk"}.items() <= known.items()
    assert "Forged" not in known
    assert server.rows("SELECT * FROM tragt_people_edge WHERE kind = 'merge'") == []
    assert len(server.rows("SELECT * FROM tragt_people_duplicate WHERE reason = 'alias'")) == 1, "people are asked"


def identify(user: str, **traits: str) -> dict[str, Any]:
    """A call that tells of a user."""
    return {"type": "identify", "userId": user, "traits": traits}
