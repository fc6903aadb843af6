"""The rules of retention and their runs hold nothing of persons."""

from tragt.web.shell.personal import Store

__all__ = ["STORES"]

STORES: tuple[Store, ...] = (
    Store("tragt_retention.Rule", other=frozenset({"kind", "days", "way", "chosen"})),
    Store("tragt_retention.Run", other=frozenset({"kind", "before", "started", "finished", "removed"})),
)
