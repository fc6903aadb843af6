"""What acts were done to, as a reader knows it: the name behind ``write key 3``.

The audit keeps kinds and keys only. Names are looked up when it is read, so that what was erased has none.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from django.utils.translation import gettext as _

from tragt.web.accounts.audit import LEFT_OUT
from tragt.web.accounts.models import ApiKey, AuditRow, Invitation, Team, User, WriteKey
from tragt.web.jobs.models import Job
from tragt.web.jobs.registry import known
from tragt.web.mail.models import OutgoingMail
from tragt.web.shell.retention import kinds

__all__ = ["add_namer", "names"]

Namer = Callable[[Iterable[int]], Mapping[int, str]]
"""Gives the names of those of some keys that have one; one query, however many they are."""

_TARGET = re.compile(r"(?P<kind>[a-z][a-z ]*?) (?P<key>\d+)(?: step (?P<step>\d+))?$")


def _emails(keys: Iterable[int]) -> Mapping[int, str]:
    return dict(User.objects.filter(pk__in=keys).exclude(email__endswith="@tragt.invalid").values_list("pk", "email"))


def _invited(keys: Iterable[int]) -> Mapping[int, str]:
    return dict(Invitation.objects.filter(pk__in=keys).values_list("pk", "email"))


def _recipients(keys: Iterable[int]) -> Mapping[int, str]:
    return dict(OutgoingMail.objects.filter(pk__in=keys).values_list("pk", "to"))


def _write_keys(keys: Iterable[int]) -> Mapping[int, str]:
    return dict(WriteKey.objects.filter(pk__in=keys).values_list("pk", "name"))


def _api_keys(keys: Iterable[int]) -> Mapping[int, str]:
    return dict(ApiKey.objects.filter(pk__in=keys).values_list("pk", "name"))


def _teams(keys: Iterable[int]) -> Mapping[int, str]:
    return dict(Team.objects.filter(pk__in=keys).values_list("pk", "name"))


def _jobs(keys: Iterable[int]) -> Mapping[int, str]:
    tasks = known()
    rows = Job.objects.filter(pk__in=keys).values_list("pk", "name")
    return {key: str(tasks[name].label) for key, name in rows if name in tasks and tasks[name].label}


_namers: dict[str, Namer] = {
    "api key": _api_keys,
    "invitation": _invited,
    "job": _jobs,
    "mail": _recipients,
    "team": _teams,
    "user": _emails,
    "write key": _write_keys,
}


def add_namer(kind: str, namer: Namer) -> None:
    """Let the audit call targets of a kind by name, for apps above the accounts: ``add_namer("funnel", …)``."""
    _namers[kind] = namer


def names(rows: Iterable[AuditRow]) -> dict[int, str]:
    """What each row was done to, by the key of the row; empty where nobody can say."""
    found = {row.pk: _TARGET.match(row.target) for row in rows}
    keys: dict[str, set[int]] = defaultdict(set)
    for match in filter(None, found.values()):
        keys[match["kind"]].add(int(match["key"]))
    named = {kind: _namers[kind](some) for kind, some in keys.items() if kind in _namers}
    return {row.pk: _file(row) or _kind_of_data(row) or _name(found[row.pk], named) for row in rows}


def _file(row: AuditRow) -> str:
    name = row.details.get("file")
    return name if isinstance(name, str) and name != LEFT_OUT else ""


def _kind_of_data(row: AuditRow) -> str:
    if not row.verb.startswith("retention."):
        return ""
    title = next((one.title for one in kinds() if one.code == row.target), "")
    return _(title) if title else ""


def _name(match: re.Match[str] | None, named: Mapping[str, Mapping[int, str]]) -> str:
    name = named.get(match["kind"], {}).get(int(match["key"]), "") if match else ""
    if match and match["step"] and name:
        return _("%(name)s, step %(step)s") % {"name": name, "step": match["step"]}
    return name
