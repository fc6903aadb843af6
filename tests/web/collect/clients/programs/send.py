"""Sends calls with a Python client as a firm's server would; the order stands on standard input.

The order: ``client`` (segment or rudder), ``address``, ``key``, ``gzip``, ``ahead`` (seconds by which this machine's
clock is wrong) and ``calls``, each with its ``type`` and the fields of the specification. Ends with 1 where the client
gave a call up.
"""

import importlib
import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine

MODULES = {"segment": "segment.analytics", "rudder": "rudderstack.analytics"}
ADDRESSES = {"segment": "host", "rudder": "dataPlaneUrl"}
ARGUMENTS = {
    "userId": "user_id",
    "anonymousId": "anonymous_id",
    "groupId": "group_id",
    "previousId": "previous_id",
}


def main(order: dict[str, Any]) -> int:
    analytics: Any = importlib.import_module(MODULES[order["client"]])
    given_up: list[str] = []
    analytics.write_key = order["key"]
    setattr(analytics, ADDRESSES[order["client"]], order["address"])
    analytics.gzip = order["gzip"]
    analytics.on_error = lambda error, _calls: given_up.append(str(error))
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=order["ahead"]), tick=True):
        for call in order["calls"]:
            getattr(analytics, call["type"])(**arguments(call))
        analytics.shutdown()
    print(*given_up, sep="\n", file=sys.stderr)
    return 1 if given_up else 0


def arguments(call: dict[str, Any]) -> dict[str, Any]:
    """The call's fields as the client names them; its time as a time of this machine's clock."""
    fields = {ARGUMENTS.get(name, name): value for name, value in call.items() if name not in ("type", "daysAgo")}
    if "daysAgo" in call:
        fields["timestamp"] = datetime.now(UTC) - timedelta(days=call["daysAgo"])
    return fields


if __name__ == "__main__":
    sys.exit(main(json.load(sys.stdin)))
