"""For how long each kind of data is kept: the kinds that apps declare, and what was chosen for them.

Each app that keeps something which grows old has a module ``ageing`` whose ``KINDS`` say what it is and how it is
removed. Lower apps ask here how long something of theirs is kept; the app `retention` stands above all of them, holds
what was chosen, and removes at night what is past its time.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import QuerySet
from django.utils.module_loading import module_has_submodule

from tragt.errors import InvalidDefinition, NotFound
from tragt.web.shell.acting import SYSTEM, acting

__all__ = ["REMOVE", "Kind", "days_of", "kind", "kinds", "let_choose", "removing"]

REMOVE = "retention.remove"
"""The verb of the acts that remove what is past its time."""

_AT_ONCE = 5000

Rows = Callable[[datetime], QuerySet[Any]]


def _nothing() -> None:
    """Nothing more is to be done."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of data that grows old. Its texts are English and marked for translation.

    Attributes:
        code: Stable name, as it stands in the database and the audit.
        title: What people call it.
        holds: What it is and from when its age counts, in a sentence.
        count: How many would go that are older than a moment; it may take seconds.
        remove: Removes what is older than a moment, a piece at a time, in the way that was chosen (empty where there
            is none to choose); gives how many went with each piece. Whatever it did before it was cut short is done,
            and doing it again goes on from there.
        default: For how many days it is kept where nobody chose; None is for ever.
        least: The fewest days that may be chosen.
        longest: The most days that may be chosen; None lets it be kept for ever.
        effect: What becomes otherwise once it goes; empty where nothing does.
        ways: In which ways it can go, the first one where nobody chose; empty where there is one only.
        finish: Is called once a run that removed something is through.
        order: Place in the list.
    """

    code: str
    title: str
    holds: str
    count: Callable[[datetime], int]
    remove: Callable[[datetime, str], Iterable[int]]
    default: int | None
    least: int
    longest: int | None = None
    effect: str = ""
    ways: tuple[tuple[str, str], ...] = ()
    finish: Callable[[], None] = _nothing
    order: int = 100

    def allows(self, days: int | None) -> bool:
        """Whether it may be kept for so long.

        Args:
            days: How many days; None is for ever.
        """
        if days is None:
            return self.longest is None
        return self.least <= days and (self.longest is None or days <= self.longest)


Chosen = Callable[[Kind], int | None]
_chosen: Chosen = lambda one: one.default  # noqa: E731 - until an app says otherwise


def let_choose(chosen: Chosen) -> None:
    """Say who knows for how many days a kind is kept.

    Args:
        chosen: Gives them; None is for ever.
    """
    global _chosen  # noqa: PLW0603 - the one place where the application learns of it
    _chosen = chosen


@cache
def kinds() -> tuple[Kind, ...]:
    """Every kind that an app declares, in their order.

    Raises:
        InvalidDefinition: Two have one code, or a default is not among what may be chosen.
    """
    found: dict[str, Kind] = {}
    for app in apps.get_app_configs():
        if module_has_submodule(app.module, "ageing"):
            for one in import_module(f"{app.name}.ageing").KINDS:
                if one.code in found or not one.allows(one.default):
                    raise InvalidDefinition(
                        "retention.kind",
                        f"The kind of data {one.code!r} is declared twice, or its default of {one.default} days is not "
                        f"between {one.least} and {one.longest}.",
                    )
                found[one.code] = one
    return tuple(sorted(found.values(), key=lambda one: (one.order, one.code)))


def kind(code: str) -> Kind:
    """The kind of a code.

    Raises:
        NotFound: No app declares it.
    """
    for one in kinds():
        if one.code == code:
            return one
    raise NotFound("retention.no_kind", f"There is no kind of data called {code!r}.", kind=code)


def days_of(code: str) -> int | None:
    """For how many days a kind is kept now; None is for ever.

    Raises:
        NotFound: No app declares it.
    """
    return _chosen(kind(code))


def removing(code: str, rows: Rows) -> Callable[[datetime, str], Iterator[int]]:
    """How rows of one table are removed: the oldest first, some thousands in one act.

    Args:
        code: The kind that they are.
        rows: Those that are older than a moment.
    """

    def remove(before: datetime, _way: str) -> Iterator[int]:
        while number := _removed(code, rows(before)):
            yield number

    return remove


def _removed(code: str, old: QuerySet[Any]) -> int:
    keys = list(old.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE])
    if not keys:
        return 0
    # Not `old.delete()`: rows that nobody may change or delete go all the same once their time is over.
    these: QuerySet[Any] = QuerySet(old.model, using=old.db).filter(pk__gte=keys[0], pk__lte=keys[-1])
    with acting(SYSTEM, REMOVE, code) as act, transaction.atomic(using=old.db):
        number = these.filter(pk__in=old.order_by().values("pk")).delete()[1].get(old.model._meta.label, 0)  # noqa: SLF001
        act.details["number"] = number
    return number
