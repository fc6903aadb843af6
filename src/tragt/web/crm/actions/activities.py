"""What sellers note, do and plan: notes, calls, meetings, mails and tasks about persons, companies and deals."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from tragt.errors import Conflict, InvalidDefinition, NotFound
from tragt.web.accounts.models import User
from tragt.web.accounts.reach import check_change, seen_by
from tragt.web.crm.models import Activity, ActivityKind, Deal, Repeat
from tragt.web.crm.queries.activities import decides, visible_activities
from tragt.web.crm.queries.deals import primary_contact, visible_deals
from tragt.web.crm.touches import before, tell_of_activity, tell_of_correction
from tragt.web.files.actions import drop
from tragt.web.files.queries import files_on
from tragt.web.people.actions.who_is_who import by_hand
from tragt.web.people.models import Company, Person
from tragt.web.records.signals import removing
from tragt.web.shell.acting import Who, acting
from tragt.web.shell.formats import zone
from tragt.web.shell.holding import hold

__all__ = [
    "EDITABLE",
    "OUTCOMES",
    "About",
    "Came",
    "Entry",
    "add_activity",
    "edit_activity",
    "finish_activity",
    "remove_activity",
    "reopen_activity",
]

OUTCOMES: Mapping[str, tuple[str, ...]] = {
    ActivityKind.CALL: ("reached", "no answer", "left a message", "wrong number"),
    ActivityKind.MEETING: ("held", "no show", "cancelled"),
}
"""What may come of a call or a meeting."""

EDITABLE = ("title", "text", "at", "due", "whole_day", "minutes", "outcome", "incoming", "repeat", "owner")

_ON_THE_SPOT = (ActivityKind.NOTE, ActivityKind.EMAIL)
"""Kinds of which there is nothing before they are done."""

_AHEAD = timedelta(minutes=5)
_DAYS = {Repeat.DAILY: 1, Repeat.WEEKLY: 7}
_MONTHS = {Repeat.MONTHLY: 1, Repeat.YEARLY: 12}


@dataclass(frozen=True, slots=True)
class About:
    """What an activity is about, by keys; a deal brings its company and its primary contact along.

    Attributes:
        person: Key of the person.
        company: Key of the company.
        deal: Key of the deal.
    """

    person: int | None = None
    company: int | None = None
    deal: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """Something done, or to be done where ``at`` is None.

    Attributes:
        kind: An `ActivityKind`.
        title: What it is, in a line.
        text: What was said or is to be done.
        at: When it happened.
        due: When it is to be done.
        whole_day: Whether only the day of ``due`` counts.
        minutes: How long it took or is to take.
        outcome: What came of it, one of `OUTCOMES`; empty where nobody said.
        incoming: Whether the other side called or wrote.
        repeat: How often it comes again once it is done, a `Repeat`; empty for once.
        owner: Key of the user who is to do it; None means who adds it.
    """

    kind: str
    title: str = ""
    text: str = ""
    at: datetime | None = None
    due: datetime | None = None
    whole_day: bool = True
    minutes: int | None = None
    outcome: str = ""
    incoming: bool = False
    repeat: str = ""
    owner: int | None = None


@dataclass(frozen=True, slots=True)
class Came:
    """What came of something planned.

    Attributes:
        outcome: One of `OUTCOMES`; empty where nobody says.
        text: What to add to its text.
        at: When it was done; None means now.
        minutes: How long it took; None leaves what was planned.
    """

    outcome: str = ""
    text: str = ""
    at: datetime | None = None
    minutes: int | None = None


_NOW = Came()


def add_activity(entry: Entry, about: About, *, who: Who) -> Activity:
    """Note what was done, or plan what is to be done.

    Args:
        entry: What it is.
        about: What it is about.
        who: Who adds it.

    Raises:
        InvalidDefinition: It says nothing, is about nothing, or a value cannot be.
        NotFound: There is no such person, company, deal or user, or it is not theirs to see.
    """
    with acting(who, "activities.edit", act="add") as act:
        author = who.user if isinstance(who.user, User) else None
        row = Activity(author=author, cause=by_hand(who), **_given(entry))
        row.owner = _user(entry.owner) if entry.owner is not None else author
        _relate(row, about, author)
        _check_planned(row)
        if row.at is None and row.kind in _ON_THE_SPOT:
            row.at = timezone.now()
        _check(row)
        row.save()
        act.target = f"activity {row.pk}"
        act.details["activity"] = row.kind
        _touch(row)
        tell_of_activity(row)
    return row


def edit_activity(key: int, changes: Mapping[str, object], *, who: Who, version: int | None = None) -> Activity:
    """Change an activity. Of what is done the log is told that it was corrected, for what it was told stays.

    Args:
        key: Key of the activity.
        changes: New values by the names of `EDITABLE`; the owner by its key.
        who: Who changes it.
        version: The version they saw; None changes it whatever happened since.

    Raises:
        NotFound: There is no such activity, or it is not theirs to see.
        Conflict: Somebody changed it since.
        InvalidDefinition: A field that activities do not have, or a value it cannot have.
    """
    with acting(who, "activities.edit", f"activity {key}", act="edit", fields=sorted(changes)):
        row = _locked(key, who, version)
        done, was = row.at is not None, before(row)
        for name, value in changes.items():
            if name not in EDITABLE:
                raise InvalidDefinition(
                    "crm.field", f"An activity has no field '{name}'; known are {', '.join(EDITABLE)}.", field=name
                )
            setattr(row, name, _user(value) if name == "owner" and value is not None else value)
        _check_still(row, done=done)
        if changes.get("due") is not None or changes.get("outcome"):
            _check_planned(row)
        _check(row)
        _save(row, *changes)
        _touch(row)
        if done:
            tell_of_correction(row, was)
    return row


def finish_activity(key: int, came: Came = _NOW, *, who: Who, version: int | None = None) -> Activity | None:
    """Say that something planned is done; what repeats is planned anew.

    Args:
        key: Key of the activity.
        came: What came of it.
        who: Who did it.
        version: The version they saw; None finishes it whatever happened since.

    Returns:
        The next one, where it repeats.

    Raises:
        NotFound: There is no such activity, or it is not theirs to see.
        Conflict: Somebody changed it since.
        InvalidDefinition: It is done already, or a value cannot be.
    """
    with acting(who, "activities.edit", f"activity {key}", act="finish"):
        row = _locked(key, who, version)
        if row.at is not None:
            raise InvalidDefinition(
                "crm.done", "This is done already. Look at it, and plan another where it is needed."
            )
        planned = row.minutes
        row.at, row.outcome = came.at or timezone.now(), came.outcome
        row.minutes = planned if came.minutes is None else came.minutes
        row.text = "\n\n".join(part for part in (row.text, came.text.strip()) if part)
        _check(row)
        _save(row, "at", "outcome", "minutes", "text")
        _touch(row)
        tell_of_activity(row)
        return _again(row, planned)


def reopen_activity(key: int, *, who: Who, version: int | None = None) -> Activity:
    """Take back that a task is done. What the log was told of a call or a meeting stays told, so these stay done.

    Args:
        key: Key of the task.
        who: Who takes it back.
        version: The version they saw; None opens it whatever happened since.

    Raises:
        NotFound: There is no such activity, or it is not theirs to see.
        Conflict: Somebody changed it since.
        InvalidDefinition: It is no task, or is not done.
    """
    with acting(who, "activities.edit", f"activity {key}", act="reopen"):
        row = _locked(key, who, version)
        if row.kind != ActivityKind.TASK or row.at is None:
            raise InvalidDefinition("crm.not_done", "Only a task that is done can be opened again.")
        # What repeats was planned anew when it was done; were both to repeat, each would come twice from then on.
        row.at, row.repeat = None, ""
        _save(row, "at", "repeat")
        _touch(row)
    return row


def remove_activity(key: int, *, who: Who, version: int | None = None) -> None:
    """Remove an activity. The event log keeps that a call or a meeting took place.

    Args:
        key: Key of the activity.
        who: Who removes it.
        version: The version they saw; None removes it whatever happened since.

    Raises:
        NotFound: There is no such activity, or it is not theirs to see.
        Conflict: Somebody changed it since.
    """
    with acting(who, "activities.edit", f"activity {key}", act="remove"):
        row = _locked(key, who, version)
        removing.send(Activity, kind="activity", records=[row.pk])
        _touch(row)
        drop(files_on("activity", [key]))
        row.delete()


def _given(entry: Entry) -> dict[str, object]:
    names = ("kind", "text", "at", "due", "whole_day", "minutes", "outcome", "incoming", "repeat")
    return {"title": entry.title.strip(), **{name: getattr(entry, name) for name in names}}


def _relate(row: Activity, about: About, user: User | None) -> None:
    if about.deal is not None:
        row.deal = visible_deals(user).select_related("company").filter(pk=about.deal).first()
        if row.deal is None:
            raise NotFound("crm.no_deal", f"There is no deal {about.deal}, or it is not yours to see.")
        contact = primary_contact(row.deal)
        row.company, row.person = row.deal.company, contact.person if contact else None
    if about.person is not None:
        row.person = Person.objects.filter(seen_by(user), pk=about.person, struck=None).first()
        if row.person is None:
            raise NotFound("people.no_person", "There is no such person. Perhaps the person was erased.")
        row.company = row.company or row.person.company
    if about.company is not None:
        row.company = Company.objects.filter(seen_by(user), pk=about.company).first()
        if row.company is None:
            raise NotFound("people.no_company", f"There is no company {about.company}.")
    if (row.person, row.company, row.deal) == (None, None, None) and row.kind != ActivityKind.TASK:
        raise InvalidDefinition("crm.about_nothing", "Say whom or what this is about: a person, a company or a deal.")


def _check(row: Activity) -> None:
    if row.kind not in ActivityKind.values:
        raise InvalidDefinition(
            "crm.kind", f"'{row.kind}' is not one of {', '.join(ActivityKind.values)}.", field="kind"
        )
    if not row.title and not row.text.strip():
        raise InvalidDefinition("crm.says_nothing", "Write a word about it first.", field="title")
    if row.outcome and row.outcome not in OUTCOMES.get(row.kind, ()):
        allowed = ", ".join(OUTCOMES.get(row.kind, ())) or "nothing, for it is no call and no meeting"
        raise InvalidDefinition(
            "crm.outcome", f"'{row.outcome}' cannot come of it; allowed: {allowed}.", field="outcome"
        )
    if row.repeat and (row.repeat not in Repeat.values or row.due is None):
        raise InvalidDefinition("crm.repeat", "What repeats needs a day on which it is due.", field="repeat")
    if row.at is not None and row.at > timezone.now() + _AHEAD:
        raise InvalidDefinition("crm.to_come", "This is still to come: plan it, with the day it is due.", field="at")


def _check_planned(row: Activity) -> None:
    """What is still to come is no note and no e-mail, and nothing has come of it yet."""
    if row.due is not None and row.kind in _ON_THE_SPOT:
        raise InvalidDefinition(
            "crm.unplanned", "A note and an e-mail are of what has happened. To plan one, add a task.", field="due"
        )
    if row.at is None and row.outcome:
        raise InvalidDefinition(
            "crm.no_outcome_yet", "This is still to come, so nothing has come of it yet.", field="outcome"
        )


def _check_still(row: Activity, *, done: bool) -> None:
    """A change of values neither finishes an activity nor takes back that it is done."""
    if done and row.at is None:
        raise InvalidDefinition("crm.no_time", "This is done. Say when it happened.", field="at")
    if not done and row.at is not None:
        raise InvalidDefinition("crm.not_done_yet", "This is still to be done. Finish it, and say when.", field="at")


def _locked(key: int, who: Who, version: int | None = None) -> Activity:
    user = who.user if isinstance(who.user, User) else None
    hold(Activity, key)
    row = visible_activities(user).filter(pk=key).first()
    if row is None:
        raise NotFound("crm.no_activity", "There is no such note or task. Perhaps somebody removed it.")
    if version is not None and version != row.version:
        raise Conflict("crm.changed", f"Somebody changed '{row}' meanwhile. Look at it, then try again.", name=str(row))
    check_change(who, decides(row, user))
    return row


def _save(row: Activity, *names: str) -> None:
    row.version += 1
    row.save(update_fields=[*names, "version"])


def _touch(row: Activity) -> None:
    """Somebody looked after the deal, so it does not rot."""
    if row.deal_id is not None:
        Deal.objects.filter(pk=row.deal_id).update(touched=timezone.now())


def _again(row: Activity, minutes: int | None) -> Activity | None:
    """What repeats, planned anew for as long as it was planned."""
    if not row.repeat or row.due is None:
        return None
    # By the clock on the wall: 9 o'clock stays 9 o'clock when summer time ends.
    begun, after = row.due.astimezone(zone()), max(row.due, row.at or row.due)
    try:
        due = next(day for day in (_later(begun, row.repeat, times) for times in itertools.count(1)) if day > after)
    except (ValueError, OverflowError):
        return None  # beyond the last day that a calendar has
    fields = (
        "kind",
        "title",
        "whole_day",
        "repeat",
        "owner",
        "author",
        "person",
        "company",
        "deal",
        "cause",
    )
    following = Activity(due=due, minutes=minutes, **{name: getattr(row, name) for name in fields})
    following.save()
    return following


def _later(moment: datetime, repeat: str, times: int) -> datetime:
    """The same hour so many days, weeks, months or years later; in a shorter month its last day."""
    if repeat in _DAYS:
        return moment + timedelta(days=_DAYS[Repeat(repeat)] * times)
    year, month = divmod(moment.month - 1 + _MONTHS[Repeat(repeat)] * times, 12)
    first = moment.replace(year=moment.year + year, month=month + 1, day=1)
    last = ((first + timedelta(days=31)).replace(day=1) - timedelta(days=1)).day
    return first.replace(day=min(moment.day, last))


def _user(key: object) -> User:
    found = User.objects.filter(pk=key, is_active=True).first()  # type: ignore[misc] # whatever a form gave
    if found is None:
        raise NotFound("crm.no_owner", f"There is no user {key} who could do it.", owner=key)
    return found
