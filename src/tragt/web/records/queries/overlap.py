"""Records that several filters leave, found by laying over one another what their indexes name. Of SQLite only.

SQLite asks one index of a table and looks at the rows for all else, though to read a row takes some twenty times as
long as to read a key from an index. PostgreSQL does by itself what is done here. The unit of observation is the record.
"""

from collections.abc import Sequence

import numpy as np
from django.db import connection

from tragt.web.accounts.models import User
from tragt.web.records.kinds import Kind
from tragt.web.records.listing import Filter
from tragt.web.records.queries.narrowing import Keys, Reach, groups, indexed, keys_named, named

__all__ = ["overlap"]

_TIMES = 10
"""So many keys of another index are read at most for each that the least one names, else rows are read sooner."""

Group = tuple[Filter, ...]


def overlap(kind: Kind, user: User | None, least: Reach, filters: Sequence[Filter]) -> Reach:
    """What all indexes name that are worth asking, with the filters that these answer.

    Args:
        kind: Of which records.
        user: Whom a filter means by "me".
        least: What the index names that names least.
        filters: All filters.

    Returns:
        `least` as it is, where there is no second index that is worth asking.
    """
    others = [group for group in groups(filters) if group != least.group and indexed(group)]
    if connection.vendor == "postgresql" or not others or least.keys is not None or not indexed(least.group):
        return least
    answered, found = least.group, _keys(kind, user, least.group, None)
    for group in others:
        keys = _keys(kind, user, group, _TIMES * len(found)) if found is not None else None
        if found is not None and keys is not None:
            answered, found = answered + group, _in_both(found, keys)
    if found is None or answered == least.group:
        return least
    return Reach(answered, len(found), found.tolist())


def _keys(kind: Kind, user: User | None, group: Group, most: int | None) -> Keys | None:
    """The keys that an index names, each once or more often; None where they are more than so many."""
    question, given = named(kind, user, group)
    number, keys = keys_named(question, given, None if most is None else most + 1)
    return keys if most is None or number <= most else None


def _in_both(these: Keys, those: Keys) -> Keys:
    """The keys that are among both, each once: by a mark for each key that there may be, for few are missing."""
    there = np.zeros(1 + max(these.max(initial=0), those.max(initial=0)), np.bool_)
    both = np.zeros_like(there)
    there[these] = True
    both[those[there[those]]] = True
    return np.flatnonzero(both)
