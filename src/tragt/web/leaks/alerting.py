"""Raising alarms about leaks that begin, what people do about them, and telling by mail those who want to know."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone, translation

from tragt.errors import Conflict, InvalidDefinition, NotFound, TragtError
from tragt.web.accounts.models import User
from tragt.web.funnels.models import SavedFunnel
from tragt.web.leaks.alarms import acted_until, alarms, attention, telling_to, this_day
from tragt.web.leaks.models import Alarm, Attention, Choice, Mails, Seen, Watched, WhyOver
from tragt.web.leaks.searching import ground_of
from tragt.web.leaks.voicing import Voiced, voiced
from tragt.web.leaks.watching import Cell, Raised
from tragt.web.leaks.watching import Seen as SeenOf
from tragt.web.mail.actions import InvalidRecipient, send
from tragt.web.shell import organisation
from tragt.web.shell.acting import SYSTEM, Who, acting
from tragt.web.shell.holding import hold

__all__ = [
    "act_on",
    "attend",
    "choose_mails",
    "keep_watched",
    "keep_watched_mistake",
    "look_at_alarms",
    "snooze",
    "tell_all",
]

LONGEST_SNOOZE = 365
_MOST_IN_MAIL = 20


def keep_watched(saved: SavedFunnel, seen: SeenOf) -> list[Alarm]:
    """Keep what was seen of a funnel: alarms are raised, kept up to date, and closed where they are over.

    Only what began on a day that was never looked at before raises an alarm: days that an import brings of the past are
    learnt from, and so are all days of a funnel that is watched for the first time. Where the share of false alarms is
    another one than last time, what goes on by this one and did not by that one is new as well.

    Args:
        saved: The funnel.
        seen: What was seen.

    Returns:
        The alarms that were raised now.
    """
    now = timezone.now()
    raised: list[Alarm] = []
    with acting(SYSTEM, "leaks.watch", f"funnel {saved.pk}") as act:
        hold(SavedFunnel, saved.pk)
        row = SavedFunnel.objects.filter(pk=saved.pk, deleted=None).first()
        if row is None or ground_of(row) != seen.ground:
            act.details["kept"] = False
            return []
        before = Watched.objects.filter(funnel=row).first()
        same = before is not None and before.makeup == seen.makeup
        standing = {_cell_of(one): one for one in Alarm.objects.filter(funnel=row, closed=None)}
        for alarm in standing.values():
            _judge_anew(alarm, seen, now, same=same)
        if same and seen.fresh:
            acted = acted_until(row)
            begun = [one for one in seen.going_on.values() if one.new and one.place.cell not in standing]
            raised = [_raise(row, one, seen, now) for one in begun if not _is_acted_on(one, acted)]
        Watched.objects.update_or_create(funnel=row, defaults=_watched(seen, now))
        act.details["raised"] = len(raised)
    return raised


def keep_watched_mistake(saved: SavedFunnel, error: TragtError) -> None:
    """Keep that a funnel could not be watched, and why; its alarms stay.

    Args:
        saved: The funnel.
        error: What was wrong.
    """
    with acting(SYSTEM, "leaks.watch", f"funnel {saved.pk}", refused=error.code):
        if SavedFunnel.objects.filter(pk=saved.pk).exists():
            told = {"mistake": error.code, "computed": timezone.now()}
            Watched.objects.update_or_create(funnel=saved, defaults=told)


def act_on(who: Who, key: int, *, version: int | None = None) -> Alarm:
    """Say that somebody does something about a leak: the alarm is closed, and evidence is gathered anew from tomorrow.

    Days until then are not held against the remedy, and do not become what is usual either.

    Args:
        who: Who acts.
        key: Of the alarm.
        version: The version that was seen; None takes whatever is there.

    Raises:
        NotAllowed: The role does not allow it.
        NotFound: There is no such alarm.
        Conflict: Somebody changed it since that version, or it is closed.
    """
    with acting(who, "leaks.edit") as act:
        row = _held(key, version)
        act.target, act.details["what"] = f"funnel {row.funnel_id}", "acted on"
        row.acted, row.by_whom_id = this_day(), None if who.user is None else who.user.pk
        row.closed, row.why_closed = timezone.now(), WhyOver.ACTED
        row.version += 1
        row.save()
    return row


def snooze(who: Who, key: int, days: int, *, version: int | None = None) -> Alarm:
    """Do not speak of an alarm for some days; with 0 days speak of it again.

    Args:
        who: Who wants quiet.
        key: Of the alarm.
        days: For how many days, up to a year.
        version: The version that was seen; None takes whatever is there.

    Raises:
        NotAllowed: The role does not allow it.
        NotFound: There is no such alarm.
        Conflict: Somebody changed it since that version, or it is closed.
        InvalidDefinition: That many days are not allowed.
    """
    if not 0 <= days <= LONGEST_SNOOZE:
        raise InvalidDefinition(
            "leaks.snooze", f"{days} days are given; an alarm can rest for 0 to {LONGEST_SNOOZE} days.", field="days"
        )
    with acting(who, "leaks.edit") as act:
        row = _held(key, version)
        act.target, act.details["what"] = f"funnel {row.funnel_id}", "snoozed"
        row.snoozed = this_day() + timedelta(days=days) if days else None
        row.by_whom_id = None if who.user is None else who.user.pk
        row.version += 1
        row.save()
    return row


def attend(who: Who, false_alarm: float, least: int, *, version: int | None = None) -> Attention:
    """Say how many false alarms the organisation takes, and what a leak must cost to be worth one.

    Args:
        who: Who says it.
        false_alarm: Probability of any false alarm in 90 days over all funnels, 0.01 to 0.5.
        least: What a leak must cost a month, in whole units of the organisation's currency.
        version: The version that was seen; None changes whatever is there.

    Raises:
        NotAllowed: The role does not allow it.
        Conflict: Somebody changed it since that version.
        InvalidDefinition: A figure is out of range.
    """
    if not 0.01 <= false_alarm <= 0.5:
        raise InvalidDefinition(
            "leaks.false_alarm", f"{false_alarm} is given; it must be 0.01 to 0.5.", field="false_alarm"
        )
    if not 0 <= least <= 10**12:
        raise InvalidDefinition("leaks.least", f"{least} is given; it must be 0 to {10**12}.", field="least")
    with acting(who, "leaks.edit", what="alarms"):
        row, _made = Attention.objects.get_or_create(pk=1)
        hold(Attention, 1)
        row.refresh_from_db()
        if version is not None and row.version != version:
            raise Conflict("leaks.changed", "Somebody changed this meanwhile. Look at it as it is now, then change it.")
        row.false_alarm, row.least = false_alarm, least
        row.version += 1
        row.save()
        for alarm in Alarm.objects.filter(closed=None):
            alarm.minor = _minor(alarm.figures.get("cost"), alarm.currency, row)
            alarm.save(update_fields=["minor"])
    return row


def choose_mails(who: Who, user: User, mails: Mails) -> Choice:
    """Say about which alarms one wants a mail; those raised before are not told any more.

    Args:
        who: Who says it.
        user: For whom.
        mails: About which.

    Raises:
        NotAllowed: The role does not allow it.
    """
    with acting(who, "profile.edit", f"user {user.pk}", fields=["mails about alarms"]):
        row, _made = Choice.objects.get_or_create(user=user, defaults={"told": timezone.now()})
        if row.mails == Mails.NONE:
            row.told = timezone.now()
        row.mails = mails
        row.save()
    return row


def look_at_alarms(user: User) -> None:
    """Note that somebody has looked at the alarms; no act, for nothing changes for anybody else."""
    Seen.objects.update_or_create(user=user, defaults={"at": timezone.now()})


def tell_all() -> int:
    """Tell by mail everyone who wants to know of alarms that they were not told of; at most once a day each.

    Returns:
        How many mails were written.
    """
    chosen = Choice.objects.exclude(mails=Mails.NONE).filter(user__is_active=True)
    return sum(_tell(key) for key in chosen.values_list("pk", flat=True))


def _tell(key: int) -> bool:
    """Write one mail, and note in the same transaction that it was written."""
    with transaction.atomic():
        hold(Choice, key)
        choice = Choice.objects.filter(pk=key).select_related("user").first()
        today = this_day()
        if choice is None or choice.mails == Mails.NONE or choice.day == today:
            return False
        now, user = timezone.now(), choice.user
        rows = list(telling_to(user, choice.told, own=choice.mails == Mails.OWN)[: _MOST_IN_MAIL + 1])
        may = user.has_perm("leaks.see") and user.has_perm("funnels.see")
        if not rows or not may:
            return False
        choice.told, choice.day = now, today
        choice.save(update_fields=["told", "day"])
        with translation.override(user.language or organisation.current().language):
            context = _context(voiced(rows[:_MOST_IN_MAIL]), more=len(rows) > _MOST_IN_MAIL)
            with suppress(InvalidRecipient):
                send("leaks/mail/opened", [user.email], user.language, context)
                return True
    return False


def _context(told: list[Voiced], *, more: bool) -> dict[str, object]:
    address = settings.TRAGT.public_address
    lines = [
        {"where": one.where, "funnel": one.row.funnel.name, "sentence": one.sentence, "cost": one.cost_sentence}
        for one in told
    ]
    page = address + reverse("leaks:alarms")
    return {"lines": lines, "more": more, "link": page, "choice": f"{page}#mails"}


def _raise(saved: SavedFunnel, one: Raised, seen: SeenOf, now: datetime) -> Alarm:
    place = one.place
    return Alarm.objects.create(
        funnel=saved,
        step=place.step,
        by=place.by,
        value=place.value,
        fate=place.fate,
        opened=now,
        began=one.began,
        share=seen.share,
        **_told(one, seen, now),
    )


def _is_acted_on(one: Raised, acted: Mapping[Cell, date]) -> bool:
    """Whether somebody acted on a place while its funnel was gone through."""
    day = acted.get(one.place.cell)
    return day is not None and one.began <= day


def _judge_anew(alarm: Alarm, seen: SeenOf, now: datetime, *, same: bool) -> None:
    """Keep an alarm up to date, or close it where it goes on neither by what it was raised by nor by what holds now.

    Somebody may close it at this moment: then it stays as they left it.
    """
    here = [one for one in seen.raised.get(alarm.share, ()) if one.place.cell == _cell_of(alarm)]
    going_on = next((one for one in here if one.until is None), seen.going_on.get(_cell_of(alarm)))
    standing = Alarm.objects.filter(pk=alarm.pk, closed=None)
    if going_on is not None:
        standing.update(**_told(going_on, seen, now))
    elif alarm.share in seen.raised:
        why = _why_over(alarm, here, watched=same and _cell_of(alarm) in seen.places)
        standing.update(closed=now, why_closed=why, version=F("version") + 1)


def _told(one: Raised, seen: SeenOf, now: datetime) -> dict[str, Any]:
    """What an alarm says of a stretch of days."""
    return {
        "before": one.place.before,
        "currency": seen.currency,
        "computed": now,
        "figures": _figures(one),
        "minor": _minor(one.cost, seen.currency, attention()),
    }


def _figures(one: Raised) -> dict[str, Any]:
    names = ("entered", "kept", "rate", "reference", "days", "lost", "chance", "value", "cost")
    return {name: getattr(one, name) for name in names}


def _minor(cost: float | None, currency: str, wanted: Attention) -> bool:
    """Whether something costs less than the organisation wants to hear of; what is not known may cost anything."""
    ours = currency in ("", organisation.current().currency)
    return cost is not None and ours and cost < wanted.least


def _why_over(alarm: Alarm, here: Sequence[Raised], *, watched: bool) -> WhyOver:
    """Why an alarm is over, given the stretches on which its place leaked, all of them over too."""
    if not watched:
        return WhyOver.CHANGED
    recovered = any(one.until is not None and one.until >= alarm.began for one in here)
    return WhyOver.RECOVERED if recovered else WhyOver.LATE


def _watched(seen: SeenOf, now: datetime) -> Mapping[str, Any]:
    return {
        "makeup": seen.makeup,
        "known": {what: day.isoformat() for what, day in seen.known.items()},
        "share": seen.share,
        "age": seen.usual.age,
        "stays": dict(seen.usual.stays),
        "cells": len(seen.places),
        "days": seen.days,
        "mistake": "",
        "as_of": seen.as_of,
        "computed": now,
    }


def _held(key: int, version: int | None) -> Alarm:
    hold(Alarm, key)
    row = alarms().filter(pk=key).first()
    if row is None:
        raise NotFound("leaks.no_alarm", "There is no such alarm; its funnel may have been deleted.", key=key)
    if row.closed is not None:
        raise Conflict("leaks.alarm_over", "This alarm is over already. Look at it as it is now.", key=key)
    if version is not None and row.version != version:
        raise Conflict("leaks.changed", "Somebody changed this alarm meanwhile. Look at it as it is now.", key=key)
    return row


def _cell_of(row: Alarm) -> Cell:
    return row.step, row.by, row.value, row.fate
