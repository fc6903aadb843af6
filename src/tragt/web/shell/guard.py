"""The one way to an address that somebody typed: looked up, judged, and connected to exactly as it was judged.

An address is judged by the numbers that its name stands for, not by how it is spelled, and the connection goes to those
numbers: a name that changes its answer in between leads nowhere else. Redirects are never followed; who wants to go on
asks again, with the new address judged as the first one was.
"""

import re
import socket
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from time import monotonic
from urllib.parse import urlsplit

from django.conf import settings

from tragt.errors import TragtError
from tragt.web.shell.wire import Wire

__all__ = [
    "Address",
    "AddressRefused",
    "Answer",
    "Bounds",
    "Lookup",
    "Request",
    "Unreachable",
    "ask",
    "checked",
    "judged",
]

Lookup = Callable[[str, int], Sequence[str]]
"""Gives the numbers that a name stands for, as text."""

LONGEST = 2000
_USUAL = {"https": 443, "http": 80}
_FIRST_FREE = 1024
_TRIED = 4
# Ports above 1024 that browsers refuse as well, for what listens there takes a request for a command of its own (the
# list of "bad ports" of the Fetch standard).
_ODD_PORTS = frozenset(
    {1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080}
)
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_WRITABLE = re.compile(r"[!-~]+")

# What a machine of a cloud learns its keys from, and addresses that hide another one inside.
_NEVER = tuple(
    ip_network(one)
    for one in (
        "0.0.0.0/8",
        "169.254.0.0/16",
        "192.0.0.0/24",
        "100.100.100.200/32",
        "168.63.129.16/32",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/128",
        "::/96",
        "::ffff:0:0/96",
        "::ffff:0:0:0/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2001::/32",
        "2002::/16",
        "fd00:ec2::/32",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    )
)
_LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


class AddressRefused(TragtError):
    """An address that no connection is made to."""

    kind = "address_refused"


class Unreachable(TragtError):
    """Nothing answered, or nothing that can be read; ``cause`` says why in one word."""

    kind = "unreachable"


@dataclass(frozen=True, slots=True)
class Address:
    """An address of the web, in its one spelling.

    Attributes:
        scheme: ``https`` or ``http``.
        host: Name, as the name service has it, or number; IPv6 without brackets.
        port: Where it listens.
        path: Path and query, as they are asked for.
    """

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def of(cls, typed: str) -> "Address":
        """The address that somebody typed.

        Raises:
            AddressRefused: It is none, or one that is never connected to.
        """
        text = typed.strip()
        if not 0 < len(text) <= LONGEST or any(not sign.isprintable() or sign in " \\" for sign in text):
            raise _malformed(text)
        try:
            parts = urlsplit(text)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise _malformed(text) from None
        if parts.scheme not in _USUAL or not host:
            raise _malformed(text)
        if "@" in parts.netloc:
            raise AddressRefused(
                "guard.user",
                "An address holds no user and no password. Give these in their own fields.",
                field="address",
            )
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if not _WRITABLE.fullmatch(path):
            raise _malformed(text)
        port = _USUAL[parts.scheme] if port is None else port
        _check_port(port, parts.scheme)
        return cls(parts.scheme, _spelled(host, text), port, path)

    @property
    def where(self) -> str:
        """Host and port as a request names them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _USUAL[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.where}{self.path}"


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much may be spent on an answer.

    Attributes:
        seconds: For all of it: looking up, connecting, sending, reading.
        most: Bytes of the answer that are read; what comes after them is left.
    """

    seconds: float = 10.0
    most: int = 64 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of an address."""

    address: Address
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered; ``headers`` by their names in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def judged(address: Address, lookup: Lookup | None = None, *, seconds: float = 10.0) -> list[str]:
    """The numbers of an address that a connection may be made to.

    Args:
        address: The address.
        lookup: Who knows the numbers of names; None asks the machine's name service.
        seconds: How long that may take.

    Raises:
        AddressRefused: One of its numbers is within the own network, or is none of a machine's; or the address is
            ``http`` and not of this machine. `TRAGT_ALLOW_PRIVATE_ADDRESSES` lets the own network be reached.
        Unreachable: Nobody knows the name, or not in time.
    """
    numbers = list(dict.fromkeys(_in_time(lookup or _looked_up, address, seconds)))
    if not numbers:
        raise _unreachable("name", f"The name {address.host} leads nowhere.")
    for number in numbers:
        _check_number(number, address)
    return numbers


def checked(typed: str) -> Address:
    """An address as far as it can be judged without asking anybody, for the moment at which it is typed.

    Args:
        typed: The address.

    Raises:
        AddressRefused: It is none, or its host is a number or this machine itself and not to be connected to.
    """
    address = Address.of(typed)
    number = "127.0.0.1" if (f".{address.host}").endswith(".localhost") else address.host
    if ":" in number or _NUMBER.fullmatch(number.rpartition(".")[2]):
        _check_number(number, address)
    elif address.scheme == "http":
        raise _open(address)
    return address


def ask(
    request: Request,
    bounds: Bounds | None = None,
    *,
    lookup: Lookup | None = None,
    trust: ssl.SSLContext | None = None,
) -> Answer:
    """Ask an address, after judging it, and read what it answers. Redirects are answers as any other.

    Args:
        request: What is asked.
        bounds: How much may be spent on it.
        lookup: As for `judged`.
        trust: Whom to believe; None believes whom the machine believes.

    Raises:
        AddressRefused: The address is not to be connected to.
        Unreachable: There was no answer in time, or none that can be read.
    """
    limits = bounds or Bounds()
    until = monotonic() + limits.seconds
    numbers = judged(request.address, lookup, seconds=limits.seconds)
    wire = _connected(request.address, numbers[:_TRIED], until, trust)
    try:
        wire.putrequest(request.method, request.address.path, skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": request.address.where, "Connection": "close", **request.headers}.items():
            wire.putheader(name, value)
        wire.putheader("Content-Length", str(len(request.body)))
        wire.endheaders(request.body)
        response = wire.getresponse()
        body = response.read(limits.most)
    except TimeoutError:
        raise _late() from None
    except (OSError, HTTPException, ValueError) as problem:
        raise _unreachable("answer", f"The answer cannot be read ({type(problem).__name__}).") from None
    finally:
        wire.hang_up()
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, body)


def _connected(address: Address, numbers: Sequence[str], until: float, trust: ssl.SSLContext | None) -> Wire:
    """A connection to the first of the numbers that takes one, with the name that certificates must have."""
    secure = (trust or ssl.create_default_context()) if address.scheme == "https" else None
    problem: Unreachable | None = None
    for number in numbers:
        wire = Wire(number, address.port, until, address.host, secure)
        try:
            wire.connect()
        except TimeoutError:
            problem = _late()
        except ssl.SSLError as failure:
            said = getattr(failure, "verify_message", "") or failure.reason or "no secure connection"
            problem = _unreachable("certificate", f"The connection to {address.host} is not secure: {said}.")
        except OSError as failure:
            said = failure.strerror or type(failure).__name__
            problem = _unreachable("connection", f"{address.where} takes no connection: {said}.")
        else:
            return wire
    raise problem or _late()


def _looked_up(host: str, port: int) -> Sequence[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(one[4][0]) for one in found]


def _in_time(lookup: Lookup, address: Address, seconds: float) -> Sequence[str]:
    """What a lookup finds. No name service lets itself be cut short, so one that is too slow is left behind."""
    found: list[Sequence[str]] = []

    def look() -> None:
        try:
            found.append(lookup(address.host, address.port))
        except (OSError, UnicodeError):
            found.append(())

    looking = threading.Thread(target=look, daemon=True, name="name lookup")
    looking.start()
    looking.join(max(seconds, 0.0))
    if not found:
        raise _late()
    return found[0]


def _spelled(host: str, text: str) -> str:
    """A host in its one spelling; what only looks like a number is refused."""
    if "%" in host:
        raise _malformed(text)
    if ":" in host:
        try:
            return str(IPv6Address(host))
        except ValueError:
            raise _malformed(text) from None
    try:
        name = host.encode("idna").decode().lower().removesuffix(".")
    except UnicodeError:
        raise _malformed(text) from None
    if not _NAME.fullmatch(name):
        raise _malformed(text)
    if _NUMBER.fullmatch(name.rpartition(".")[2]):
        try:
            return str(IPv4Address(name))
        except ValueError:
            raise AddressRefused(
                "guard.number",
                f"{host} is a number in a spelling of its own. Write four numbers, 192.0.2.1, or a name.",
                field="address",
                given=host,
            ) from None
    return name


def _check_port(port: int, scheme: str) -> None:
    if port != _USUAL[scheme] and (port < _FIRST_FREE or port in _ODD_PORTS):
        raise AddressRefused(
            "guard.port",
            f"Port {port} is not connected to: allowed are {_USUAL[scheme]}, and from {_FIRST_FREE} on all that are "
            "not another service's own.",
            field="address",
            given=port,
        )


def _check_number(number: str, address: Address) -> None:
    """Refuse a number that is not one of a machine out there, unless the own network may be reached."""
    try:
        ip = ip_address(number)
    except ValueError:  # with the zone of a link, for example
        raise _refused(address) from None
    own = _within(ip, _LOOPBACK)
    private = bool(settings.ALLOW_PRIVATE_ADDRESSES)
    if not own and (ip.is_reserved or _within(ip, _NEVER)):
        raise _refused(address)
    if not (ip.is_global or private):
        raise _refused(address)
    if address.scheme == "http" and not own:
        raise _open(address)


def _within(ip: IPv4Address | IPv6Address, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    return any(ip.version == network.version and ip in network for network in networks)


def _malformed(text: str) -> AddressRefused:
    return AddressRefused(
        "guard.address",
        f"'{text[:100]}' is not an address that can be reached. Write it as https://www.example.org/path.",
        field="address",
        given=text[:100],
    )


def _open(address: Address) -> AddressRefused:
    return AddressRefused(
        "guard.http", f"{address} is not encrypted. Give an address that begins with https.", field="address"
    )


def _refused(address: Address) -> AddressRefused:
    return AddressRefused(
        "guard.private",
        f"{address.host} leads into the network of this server. Give an address of the internet; whoever runs Tragt "
        "can allow others with TRAGT_ALLOW_PRIVATE_ADDRESSES.",
        field="address",
        host=address.host,
    )


def _unreachable(cause: str, message: str) -> Unreachable:
    return Unreachable(f"guard.{cause}", message, cause=cause)


def _late() -> Unreachable:
    return _unreachable("time", "There was no answer in time.")
