"""Options that take several values: ``--steps A B C`` becomes ``--steps A --steps B --steps C``.

Click's options take a fixed number of values; people write steps one after another.
"""

from collections.abc import Iterator, Sequence

__all__ = ["SEVERAL", "spread"]

SEVERAL = frozenset({"--steps", "--wide", "--lost", "--reopen", "--exclude", "--hold"})


def spread(arguments: Sequence[str]) -> list[str]:
    """Repeat an option of several values before each of them.

    Args:
        arguments: The command line without the program's name.

    Example:
        >>> spread(["funnel", "x.csv", "--steps", "A", "B", "--json"])
        ['funnel', 'x.csv', '--steps', 'A', '--steps', 'B', '--json']
    """
    return list(_spread(arguments))


def _spread(arguments: Sequence[str]) -> Iterator[str]:
    option = ""
    fresh = False
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if name in SEVERAL:
            option, fresh = name, True
            if equals:
                yield from (option, value)
                fresh = False
        elif argument.startswith("-") and argument != "-":
            if fresh:
                yield option
            option, fresh = "", False
            yield argument
        elif option:
            yield from (option, argument)
            fresh = False
        else:
            yield argument
    if fresh:
        yield option
