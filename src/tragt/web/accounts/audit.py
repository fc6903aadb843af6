"""The audit: every act is kept in the transaction that did it, without personal values."""

import re
from collections.abc import Mapping
from enum import Enum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tragt.web.accounts.models import AuditRow, User
from tragt.web.shell.acting import Act

__all__ = ["keep", "kept", "meaning"]

LEFT_OUT = "…"
_LONGEST = 100
# What could reach a person: an address, or a number long enough to call.
_PERSONAL = re.compile(r"@|\+?\d[\d ()./-]{6,}\d")
_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")

_MEANINGS: dict[str, Promise] = {
    "demonstration.load": _("Loaded the demonstration firm"),
    "demonstration.remove": _("Removed the demonstration firm"),
    "funnels.edit": _("Changed a funnel"),
    "imports.run": _("Ran an import"),
    "imports.undo": _("Undid an import"),
    "jobs.cancel": _("Cancelled a job"),
    "keys.create": _("Made a key"),
    "keys.edit": _("Changed a key"),
    "keys.revoke": _("Revoked a key"),
    "keys.rotate": _("Renewed a key"),
    "log.upkeep": _("Did upkeep of the event log"),
    "mail.test": _("Sent a test mail"),
    "organisation.edit": _("Changed the organisation"),
    "organisation.found": _("Set up the organisation"),
    "password.change": _("Changed the password"),
    "password.reset": _("Set a new password by mail"),
    "people.edit": _("Changed a person or company"),
    "people.erase": _("Erased a person"),
    "people.export": _("Exported a person"),
    "profile.edit": _("Changed the own profile"),
    "second_factor.add": _("Added a second factor"),
    "second_factor.remove": _("Removed a second factor"),
    "second_factor.renew": _("Made new recovery codes"),
    "session.close": _("Signed out"),
    "session.open": _("Signed in"),
    "session.refuse": _("Sign-in was refused"),
    "users.accept": _("Accepted an invitation"),
    "users.deactivate": _("Deactivated a user"),
    "users.edit": _("Changed a user"),
    "users.invite": _("Invited a user"),
    "users.invite_again": _("Sent an invitation again"),
    "users.reactivate": _("Activated a user"),
    "users.role": _("Changed a role"),
    "users.second_factor": _("Took away a second factor"),
    "users.withdraw": _("Withdrew an invitation"),
}


def meaning(verb: str) -> str | Promise:
    """What a verb means, as a reader says it; the verb itself where nobody said."""
    return _MEANINGS.get(verb, verb)


def keep(act: Act, **_signal: object) -> None:
    """Write what was done."""
    details = dict(act.details)
    fields = details.pop("fields", ())
    AuditRow.objects.create(
        kind=act.who.kind,
        user=act.who.user if isinstance(act.who.user, User) else None,
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
