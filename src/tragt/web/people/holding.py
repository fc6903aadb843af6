"""What the apps above have on persons: such a person stays where an import that brought them is undone."""

from collections.abc import Callable, Collection, Sequence

from tragt.web.people.bulk import chunks

__all__ = ["add_holder", "held"]

Holder = Callable[[Collection[int]], Collection[int]]

_holders: list[Holder] = []


def add_holder(holder: Holder) -> None:
    """Let an app say on whom it has something that people put there.

    Args:
        holder: Gives those of some keys of persons, which are no more than a query may name.
    """
    if holder not in _holders:
        _holders.append(holder)


def held(persons: Sequence[int]) -> set[int]:
    """Those of some persons on whom an app above has something."""
    return {key for part in chunks(persons) for holder in _holders for key in holder(part)}
