"""Keys: made, renewed, revoked. A key is shown once; only its digest is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from tragt.errors import NotAllowed
from tragt.web.accounts.models import ApiKey, KeyKind, User, WriteKey
from tragt.web.accounts.roles import permissions
from tragt.web.accounts.tokens import digest, new_key
from tragt.web.shell.acting import Who, acting

__all__ = [
    "Shown",
    "change_write_key",
    "create_api_key",
    "create_write_key",
    "revoke_api_key",
    "revoke_write_key",
    "rotate_api_key",
    "rotate_write_key",
    "touch",
]

CHANGEABLE = ("name", "origins", "test", "names", "rate", "burst")
_STARTS = {KeyKind.PUBLIC: "public", KeyKind.SECRET: "secret"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A key that was just made.

    Attributes:
        row: What is kept of it.
        key: The key itself, shown this once.
    """

    row: WriteKey | ApiKey
    key: str


def create_write_key(who: Who, name: str, kind: str, origins: Sequence[str] = (), *, test: bool = False) -> Shown:
    """Make a key that a source sends events with."""
    with acting(who, "keys.edit", kind=kind) as act:
        act.verb = "keys.create"
        made_by = who.user if isinstance(who.user, User) else None
        row = WriteKey(name=name, kind=kind, origins=list(origins), test=test, created_by=made_by)
        key = _stamp(row, _STARTS[KeyKind(kind)])
        row.save()
        act.target = _target(row)
    return Shown(row, key)


def change_write_key(who: Who, key: int, **values: Any) -> WriteKey:
    """Change what a key may do from now on; fields not named stay. Processes that collect know it two seconds later.

    Args:
        who: Who does it.
        key: Key of the row.
        **values: Fields of `CHANGEABLE`.

    Raises:
        NotAllowed: It was revoked.
    """
    with acting(who, "keys.edit", f"write key {key}") as act:
        row = WriteKey.objects.select_for_update().get(pk=key)
        if row.revoked is not None:
            raise NotAllowed("accounts.key_revoked", "This key was revoked. Make a new one.")
        changed = [name for name in CHANGEABLE if name in values and getattr(row, name) != values[name]]
        for name in changed:
            setattr(row, name, values[name])
        if changed:
            row.save(update_fields=changed)
        act.details["fields"] = changed
    return row


def create_api_key(who: Who, user: User, name: str, role: str) -> Shown:
    """Make a key with which a program acts for a user, within a role.

    Raises:
        NotAllowed: It would be another user's key, or may do more than the user may.
    """
    with acting(who, "keys.edit", role=role) as act:
        act.verb = "keys.create"
        _own(who, user)
        if not permissions(role) <= permissions(user.role):
            raise NotAllowed("accounts.key_too_strong", "A key may do no more than its user. Choose a lesser role.")
        row = ApiKey(user=user, name=name, role=role)
        key = _stamp(row, "api")
        row.save()
        act.target = _target(row)
    return Shown(row, key)


def rotate_write_key(who: Who, row: WriteKey) -> Shown:
    """Put a new key in the place of one; the old one works no more.

    Raises:
        NotAllowed: It was revoked.
    """
    return _rotate(who, row, _STARTS[KeyKind(row.kind)])


def rotate_api_key(who: Who, row: ApiKey) -> Shown:
    """Put a new key in the place of one's own; the old one works no more.

    Raises:
        NotAllowed: It was revoked, or is another user's.
    """
    _own(who, row.user)
    return _rotate(who, row, "api")


def revoke_write_key(who: Who, row: WriteKey) -> None:
    """Let a key work no more."""
    _revoke(who, row)


def revoke_api_key(who: Who, row: ApiKey) -> None:
    """Let a key work no more: one's own, or anyone's for those who manage users.

    Raises:
        NotAllowed: It is another user's.
    """
    if not who.may("users.edit"):
        _own(who, row.user)
    _revoke(who, row)


def touch(row: WriteKey | ApiKey) -> None:
    """Remember that a key was used, to the minute: a busy key must not be a busy row."""
    now = timezone.now().replace(second=0, microsecond=0)
    if row.last_used is None or row.last_used < now:
        _table(row).update(last_used=now)


def _rotate(who: Who, row: WriteKey | ApiKey, start: str) -> Shown:
    with acting(who, "keys.edit", _target(row)) as act:
        act.verb = "keys.rotate"
        key = _stamp(row, start)
        changed = _table(row).filter(revoked=None)
        if changed.update(prefix=row.prefix, digest=row.digest, rotated=timezone.now()) != 1:
            raise NotAllowed("accounts.key_revoked", "This key was revoked. Make a new one.")
    return Shown(row, key)


def _revoke(who: Who, row: WriteKey | ApiKey) -> None:
    with acting(who, "keys.edit", _target(row)) as act:
        act.verb = "keys.revoke"
        _table(row).filter(revoked=None).update(revoked=timezone.now())


def _stamp(row: WriteKey | ApiKey, start: str) -> str:
    key, row.prefix = new_key(start)
    row.digest = digest(key)
    return key


def _table(row: WriteKey | ApiKey) -> QuerySet[WriteKey] | QuerySet[ApiKey]:
    return (WriteKey if isinstance(row, WriteKey) else ApiKey).objects.filter(pk=row.pk)


def _target(row: WriteKey | ApiKey) -> str:
    return f"{'write' if isinstance(row, WriteKey) else 'api'} key {row.pk}"


def _own(who: Who, user: User) -> None:
    if who.user is not None and who.user.pk != user.pk:
        raise NotAllowed("accounts.not_your_key", "This key belongs to another user.")
