"""What is to be done next about deals, for their list. The unit of observation is the deal."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import Exists, Min, OuterRef, Q, QuerySet

from tragt.web.accounts.models import User
from tragt.web.crm.models import Activity, Deal
from tragt.web.crm.queries.activities import visible_activities
from tragt.web.records.kinds import Asked
from tragt.web.records.listing import Operator

__all__ = ["next_due", "next_dues"]


def next_dues(deals: Sequence[Deal], user: User | None) -> Mapping[int, datetime]:
    """When what is due first about each of some deals is due, by their keys; one without a day is left out.

    Args:
        deals: The deals.
        user: Who looks: what they do not see is not planned for them.
    """
    rows = _planned(user).filter(deal__in=[deal.pk for deal in deals]).order_by()
    return {deal: due for deal, due in rows.values_list("deal").annotate(first=Min("due")) if deal is not None}


def next_due(asked: Asked) -> Q:
    """The condition that what is due next about a deal is due from a day, until one, or at all."""
    planned = _planned(asked.user)
    match asked.operator:
        case Operator.FROM:
            earlier = planned.filter(due__lt=asked.value)
            return _has(planned.filter(due__gte=asked.value), asked) & ~_of_each(earlier)
        case Operator.TO:
            return _has(planned.filter(due__lt=asked.value), asked)
    return ~_of_each(planned) if asked.value else _has(planned, asked)


def _planned(user: User | None) -> QuerySet[Activity]:
    return visible_activities(user).filter(at=None, due__isnull=False)


def _has(planned: QuerySet[Activity], asked: Asked) -> Q:
    return _of_each(planned) if asked.aside else Q(pk__in=planned.filter(deal__isnull=False).values("deal"))


def _of_each(planned: QuerySet[Activity]) -> Q:
    return Q(Exists(planned.filter(deal=OuterRef("pk"))))
