"""Who may do what through the API: every role, one's own records, a colleague's and another's, every operation."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction

from tests.web.api.firm import WHOSE, Firm, build
from tests.web.api.matrix import ENTRIES, Entry
from tests.web.people.conftest import home
from tragt.web.accounts.models import Organisation, Role, User
from tragt.web.accounts.roles import PERMISSIONS
from tragt.web.api.operations import PERMISSION
from tragt.web.project.api import api

__all__ = ["home"]

pytestmark = pytest.mark.django_db

RANKS = [Role.VIEWER, Role.SELLER, Role.MARKETING, Role.MANAGER, Role.OWNER]
REACHES = [("own", "own"), ("team", "own"), ("team", "team"), ("all", "own"), ("all", "team"), ("all", "all")]
WITHIN = {"own": {"own"}, "team": {"own", "team"}, "all": set(WHOSE)}
NO_HEADERS: Mapping[str, str] = {}
PARTS = re.compile(r"{(\w+)}")
OPERATIONS = {
    one["operationId"]: (method, path, one[PERMISSION])
    for path, methods in api.described["paths"].items()
    for method, one in methods.items()
}


@pytest.fixture
def firm(home: Path) -> Firm:  # noqa: ARG001 - files lie in a home
    """A firm with records of one's own, a colleague's and another's."""
    return build()


def test_every_operation_has_its_entry() -> None:
    assert sorted(ENTRIES) == sorted(OPERATIONS)


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_operation_is_done_for_those_who_may_alone(firm: Firm, operation: str) -> None:
    entry = ENTRIES[operation]
    permission = OPERATIONS[operation][2]
    assert not permission or (permission in PERMISSIONS[entry.least]), f"The table says that {entry.least} may."
    wrong = []
    for role in RANKS:
        for sees, changes in REACHES if role == Role.SELLER else REACHES[:1]:
            for whose in WHOSE if entry.record else WHOSE[:1]:
                with undone(firm, role, sees, changes):
                    answer = ask(firm, operation, whose)
                    if answer.streaming:
                        b"".join(answer.streaming_content)  # else its file stays open
                    expected = status(entry, role, whose, sees, changes)
                    if answer.status_code != expected:
                        wrong.append(
                            f"{role}, {whose}, sees {sees}, changes {changes}: {answer.status_code} in place of "
                            f"{expected}: {getattr(answer, 'content', b'')[:300]!r}"
                        )
                    elif entry.lists and expected < 300:
                        wrong += listed(firm, entry, answer, sees if role == Role.SELLER else "all")
    assert not wrong, "\n".join(wrong)


@contextmanager
def undone(firm: Firm, role: Role, sees: str, changes: str) -> Iterator[None]:
    """The firm as it was once the block is left; in it the user has a role, and sellers a reach."""
    cache.clear()
    with transaction.atomic():
        Organisation.objects.update(sellers_see=sees, sellers_change=changes)
        User.objects.filter(pk=firm.user.pk).update(role=role)
        yield
        transaction.set_rollback(True)


def status(entry: Entry, role: Role, whose: str, sees: str, changes: str) -> int:
    """What an operation must be answered with."""
    if RANKS.index(role) < RANKS.index(entry.least):
        return 403
    if role == Role.SELLER and entry.everyones and (sees, changes) != ("all", "all"):
        return 403
    if role == Role.SELLER and entry.all_seen and sees != "all":
        return 403
    if role == Role.SELLER and entry.record and whose not in WITHIN[sees]:
        return 404
    if entry.changes and RANKS.index(role) < RANKS.index(Role.SELLER):
        return 403
    if role == Role.SELLER and entry.changes and whose not in WITHIN[sees] & WITHIN[changes]:
        return 403
    return entry.done


def ask(firm: Firm, operation: str, whose: str, headers: Mapping[str, str] = NO_HEADERS, *, again: bool = False) -> Any:
    """Ask for an operation on a record of somebody.

    Args:
        firm: The firm.
        operation: Its id.
        whose: One of `WHOSE`.
        headers: What is sent besides.
        again: Whether what must have happened before has happened already.
    """
    entry, (method, path, _permission) = ENTRIES[operation], OPERATIONS[operation]
    keys = firm.at(whose)
    if not again:
        entry.before(keys)
        firm.of[whose] |= {name: keys[name] for name in keys.keys() - firm.common.keys()}
    address = "/api/v1" + PARTS.sub(lambda part: str(keys[part[1]]), path)
    if method == "get":
        return firm.client.get(address, entry.query(keys), headers=headers)
    body: Any = entry.body(keys) if entry.body else None
    if isinstance(body, bytes):
        return firm.client.generic(method.upper(), address, body, "text/csv", headers=headers)
    if isinstance(body, dict) and "file" in body:
        return firm.client.post(address, body, headers=headers)
    said = "" if body is None else json.dumps(body)
    return firm.client.generic(method.upper(), address, said, "application/json", headers=headers)


def listed(firm: Firm, entry: Entry, answer: Any, reach: str) -> list[str]:
    """What a list shows of others, or does not show of those within reach."""
    told = json.loads(answer.content)
    parts = [part for part in told.values() if isinstance(part, list)]
    items = told["items"] if "items" in told else [one for part in parts for one in part]
    shown = {item[entry.found] for item in items}
    known = {firm.of[whose][entry.lists]: whose for whose in WHOSE}
    there = {known[key] for key in shown if key in known}
    wanted = {"own"} if entry.mine else WITHIN[reach]
    return [] if there == wanted else [f"reach {reach}: the list shows {sorted(there)}"]
