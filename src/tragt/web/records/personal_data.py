"""What records have in common holds nothing of persons but who looks at which columns; values lie in the records.

The search index repeats names and addresses: it follows its tables, and an erasure compacts it.
"""

from tragt.web.shell.personal import Store

__all__ = ["STORES"]

STORES: tuple[Store, ...] = (
    Store("tragt_records.Tag", other=frozenset({"id", "name", "colour", "created"})),
    Store(
        "tragt_records.Field",
        other=frozenset(
            {"id", "kind", "code", "title", "type", "choices", "required", "help", "order", "indexed", "created",
             "retired"}
        ),
    ),
    # Keys of records, which lead nowhere once these are gone, for a day.
    Store(
        "tragt_records.BulkChange", other=frozenset({"id", "kind", "act", "written", "before", "by", "at", "undone"})
    ),
    Store("tragt_records.Layout", other=frozenset({"id", "user", "kind", "columns"})),
)  # fmt: skip
