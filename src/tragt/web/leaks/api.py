"""Operations on the leak ledger. The unit is the leak: a step and a value at which a funnel loses too much."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from tragt.funnel.leaks import Leak
from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.paging import Cursor, Page, cursor_of
from tragt.web.api.schemas import LARGEST_KEY, KeyInPath
from tragt.web.leaks import queries
from tragt.web.leaks.models import Found
from tragt.web.leaks.presenting import entries

__all__ = ["router"]

router = Router(tags=["Leaks"])

Kind = Literal["below_target", "worse_than_before", "breakdown_value", "stuck", "drifted"]


class Narrowing(Schema):
    """Which leaks are asked for."""

    kind: Kind | None = Field(
        None,
        description="What they were compared with (`below_target`, `worse_than_before`, `breakdown_value`), or what "
        "becomes of those who leak (`stuck`, `drifted`).",
    )
    funnel: int | None = Field(None, ge=1, le=LARGEST_KEY, description="Key of the funnel.")


class CostShown(Schema):
    """What a leak costs a month: an upper estimate, as those won back may convert worse than the others."""

    per_month: float = Field(description="In whole units of the currency, or in conversions.")
    low: float = Field(description="Lower limit of the interval.")
    high: float = Field(description="Upper limit of the interval.")
    level: float = Field(description="Confidence level of the interval.")
    in_money: bool = Field(description="Whether it is money; else it is conversions.")
    currency: str | None = Field(description="Null where it is no money, or the amounts name no currency.")
    beyond_step: float = Field(description="What exceeds the cost of the step as a whole.")
    chance: float = Field(description="Share of those who get on who reach the last step.")
    value: float | None = Field(description="What a conversion is worth; null where the cost is in conversions.")


class ComparisonShown(Schema):
    """A comparison in which a leak was found."""

    fate: str = Field(description="`drifted` or `stuck`: what becomes of those who leak.")
    against: str = Field(description="`target`, `previous` or `others`: what it was compared with.")
    entered: int = Field(description="How many came to the step before, in the days judged.")
    kept: int = Field(description="How many of them went on; of those stuck, how many are not.")
    rate: float
    reference: float = Field(description="The rate it was compared with.")
    q_value: float = Field(description="The smallest share of false alarms among those listed at which it is listed.")
    units_lost: float = Field(description="How many were lost in the days judged, drawn towards what is usual.")
    first_day: date
    last_day: date
    cost: CostShown | None
    reason: str | None = Field(description="Why the cost is not known.")

    @classmethod
    def of(cls, leak: Leak, currency: str) -> "ComparisonShown":
        """A comparison, as it is answered."""
        names = ("entered", "kept", "rate", "reference", "q_value", "units_lost", "reason")
        first, end = leak.days or (date.min, date.min + timedelta(days=1))
        cost = None
        if leak.cost is not None:
            told = {name: getattr(leak.cost, name) for name in CostShown.model_fields if name != "currency"}
            cost = CostShown(**told, currency=(currency or None) if leak.cost.in_money else None)
        return cls(
            **{name: getattr(leak, name) for name in names},
            fate=str(leak.kind),
            against=str(leak.against),
            first_day=first,
            last_day=end - timedelta(days=1),
            cost=cost,
        )


class LeakShown(ComparisonShown):
    """A leak, with the comparison by which it surely costs most."""

    id: int
    funnel: int = Field(description="Key of the funnel.")
    funnel_name: str
    previous_step: str = Field(description="The step at which they leak.")
    step: str = Field(description="The step that fewer reach.")
    by: str | None = Field(description="The property by which entries were divided; null for the step as a whole.")
    value: str | None = Field(description="Its value; null where it is absent, and for the step as a whole.")
    owner: str | None = Field(description="Whose the step is.")
    opened: datetime = Field(description="When it was found first.")
    closed: datetime | None = Field(description="When it was not found any more; null while it is open.")
    computed: datetime
    also: list[ComparisonShown] = Field(description="The other comparisons in which the same place was found.")


def _shown(rows: Iterable[Found]) -> list[LeakShown]:
    return [
        LeakShown(
            **dict(ComparisonShown.of(entry.leak, entry.row.currency)),
            id=entry.row.pk,
            funnel=entry.row.funnel_id,
            funnel_name=entry.row.funnel.name,
            previous_step=entry.before,
            step=entry.step,
            by=entry.row.by or None,
            value=entry.row.value or None,
            owner=entry.owner or None,
            opened=entry.row.opened,
            closed=entry.row.closed,
            computed=entry.row.computed,
            also=[ComparisonShown.of(other, entry.row.currency) for other in entry.row.others],
        )
        for entry in entries(rows)
    ]


@operation(router, "GET /", permission="leaks.see", gives=Page[LeakShown])
def list_leaks(request: HttpRequest, paging: Cursor, asked: Annotated[Narrowing, Query()]) -> Page[LeakShown]:
    """List the open leaks of all saved funnels.

    Those that surely cost most come first: they are ranked by the lower limit of the cost, those in money before those
    in conversions. Costs do not add up, for several leaks may be of the same people.
    """
    user = user_of(request)
    rows = queries.narrowed(queries.told_to(queries.open_leaks(), user), kind=asked.kind or "", funnel=asked.funnel)
    if paging.after is not None:
        rows = queries.ranked_after(rows, paging.after, user)
    found = list(rows[: paging.limit + 1])
    shown = found[: paging.limit]
    return Page[LeakShown](items=_shown(shown), next=cursor_of(shown[-1].pk) if len(found) > len(shown) else None)


@operation(router, "GET /{leak}", permission="leaks.see", gives=LeakShown)
def read_leak(request: HttpRequest, leak: KeyInPath) -> LeakShown:
    """Read a leak, also one that is closed."""
    return _shown([queries.leak_of(leak, user_of(request))])[0]
