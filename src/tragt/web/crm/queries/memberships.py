"""The deals that a person is or was on, with what the person was on each. The unit of observation is the deal."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Exists, IntegerField, OuterRef, QuerySet, Value, When

from tragt.web.accounts.models import User
from tragt.web.crm.models import Deal, Member, Status
from tragt.web.crm.queries.deals import visible_deals

__all__ = ["OnDeal", "deals_of_company", "deals_of_person", "memberships_of", "with_roles"]


@dataclass(frozen=True, slots=True)
class OnDeal:
    """A deal beside a person or a company.

    Attributes:
        deal: The deal.
        members: What the person is on it; of one who left, what the person was last. Of a company there is nobody.
    """

    deal: Deal
    members: tuple[Member, ...] = ()

    @property
    def roles(self) -> list[str]:
        """What the person is or was on it, in words."""
        return list(dict.fromkeys(one.get_role_display() for one in self.members))

    @property
    def primary(self) -> bool:
        """Whether the person is the primary contact."""
        return self.until is None and any(one.primary for one in self.members)

    @property
    def since(self) -> datetime | None:
        """Since when the person is on it, or was."""
        return min((one.since for one in self.members), default=None)

    @property
    def until(self) -> datetime | None:
        """When the person left; None where the person is on it, or none is meant."""
        ends = [one.until for one in self.members if one.until is not None]
        return max(ends) if ends and len(ends) == len(self.members) else None


def deals_of_company(user: User | None, company: int) -> QuerySet[Deal]:
    """The deals with a company that a user sees: the open ones first, then the newest."""
    rows = visible_deals(user).filter(company=company).annotate(closed_now=_closed())
    return rows.order_by("closed_now", "-created", "-pk").select_related("stage", "company")


def deals_of_person(user: User | None, person: int) -> QuerySet[Deal]:
    """The deals with a person that a user sees: those that the person left last, open ones first, then the newest."""
    theirs = Member.objects.filter(person=person)
    now = Exists(theirs.filter(deal=OuterRef("pk"), until=None))
    rows = visible_deals(user).filter(pk__in=theirs.values("deal"))
    rows = rows.annotate(on_it=now, closed_now=_closed())
    return rows.order_by("-on_it", "closed_now", "-created", "-pk").select_related("stage", "company")


def with_roles(deals: Iterable[Deal], person: int) -> list[OnDeal]:
    """Deals with what a person is on them, in their order.

    Args:
        deals: Deals that the person is or was on.
        person: Key of the person.
    """
    listed = list(deals)
    found: dict[int, list[Member]] = {}
    rows = Member.objects.filter(person=person, deal__in=[one.pk for one in listed])
    for row in rows.order_by("-primary", "-since", "pk"):
        found.setdefault(row.deal_id, []).append(row)
    return [OnDeal(deal, _last(found.get(deal.pk, []))) for deal in listed]


def memberships_of(user: User | None, person: int) -> QuerySet[Member]:
    """What a person is and was on deals that a user sees: what still is first, then the newest."""
    ended = Case(When(until=None, then=Value(0)), default=Value(1), output_field=IntegerField())
    rows = Member.objects.filter(person=person, deal__in=visible_deals(user).values("pk")).annotate(ended=ended)
    return rows.order_by("ended", "-since", "-pk").select_related("deal")


def _closed() -> Case:
    return Case(When(status=Status.OPEN, then=Value(0)), default=Value(1), output_field=IntegerField())


def _last(members: list[Member]) -> tuple[Member, ...]:
    """What somebody is now; of one who left, what they were when they did."""
    now = tuple(one for one in members if one.until is None)
    if now or not members:
        return now
    left = max(one.until for one in members if one.until is not None)
    return tuple(one for one in members if one.until == left)
