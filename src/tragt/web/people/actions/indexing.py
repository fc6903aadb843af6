"""Building the indexes of the log. Parts of upkeep and of erasure, which are nobody's act."""

from tragt.errors import TragtError
from tragt.lake.index import Kind
from tragt.web.log.queries import index, index_folder, lake
from tragt.web.log.unindexed import unindexed
from tragt.web.people.queries import assignment

__all__ = ["LEAST_EVENTS", "build_index", "is_stale", "refresh_index", "renew_indexes"]

LEAST_EVENTS = 200_000
"""Below this a log is read as quickly as an index of it."""

_MOST_UNINDEXED = 0.02


def refresh_index(kind: Kind) -> bool:
    """Build the index of a kind, where the log is large enough for one and the one there is has grown old.

    Args:
        kind: What is counted.

    Returns:
        Whether it was built.
    """
    if _events() < LEAST_EVENTS or not is_stale(kind):
        index(kind).remove_old()
        return False
    return build_index(kind)


def build_index(kind: Kind) -> bool:
    """Build the index of a kind, unless another process is doing so.

    Args:
        kind: What is counted.

    Returns:
        Whether it was built.
    """
    try:
        index(kind).build(assignment(kind))
    except TragtError as problem:
        if problem.code == "index.busy":
            return False
        raise
    index(kind).remove_old()
    return True


def is_stale(kind: Kind) -> bool:
    """Whether there is no index of a kind, or more than one event or unit in fifty is newer than it.

    Args:
        kind: What is counted.
    """
    newer = unindexed(kind)
    if newer is None or newer > _MOST_UNINDEXED * _events():
        return True
    return index(kind).needs_rebuild(assignment(kind))


def renew_indexes() -> None:
    """Build every index that there is: what it was built of is about to leave every byte of the home.

    Raises:
        TragtError: One is being built by another process, which may have begun before; nothing may be purged yet.
    """
    for kind in Kind:
        if any((index_folder() / kind).glob("*/*.json")):
            index(kind).build(assignment(kind))


def _events() -> int:
    return int(lake().snapshot().files["rows"].sum())
