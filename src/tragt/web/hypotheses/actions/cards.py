"""Writing hypotheses, changing and removing them, and noting in their logs what was done and what came of it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

from django.utils import timezone

from tragt.errors import Conflict, InvalidDefinition
from tragt.web.accounts.models import User
from tragt.web.funnels.models import SavedFunnel
from tragt.web.hypotheses.attachable import attachable_of
from tragt.web.hypotheses.models import (
    BELIEF_LENGTH,
    TEXT_LENGTH,
    Entry,
    EntryKind,
    Hypothesis,
    Link,
    State,
)
from tragt.web.hypotheses.queries.cards import UNDO_DAYS, hypothesis_of, removed_hypothesis
from tragt.web.leaks.models import VALUE_LENGTH, Found
from tragt.web.shell.acting import SYSTEM, Act, Who, acting
from tragt.web.shell.holding import hold

__all__ = [
    "CHANGEABLE",
    "LARGEST",
    "PERMISSION",
    "Draft",
    "add_note",
    "attach",
    "bring_back_hypothesis",
    "change_hypothesis",
    "purge",
    "remove_hypothesis",
    "set_state",
    "write_hypothesis",
]

PERMISSION = "hypotheses.edit"
LARGEST = 1e15
"""So much a gain is at most."""

CHANGEABLE = ("belief", "why", "attempt", "gain", "gain_low", "gain_high", "currency", "owner")
"""What can be changed of a hypothesis once it is written, its state apart."""

_TEXTS = {"belief": BELIEF_LENGTH, "why": TEXT_LENGTH, "attempt": TEXT_LENGTH}
_GAINS = ("gain", "gain_low", "gain_high")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a new hypothesis is to say.

    Attributes:
        belief: What is believed.
        why: Why.
        attempt: What to try.
        gain: What it should bring a month, in whole units of the currency, or in conversions; None: nobody says.
        gain_low: At least.
        gain_high: At most.
        currency: ISO 4217; empty: the gain is in conversions.
        owner: Key of whoever sees to it; None is nobody yet.
        funnel: The funnel it is about; None is none.
        before: What the step is called at which people stand; empty of none.
        step: What the next one is called; empty of none.
        by: The property by which a leak was found; empty of the step as a whole.
        value: Its value.
        found: The leak that it was written about; None is none.
    """

    belief: str
    why: str = ""
    attempt: str = ""
    gain: float | None = None
    gain_low: float | None = None
    gain_high: float | None = None
    currency: str = ""
    owner: int | None = None
    funnel: SavedFunnel | None = None
    before: str = ""
    step: str = ""
    by: str = ""
    value: str = ""
    found: Found | None = None


def write_hypothesis(draft: Draft, *, who: Who) -> Hypothesis:
    """Write a hypothesis down.

    Args:
        draft: What it says.
        who: Who writes it.

    Raises:
        NotAllowed: The role does not allow it.
        InvalidDefinition: It says nothing, or its gain cannot be.
    """
    with acting(who, PERMISSION, act="write") as act:
        told = {one.name: getattr(draft, one.name) for one in fields(draft)}
        told["value"] = draft.value[:VALUE_LENGTH]
        row = Hypothesis(funnel_name=draft.funnel.name if draft.funnel else "")
        _put(row, told)
        for name in ("funnel", "before", "step", "by", "value", "found"):
            setattr(row, name, told[name])
        row.save()
        act.target = f"hypothesis {row.pk}"
        _note(act, row, EntryKind.WRITTEN, state=row.state)
    return row


def change_hypothesis(
    key: int, changes: Mapping[str, Any], *, who: Who, version: int | None = None, beside: bool = False
) -> Hypothesis:
    """Change what a hypothesis says.

    Args:
        key: Its key.
        changes: What is to stand in some of `CHANGEABLE`; an owner by key.
        who: Who changes it.
        version: The version that was seen; None takes any.
        beside: Whether a change of other fields since does not stand in the way.

    Raises:
        NotFound: There is none.
        Conflict: Somebody changed it meanwhile.
        InvalidDefinition: It would say nothing, or its gain cannot be.
    """
    with acting(who, PERMISSION, f"hypothesis {key}", act="change") as act:
        row = _held(act, key, version, tuple(changes) if beside else None)
        was = {name: getattr(row, _column(name)) for name in CHANGEABLE}
        _put(row, {**was, **changes})
        touched = [name for name in CHANGEABLE if getattr(row, _column(name)) != was[name]]
        act.details["fields"] = touched
        if touched:
            _saved(act, row, EntryKind.CHANGED, fields=touched)
    return row


def set_state(key: int, state: str, *, who: Who, text: str = "", version: int | None = None) -> Hypothesis:
    """Say how far a hypothesis has come; the log notes it by itself.

    Args:
        key: Its key.
        state: One of `State`.
        who: Who says it.
        text: Why, or what came of it.
        version: The version that was seen; None takes any.

    Raises:
        NotFound: There is none.
        Conflict: Somebody said something else of it meanwhile.
        InvalidDefinition: There is no such state, or the text is too long.
    """
    with acting(who, PERMISSION, f"hypothesis {key}", act="state") as act:
        row = _held(act, key, version, None)
        if state not in State.values:
            raise InvalidDefinition(
                "hypotheses.state", f"There is no state '{state[:40]}'. Choose one of {', '.join(State.values)}."
            )
        said, origin = _text("text", text), row.state
        if state == origin and not said:
            return row
        row.state = state
        act.details["state"] = state
        _saved(act, row, EntryKind.STATE, text=said, origin=origin, state=state)
    return row


def add_note(key: int, text: str, *, who: Who) -> Entry:
    """Note something in the log of a hypothesis.

    Args:
        key: Its key.
        text: What is noted.
        who: Who notes it.

    Raises:
        NotFound: There is none.
        InvalidDefinition: It says nothing, or too much.
    """
    with acting(who, PERMISSION, f"hypothesis {key}", act="note") as act:
        row = _held(act, key, None, None)
        said = _text("text", text)
        if not said:
            raise InvalidDefinition("hypotheses.empty_note", "Write what is to be noted.", field="text")
        row.touched = timezone.now()
        row.save(update_fields=["touched"])
        return _note(act, row, EntryKind.NOTE, text=said)


def attach(key: int, kind: str, other: str, title: str, *, who: Who) -> Link:
    """Hang something on a hypothesis, by the app that brings such a kind; once it hangs there, it stays.

    Args:
        key: Key of the hypothesis.
        kind: What kind of thing it is, as `add_attachable` was told.
        other: Its key.
        title: What it is called.
        who: Who does it.

    Raises:
        NotFound: There is no such hypothesis.
        InvalidDefinition: There is no such kind.
    """
    with acting(who, PERMISSION, f"hypothesis {key}", act="attach", kind=kind) as act:
        row = _held(act, key, None, None)
        attachable_of(kind)
        link, new = Link.objects.get_or_create(
            hypothesis=row, kind=kind, key=other[:64], defaults={"title": title[:200]}
        )
        if new:
            _saved(act, row, EntryKind.ATTACHED, text=title[:200])
    return link


def remove_hypothesis(key: int, *, who: Who, version: int | None = None) -> Hypothesis:
    """Remove a hypothesis; for thirty days it can be brought back.

    Raises:
        NotFound: There is none.
        Conflict: Somebody changed it since the version that was seen.
    """
    with acting(who, PERMISSION, f"hypothesis {key}", act="remove") as act:
        row = _held(act, key, version, None)
        row.deleted = timezone.now()
        _saved(act, row, EntryKind.REMOVED)
    return row


def bring_back_hypothesis(key: int, *, who: Who) -> Hypothesis:
    """Bring a removed hypothesis back.

    Raises:
        NotFound: None of this key was removed lately.
    """
    with acting(who, PERMISSION, f"hypothesis {key}", act="bring back") as act:
        hold(Hypothesis, key)
        row = removed_hypothesis(key, _user(act))
        row.deleted = None
        _saved(act, row, EntryKind.BROUGHT_BACK)
    return row


def purge() -> int:
    """Remove for good what was removed so long ago that it cannot be brought back; returns how many rows went."""
    old = Hypothesis.objects.filter(deleted__lt=timezone.now() - timedelta(days=UNDO_DAYS))
    if not old.exists():
        return 0
    with acting(SYSTEM, PERMISSION, act="purge"):
        return old.delete()[0]


def _held(act: Act, key: int, version: int | None, beside: tuple[str, ...] | None) -> Hypothesis:
    """A hypothesis that nobody else changes until the act is over.

    Args:
        act: What is done with it.
        key: Its key.
        version: The version that was seen; None takes any.
        beside: The fields that alone must not have been changed since; None: nothing must.
    """
    hold(Hypothesis, key)
    row = hypothesis_of(key, _user(act))
    if version is None or version == row.version:
        return row
    since = list(row.log.filter(version__gt=version).select_related("by"))
    if beside is not None and not any(set(beside) & set(one.fields) for one in since):
        return row
    by = next((str(one.by) for one in since if one.by), "Somebody")
    raise Conflict(
        "hypotheses.changed",
        f"{by} changed this hypothesis meanwhile. Look at it as it is now, then change it again.",
        version=row.version,
    )


def _saved(act: Act, row: Hypothesis, kind: EntryKind, **told: Any) -> None:
    row.version += 1
    row.touched = timezone.now()
    row.save()
    _note(act, row, kind, **told)


def _note(act: Act, row: Hypothesis, kind: EntryKind, **told: Any) -> Entry:
    return Entry.objects.create(hypothesis=row, kind=kind, version=row.version, by=_user(act), **told)


def _user(act: Act) -> User | None:
    """Who does it; None is a command line or a job."""
    return act.who.user if isinstance(act.who.user, User) else None


def _column(name: str) -> str:
    return "owner_id" if name == "owner" else name


def _put(row: Hypothesis, told: Mapping[str, Any]) -> None:
    for name in _TEXTS:
        setattr(row, name, _text(name, told[name]))
    if not row.belief:
        raise InvalidDefinition("hypotheses.no_belief", "Write what is believed.", field="belief")
    gains = [_gain(name, told[name]) for name in _GAINS]
    present = [one for one in (gains[1], gains[0], gains[2]) if one is not None]
    if present != sorted(present):
        raise InvalidDefinition(
            "hypotheses.gain_order", "The gain lies between what it is at least and at most.", field="gain"
        )
    if gains[0] is None and len(present) > 0:
        raise InvalidDefinition(
            "hypotheses.no_gain", "Write the expected gain too, not its limits alone.", field="gain"
        )
    row.gain, row.gain_low, row.gain_high = gains
    row.currency = told["currency"] if gains[0] is not None else ""
    owner = told["owner"]
    if owner is not None and owner != row.owner_id and not User.objects.filter(pk=owner, is_active=True).exists():
        raise InvalidDefinition("crm.no_owner", f"There is no user {owner} who can sign in.", field="owner")
    row.owner_id = owner


def _text(name: str, given: str) -> str:
    text = given.replace("\0", " ").replace("\r\n", "\n").strip()
    most = _TEXTS.get(name, TEXT_LENGTH)
    if len(text) > most:
        raise InvalidDefinition(
            "hypotheses.long",
            f"'{name}' has {len(text)} characters; at most {most} are kept.",
            field=name,
            most=most,
            given=len(text),
        )
    return text


def _gain(name: str, given: float | None) -> float | None:
    if given is None:
        return None
    if not math.isfinite(given) or not 0 <= given < LARGEST:
        raise InvalidDefinition("hypotheses.gain", f"'{name}' is a number from 0 on.", field=name)
    return float(given)
