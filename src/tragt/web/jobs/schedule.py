"""Recurring jobs: each is done once when it is due, however many workers there are."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from tragt.errors import InvalidDefinition
from tragt.web.jobs import registry
from tragt.web.jobs.actions.asking import enqueue
from tragt.web.jobs.models import Due
from tragt.web.jobs.registry import Function, Task, job
from tragt.web.shell import organisation
from tragt.web.shell.acting import SYSTEM

__all__ = ["Rhythm", "enqueue_due", "every"]


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When something recurs: at a time of the organisation's day, or after so many minutes.

    Attributes:
        at: Time of day; None when it recurs by minutes.
        minutes: Minutes between two; 0 when it recurs by day.
    """

    at: time | None
    minutes: int

    def __str__(self) -> str:
        return f"{self.at:%H:%M}" if self.at else f"{self.minutes} min"

    def after(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """The next time after a moment. A time of day that a change of the clock skips comes an hour later."""
        if self.at is None:
            return moment + timedelta(minutes=self.minutes)
        today = moment.astimezone(zone).date()
        days = (datetime.combine(today + timedelta(days=ahead), self.at, zone) for ahead in range(3))
        return next(day.astimezone(ZoneInfo("UTC")) for day in days if day > moment)


_rhythms: dict[str, Rhythm] = {}


def every(at: str = "", *, minutes: int = 0) -> Callable[[Task | Function], Task]:
    """Let a kind of job recur. Stands above `job`, or instead of it; there are no arguments but the progress.

    What was due while no worker ran is done once when one starts.

    Args:
        at: Time of the organisation's day, ``03:00``; or
        minutes: how many minutes lie between two.

    Raises:
        InvalidDefinition: Neither or both are given, or the time is none.
    """
    if bool(at) == bool(minutes) or minutes < 0 or (at and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", at)):
        raise InvalidDefinition(
            "jobs.rhythm", f"A job recurs at a time like 03:00 or by minutes, not {at!r} {minutes}."
        )

    def declare(what: Task | Function) -> Task:
        task = what if isinstance(what, Task) else job(_name(what))(what)
        _rhythms[task.name] = Rhythm(time.fromisoformat(at) if at else None, minutes)
        return task

    return declare


def enqueue_due(now: datetime | None = None) -> int:
    """Ask for every recurring job that is due.

    Args:
        now: The moment; None means this one.

    Returns:
        The number of jobs asked for by this call.
    """
    now = now or timezone.now()
    tasks = registry.known()
    planned = {due.name: due for due in Due.objects.all()}
    zone = ZoneInfo(organisation.current().time_zone) if _rhythms else ZoneInfo("UTC")
    asked = 0
    for name, rhythm in _rhythms.items():
        due = planned.get(name)
        if due is None or due.rhythm != str(rhythm):
            plan = {"rhythm": str(rhythm), "next": rhythm.after(now, zone)}
            Due.objects.update_or_create(name=name, defaults=plan)
        elif due.next <= now:
            asked += _ask(tasks[name], due, rhythm.after(now, zone))
    return asked


def _name(function: Function) -> str:
    app = function.__module__.removesuffix(".tasks").rsplit(".", 1)[-1]
    return f"{app}.{function.__name__}"


def _ask(task: Task, due: Due, following: datetime) -> int:
    with transaction.atomic():
        # Of several workers that see the same row, only one changes it.
        if not Due.objects.filter(name=due.name, next=due.next).update(next=following):
            return 0
        enqueue(task, SYSTEM, subject=f"schedule:{task.name}")
        return 1
