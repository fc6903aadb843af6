"""What files can be on: records, and what an app above lets have some. The unit of observation is the kind of thing."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.functional import Promise

from tragt.web.accounts.models import User
from tragt.web.records.kinds import kind_of

__all__ = ["Holder", "add_file_holder", "holder_of", "holders"]

Rows = QuerySet[Any, Any]

_RECORDS = ("person", "company", "deal")
"""The kinds of records that have files."""


def _nobody(_persons: Collection[int]) -> Collection[int]:
    return ()


@dataclass(frozen=True, slots=True)
class Holder:
    """A kind of thing that files can be on.

    Attributes:
        code: ``person``, ``company``, ``deal``, ``activity``.
        one: What one is called.
        model: Its table.
        url: Address of one, by its key.
        edit: Permission to change one, and so its files.
        visible: Those that a user sees; None is a command line or a job, which sees all that are still there.
        decides: The owner whose reach says whether a user may change one; None where anybody's does.
        about: The keys of those that are about some persons and have no life without them: their files go with them.
    """

    code: str
    one: str | Promise
    model: type[Model]
    url: Callable[[int], str]
    edit: str
    visible: Callable[[User | None], Rows]
    decides: Callable[[Any, User | None], int | None]
    about: Callable[[Collection[int]], Collection[int]] = field(default=_nobody)


_others: dict[str, Holder] = {}


def add_file_holder(holder: Holder) -> None:
    """Let an app have files on something that is no record."""
    _others[holder.code] = holder


def holder_of(code: str) -> Holder | None:
    """What files can be on, by its code; None where that is nothing."""
    return _of_record(code) if code in _RECORDS else _others.get(code)


def holders() -> list[Holder]:
    """All that files can be on."""
    return [*map(_of_record, _RECORDS), *_others.values()]


def _of_record(code: str) -> Holder:
    kind = kind_of(code)
    return Holder(
        code=code,
        one=kind.one,
        model=kind.model,
        url=kind.url,
        edit=kind.edit,
        visible=kind.visible,
        decides=lambda record, _user: getattr(record, f"{kind.owner}_id"),
        about=(lambda persons: persons) if code == "person" else _nobody,
    )
