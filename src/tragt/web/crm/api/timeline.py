"""The operation that reads what the event log tells of a deal and of its people."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest, QueryDict
from ninja import Query, Router, Schema
from pydantic import Field

from tragt.errors import NotAllowed
from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.paging import Page
from tragt.web.api.schemas import KeyInPath
from tragt.web.crm.api.values import Day, Flag
from tragt.web.crm.queries.committee import actors_of
from tragt.web.crm.queries.deals import deal_of
from tragt.web.lexicon.queries import lexicon, source_names
from tragt.web.people import timelines
from tragt.web.people.forms import TimelineForm
from tragt.web.people.queries.timeline import Cursor, names_there

__all__ = ["router"]

router = Router(tags=["Deals"])


class DealTimelineAsked(Schema):
    """Which part of a timeline is asked for."""

    cursor: Annotated[str, Field(min_length=1, max_length=500)] | None = Field(
        None, description="`next` of the page before; none for the newest."
    )
    name: Annotated[str, Field(max_length=200)] | None = Field(None, description="Only events of this name.")
    source: Annotated[str, Field(max_length=200)] | None = Field(None, description="Only events of this source.")
    start: Day | None = Field(None, description="The first day.")
    end: Day | None = Field(None, description="The last day.")
    robots: Flag = Field(False, description="Also what probably no human did.")
    own: Flag = Field(False, description="Also what the firm itself did, and tests.")

    def query(self) -> QueryDict:
        """The same, as the page of a timeline is asked."""
        asked = QueryDict(mutable=True)
        given = {"before": self.cursor, "name": self.name, "source": self.source}
        asked.update({name: value for name, value in given.items() if value})
        asked.update({name: day.isoformat() for name in ("start", "end") if (day := getattr(self, name))})
        asked.update({name: "on" for name in ("robots", "own") if getattr(self, name)})
        return asked


class DealTouch(Schema):
    """Something that happened."""

    id: str
    time: datetime
    day_only: bool = Field(description="Whether only the day is known.")
    name: str = Field(description="What happened.")
    called: str = Field(description="What people call it.")
    source: str
    person: int | None = Field(description="Whose touch it is; null where nobody is named whom the key sees.")
    properties: dict[str, Any] = Field(description="Empty where it is the touch of somebody whom the key does not see.")

    @classmethod
    def of(cls, line: timelines.Line) -> "DealTouch":
        """A touch, as it is answered."""
        touch = line.touch
        return cls(
            id=touch.id,
            time=touch.time,
            day_only=touch.precision == "day",
            name=touch.name,
            called=line.called,
            source=touch.source,
            person=line.who.key if line.who else None,
            properties=dict(touch.properties) if touch.actor is None or line.who else {},
        )


@operation(router, "GET /{deal}/timeline", permission="deals.see", gives=Page[DealTouch])
def read_deal_timeline(
    request: HttpRequest, deal: KeyInPath, asked: Annotated[DealTimelineAsked, Query()]
) -> Page[DealTouch]:
    """What the event log tells of a deal and of the persons on it, the newest first.

    Notes and tasks are no events: read them as activities. It needs the permission `people.see` besides.
    """
    user = user_of(request)
    row = deal_of(deal, user)
    if not user.has_perm("people.see"):
        raise NotAllowed("accounts.not_allowed", "This key may not do 'people.see'.", permission="people.see")
    form = TimelineForm(asked.query(), names=names_there(), sources=source_names(), known=lexicon())
    before = Cursor.of(asked.cursor) if asked.cursor else None
    told = timelines.of_deal(row.key, actors_of(row, user), form.choice, before, user)
    return Page[DealTouch](items=[DealTouch.of(line) for line in told.lines], next=str(told.end) if told.end else None)
