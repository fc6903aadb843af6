"""Reading deals. Every way to them goes through `visible_deals`."""

from collections.abc import Iterable

from django.db.models import QuerySet

from tragt.errors import NotFound
from tragt.web.accounts.models import User
from tragt.web.accounts.reach import changeable_by, seen_by
from tragt.web.crm.models import Deal, Member, Pipeline, Status
from tragt.web.people.models import Identifier

__all__ = [
    "actor_of",
    "changeable_deals",
    "deal_names",
    "deal_of",
    "deals_of_log",
    "open_deals",
    "primary_contact",
    "visible_deals",
]


def visible_deals(user: User | None) -> QuerySet[Deal]:
    """The deals that a user sees.

    Args:
        user: Who looks; None is a command line or a job, which sees all.
    """
    return Deal.objects.filter(seen_by(user))


def changeable_deals(user: User | None) -> QuerySet[Deal]:
    """The deals that a user may change, as far as the role allows changes.

    Args:
        user: Who wants to change them; None is a command line or a job.
    """
    return Deal.objects.filter(changeable_by(user))


def open_deals(user: User | None, pipeline: Pipeline) -> QuerySet[Deal]:
    """The open deals of a pipeline that a user sees."""
    return visible_deals(user).filter(pipeline=pipeline, status=Status.OPEN)


def deal_of(key: int, user: User | None) -> Deal:
    """A deal with its pipeline, stage and the team of that, company and owner.

    Args:
        key: Key of its row.
        user: Who looks.

    Raises:
        NotFound: There is none, or it is not theirs to see; the two are not told apart.
    """
    rows = visible_deals(user).select_related("pipeline", "stage__team", "company", "owner", "reason")
    found = rows.filter(pk=key).first()
    if found is None:
        raise NotFound("crm.no_deal", f"There is no deal {key}. Perhaps it was deleted, or it is not yours to see.")
    return found


def deal_names(keys: Iterable[int]) -> dict[int, str]:
    """The names of the deals of some keys, for the audit."""
    return dict(Deal.objects.filter(pk__in=keys).values_list("pk", "name"))


def deals_of_log(keys: Iterable[str]) -> dict[str, Deal]:
    """The deals that the event log calls by some keys; those without a row are left out.

    Args:
        keys: As the column ``deal`` of the event log has them.
    """
    return {row.key: row for row in Deal.objects.filter(key__in=list(keys)).only("pk", "key", "name")}


def primary_contact(deal: Deal) -> Member | None:
    """The person on a deal who stands for it in the event log; else the one who is on it longest; else None."""
    return Member.objects.filter(deal=deal, until=None, person__struck=None).select_related("person").first()


def actor_of(person: int) -> str:
    """What the event log calls a person: a user where the person is known as one, else a visitor; empty for nobody."""
    actors = Identifier.objects.filter(person=person).order_by("pk").values_list("actor", flat=True)
    return next(iter(sorted(actors, key=lambda actor: not actor.startswith("u:"))), "")
