"""Deals as programs read and write them. The unit of observation is the deal."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated

from ninja import Schema
from pydantic import Field

from tragt.web.accounts.models import User
from tragt.web.crm.actions.passing import Someone
from tragt.web.crm.api.values import Amount, Day, Exact, Key, KnownCurrency, Named, Title, unsent
from tragt.web.crm.models import Deal
from tragt.web.crm.queries.deals import visible_deals
from tragt.web.crm.queries.planned import next_dues
from tragt.web.crm.queries.rotting import deal_rots
from tragt.web.records.api.custom import Shown, Told, fields_shown
from tragt.web.records.api.marks import TagNames
from tragt.web.records.kinds import kind_of
from tragt.web.records.models import Field as CustomField
from tragt.web.records.queries.fields import fields_of

__all__ = ["DealChange", "DealShown", "DealSomeone", "NewDealBody", "shown_deal", "shown_deals", "someone"]


class DealShown(Schema):
    """A deal."""

    id: int
    key: str = Field(description="What the event log calls it.")
    name: str
    pipeline: int
    stage: int
    status: str = Field(description="`open`, `won` or `lost`.")
    value: int | None = Field(description="In minor units of the currency; null where nobody said.")
    currency: str
    company: int | None = Field(description="Null where it has none, or one that is not for this key to see.")
    owner: int | None = Field(description="The user whose it is; null where nobody has taken it up.")
    expected: date | None = Field(description="When it may be closed.")
    reason: int | None = Field(description="Why it was lost.")
    reason_text: str = Field(description="What happened, in words.")
    renewal_of: int | None = Field(description="The won deal that it renews.")
    fields: Shown
    tags: list[str] = Field(description="By name.")
    created: datetime
    entered: datetime = Field(description="When it came to its stage.")
    touched: datetime = Field(description="When something was last done about it.")
    closed: datetime | None
    next_due: datetime | None = Field(description="When what is to be done next is due; null where nothing has a day.")
    rotting: bool = Field(description="Whether nothing was done about it for longer than its stage allows.")
    version: int

    @classmethod
    def of(
        cls,
        row: Deal,
        fields: Sequence[CustomField],
        renewed: Collection[int],
        companies: Collection[int],
        dues: Mapping[int, datetime],
    ) -> "DealShown":
        """A deal, as it is answered.

        Args:
            row: The deal.
            fields: The custom fields of deals in use.
            renewed: Those of the deals that are renewed which the one who asks sees.
            companies: Those of the companies which the one who asks sees.
            dues: When what is to be done next is due, by the keys of deals.
        """
        return cls(
            id=row.pk,
            key=row.key,
            name=row.name,
            pipeline=row.pipeline_id,
            stage=row.stage_id,
            status=row.status,
            value=row.value,
            currency=row.currency,
            company=row.company_id if row.company_id in companies else None,
            owner=row.owner_id,
            expected=row.expected,
            reason=row.reason_id,
            reason_text=row.reason_text,
            renewal_of=row.renewal_of_id if row.renewal_of_id in renewed else None,
            fields=fields_shown(kind_of("deal"), fields, row),
            tags=sorted(tag.name for tag in row.tags.all()),
            created=row.created,
            entered=row.entered,
            touched=row.touched,
            closed=row.closed,
            next_due=dues.get(row.pk),
            rotting=deal_rots(row),
            version=row.version,
        )


class DealSomeone(Exact):
    """A person: one who is known by key, or somebody new by name and e-mail address."""

    person: Key | None = Field(None, description="Key of the person; null for somebody new.")
    name: Title = Field("", description="Of somebody new.")
    email: Annotated[str, Field(max_length=254)] = Field("", description="Of somebody new.")


class NewDealBody(Exact):
    """A deal that is to be opened."""

    name: Named
    stage: Key = Field(description="Where it begins; its pipeline is the deal's.")
    value: Amount | None = Field(None, description="In minor units of the currency.")
    currency: KnownCurrency | None = Field(None, description="ISO 4217; null is the organisation's.")
    company: Key | None = None
    company_name: Title = Field("", description="Of a company in place of its key; one that is not known is made.")
    contact: DealSomeone | None = Field(None, description="The primary contact.")
    owner: Key | None = Field(None, description="The user whose it is; the key's own where it is left out.")
    expected: Day | None = None
    fields: Told = Field(default_factory=dict)
    tags: TagNames = Field(default_factory=list)


class DealChange(Exact):
    """What is to be changed of a deal; what is left out stays as it is."""

    name: Named = Field(default_factory=unsent)
    value: Amount | None = Field(None, description="In minor units of the currency.")
    currency: KnownCurrency = Field(default_factory=unsent)
    company: Key | None = None
    company_name: Title = Field(default_factory=unsent, description="Of a company in place of its key.")
    owner: Key | None = None
    expected: Day | None = None
    fields: Told = Field(default_factory=unsent)


def someone(given: DealSomeone) -> Someone:
    """A person as actions take one."""
    return Someone(given.person, given.name, given.email)


def shown_deal(row: Deal, user: User) -> DealShown:
    """A deal, as it is answered to somebody."""
    return shown_deals([row], user, fields_of(kind_of("deal")))[0]


def shown_deals(rows: Sequence[Deal], user: User, fields: Sequence[CustomField]) -> list[DealShown]:
    """Deals, as they are answered to somebody; three queries, besides those for tags where these were not read.

    Args:
        rows: The deals.
        user: Who asks.
        fields: The custom fields of deals in use.
    """
    renewed = [row.renewal_of_id for row in rows if row.renewal_of_id is not None]
    seen = set(visible_deals(user).filter(pk__in=renewed).values_list("pk", flat=True))
    named = {row.company_id for row in rows if row.company_id is not None}
    companies = set(kind_of("company").visible(user).filter(pk__in=named).values_list("pk", flat=True))
    dues = next_dues(rows, user)
    return [DealShown.of(row, fields, seen, companies, dues) for row in rows]
