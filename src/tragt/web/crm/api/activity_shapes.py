"""Activities as programs read and write them. The unit of observation is the activity."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import Field

from tragt.web.accounts.models import User
from tragt.web.crm.actions.activities import About, Came, Entry
from tragt.web.crm.api.values import Exact, Flag, Key, Moment, Text, Title, unsent
from tragt.web.crm.models import Activity
from tragt.web.crm.queries.today import A_PAGE, DAYS, Asked
from tragt.web.records.kinds import kind_of

__all__ = [
    "ActivitiesAsked",
    "ActivityChange",
    "ActivityShown",
    "FinishBody",
    "Finished",
    "NewActivity",
    "TodayAsked",
    "TodayShown",
    "shown_activities",
]

Kind = Literal["note", "call", "meeting", "email", "task"]
Repeated = Literal["", "daily", "weekly", "monthly", "yearly"]
Outcome = Literal["", "reached", "no answer", "left a message", "wrong number", "held", "no show", "cancelled"]
Minutes = Annotated[int, Field(ge=0, le=525_600)]

_MOST = 200
"""What is to be done, on a page at most."""

_BESIDE = ("person", "company", "deal")
"""The kinds of record that an activity is about."""


class ActivityShown(Schema):
    """A note, call, meeting, e-mail or task."""

    id: int
    kind: str = Field(description="`note`, `call`, `meeting`, `email` or `task`.")
    title: str
    text: str
    at: datetime | None = Field(description="When it happened; null for what is still to be done.")
    due: datetime | None
    whole_day: bool = Field(description="Whether only the day of `due` counts.")
    minutes: int | None
    outcome: str = Field(description="What came of a call or a meeting; empty where nobody said.")
    incoming: bool = Field(description="Whether the other side called or wrote.")
    repeat: str = Field(description="`daily`, `weekly`, `monthly`, `yearly`, or empty for once.")
    owner: int | None = Field(description="The user who is to do it, or did.")
    author: int | None
    person: int | None = Field(description="Null also where it is not for this key to see.")
    company: int | None = Field(description="Null also where it is not for this key to see.")
    deal: int | None = Field(description="Null also where it is not for this key to see.")
    created: datetime
    version: int

    @classmethod
    def of(cls, row: Activity, seen: Mapping[str, Collection[int]]) -> "ActivityShown":
        """An activity, as it is answered.

        Args:
            row: The activity.
            seen: Of each kind those records which the one who asks sees.
        """
        about = {code: getattr(row, f"{code}_id") for code in _BESIDE}
        return cls(
            id=row.pk,
            kind=row.kind,
            title=row.title,
            text=row.text,
            at=row.at,
            due=row.due,
            whole_day=row.whole_day,
            minutes=row.minutes,
            outcome=row.outcome,
            incoming=row.incoming,
            repeat=row.repeat,
            owner=row.owner_id,
            author=row.author_id,
            **{code: key if key in seen[code] else None for code, key in about.items()},
            created=row.created,
            version=row.version,
        )


class ActivitiesAsked(Schema):
    """Which activities are asked for."""

    owner: Annotated[str, Field(pattern="^(me|[0-9]{1,18})$")] | None = Field(
        None, description="Key of the user who is to do it, or did; `me` is the key's."
    )
    done: Flag | None = Field(None, description="Only what is done, or what is still to be done.")
    kind: Kind | None = Field(None, description="Only of this kind.")
    due_from: Moment | None = Field(None, description="Due then or later.")
    due_to: Moment | None = Field(None, description="Due earlier than that.")
    person: Key | None = Field(None, description="About this person.")
    company: Key | None = Field(None, description="About this company.")
    deal: Key | None = Field(None, description="About this deal.")

    def conditions(self, user: User) -> dict[str, object]:
        """The same, as conditions of a query."""
        owner = user.pk if self.owner == "me" else int(self.owner) if self.owner else None
        given: dict[str, Any] = {
            "owner": owner,
            "kind": self.kind,
            "at__isnull": None if self.done is None else not self.done,
            "due__gte": self.due_from,
            "due__lt": self.due_to,
        }
        for code in _BESIDE:
            key = getattr(self, code)
            given[f"{code}__in"] = None if key is None else kind_of(code).visible(user).filter(pk=key).values("pk")
        return {name: value for name, value in given.items() if value is not None}


class NewActivity(Exact):
    """Something that was done, or is to be done.

    What is to be done has no `at` and no `outcome`; a note and an e-mail have no `due`, and without `at` are of now.
    """

    kind: Kind
    title: Title = ""
    text: Text = ""
    at: Moment | None = Field(None, description="When it happened.")
    due: Moment | None = Field(None, description="When it is to be done.")
    whole_day: bool = Field(True, description="Whether only the day of `due` counts.")
    minutes: Minutes | None = None
    outcome: Outcome = ""
    incoming: bool = False
    repeat: Repeated = ""
    owner: Key | None = Field(None, description="The user who is to do it; the key's own where left out.")
    person: Key | None = None
    company: Key | None = None
    deal: Key | None = Field(None, description="Brings its company and its primary contact along.")

    def entry(self) -> Entry:
        """What is to be noted or planned."""
        given = self.model_dump(exclude={"person", "company", "deal"})
        return Entry(**given)

    def about(self) -> About:
        """What it is about."""
        return About(self.person, self.company, self.deal)


class ActivityChange(Exact):
    """What is to be changed of an activity. Of what is done, the event log is told that it was corrected."""

    title: Title = Field(default_factory=unsent)
    text: Text = Field(default_factory=unsent)
    at: Moment = Field(default_factory=unsent, description="When it happened, of what is done.")
    due: Moment | None = None
    whole_day: bool = Field(default_factory=unsent)
    minutes: Minutes | None = None
    outcome: Outcome = Field(default_factory=unsent)
    incoming: bool = Field(default_factory=unsent)
    repeat: Repeated = Field(default_factory=unsent)
    owner: Key | None = None


class FinishBody(Exact):
    """That something planned is done."""

    outcome: Outcome = ""
    text: Text = Field("", description="Added to what its text says.")
    at: Moment | None = Field(None, description="When; now where left out.")
    minutes: Minutes | None = Field(None, description="How long it took; what was planned where left out.")

    def came(self) -> Came:
        """What came of it."""
        return Came(**self.model_dump())


class Finished(Schema):
    """What is done, and what was planned anew because it repeats."""

    done: ActivityShown
    following: ActivityShown | None


class TodayAsked(Schema):
    """Which of what is to be done is asked for."""

    whose: Annotated[str, Field(pattern="^(me|all|(team|user):[0-9]{1,18})$")] = Field(
        "me",
        description="`me` for what the key's user has to do, `all` for everyone's, `team:` and the key of a team, "
        "`user:` and that of a user: of others, what the key sees.",
    )
    days: int = Field(DAYS, ge=0, le=366, description="How many days ahead of today to look.")
    later: Flag = Field(False, description="Whether what comes after these days is given too.")
    limit: int = Field(A_PAGE, ge=1, le=_MOST, description="How much a page holds.")
    page: int = Field(1, ge=1, le=100_000, description="Which page.")

    def asked(self) -> Asked:
        """The same, for the query."""
        return Asked(self.whose, self.days, self.later, self.limit, self.page)


class TodayShown(Schema):
    """What is to be done, each part by its time."""

    overdue: list[ActivityShown] = Field(description="Of days that are over.")
    today: list[ActivityShown]
    coming: list[ActivityShown] = Field(description="Of the next days.")
    later: list[ActivityShown] = Field(description="Of days after these, where they were asked for.")
    someday: list[ActivityShown] = Field(description="Without a day.")
    number: int = Field(description="How many there are on all pages.")
    late: int = Field(description="How many of them are of days that are over.")
    ahead: int = Field(description="How many are of days after the next ones, given or not.")
    more: bool = Field(description="Whether another page follows.")


def shown_activities(rows: Sequence[Activity], user: User) -> list[ActivityShown]:
    """Activities, as they are answered to somebody: what they do not see is not named; three queries.

    Args:
        rows: The activities.
        user: Who asks.
    """
    seen: dict[str, Collection[int]] = {}
    for code in _BESIDE:
        named = {key for row in rows if (key := getattr(row, f"{code}_id")) is not None}
        seen[code] = set(kind_of(code).visible(user).filter(pk__in=named).values_list("pk", flat=True))
    return [ActivityShown.of(row, seen) for row in rows]
