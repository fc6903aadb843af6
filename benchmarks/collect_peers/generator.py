"""Batches of events, each with ids of its own, sent over a few connections that stay open."""

import asyncio
import base64
import json
import time
from dataclasses import dataclass, field

__all__ = ["BATCH", "Door", "Sent", "send"]

BATCH = 100
CONNECTIONS = 16
PLACE = "##########"
NAMES = ("Product Viewed", "Product Added", "Checkout Started", "Order Completed")
PERSONS = 50_000


@dataclass(frozen=True, slots=True)
class Door:
    """Where batches go to.

    Attributes:
        port: Of this machine.
        path: Of the address.
        key: The write key.
    """

    port: int
    path: str
    key: str


@dataclass(slots=True)
class Sent:
    """What was sent.

    Attributes:
        seconds: How long it took.
        taken: Events that were acknowledged.
        refused: Batches that were not.
        waits: Seconds until each batch was acknowledged.
    """

    seconds: float = 0.0
    taken: int = 0
    refused: int = 0
    waits: list[float] = field(default_factory=list)

    def latency(self, share: float) -> float:
        """The seconds within which this share of the batches was acknowledged."""
        ordered = sorted(self.waits) or [float("nan")]
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


async def send(door: Door, *, seconds: float, rate: int | None, first: int) -> Sent:
    """Send batches for a while.

    Args:
        door: Where to.
        seconds: How long.
        rate: Events a second; None is as fast as they are taken.
        first: Number of the first batch, which its ids are made of.
    """
    sent, bodies = Sent(), [_body(variant) for variant in range(20)]
    begun, number = time.perf_counter(), iter(range(first, first + 10**6))

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        key = base64.b64encode(f"{door.key}:".encode()).decode()
        head = (
            f"POST {door.path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic {key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(bodies[0])}\r\n\r\n"
        ).encode()
        while time.perf_counter() - begun < seconds:
            batch = next(number)
            due = begun + (batch - first) * BATCH / rate if rate else 0.0
            if (early := due - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            asked = time.perf_counter()
            writer.write(head + bodies[batch % 20].replace(PLACE.encode(), f"{batch:010}".encode()))
            status = await _status(reader)
            sent.waits.append(time.perf_counter() - asked)
            if status == b"200":
                sent.taken += BATCH
            else:
                sent.refused += 1
        writer.close()

    await asyncio.gather(*(one() for _ in range(CONNECTIONS)))
    sent.seconds = time.perf_counter() - begun
    return sent


async def _status(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    length = next((int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length:")), 0)
    if length:
        await reader.readexactly(length)
    return head.split(b" ", 2)[1]


def _body(variant: int) -> bytes:
    """A batch in which the numbers of its events are set later; all are equally long."""
    calls = [_call((variant * BATCH + place) * 7919 % PERSONS, place) for place in range(BATCH)]
    return json.dumps({"batch": calls, "sentAt": "2026-01-01T00:00:00.500Z"}, separators=(",", ":")).encode()


def _call(person: int, place: int) -> dict[str, object]:
    return {
        "type": "track",
        "event": NAMES[place % len(NAMES)].ljust(16, "s"),
        "messageId": f"msg-{PLACE}-{place:02}",
        "userId": f"user-{person:06}",
        "anonymousId": f"3f2a6f0e-8d1c-4f57-9b1e-{person:012}",
        "timestamp": "2026-01-01T00:00:00.000Z",
        "properties": {"product_id": f"p-{person % 500:04}", "price": 199.5, "currency": "DKK", "quantity": 1},
        "context": {
            "library": {"name": "analytics-node", "version": "3.1.0"},
            "locale": "da-DK",
            "timezone": "Europe/Copenhagen",
        },
    }
