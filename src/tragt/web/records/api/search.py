"""The operation that finds records of all kinds by a text."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.records.queries.names import beside, leave_out_unseen
from tragt.web.records.queries.search import Found, found

__all__ = ["router"]

MOST = 50
USUAL = 12

router = Router(tags=["Search"])


class Hit(Schema):
    """A record that a text finds."""

    kind: str = Field(description="`person`, `company` or `deal`.")
    id: int
    label: str = Field(description="What it is called.")
    hint: str = Field(description="What tells it from others of its name; empty where nothing does.")

    @classmethod
    def of(cls, one: Found) -> "Hit":
        """A record, as it is answered."""
        return cls(
            kind=one.kind.code, id=one.record.pk, label=one.kind.label(one.record), hint=one.kind.hint(one.record)
        )


class Hits(Schema):
    """What a text finds."""

    items: list[Hit] = Field(description="The best first.")


class Sought(Schema):
    """What is looked for."""

    q: str = Field(min_length=1, max_length=200, description="Part of a name, an address, a number; several words too.")
    limit: int = Field(USUAL, ge=1, le=MOST, description="How many at most.")


@operation(router, "GET", permission="", gives=Hits)
def search_records(request: HttpRequest, sought: Annotated[Sought, Query()]) -> Hits:
    """Find records of all kinds.

    Texts of one or two letters find what begins with them; longer ones what holds them.
    """
    user = user_of(request)
    hits = found(sought.q, user, sought.limit)
    leave_out_unseen((named for one in hits for named in beside(one.kind, [one.record])), user)
    return Hits(items=[Hit.of(one) for one in hits])
