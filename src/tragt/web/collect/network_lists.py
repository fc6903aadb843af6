"""Lists of networks as clouds and makers of scanners publish them. Pure; the unit of observation is the network.

JSON of any shape, of which the texts are taken that are written as networks: `ip-ranges.json` of AWS, `goog.json` and
`cloud.json` of Google, the service tags of Azure, the lists of Cloudflare, Oracle or GitHub. Else text with a network a
line, alone or before a comma, semicolon or blank: the text lists of Cloudflare, the geofeeds of others.

References:
    Kline, Duleba, Szamonek, Moser and Kumari (2020), *A Format for Self-Published IP Geolocation Feeds*, RFC 8805, 2.1.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

import msgspec

from tragt.errors import InvalidDefinition
from tragt.events.tracking.addresses import Network, network

__all__ = ["LARGEST", "MOST", "Found", "Wrong", "read"]

LARGEST = 16 * 2**20
"""Bytes of the largest list."""
MOST = 300_000
"""How many networks a list may name."""
TOLD = 50
"""How many lines are told that are wrong."""

_COMMENT = ("#", ";", "//")
_CELL = re.compile(r"[,;\s]")
_HEADER = re.compile(r"[A-Za-z_][^.:/]*")
_WRITTEN = re.compile(r"(\d{1,3}(\.\d{1,3}){3}|[0-9A-Fa-f]*(:[0-9A-Fa-f.]*){2,})(?P<bits>/\d{1,3})?")
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is no network.

    Attributes:
        place: Its line, or where it stands in the JSON.
        text: How it begins.
    """

    place: str
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a list holds.

    Attributes:
        networks: The networks, each once.
        wrong: The first of what is no network, or too wide to be one of somebody.
        wrong_number: How many there are of these.
    """

    networks: tuple[Network, ...]
    wrong: tuple[Wrong, ...] = ()
    wrong_number: int = 0


def read(content: bytes) -> Found:
    """The networks of a list.

    Args:
        content: The file or text: UTF-8, JSON or lines.

    Raises:
        InvalidDefinition: It is too large, JSON that is not whole, or names no network.
    """
    if len(content) > LARGEST:
        most = LARGEST // 2**20
        raise InvalidDefinition("collect.list_large", f"A list has at most {most} MB.", most=most)
    text = content.decode("utf-8-sig", errors="replace")
    written = _of_json(text) if text.lstrip()[:1] in ("{", "[") else _of_lines(text)
    found = _read(written)
    if not found.networks:
        raise InvalidDefinition(
            "collect.list_empty", "No network stands here. Write one a line, as 203.0.113.0/24, or give the JSON whole."
        )
    return found


def _read(written: Iterable[tuple[str, str]]) -> Found:
    networks: dict[Network, None] = {}
    wrong: list[Wrong] = []
    number = 0
    for place, text in written:
        try:
            networks[network(text)] = None
        except InvalidDefinition:
            number += 1
            if len(wrong) < TOLD:
                wrong.append(Wrong(_shown(place), _shown(text)))
        if len(networks) + number > MOST:
            raise InvalidDefinition("collect.list_long", f"A list has at most {MOST} networks.", most=MOST)
    return Found(tuple(networks), tuple(wrong), number)


def _shown(text: str) -> str:
    return "".join(filter(str.isprintable, text[:_LONGEST]))


def _of_lines(text: str) -> Iterator[tuple[str, str]]:
    first = True
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        if not bare or bare.startswith(_COMMENT):
            continue
        cell = _CELL.split(bare.replace('"', "").strip(), maxsplit=1)[0]
        if not (first and _HEADER.fullmatch(cell)):
            yield str(number), cell
        first = False


def _of_json(text: str) -> Iterator[tuple[str, str]]:
    try:
        whole = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise InvalidDefinition("collect.list_json", "This begins as JSON and is not. Give the file whole.") from None
    waiting: list[tuple[str, Any]] = [("", whole)]
    while waiting:
        place, one = waiting.pop()
        match one:
            case dict():
                waiting += [(f"{place}.{name}".lstrip("."), value) for name, value in reversed(one.items())]
            case list():
                waiting += [(f"{place}[{number}]", one[number]) for number in reversed(range(len(one)))]
            case str() if _is_written_as_one(one):
                yield place, one


def _is_written_as_one(text: str) -> bool:
    """Whether a text of a JSON file is meant as a network: of all else that may stand there nothing is said."""
    written = _WRITTEN.fullmatch(text)
    if written is None or written["bits"]:
        return written is not None
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
