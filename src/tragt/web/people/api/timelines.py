"""Operations on timelines: what a person or a company did and what was done with them, the newest first."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest, QueryDict
from ninja import Query, Router, Schema
from pydantic import Field, field_validator

from tragt.errors import NotFound
from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.schemas import KeyInPath
from tragt.web.people import timelines
from tragt.web.people.kinds import COMPANY, PERSON
from tragt.web.people.queries import company_at, person_at
from tragt.web.people.timelines import Line, Shown
from tragt.web.records.api.found import one_seen

__all__ = ["of_companies", "of_persons"]

of_persons = Router(tags=["Persons"])
of_companies = Router(tags=["Companies"])

_YEARS = range(1900, 2201)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class TouchShown(Schema):
    """Something that happened."""

    id: str
    time: datetime
    precision: str = Field(description="`exact`, or `day` where only the day is known.")
    name: str = Field(description="What happened, as the event log calls it.")
    title: str = Field(description="What people call it.")
    said: list[str] = Field(description="What tells it from others of its name: page, product, deal, amount.")
    person: int | None = Field(description="Key of who did it, of a company's touch; null where nobody is named.")
    actor: str | None = Field(description="Who did it, as the event log has it; null where that is not told.")
    company: str | None = Field(description="The company as the event names it.")
    deal: str | None = Field(description="The deal as the event names it.")
    session: str | None
    source: str
    human: float = Field(description="Probability that a human acted, 0 to 1.")
    traffic: str = Field(description="`outside`, `own` or `test`.")
    properties: dict[str, Any]
    context: dict[str, Any] = Field(description="What the sender told of itself.")

    @classmethod
    def of(cls, line: Line, *, whole: bool) -> "TouchShown":
        """A touch, as it is answered; without who did it and how, where that person is not seen."""
        touch = line.touch
        told = {name: getattr(touch, name) for name in ("id", "time", "precision", "name", "company", "deal")}
        return cls(
            **told,
            title=line.called,
            said=list(line.said) if whole else [],
            person=line.who.key if line.who else None,
            actor=touch.actor if whole else None,
            session=touch.session if whole else None,
            source=touch.source,
            human=touch.human,
            traffic=touch.traffic,
            properties=dict(touch.properties) if whole else {},
            context=dict(touch.context) if whole else {},
        )


class Touches(Schema):
    """A page of a timeline."""

    items: list[TouchShown] = Field(description="The newest first; fifty at most.")
    next: str | None = Field(description="Cursor of the next page; null on the last one.")


class TimelineAsked(Schema):
    """Which touches are asked for."""

    cursor: str | None = Field(
        None,
        pattern=r"^-?[0-9]{1,17}\.",
        max_length=1_000,
        description="`next` of the page before; none for the newest.",
    )
    name: str | None = Field(None, min_length=1, max_length=200, description="Only touches of this name.")
    source: str | None = Field(None, min_length=1, max_length=200, description="Only touches from this source.")
    start: date | None = Field(None, description="The first day, in the organisation's time zone.")
    end: date | None = Field(None, description="The last day, in the organisation's time zone.")
    robots: bool = Field(False, description="Also those that probably no human made.")
    own: bool = Field(False, description="Also the firm's own traffic and tests.")

    @field_validator("start", "end", mode="before")
    @classmethod
    def _as_a_day(cls, given: object) -> object:
        if isinstance(given, str) and not _DAY.fullmatch(given):
            raise ValueError("A day is written as 2026-03-31.")
        return given

    @field_validator("start", "end")
    @classmethod
    def _within_time(cls, day: date | None) -> date | None:
        if day is not None and day.year not in _YEARS:
            raise ValueError("Years are 1900 to 2200.")
        return day

    def as_query(self) -> QueryDict:
        """The same as the address of the page asks it."""
        given = self.model_dump(exclude_none=True)
        asked = QueryDict(mutable=True)
        for name in ("name", "source", "start", "end"):
            if name in given:
                asked[name] = str(given[name])
        for name in ("robots", "own"):
            if given[name]:
                asked[name] = "on"
        if "cursor" in given:
            asked["before"] = given["cursor"]
        return asked


TimelineQuery = Annotated[TimelineAsked, Query()]


@operation(of_persons, "GET /{person}/timeline", permission="people.see", gives=Touches)
def read_person_timeline(request: HttpRequest, person: KeyInPath, asked: TimelineQuery) -> Touches:
    """What a person did and what was done with them, the newest first."""
    user = user_of(request)
    one_seen(PERSON, user, person)
    named = person_at(person)
    if named is None:
        return Touches(items=[], next=None)
    return _touches(timelines.of_person(named.id, asked.as_query(), "", user), lambda _line: True)


@operation(of_companies, "GET /{company}/timeline", permission="people.see", gives=Touches)
def read_company_timeline(request: HttpRequest, company: KeyInPath, asked: TimelineQuery) -> Touches:
    """What a company and its persons did and what was done with them, the newest first.

    Of a person whom the key does not see, it is told what happened, not who it was.
    """
    user = user_of(request)
    one_seen(COMPANY, user, company)
    named = company_at(company)
    if named is None:
        raise NotFound("records.no_company", f"There is no company {company}, or it is not for this key to see.")
    shown = timelines.of_company(named.id, asked.as_query(), "", user)
    return _touches(shown, lambda line: line.touch.actor is None or line.who is not None)


def _touches(shown: Shown, is_seen: Callable[[Line], bool]) -> Touches:
    items = [TouchShown.of(line, whole=is_seen(line)) for line in shown.lines]
    return Touches(items=items, next=QueryDict(shown.older).get("before") if shown.older else None)
