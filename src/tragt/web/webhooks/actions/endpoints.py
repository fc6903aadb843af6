"""Making, changing, pausing and removing webhooks, and giving them another secret."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from tragt.errors import Conflict, InvalidDefinition, InvalidSetting, NotFound
from tragt.web.accounts.models import User
from tragt.web.shell.acting import Who, acting
from tragt.web.shell.guard import checked
from tragt.web.webhooks.actions.noting import wake_after_commit
from tragt.web.webhooks.messages import CHOICES
from tragt.web.webhooks.models import ADDRESS_LENGTH, NAME_LENGTH, PERMISSION, Endpoint, Silent, Stopped
from tragt.web.webhooks.signing import new_secret, seal, unseal

__all__ = [
    "MOST",
    "OVERLAP",
    "Draft",
    "alter_endpoint",
    "change_endpoint",
    "make_endpoint",
    "pause_endpoint",
    "remove_endpoint",
    "resume_endpoint",
    "rotate_secret",
]

EDIT = PERMISSION
MOST = 20
OVERLAP = timedelta(days=1)
"""For how long the secret before is good besides the new one."""

_EDITABLE = ("name", "address", "types")
_SILENT: Mapping[Silent, str] = {
    Silent.INACTIVE: "the user who made it cannot sign in",
    Silent.REVOKED: "the key that made it was revoked",
    Silent.RIGHT: "the user who made it, or the key, may not manage webhooks any more",
}


@dataclass(frozen=True, slots=True)
class Draft:
    """What a webhook is to be.

    Attributes:
        name: What people call it.
        address: Where messages go.
        types: What it is told, by the types of messages; empty means everything.
    """

    name: str
    address: str
    types: Sequence[str] = field(default_factory=tuple)


def make_endpoint(draft: Draft, *, who: Who) -> tuple[Endpoint, str]:
    """Make a webhook that is told what its maker sees.

    Args:
        draft: What it is to be.
        who: Who makes it: a user, for whom it is.

    Returns:
        The webhook, and its secret, which is shown this once.

    Raises:
        NotAllowed: The permission is missing.
        InvalidDefinition: It has no name, a type that does not exist, no maker, or there are too many.
        AddressRefused: Nothing is sent to this address.
    """
    with acting(who, EDIT, act="make") as act:
        if not isinstance(who.user, User):
            raise InvalidDefinition("webhooks.nobody", "A webhook is told what its maker sees. Make it as a user.")
        if Endpoint.objects.count() >= MOST:
            raise InvalidDefinition(
                "webhooks.many", f"There are {MOST} webhooks, and no more can be. Remove one first."
            )
        secret = new_secret()
        row = Endpoint(maker_id=who.user.pk, program_id=who.user.program, secret=seal(secret))
        _set(row, {"name": draft.name, "address": draft.address, "types": draft.types})
        row.save()
        act.target = f"webhook {row.pk}"
    return row, secret


def change_endpoint(key: int, changes: Mapping[str, object], *, who: Who, version: int | None = None) -> Endpoint:
    """Change a webhook.

    Args:
        key: Key of the webhook.
        changes: Any of ``name``, ``address`` and ``types``.
        who: Who changes it.
        version: The version they saw; None changes it whatever happened since.

    Raises:
        NotAllowed: The permission is missing.
        NotFound: There is no such webhook.
        Conflict: Somebody changed it since.
        InvalidDefinition: A value that cannot be.
        AddressRefused: Nothing is sent to this address.
    """
    with acting(who, EDIT, f"webhook {key}", act="edit", fields=sorted(changes)):
        row = _locked(key, version)
        before = row.address
        _set(row, changes)
        if row.address != before:
            row.failing = row.rests = None
        return _saved(row, *_EDITABLE, "failing", "rests")


@transaction.atomic
def alter_endpoint(
    key: int, changes: Mapping[str, object], *, paused: bool | None, who: Who, version: int | None = None
) -> Endpoint:
    """Change a webhook, and pause it or start it again: all of it or nothing.

    Args:
        key: Key of the webhook.
        changes: As `change_endpoint` takes them.
        paused: Whether it is to be sent nothing for now; None leaves that as it is.
        who: Who changes it.
        version: The version they saw; None changes it whatever happened since.

    Raises:
        NotAllowed: The permission is missing.
        NotFound: There is no such webhook.
        Conflict: Somebody changed it since.
        InvalidDefinition: A value that cannot be.
        AddressRefused: Nothing is sent to this address.
    """
    row = _locked(key, version)
    if changes:
        row = change_endpoint(key, changes, who=who)
    if paused is not None and paused != bool(row.stopped):
        row = (pause_endpoint if paused else resume_endpoint)(key, who=who)
    return row


def pause_endpoint(key: int, *, who: Who, version: int | None = None) -> Endpoint:
    """Send a webhook nothing until it is resumed. What happens meanwhile it is never told; what waits stays waiting.

    Raises:
        NotAllowed: The permission is missing.
        NotFound: There is no such webhook.
        Conflict: Somebody changed it since the version that was seen.
    """
    with acting(who, EDIT, f"webhook {key}", act="pause"):
        row = _locked(key, version)
        row.stopped = row.stopped or Stopped.PAUSED
        return _saved(row, "stopped")


def resume_endpoint(key: int, *, who: Who, version: int | None = None) -> Endpoint:
    """Tell a webhook again what happens, and send it what waits.

    Raises:
        NotAllowed: The permission is missing.
        NotFound: There is no such webhook.
        Conflict: Somebody changed it since the version that was seen.
        InvalidDefinition: It may be told nothing, for whoever made it may have none.
    """
    with acting(who, EDIT, f"webhook {key}", act="resume"):
        row = _locked(key, version)
        if row.silent:
            raise InvalidDefinition(
                "webhooks.silent",
                f"'{row.name}' is told nothing: {_SILENT[Silent(row.silent)]}. Make one of your own in its place.",
                field="paused",
            )
        row.stopped, row.failing, row.rests = "", None, None
        wake_after_commit()
        return _saved(row, "stopped", "failing", "rests")


def remove_endpoint(key: int, *, who: Who, version: int | None = None) -> None:
    """Remove a webhook with its messages, sent and unsent.

    Raises:
        NotAllowed: The permission is missing.
        NotFound: There is no such webhook.
        Conflict: Somebody changed it since the version that was seen.
    """
    with acting(who, EDIT, f"webhook {key}", act="remove"):
        _locked(key, version).delete()


def rotate_secret(key: int, *, who: Who, version: int | None = None) -> tuple[Endpoint, str]:
    """Give a webhook another secret. For a day messages are signed with the one before as well, if that can be read.

    Returns:
        The webhook, and the secret, which is shown this once.

    Raises:
        NotAllowed: The permission is missing.
        NotFound: There is no such webhook.
        Conflict: Somebody changed it since the version that was seen.
    """
    with acting(who, EDIT, f"webhook {key}", act="rotate"):
        row = _locked(key, version)
        secret = new_secret()
        readable = _readable(row.secret)
        row.previous = row.secret if readable else ""
        row.previous_until = timezone.now() + OVERLAP if readable else None
        row.secret = seal(secret)
        _saved(row, "secret", "previous", "previous_until")
    return row, secret


def _readable(sealed: str) -> bool:
    try:
        unseal(sealed)
    except InvalidSetting:
        return False
    return True


def _locked(key: int, version: int | None) -> Endpoint:
    assert transaction.get_connection().in_atomic_block
    row = Endpoint.objects.select_for_update(of=("self",)).select_related("maker", "program").filter(pk=key).first()
    if row is None:
        raise NotFound("webhooks.none", f"There is no webhook {key}. Perhaps somebody removed it.")
    if version is not None and version != row.version:
        raise Conflict(
            "webhooks.changed", f"Somebody changed '{row.name}' meanwhile. Look at it, then change it again."
        )
    return row


def _saved(row: Endpoint, *names: str) -> Endpoint:
    row.version += 1
    row.save(update_fields=[*names, "version"])
    return row


def _set(row: Endpoint, changes: Mapping[str, object]) -> None:
    for name, value in changes.items():
        if name not in _EDITABLE:
            raise InvalidDefinition(
                "webhooks.field", f"A webhook has no field '{name}'; known are {', '.join(_EDITABLE)}.", field=name
            )
        setattr(row, name, _VALUES[name](value))


def _name(given: object) -> str:
    name = " ".join(str(given).split())
    if not 0 < len(name) <= NAME_LENGTH or not name.isprintable():
        raise InvalidDefinition(
            "webhooks.name", f"A webhook needs a name of at most {NAME_LENGTH} characters.", field="name"
        )
    return name


def _address(given: object) -> str:
    # Letters beyond A to Z are several signs each as they are sent.
    address = str(checked(str(given)))
    if len(address) > ADDRESS_LENGTH:
        raise InvalidDefinition(
            "webhooks.address",
            f"This address is {len(address)} signs long as it is sent; at most {ADDRESS_LENGTH} can be.",
            field="address",
        )
    return address


def _types(given: object) -> list[str]:
    known = [value for value, _label in CHOICES]
    wanted = [str(one) for one in given] if isinstance(given, list | tuple) else [str(given)]
    for one in wanted:
        if one not in known:
            raise InvalidDefinition(
                "webhooks.type", f"'{one}' is no type of message; known are {', '.join(known)}.", field="types"
            )
    return [one for one in known if one in wanted]


_VALUES = {"name": _name, "address": _address, "types": _types}
