"""How pages are asked and what is expected of their answers. The unit of observation is the page, by method."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connections, transaction
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.web.api.firm import Firm
from tests.web.api.test_roles import RANKS, WITHIN, undone
from tragt.web.accounts.models import Role

__all__ = [
    "ADDRESSES",
    "EVERYONE",
    "MANAGERS",
    "MARKETING",
    "OWNERS",
    "ROOMS",
    "SELLERS",
    "Keys",
    "Page",
    "asked",
    "expected",
    "form",
    "of",
    "page",
    "sent",
]

EVERYONE, SELLERS, MARKETING, MANAGERS, OWNERS = Role.VIEWER, Role.SELLER, Role.MARKETING, Role.MANAGER, Role.OWNER
Keys = dict[str, Any]
Body = Callable[[Keys], Mapping[str, Any]]

OF_SESSIONS = {"django_session", "usersessions_usersession"}
NOBODY_HAS = 999_999
_OURS = re.compile(r"tragt\.web\.(\w+)\.")
_CONVERTED = re.compile(r"<(?:\w+:)?(\w+)>")
_WRITES = re.compile(r'\s*(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM)\s+"?(\w+)"?', re.IGNORECASE)
_SAVEPOINT = re.compile(r'(SAVEPOINT|ROLLBACK TO SAVEPOINT|RELEASE SAVEPOINT)\s+"?(\w+)"?')
_OF_THE_REQUEST = re.compile(r'"[A-Za-z0-9]{64}"|nonce="[^"]*"|\d+')


@dataclass(frozen=True)
class Page:
    """What is expected of a page asked by a method.

    Attributes:
        least: The least role that may; None where nobody needs to be signed in.
        method: How it is asked for.
        key: What its key is the key of; one's own, a colleague's and another's for the reach of sellers.
        record: Whether a seller who does not reach the record is told that there is none.
        changes: Whether it changes the record, so that the reach of sellers' changes decides.
        everyones: Whether a seller must reach everyone's records to do it.
        all_seen: Whether a seller must see everyone's records to do it.
        quiet: Whether it may answer that there is nothing, though the role may: what it is about was not made.
        parts: What other parts of its address are.
        body: What is sent so that it is done, and something is written; None where nothing that counts is sent.
        before: What must have happened.
        refused: With what it answers those whose role may not.
        hidden: With what it answers who does not see the record.
        seen_first: Whether a seller whose role may not, and who does not see the record, is told that there is none.
        notes: Tables in which it is noted that something was asked for, whatever came of it.
        query: What stands behind its address.
        writes: Whether what is sent is written down.
    """

    least: Role | None = EVERYONE
    method: str = "get"
    key: str = ""
    record: bool = False
    changes: bool = False
    everyones: bool = False
    all_seen: bool = False
    quiet: bool = False
    parts: tuple[tuple[str, object], ...] = ()
    body: Body | None = None
    before: Callable[[Keys], None] = field(default=lambda _keys: None)
    refused: int = 403
    hidden: int = 404
    seen_first: bool = False
    notes: frozenset[str] = frozenset()
    query: Body = field(default=lambda _keys: {})
    writes: bool = True


def of(key: str, least: Role = EVERYONE, method: str = "get", *, quiet: bool = False, **parts: object) -> Page:
    """A page of a record, within the reach of sellers."""
    return Page(least, method, key, record=True, quiet=quiet, parts=tuple(parts.items()))


def form(least: Role = EVERYONE, key: str = "", *, quiet: bool = False, **parts: object) -> Page:
    """A form that is sent, of what belongs to nobody, or says on the next page why it was refused."""
    return Page(least, "post", key, quiet=quiet, parts=tuple(parts.items()))


def page(least: Role = EVERYONE, key: str = "", *, quiet: bool = False, **parts: object) -> Page:
    """A page of what belongs to nobody."""
    return Page(least, "get", key, quiet=quiet, parts=tuple(parts.items()))


def sent(body: Body, least: Role = SELLERS, key: str = "", **more: Any) -> Page:
    """A form that is filled in and sent; where it names a record by its key, within the reach of sellers' changes."""
    known = {name: more.pop(name) for name in tuple(more) if name in Page.__dataclass_fields__}
    mine = known.pop("record", bool(key))
    changes = known.pop("changes", mine)
    return Page(least, "post", key, record=mine, changes=changes, body=body, parts=tuple(more.items()), **known)


def _routes(patterns: list[Any], before: str = "", inside: str = "") -> Iterator[tuple[str, str, str]]:
    """The named pages of the project: name, address, app."""
    for one in patterns:
        if isinstance(one, URLResolver):
            name = f"{inside}{one.namespace}:" if one.namespace else inside
            yield from _routes(one.url_patterns, before + str(one.pattern), name)
        elif isinstance(one, URLPattern):
            ours = _OURS.match(one.callback.__module__)
            yield f"{inside}{one.name}", before + str(one.pattern), ours[1] if ours else "accounts"


PAGES_THERE = [one for one in _routes(get_resolver().url_patterns) if not one[0].startswith("api:")]
ADDRESSES = {name: address for name, address, _app in PAGES_THERE}
"""Where each page is; the operations of the REST API have a matrix of their own."""
ROOMS = {name: app for name, _address, app in PAGES_THERE}
"""The app of each page."""


def expected(page: Page, role: Role, whose: str, sees: str, changes: str) -> str:
    """What must become of it: ``done``, refused for the ``role``, ``hidden`` or ``kept`` as the record is."""
    hidden = role == Role.SELLER and page.record and whose not in WITHIN[sees]
    if RANKS.index(role) < RANKS.index(page.least or EVERYONE):
        return "hidden" if hidden and page.seen_first else "role"
    if role != Role.SELLER:
        return "done"
    if page.everyones and (sees, changes) != ("all", "all"):
        return "role"
    if page.all_seen and sees != "all":
        return "role"
    if hidden:
        return "hidden"
    if page.changes and whose not in WITHIN[sees] & WITHIN[changes]:
        return "kept"
    return "done"


@dataclass(frozen=True)
class Answered:
    """What a page answered.

    Attributes:
        status: Its status.
        written: The tables into which was written for good, sessions aside.
        shape: What it said, without what is another with each request or record.
    """

    status: int
    written: frozenset[str]
    shape: str


def asked(name: str, page: Page, client: Client, keys: Keys) -> Answered:
    """Ask for a page, as whoever the client is signed in as."""
    parts = {**keys, **dict(page.parts)}
    parts["key"] = keys.get(page.key)
    address = "/" + _CONVERTED.sub(lambda part: str(parts[part[1]]), ADDRESSES[name]).lstrip("^").rstrip("$")
    client.cookies.pop("messages", None)  # what was said of an earlier one is shown by the next
    with writing() as written:
        given = page.query(keys)
        sending = page.body(keys) if page.body else {}
        answer = (
            client.post(address, sending, query_params=given) if page.method == "post" else client.get(address, given)
        )
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    return Answered(answer.status_code, frozenset(written) - OF_SESSIONS - page.notes, _shape(answer, content))


def _shape(answer: HttpResponseBase, content: bytes) -> str:
    said = f"{answer.status_code} {answer.headers.get('Location', '')} {content.decode(errors='replace')}"
    return _OF_THE_REQUEST.sub("", said)


@contextmanager
def writing() -> Iterator[list[str]]:
    """The tables into which the block writes; what is rolled back does not count."""
    written: list[str] = []
    marks: list[tuple[str, int]] = []

    def noted(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if point := _SAVEPOINT.match(sql):
            act, name = point.groups()
            if act == "SAVEPOINT":
                marks.append((name, len(written)))
            else:
                at = next((number for known, number in reversed(marks) if known == name), len(written))
                if act == "ROLLBACK TO SAVEPOINT":
                    del written[at:]
        elif found := _WRITES.match(sql):
            written.append(found[1])
        return execute(sql, params, many, context)

    with ExitStack() as until_end:
        for alias in connections:
            until_end.enter_context(connections[alias].execute_wrapper(noted))
        yield written


def tries(page: Page) -> Iterator[tuple[Role, str, str, str]]:
    """Who asks for it: role, whose record, and how far sellers see and change."""
    for role in RANKS:
        reaches = [("own", "own"), ("team", "own"), ("team", "team"), ("all", "own"), ("all", "team"), ("all", "all")]
        reached = role == Role.SELLER and (page.record or page.everyones or page.all_seen)
        for sees, changes in reaches if reached else [("all", "all")]:
            for whose in ("own", "team", "other") if page.record else ("own",):
                yield role, whose, sees, changes


@contextmanager
def as_it_was(firm: Firm, role: Role, sees: str, changes: str) -> Iterator[None]:
    """The firm as it was once the block is left, what comes in included; in it the user has a role and a reach."""
    with ExitStack() as until_end:
        for alias in connections:
            until_end.enter_context(transaction.atomic(using=alias))
            until_end.callback(transaction.set_rollback, True, using=alias)
        until_end.enter_context(undone(firm, role, sees, changes))
        yield


def misled(firm: Firm, client: Client, name: str, page: Page) -> Iterator[str]:
    """What a page answers, or writes, otherwise than its entry says: to nobody, and to each role of each record."""
    with as_it_was(firm, Role.VIEWER, "all", "all"):
        keys = firm.at("own")
        page.before(keys)
        yield from _to_nobody(page, asked(name, page, Client(raise_request_exception=False), keys))
    for role, whose, sees, changes in tries(page) if page.least else ():
        with as_it_was(firm, role, sees, changes):
            keys = firm.at(whose)
            page.before(keys)
            got = asked(name, page, client, keys)
            wanted = expected(page, role, whose, sees, changes)
            said = _wrong(page, wanted, got)
            if not said and wanted == "hidden":
                gone = asked(name, page, client, {**keys, page.key: NOBODY_HAS})
                said = "" if gone.shape == got.shape else f"told from what is not there: {apart(got.shape, gone.shape)}"
        if said:
            yield f"{page.method} {name}: {said}; {role}, {whose} record, sees {sees}, changes {changes}"


def apart(one: str, other: str) -> str:
    """Where two answers begin to differ."""
    place = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return f"{one[max(place - 60, 0) : place + 60]!r} and {other[max(place - 60, 0) : place + 60]!r}"


def _to_nobody(page: Page, got: Answered) -> Iterator[str]:
    if page.least and (got.status != 302 or got.written):
        yield f"{page.method}: {got.status} to one who is not signed in, {sorted(got.written)} written"
    elif not page.least and (got.status >= 500 or got.status == 405 or (got.status in (403, 404) and not page.quiet)):
        yield f"{page.method}: {got.status} to everybody"


def _wrong(page: Page, wanted: str, got: Answered) -> str:
    """What is wrong with an answer; empty where nothing is."""
    if got.status >= 500 or got.status == 405:
        return f"{got.status}"
    if wanted == "done":
        refused = got.status == 403 or (got.status in (404, 400) and not page.quiet)
        if refused or (got.status >= 400 and page.body and not page.quiet):
            return f"{got.status} to one who may"
        return "" if not page.body or got.written or not page.writes else f"{got.status}, and nothing was written"
    if got.written:
        return f"{got.status}, {wanted}, and yet written: {sorted(got.written)}"
    status = {"role": page.refused, "hidden": page.hidden}.get(wanted, got.status)
    return "" if got.status == status else f"{got.status} in place of {status}, {wanted}"
