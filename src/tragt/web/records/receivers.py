"""What records do when others act."""

from typing import Any

from tragt.web.records.actions.search_index import ensure_search_index

__all__ = ["after_migrations"]


def after_migrations(*, using: str, **_told: Any) -> None:
    """Let every kind of record be searched: its table may be new, or have been made anew without its triggers."""
    if using == "default":
        ensure_search_index()
