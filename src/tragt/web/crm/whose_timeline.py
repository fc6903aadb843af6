"""Whose timeline: what a deal, a person and a company each bring to the list of what happened.

The unit of observation is the record. What the log tells of activities and moves which the list has itself is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Protocol

import polars as pl
from django.db.models import Q

from tragt.web.accounts.models import User
from tragt.web.accounts.reach import seen_by
from tragt.web.crm.models import Activity, Deal, Member, Move
from tragt.web.crm.queries.committee import actors_of
from tragt.web.crm.queries.deals import visible_deals
from tragt.web.crm.queries.happened import MovesTold, Time, done_about, done_keys, moves_of, moves_told
from tragt.web.crm.touches import CORRECTED
from tragt.web.outbox.queries import SOURCE
from tragt.web.people import timelines
from tragt.web.people.models import Identifier
from tragt.web.people.queries import Named, spans_of
from tragt.web.people.queries.timeline import Choice, Cursor
from tragt.web.people.timelines import Called, Told

__all__ = ["OfCompany", "OfDeal", "OfPerson", "Whose"]

_DONE = ("Call Logged", "Meeting Held", "Email Replied", "Email Sent", CORRECTED)
"""What the log is told of activities that are done, which the list has as they are now."""


class Whose(Protocol):
    """A record whose timeline is asked for, and who asks."""

    @property
    def names_deals(self) -> bool:
        """Whether a line says which deal it is about: not on the page of the deal."""

    @property
    def names_persons(self) -> bool:
        """Whether a line says whom it is about: not on the page of the person."""

    def done(self, time: Time, most: int) -> list[Activity]:
        """What was done about it, the newest first."""

    def moved(self, time: Time, most: int) -> Sequence[Move]:
        """How its deals moved, the newest first."""

    def events(self, choice: Choice, before: Cursor | None, called: Called, *, raw: bool) -> Told:
        """What the log tells of it, the newest first; raw with what stands in the list already."""


@dataclass(frozen=True)
class OfDeal:
    """The timeline of a deal.

    Attributes:
        deal: The deal.
        user: Who looks.
    """

    deal: Deal
    user: User
    names_deals: ClassVar[bool] = False
    names_persons: ClassVar[bool] = True

    def done(self, time: Time, most: int) -> list[Activity]:
        """What was done about it."""
        return done_about(self.user, Q(deal=self.deal), time, most)

    def moved(self, time: Time, most: int) -> Sequence[Move]:
        """How it moved."""
        return moves_of([self.deal.pk], time, most)

    def events(self, choice: Choice, before: Cursor | None, called: Called, *, raw: bool) -> Told:
        """What it and its people did."""
        if not raw:
            done = done_keys(Q(deal=self.deal))
            told = _told_of_moves(moves_told([self.deal.pk], called.known)) | _told_of_activities(done)
            choice = replace(choice, without=(pl.col("deal") == self.deal.key) & told)
        people = actors_of(self.deal, self.user)
        return timelines.of_deal(self.deal.key, people, choice, before, self.user, called)


@dataclass(frozen=True)
class OfPerson:
    """The timeline of a person, who may stand in several rows, one for each source.

    Attributes:
        person: The person, whom the user sees.
        user: Who looks.
    """

    person: Named
    user: User
    names_deals: ClassVar[bool] = True
    names_persons: ClassVar[bool] = False

    def done(self, time: Time, most: int) -> list[Activity]:
        """What was done about the person."""
        return done_about(self.user, self._about, time, most)

    def moved(self, time: Time, most: int) -> Sequence[Move]:
        """How the deals moved that the person is or was on."""
        return moves_of(self._deals, time, most)

    def events(self, choice: Choice, before: Cursor | None, called: Called, *, raw: bool) -> Told:
        """What the person did, and what was done with them."""
        shown = choice if raw else _without(choice, moves_told(self._deals, called.known), done_keys(self._about))
        return timelines.told_of_person(self._spans, shown, before, self.user, called)

    @property
    def _about(self) -> Q:
        return Q(person__in=self._rows)

    @cached_property
    def _spans(self) -> pl.DataFrame:
        return spans_of(self.person.id)

    @cached_property
    def _rows(self) -> list[int]:
        actors = self._spans.filter(pl.col("start").is_null(), pl.col("end").is_null())["actor"].to_list()
        rows = Identifier.objects.filter(actor__in=actors).values_list("person", flat=True)
        return sorted({*rows, *([self.person.key] if self.person.key is not None else [])})

    @cached_property
    def _deals(self) -> list[int]:
        on = Member.objects.filter(person__in=self._rows)
        return list(visible_deals(self.user).filter(pk__in=on.values("deal")).values_list("pk", flat=True))


@dataclass(frozen=True)
class OfCompany:
    """The timeline of a company.

    Attributes:
        company: The company, which the user sees.
        user: Who looks.
    """

    company: Named
    user: User
    names_deals: ClassVar[bool] = True
    names_persons: ClassVar[bool] = True

    def done(self, time: Time, most: int) -> list[Activity]:
        """What was done about it, and about its people before they were its."""
        both = [row for about in self._about for row in done_about(self.user, about, time, most)]
        return sorted(both, key=lambda row: (row.at, row.pk), reverse=True)[:most]

    def moved(self, time: Time, most: int) -> Sequence[Move]:
        """How its deals moved, and those of its people."""
        return moves_of(self._deals, time, most)

    def events(self, choice: Choice, before: Cursor | None, called: Called, *, raw: bool) -> Told:
        """What it and its people did, and what was done with them."""
        done = [] if raw else [key for about in self._about for key in done_keys(about)]
        shown = choice if raw else _without(choice, moves_told(self._deals, called.known), done)
        return timelines.told_of_company(self.company.id, shown, before, self.user, called)

    @property
    def _about(self) -> tuple[Q, Q]:
        """What is about it, and about its people; asked apart, each by its index.

        One question with "or" would look at every activity there is.
        """
        its, key = Q(company=self.company.key), self.company.key
        return its, Q(person__company=key) & (Q(company__isnull=True) | ~Q(company=key))

    @cached_property
    def _deals(self) -> list[int]:
        """The deals of the company, and those that its people are on whom the user sees; asked apart as above."""
        seen = seen_by(self.user, "person__owner")
        on = Member.objects.filter(seen, person__company=self.company.key, person__struck=None, until=None)
        its, of_people = Q(company=self.company.key), Q(pk__in=on.values("deal"))
        found = (visible_deals(self.user).filter(which).values_list("pk", flat=True) for which in (its, of_people))
        return sorted({key for keys in found for key in keys})


def _without(choice: Choice, told: MovesTold, done: Sequence[int]) -> Choice:
    """The choice of events, without what the list has itself."""
    of_them = pl.col("deal").is_in(sorted(told.deals))
    own = pl.col("name").is_in(sorted(told.names)) & (pl.col("source") == SOURCE)
    return replace(choice, without=(of_them & (_told_of_moves(told) | own)) | _told_of_activities(done))


def _told_of_moves(told: MovesTold) -> pl.Expr:
    """The events that tell of moves."""
    times = pl.Series(told.moments, dtype=pl.Datetime("us", "UTC"))
    return pl.col("name").is_in(sorted(told.names)) & pl.col("time").is_in(times.implode())


def _told_of_activities(done: Sequence[int]) -> pl.Expr:
    """The events that tell of some activities which are done; those of a removed one are all that is left of it.

    Events of earlier versions do not say of which activity they tell; they are taken to be of one that is there.
    """
    which = pl.col("properties").cast(pl.String).str.json_path_match("$.activity").cast(pl.Int64, strict=False)
    of_them = which.is_null() | which.is_in(pl.Series(done, dtype=pl.Int64).implode())
    return pl.col("name").is_in(_DONE) & (pl.col("source") == SOURCE) & of_them
