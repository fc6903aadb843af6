"""What stays when an import is taken back: deals that others told of or worked on, and the persons on them."""

from collections.abc import Collection

from django.db.models import Exists, OuterRef, QuerySet

from tragt.web.crm.models import Activity, Deal, DealLine, Member, Move
from tragt.web.files.queries import with_files
from tragt.web.people.bulk import chunks
from tragt.web.people.models import Statement

__all__ = ["persons_on_deals", "told_by_alone"]


def told_by_alone(cause: str) -> QuerySet[Deal]:
    """The deals that one source alone told of and that nobody worked on here: they go when it is taken back.

    Args:
        cause: What told of them, for example ``import:12``.
    """
    told = Exists(Move.objects.filter(deal=OuterRef("pk"), cause=cause))
    elsewhere = Exists(Move.objects.filter(deal=OuterRef("pk")).exclude(cause=cause))
    noted = Exists(Activity.objects.filter(deal=OuterRef("pk")))
    sold = Exists(DealLine.objects.filter(deal=OuterRef("pk")).exclude(cause=cause))
    return Deal.objects.filter(told, ~elsewhere, ~noted, ~sold, ~with_files("deal"))


def persons_on_deals(persons: Collection[int]) -> set[int]:
    """Those of some persons who are or were on a deal that stays when what was told of them is taken back.

    A deal that came with the very source that told of its people goes with it, and holds none of them.

    Args:
        persons: Persons of whom one source alone told.
    """
    deals_of: dict[int, set[int]] = {}
    for person, deal in Member.objects.filter(person__in=persons).values_list("person", "deal"):
        deals_of.setdefault(person, set()).add(deal)
    told_by = dict(Statement.objects.filter(person__in=list(deals_of)).values_list("person", "cause"))
    going: dict[str, set[int]] = {}
    for cause in set(told_by.values()):
        theirs = sorted({deal for person, told in told_by.items() if told == cause for deal in deals_of[person]})
        found = (told_by_alone(cause).filter(pk__in=part).values_list("pk", flat=True) for part in chunks(theirs))
        going[cause] = {key for part in found for key in part}
    return {person for person, deals in deals_of.items() if deals - going.get(told_by.get(person, ""), set())}
