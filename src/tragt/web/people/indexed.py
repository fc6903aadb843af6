"""Which kinds of unit are indexed: those that an app above asks for. What nobody counts is not indexed."""

from collections.abc import Callable, Iterable

from tragt.lake.index import Kind

__all__ = ["add_indexed", "indexed_kinds"]

_asking: list[Callable[[], Iterable[Kind]]] = []


def add_indexed(kinds: Callable[[], Iterable[Kind]]) -> None:
    """Let an app say which kinds of unit it counts.

    Args:
        kinds: Gives those that it counts now.
    """
    if kinds not in _asking:
        _asking.append(kinds)


def indexed_kinds() -> list[Kind]:
    """The kinds of unit that any app counts now."""
    asked = {kind for kinds in _asking for kind in kinds()}
    return [kind for kind in Kind if kind in asked]
