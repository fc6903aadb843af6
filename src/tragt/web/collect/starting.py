"""What the browser clients of others ask for when they start: where to send, and whether to send at all."""

import re
from dataclasses import dataclass

import msgspec

__all__ = ["Start", "starting"]

_SEGMENT = re.compile(r"^/v1/projects/(?P<key>[\w-]{1,200})/settings$")
_RUDDER = ("/sourceConfig", "/sourceConfig/")


@dataclass(frozen=True, slots=True)
class Start:
    """A client that starts.

    Attributes:
        rudder: Whether it is RudderStack's, else Segment's.
        key: The write key in its path; empty where it stands elsewhere.
    """

    rudder: bool
    key: str = ""

    def answer(self, key: str, source: str, host: str, *, secure: bool) -> bytes:
        """What it is told.

        Args:
            key: The write key.
            source: What the log calls it.
            host: The host that it reached, with its port.
            secure: Whether it came by https.
        """
        if self.rudder:
            told: dict[str, object] = {
                "source": {
                    "id": source,
                    "name": source,
                    "writeKey": key,
                    "enabled": True,
                    "workspaceId": "tragt",
                    "config": {},
                    "destinations": [],
                }
            }
        else:
            protocol = "https" if secure else "http"
            every = {"__default": {"enabled": True}}
            told = {
                "integrations": {"Segment.io": {"apiKey": key, "apiHost": f"{host}/v1", "protocol": protocol}},
                "plan": {"track": every, "identify": every, "group": every},
            }
        return msgspec.json.encode(told)


def starting(path: str) -> Start | None:
    """Which client starts by asking for a path; None where none does."""
    if path in _RUDDER:
        return Start(rudder=True)
    found = _SEGMENT.match(path)
    return Start(rudder=False, key=found["key"]) if found else None
