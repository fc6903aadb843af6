"""What collecting holds of persons: nothing of its own; what came lies in the inbox and the event log."""

from tragt.web.shell.personal import Store

__all__ = ["STORES"]

STORES: tuple[Store, ...] = (
    Store("tragt_collect.Visitors", other=frozenset({"id", "address", "networks", "domains"})),
    Store(
        "tragt_collect.NetworkList",
        other=frozenset({"id", "name", "number", "ranges", "wrong", "wrong_number", "changed"}),
    ),
)
