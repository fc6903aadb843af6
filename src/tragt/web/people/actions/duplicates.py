"""Finding persons who may be one, and deciding whether they are."""

from collections.abc import Iterator, Sequence

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from tragt.errors import NotFound
from tragt.web.people.actions.who_is_who import claim, merge, unclaim, unmerge
from tragt.web.people.bulk import chunks, insert
from tragt.web.people.models import Duplicate, Edge, EdgeKind, Identifier, Reason
from tragt.web.people.queries.duplicates import Found, found_duplicates
from tragt.web.shell.acting import Who, acting

__all__ = ["dismiss_duplicate", "find_duplicates", "join_duplicate", "part_duplicate", "recall_duplicate"]


def find_duplicates() -> int:
    """Compare all persons; how many pairs are new. A part of upkeep, which is nobody's act.

    Pairs for which the reason is gone go too, unless somebody decided on them; those somebody dismissed do not come
    again, whatever the reason. To compare takes long, so it is done before anything is written: others may write
    meanwhile, and who is erased meanwhile is not named any more.
    """
    found = found_duplicates()
    with transaction.atomic():
        open_rows = _rows().filter(merged=None, dismissed=None).exclude(reason=Reason.ALIAS)
        gone = [key for key, *row in open_rows.values_list("pk", *_PAIR, "reason") if tuple(row) not in found]
        for part in chunks(gone):
            Duplicate.objects.filter(pk__in=part).delete()
        new = sorted(_still_there(_undecided(found)))
        now = timezone.now()
        insert(Duplicate, (*_PAIR, "reason", "cause", "found"), [(*row, "", now) for row in new])
    return len({row[:2] for row in new})


def join_duplicate(key: int, *, who: Who) -> Edge:
    """Say that a pair is one person: a merge of two users, or a claim of an anonymous visitor by a user.

    Args:
        key: Key of one of its rows.
        who: Who says so.

    Raises:
        NotFound: There is no such pair.
        InvalidDefinition: One of the two is being erased.
    """
    with transaction.atomic():
        rows = _pair(key)
        first, second = rows.values_list(*_PAIR)[0]
        edge = claim(first, second, who=who) if first.startswith("a:") else merge(first, second, who=who)
        rows.update(merged=edge, dismissed=None)
    return edge


def part_duplicate(key: int, *, who: Who) -> None:
    """Take back that a pair is one person; it waits for a decision again.

    Args:
        key: Key of one of its rows.
        who: Who takes it back.

    Raises:
        NotFound: There is no such pair, or it is not merged.
    """
    with transaction.atomic():
        edge = Edge.objects.filter(duplicates__in=_pair(key), undone=None).first()
        if edge is None:
            raise NotFound("people.no_merge", "This merge does not stand. Perhaps it was taken back already.")
        (unclaim if edge.kind == EdgeKind.CLAIM else unmerge)(edge.pk, who=who)


def dismiss_duplicate(key: int, *, who: Who) -> None:
    """Say that a pair is two persons; nobody is asked again.

    Args:
        key: Key of one of its rows.
        who: Who says so.

    Raises:
        NotFound: There is no such pair.
    """
    with acting(who, "people.edit", f"duplicate {key}", act="dismiss"):
        _pair(key).update(dismissed=timezone.now())


def recall_duplicate(key: int, *, who: Who) -> None:
    """Let a dismissed pair wait for a decision again.

    Args:
        key: Key of one of its rows.
        who: Who asks for it.

    Raises:
        NotFound: There is no such pair.
    """
    with acting(who, "people.edit", f"duplicate {key}", act="recall"):
        _pair(key).update(dismissed=None)


_PAIR = ("first", "second")


def _rows() -> QuerySet[Duplicate]:
    return Duplicate.objects.all()


def _undecided(found: set[Found]) -> list[Found]:
    """Those that are not known, of pairs that nobody dismissed."""
    known = set(_rows().values_list(*_PAIR, "reason"))
    dismissed = set(_rows().exclude(dismissed=None).values_list(*_PAIR))
    return [row for row in found if row not in known and row[:2] not in dismissed]


def _still_there(found: Sequence[Found]) -> Iterator[Found]:
    """Those of whom both are still described."""
    for part in chunks(found):
        actors = {actor for first, second, _ in part for actor in (first, second)}
        there = set(Identifier.objects.filter(actor__in=actors, person__struck=None).values_list("actor", flat=True))
        yield from (row for row in part if there.issuperset(row[:2]))


def _pair(key: int) -> QuerySet[Duplicate]:
    """All rows of the pair that a row belongs to."""
    one = Duplicate.objects.filter(pk=key).first()
    if one is None:
        raise NotFound("people.no_duplicate", "There is no such pair. Perhaps one of the two was erased.")
    return Duplicate.objects.filter(Q(first=one.first, second=one.second)).order_by("pk")
