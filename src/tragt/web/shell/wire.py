"""A connection to one number, with one end in time for everything that goes over it. The unit is the connection."""

import io
import socket
import ssl
from http.client import HTTPConnection
from time import monotonic
from typing import Any

__all__ = ["Wire"]


class _Reading(io.RawIOBase):
    """Reads from a socket, waiting each time only as long as is left."""

    def __init__(self, wire: socket.socket, until: float) -> None:
        self._wire = wire
        self._until = until

    def readable(self) -> bool:
        """It is there to be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read what has come."""
        self._wire.settimeout(_left(self._until))
        return self._wire.recv_into(buffer)


class _Timed:
    """A socket as HTTP needs one: what is sent and what is read ends in time, however slowly it drips."""

    def __init__(self, wire: socket.socket, until: float) -> None:
        self._wire = wire
        self._until = until

    def sendall(self, data: Any) -> None:
        """Send all of it."""
        self._wire.settimeout(_left(self._until))
        self._wire.sendall(data)

    def makefile(self, *_mode: object, **_more: object) -> io.BufferedReader:
        """What is read from."""
        return io.BufferedReader(_Reading(self._wire, self._until))

    def close(self) -> None:
        """Nothing yet: an answer may still be read once no more is asked."""


class Wire(HTTPConnection):
    """A connection that goes to a number whatever name it is for, and past no proxy.

    Args:
        number: Where it goes.
        port: Where it is listened.
        until: When all of it must be over, as `monotonic` counts.
        name: Which name the other side must prove to have.
        secure: How it proves that; None is without encryption.
    """

    def __init__(self, number: str, port: int, until: float, name: str, secure: ssl.SSLContext | None) -> None:
        super().__init__(number, port)
        self._until = until
        self._name = name
        self._secure = secure
        self._made: socket.socket | None = None

    def connect(self) -> None:
        """Connect, and where it is to be secure make sure of whom to.

        Raises:
            OSError: It does not come about.
        """
        plain = socket.create_connection((self.host, self.port), timeout=_left(self._until))
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            plain.settimeout(_left(self._until))
            made = self._secure.wrap_socket(plain, server_hostname=self._name) if self._secure else plain
        except BaseException:
            plain.close()
            raise
        self._made = made
        self.sock: Any = _Timed(made, self._until)

    def hang_up(self) -> None:
        """End the connection, whatever was read of the answer."""
        if self._made is not None:
            self._made.close()


def _left(until: float) -> float:
    left = until - monotonic()
    if left <= 0:
        raise TimeoutError
    return left
