"""Changing many records at once, and taking that back where they still are as it left them. The unit is the record.

What is not seen, or belongs to somebody else, is left alone and counted; nothing is refused for its sake.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from tragt.errors import Conflict, InvalidDefinition, NotFound
from tragt.web.accounts.models import User
from tragt.web.accounts.reach import changeable_by
from tragt.web.records.actions.reaching import named_in
from tragt.web.records.actions.tags import tag_name, tag_named
from tragt.web.records.kinds import Kind, kind_of
from tragt.web.records.models import BulkAct, BulkChange, Tag
from tragt.web.records.queries.tags import tag_seen
from tragt.web.records.signals import assigned, tagged
from tragt.web.shell.acting import Act, Who, acting

__all__ = [
    "MOST",
    "UNDO_FOR",
    "Done",
    "Undone",
    "add_tag",
    "add_way_back",
    "give_owner",
    "kept_change",
    "remove_tag",
    "take_back",
]

MOST = 10_000
"""So many records are changed at once at most."""

UNDO_FOR = timedelta(days=1)
"""So long it is known how records were before."""

_NOBODY = ""


@dataclass(frozen=True, slots=True)
class Done:
    """What became of records that were to be changed.

    Attributes:
        change: Key by which it is taken back; None where nothing was changed.
        changed: How many were changed.
        same: How many were so already.
        refused: How many belong to somebody else.
        missing: How many are not there any more, or not seen.
    """

    change: int | None
    changed: int
    same: int
    refused: int
    missing: int


@dataclass(frozen=True, slots=True)
class Undone:
    """What became of records that were to be as before.

    Attributes:
        restored: How many are.
        kept: How many were changed since, or are gone.
    """

    restored: int
    kept: int


@dataclass(frozen=True, slots=True)
class _Reached:
    """The records that one may change, and how many they may not."""

    keys: tuple[int, ...]
    refused: int
    missing: int


def give_owner(kind: Kind, keys: Sequence[int], owner: int | None, *, who: Who) -> Done:
    """Give records an owner.

    Args:
        kind: Of which records.
        keys: Of the records, at most `MOST`.
        owner: Key of a user who can sign in; None means nobody.
        who: Who hands them over.

    Raises:
        InvalidDefinition: There are too many, or none.
        NotFound: There is no such user.
    """
    _check(keys)
    with acting(who, kind.edit, act="assign many", kind=kind.code, owner=owner) as act:
        if owner is not None and not User.objects.filter(pk=owner, is_active=True).exists():
            raise NotFound(
                "accounts.no_user", "There is no such user, or they cannot sign in any more. Choose another."
            )
        reached = _reached(kind, keys, who)
        before: dict[str, list[int]] = defaultdict(list)
        for key, own in kind.rows().filter(pk__in=reached.keys).values_list("pk", f"{kind.owner}_id"):
            if own != owner:
                before[str(own or _NOBODY)].append(key)
        changed = [key for part in before.values() for key in part]
        kind.rows().filter(pk__in=changed).update(**{f"{kind.owner}_id": owner}, **_counted(kind))
        assigned.send(Kind, kind=kind.code, records=changed)
        act.details["fields"] = ["owner"]
        return _done(act, kind, reached, BulkChange(act=BulkAct.OWNER, written=owner, before=before))


def add_tag(kind: Kind, keys: Sequence[int], name: str, *, who: Who) -> Done:
    """Mark records with a tag; one of a new name is made.

    Args:
        kind: Of which records.
        keys: Of the records, at most `MOST`.
        name: What the tag is called; capitals do not make another one.
        who: Who marks them.

    Raises:
        InvalidDefinition: There are too many records, or none; or the name is empty or too long.
    """
    _check(keys)
    with acting(who, kind.edit, act="tag many", kind=kind.code) as act:
        reached = _reached(kind, keys, who)
        spelled = tag_name(name)
        if not reached.keys:
            # A tag that nothing has would be told to everybody.
            return _done(act, kind, reached, BulkChange(act=BulkAct.TAG, before={}))
        found = tag_named(spelled)
        act.target = f"tag {found.pk}"
        has = set(_marks(kind, found.pk).filter(**{f"{kind.link}__in": reached.keys}).values_list(kind.link, flat=True))
        new = [key for key in reached.keys if key not in has]
        _mark(kind, found.pk, new)
        tagged.send(Kind, kind=kind.code, records=new)
        return _done(act, kind, reached, BulkChange(act=BulkAct.TAG, written=found.pk, before={_NOBODY: new}))


def remove_tag(kind: Kind, keys: Sequence[int], name: str, *, who: Who) -> Done:
    """Take a tag away from records.

    Args:
        kind: Of which records.
        keys: Of the records, at most `MOST`.
        name: What the tag is called.
        who: Who takes it away.

    Raises:
        InvalidDefinition: There are too many records, or none.
        NotFound: There is no tag of this name.
    """
    _check(keys)
    with acting(who, kind.edit, act="untag many", kind=kind.code) as act:
        found = tag_seen(name, _user(who))
        if found is None:
            raise NotFound("records.no_tag", f"There is no tag '{name}'. Choose one that there is.")
        act.target = f"tag {found.pk}"
        reached = _reached(kind, keys, who)
        marks = _marks(kind, found.pk).filter(**{f"{kind.link}__in": reached.keys})
        had = list(marks.values_list(kind.link, flat=True))
        marks.delete()
        tagged.send(Kind, kind=kind.code, records=had)
        return _done(act, kind, reached, BulkChange(act=BulkAct.UNTAG, written=found.pk, before={_NOBODY: had}))


def take_back(key: int, *, who: Who) -> Undone:
    """Let records be as they were before a change of many, as far as they still are as it left them.

    Args:
        key: Key of the change.
        who: Who takes it back: who made it.

    Raises:
        NotFound: There is no such change, it is somebody else's, or it is too long ago.
        Conflict: It was taken back already.
    """
    since = timezone.now() - UNDO_FOR
    own = BulkChange.objects.filter(pk=key, by=_user(who), at__gte=since).first()
    if own is None:
        raise NotFound("records.no_change", "There is no such change to take back, or it is too long ago.")
    kind = kind_of(own.kind)
    with acting(who, kind.edit, act="undo many", kind=kind.code) as act:
        change = BulkChange.objects.select_for_update().get(pk=own.pk)
        if change.undone is not None:
            raise Conflict("records.undone", "This was taken back already.")
        change.undone = timezone.now()
        change.save(update_fields=["undone"])
        number = sum(map(len, change.before.values()))
        restored = _RESTORE[BulkAct(change.act)](kind, change)
        act.details["fields"] = [_FIELDS.get(BulkAct(change.act), "tasks")]
        of_records = {} if change.act == BulkAct.PLAN else named_in(restored)
        act.details.update(changed=len(restored), kept=number - len(restored), **of_records)
    return Undone(len(restored), number - len(restored))


def _owners_again(kind: Kind, change: BulkChange) -> Sequence[int]:
    known = set(User.objects.values_list("pk", flat=True))
    restored: list[int] = []
    for own, keys in change.before.items():
        owner = int(own) if own else None
        if owner is None or owner in known:
            still = kind.rows().filter(**{"pk__in": keys, f"{kind.owner}_id": change.written})
            records = list(still.values_list("pk", flat=True))
            kind.rows().filter(pk__in=records).update(**{f"{kind.owner}_id": owner}, **_counted(kind))
            restored += records
            assigned.send(Kind, kind=kind.code, records=records)
    return restored


def _unmark(kind: Kind, change: BulkChange) -> Sequence[int]:
    marks = _marks(kind, change.written).filter(**{f"{kind.link}__in": change.before[_NOBODY]})
    had = list(marks.values_list(kind.link, flat=True))
    marks.delete()
    tagged.send(Kind, kind=kind.code, records=had)
    return had


def _mark_again(kind: Kind, change: BulkChange) -> Sequence[int]:
    keys = change.before[_NOBODY]
    if change.written is None or not Tag.objects.filter(pk=change.written).exists():
        return ()
    has = _marks(kind, change.written).filter(**{f"{kind.link}__in": keys}).values(kind.link)
    there = list(kind.rows().filter(pk__in=keys).exclude(pk__in=has).values_list("pk", flat=True))
    _mark(kind, change.written, there)
    tagged.send(Kind, kind=kind.code, records=there)
    return there


_RESTORE: dict[BulkAct, Callable[[Kind, BulkChange], Sequence[int]]] = {
    BulkAct.OWNER: _owners_again,
    BulkAct.TAG: _unmark,
    BulkAct.UNTAG: _mark_again,
}
_FIELDS = {BulkAct.OWNER: "owner", BulkAct.TAG: "tags", BulkAct.UNTAG: "tags"}


def add_way_back(act: BulkAct, restore: Callable[[Kind, BulkChange], Sequence[int]]) -> None:
    """Let what an app above did to many records be taken back.

    Args:
        act: What it does.
        restore: Takes a change back as far as all is still as that left it, and gives the keys that ``before`` has.
    """
    _RESTORE[act] = restore


def kept_change(act: Act, kind: Kind, before: Sequence[int]) -> int | None:
    """Note what an app above planned for many records, so that it can be taken back.

    Args:
        act: What is being done.
        kind: Of which records.
        before: Keys of what was made.

    Returns:
        Key by which it is taken back; None where nothing was made.
    """
    now = timezone.now()
    BulkChange.objects.filter(at__lt=now - UNDO_FOR).delete()
    if not before:
        return None
    change = BulkChange(act=BulkAct.PLAN, kind=kind.code, before={_NOBODY: list(before)}, by=_user(act.who), at=now)
    change.save()
    return change.pk


def _check(keys: Sequence[int]) -> None:
    if not keys:
        raise InvalidDefinition("records.none_chosen", "Nothing was chosen. Choose records, then what to do with them.")
    if len(set(keys)) > MOST:
        raise InvalidDefinition(
            "records.too_many", f"These are more than {MOST} records. Filter the list, then choose again.", most=MOST
        )


def _reached(kind: Kind, keys: Iterable[int], who: Who) -> _Reached:
    """The records that this one may change, held until the act is over."""
    wanted = set(keys)
    seen = kind.visible(_user(who)).filter(pk__in=wanted)
    number = seen.count()
    theirs = seen.filter(changeable_by(_user(who), kind.owner)) if kind.owner else seen
    held = tuple(theirs.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
    return _Reached(held, number - len(held), len(wanted) - number)


def _done(act: Act, kind: Kind, reached: _Reached, change: BulkChange) -> Done:
    """Note what was done, so that it can be taken back, and how many it was in the audit."""
    changed = sum(map(len, change.before.values()))
    named = named_in(key for part in change.before.values() for key in part)
    act.details.update(changed=changed, refused=reached.refused, **named)
    now = timezone.now()
    BulkChange.objects.filter(at__lt=now - UNDO_FOR).delete()
    if changed:
        change.kind, change.by, change.at = kind.code, _user(act.who), now
        change.save()
    return Done(change.pk, changed, len(reached.keys) - changed, reached.refused, reached.missing)


def _marks(kind: Kind, tag: int | None) -> Any:
    through: Any = getattr(kind.model, kind.tags).through
    return through.objects.filter(tag=tag)


def _mark(kind: Kind, tag: int | None, keys: Iterable[int]) -> None:
    through: Any = getattr(kind.model, kind.tags).through
    rows = [through(**{f"{kind.link}_id": key, "tag_id": tag}) for key in keys]
    through.objects.bulk_create(rows, ignore_conflicts=True)


def _counted(kind: Kind) -> Mapping[str, object]:
    """What else changes with a record, so that who has it open sees that somebody changed it."""
    version = {kind.version: F(kind.version) + 1} if kind.version else {}
    return {**version, **({kind.touched: timezone.now()} if kind.touched else {})}


def _user(who: Who) -> User | None:
    return who.user if isinstance(who.user, User) else None
