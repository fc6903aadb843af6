"""The way lists are most often made with Django: count all that is left, then skip to the page; search by ``LIKE``.

It stands on the same tables with the same indexes, and is asked for rows only, without a page around them.
"""

from collections.abc import Callable, Iterator

import numpy as np
from django.core.paginator import Paginator
from django.db.models import QuerySet

from benchmarks.crm_parts.rows import ENDS, ROOTS
from tragt.web.people.models import Person

__all__ = ["plainly"]

PER_PAGE = 50

Asked = Iterator[tuple[str, Callable[[], object]]]


def plainly(random: np.random.Generator) -> dict[str, Asked]:
    """What is measured of it."""
    return {
        "plain Django: first page": _lists(random, lambda rows: rows, 1),
        "plain Django: far in": _lists(random, lambda rows: rows, 10_000),
        "plain Django: one filter": _lists(random, lambda rows: rows.filter(name__icontains=_name(random)), 1),
    }


def _lists(
    random: np.random.Generator, narrowed: Callable[[QuerySet[Person]], QuerySet[Person]], furthest: int
) -> Asked:
    while True:
        rows = narrowed(Person.objects.filter(struck=None).select_related("company").prefetch_related("tags"))
        rows = rows.order_by(str(random.choice(["email", "created", "-created", "updated"])), "pk")
        number = int(random.integers(1, furthest + 1))

        def ask(rows: QuerySet[Person] = rows, number: int = number) -> object:
            return list(Paginator(rows, PER_PAGE).get_page(number).object_list)

        yield f"page {number}", ask


def _name(random: np.random.Generator) -> str:
    return f"{random.choice(ROOTS)}{random.choice(ENDS)}"
