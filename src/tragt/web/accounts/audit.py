"""The audit: every act is kept in the transaction that did it, without personal values."""

import re
from collections.abc import Mapping
from enum import Enum

from tragt.web.accounts.models import AuditRow, User
from tragt.web.shell.acting import Act

__all__ = ["LEFT_OUT", "keep", "kept"]

LEFT_OUT = "…"
_LONGEST = 100
# What could reach a person: an address, or a number long enough to call.
_PERSONAL = re.compile(r"@|\+?\d[\d ()./-]{6,}\d")
_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")


def keep(act: Act, **_signal: object) -> None:
    """Write what was done."""
    details = dict(act.details)
    fields = details.pop("fields", ())
    user = act.who.user if isinstance(act.who.user, User) else None
    if user is not None and user.program is not None:
        details["api_key"] = user.program
    AuditRow.objects.create(
        kind=act.who.kind,
        user=user,
        verb=act.verb,
        target=LEFT_OUT if "@" in act.target or len(act.target) > _LONGEST else act.target,
        fields=[str(name) for name in fields] if isinstance(fields, list | tuple | set | frozenset) else [str(fields)],
        details={str(name): kept(value) for name, value in details.items()},
    )


def kept(value: object) -> object:
    """What of a detail is kept: counts, names of things; nothing that could reach a person."""
    if isinstance(value, Enum):
        return kept(value.value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(name): kept(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [kept(one) for one in value]
    text = str(value)
    return LEFT_OUT if len(text) > _LONGEST or _PERSONAL.search(_DAY.sub("", text)) else text
