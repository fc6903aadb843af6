"""What holds of every operation: versions, repeats, and what the audit keeps of it. The unit is the operation."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction

from tests.web.api.firm import Firm, build
from tests.web.api.matrix import ENTRIES
from tests.web.api.test_roles import OPERATIONS, ask
from tests.web.people.conftest import home
from tragt.web.accounts.models import AuditRow
from tragt.web.api.limits import forget
from tragt.web.api.models import Answer
from tragt.web.crm.models import Activity, Deal, DealLine
from tragt.web.files.models import File
from tragt.web.people.models import Company, Person
from tragt.web.project.api import api
from tragt.web.records.models import Tag

__all__ = ["home"]

pytestmark = pytest.mark.django_db

VERSIONED = {
    one["operationId"]
    for methods in api.described["paths"].values()
    for one in methods.values()
    if {"$ref": "#/components/parameters/IfMatch"} in one["parameters"]
}
CHANGES = sorted(name for name, (method, *_rest) in OPERATIONS.items() if method != "get")
POSTS = sorted(name for name, (method, *_rest) in OPERATIONS.items() if method == "post")
MARK = "Zyxolotl"
NAMED = re.compile(r"(?!tag )[a-z][a-z ]* \d+")


@pytest.fixture
def firm(home: Path) -> Firm:  # noqa: ARG001 - files lie in a home
    """A firm with records; the one who asks is its owner."""
    return build()


@contextmanager
def undone() -> Iterator[None]:
    """What the block does is taken back."""
    forget()
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_change_of_what_was_not_read_so_is_made_by_no_operation(firm: Firm) -> None:
    wrong = []
    for operation in CHANGES:
        with undone():
            answer = ask(firm, operation, "own", {"If-Match": '"999999.0"'})
            acts = AuditRow.objects.filter(kind="key").count()
        if (answer.status_code, acts) != (412, 0):
            wrong.append(f"{operation}: {answer.status_code}, {acts} acts: {answer.content[:200]!r}")
    assert not wrong, "\n".join(wrong)


def test_change_of_what_was_read_is_made_by_the_operations_that_heed_it(firm: Firm) -> None:
    """Where the path of an operation can be read, its tag of now lets a change pass."""
    readable = {path: name for name, (method, path, _) in OPERATIONS.items() if method == "get"}
    tried, wrong = 0, []
    for operation in sorted(VERSIONED):
        read = readable.get(OPERATIONS[operation][1])
        if read is None or read.startswith("list_"):
            continue
        with undone():
            entry, keys = ENTRIES[operation], firm.at("own")
            entry.before(keys)
            firm.of["own"] |= {name: keys[name] for name in keys.keys() - firm.common.keys()}
            got = ask(firm, read, "own", again=True)
            if got.status_code != 200:
                continue
            answer = ask(firm, operation, "own", {"If-Match": got.headers["ETag"]}, again=True)
        tried += 1
        if answer.status_code != entry.done:
            wrong.append(f"{operation}: {answer.status_code}: {answer.content[:200]!r}")
    assert not wrong, "\n".join(wrong)
    assert tried > 15


def test_post_sent_twice_with_one_key_is_done_once(firm: Firm) -> None:
    wrong = []
    for operation in POSTS:
        with undone():
            first = ask(firm, operation, "own", {"Idempotency-Key": operation})
            there = rows()
            second = ask(firm, operation, "own", {"Idempotency-Key": operation}, again=True)
            more = {name: number for name, number in rows().items() if number != there[name]}
        said = [first.status_code, second.status_code, second.headers.get("Idempotent-Replay"), first.content]
        if said != [ENTRIES[operation].done, first.status_code, "true", second.content] or more:
            wrong.append(f"{operation}: {said[:3]}, other rows: {more}")
    assert not wrong, "\n".join(wrong)


def test_audit_names_the_record_and_keeps_no_name(firm: Firm) -> None:
    planted(firm)
    leaked, unnamed = [], []
    for operation in sorted(OPERATIONS):
        with undone():
            marked(firm, operation)
            kept = list(AuditRow.objects.all())
        for row in kept:
            said = json.dumps([row.target, row.fields, row.details])
            if MARK.casefold() in said.casefold() and operation not in OF_THE_FIRM:
                leaked.append(f"{operation}: {row.verb} {said}")
            if (
                row.verb in ("people.edit", "deals.edit")
                and not NAMED.fullmatch(row.target)
                and "keys" not in row.details
            ):
                unnamed.append(f"{operation}: {row.verb} {said}")
    assert not leaked, "\n".join(leaked)
    assert not unnamed, "\n".join(unnamed)


def rows() -> dict[str, int]:
    """How many rows each table has, but that of the answers that are kept."""
    return {
        model._meta.label: model._default_manager.count()
        for model in apps.get_models()
        if model is not Answer and model._meta.managed
    }


def planted(firm: Firm) -> None:
    """Names that nobody may find in the audit, wherever people write names."""
    Person.objects.update(name=f"{MARK} person", email="")
    Company.objects.update(name=f"{MARK} firm")
    Deal.objects.update(name=f"{MARK} deal")
    Activity.objects.update(title=f"{MARK} task", text=MARK)
    DealLine.objects.update(text=f"{MARK} lamps")
    File.objects.update(name=f"{MARK}.pdf")
    Tag.objects.update(name=f"{MARK} tag")
    firm.common["tag"] = f"{MARK} tag"


def marked(firm: Firm, operation: str) -> None:
    """Ask for an operation whose body holds such a name in every text that people write."""
    keys, entry = firm.at("own"), ENTRIES[operation]
    entry.before(keys)
    firm.of["own"] |= {name: keys[name] for name in keys.keys() - firm.common.keys()}
    body: Any = entry.body(keys) if entry.body else None
    method, path, _permission = OPERATIONS[operation]
    if not isinstance(body, dict) or "file" in body:
        answer = ask(firm, operation, "own", again=True)
    else:
        address = "/api/v1" + re.sub(r"{(\w+)}", lambda part: str(keys[part[1]]), path)
        said = json.dumps(written(body))
        answer = firm.client.generic(method.upper(), address, said, "application/json")
    if answer.streaming:
        b"".join(answer.streaming_content)


OF_THE_FIRM = {"add_stage", "change_stage"}
"""Operations whose names are the firm's own words, which the audit may keep."""

WRITTEN = {"name", "title", "text", "company_name", "code", "tag"}


def written(body: Any) -> Any:
    """A body whose texts hold the name."""
    if isinstance(body, list):
        return [written(one) for one in body]
    if not isinstance(body, dict):
        return body
    return {
        name: f"{MARK} {one}" if name in WRITTEN and isinstance(one, str) else written(one)
        for name, one in body.items()
    }
