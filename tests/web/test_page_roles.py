"""Who may open which page and send which form: every named page of the records, and what stands around them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.web.api.firm import Firm, build
from tests.web.api.test_roles import RANKS, undone
from tests.web.people.conftest import home
from tragt.web.accounts.models import Role

__all__ = ["home"]

pytestmark = pytest.mark.django_db

APPS = re.compile(r"tragt\.web\.(api|crm|files|overview|people|records|shell|webhooks)\.")
CONVERTED = re.compile(r"<(?:\w+:)?(\w+)>")
EVERYONE, SELLERS, MARKETING, MANAGERS = Role.VIEWER, Role.SELLER, Role.MARKETING, Role.MANAGER
REFUSED = {403, 404}


@dataclass(frozen=True)
class Page:
    """What is expected of a page.

    Attributes:
        least: The least role that may; None where nobody needs to be signed in.
        method: How it is asked for.
        key: What its key is the key of; one's own, and another's for the reach of sellers.
        record: Whether a seller who does not reach the record is told that there is none.
        quiet: Whether it may answer that there is nothing, though the role may: what it is about was not made.
        parts: What other parts of its address are.
    """

    least: Role | None = EVERYONE
    method: str = "get"
    key: str = ""
    record: bool = False
    quiet: bool = False
    parts: tuple[tuple[str, object], ...] = ()


def of(key: str, least: Role = EVERYONE, method: str = "get", *, quiet: bool = False, **parts: object) -> Page:
    """A page of a record, within the reach of sellers."""
    return Page(least, method, key, record=True, quiet=quiet, parts=tuple(parts.items()))


def form(least: Role = EVERYONE, key: str = "", *, quiet: bool = False, **parts: object) -> Page:
    """A form that is sent, of what belongs to nobody, or says on the next page why it was refused."""
    return Page(least, "post", key, quiet=quiet, parts=tuple(parts.items()))


def page(least: Role = EVERYONE, key: str = "", *, quiet: bool = False, **parts: object) -> Page:
    """A page of what belongs to nobody."""
    return Page(least, "get", key, quiet=quiet, parts=tuple(parts.items()))


PAGES: dict[str, Page] = {
    "api_docs": page(),
    "overview": page(),
    "language": Page(None, "post"),
    "theme": Page(None, "post"),
    "palette": page(),
    "settings": page(),
    "favicon": Page(None),
    "design": page(quiet=True),  # for those who develop
    "today": page(),
    "activities_add": form(SELLERS),
    "activity": of("activity"),
    "activities_finish": form(SELLERS, "activity"),
    "activities_reopen": form(SELLERS, "activity"),
    "activities_remove": form(SELLERS, "activity"),
    "lead": of("person", SELLERS, "post", quiet=True),
    "pipeline": page(),
    "board": page(key="pipeline"),
    "board_part": page(key="pipeline"),
    "board_live": page(key="pipeline", quiet=True),  # a stream, which another server gives
    "deals": page(),
    "deals_file": page(MARKETING, ending="csv"),
    "file_words": form(MARKETING, "deal", quiet=True),
    "new_deal": page(SELLERS),
    "people_found": page(SELLERS),
    "companies_found": page(SELLERS),
    "deal": of("deal"),
    "deal_timeline": of("deal"),
    "deal_touch": of("deal", quiet=True),
    "move": of("deal", SELLERS),
    "undo_move": of("deal", SELLERS, "post", quiet=True),
    "reopen_deal": of("deal", SELLERS, "post"),
    "renew_deal": of("deal", SELLERS, "post"),
    "edit_deal": of("deal", SELLERS, name="name"),
    "committee": of("deal", SELLERS, "post"),
    "lines": of("deal", SELLERS, "post"),
    "line": of("deal", SELLERS),
    # what was signed is asked
    "file_open": Page(None, quiet=True, parts=(("signed", "x"), ("name", "x"))),
    "files_of": of("deal", kind="deal"),
    "add_file": of("deal", method="post", kind="deal"),
    "file": of("file"),
    "rename_file": of("file", method="post"),
    "remove_file": of("file", method="post"),
    "restore_file": of("file", method="post", quiet=True),
    "persons": page(),
    "persons_file": page(MARKETING, ending="csv"),
    "duplicates": page(SELLERS),
    "duplicates_decide": form(SELLERS),
    "duplicates_look": form(SELLERS),
    "person": of("person"),
    "person_touch": of("person", quiet=True),
    "edit_person": of("person", SELLERS),
    "companies": page(),
    "companies_file": page(MARKETING, ending="csv"),
    "company": of("company"),
    "company_touch": of("company", quiet=True),
    "edit_company": of("company", SELLERS),
    "records_columns": form(kind="deal"),
    "records_many": form(kind="deal"),
    "records_many_undo": form(key="deal", kind="deal"),
    "records_tags": of("deal", method="post", kind="deal"),
    "privacy": page(),
    "privacy_export": form(MARKETING),
    "privacy_confirm": form(MANAGERS),
    "privacy_remove": form(MANAGERS),
    "fields": page(MANAGERS),
    "records_fields": page(MANAGERS, kind="deal"),
    "records_field_new": page(MANAGERS, kind="deal"),
    "records_field": page(MANAGERS, "field"),
    "records_field_retire": form(MANAGERS, "field", quiet=True),
    "settings_pipelines": page(MANAGERS),
    "settings_new_pipeline": page(MANAGERS),
    "settings_blueprint": page(MANAGERS, code="b2b"),
    "settings_pipeline": page(MANAGERS, "pipeline"),
    "settings_pipeline_act": form(MANAGERS, "pipeline"),
    "settings_new_stage": form(MANAGERS, "pipeline"),
    "settings_stage": form(MANAGERS, "stage"),
    "settings_lifecycle": page(MANAGERS),
    "settings_reasons": page(MANAGERS),
    "settings_reason": form(MANAGERS, "reason"),
    "settings_markets": page(MANAGERS),
    "settings_products": page(MANAGERS),
    "settings_new_product": page(MANAGERS),
    "settings_product": page(MANAGERS, "product"),
    "settings_product_act": form(MANAGERS, "product"),
    "webhooks:list": page(MANAGERS),
    "webhooks:new": page(MANAGERS),
    "webhooks:one": page(MANAGERS, "deal", quiet=True),
    "webhooks:pause": form(MANAGERS, "deal", quiet=True),
    "webhooks:resume": form(MANAGERS, "deal", quiet=True),
    "webhooks:remove": form(MANAGERS, "deal", quiet=True),
    "webhooks:rotate": form(MANAGERS, "deal", quiet=True),
    "webhooks:test": form(MANAGERS, "deal", quiet=True),
    "webhooks:again": form(MANAGERS, "deal", quiet=True),
    "webhooks:message": page(MANAGERS, "deal", quiet=True, message=1),
    "webhooks:message_again": form(MANAGERS, "deal", quiet=True, message=1),
}


def routes(patterns: list[Any], before: str = "", inside: str = "") -> Iterator[tuple[str, str, Callable[..., Any]]]:
    """The named pages of the project: name, address, view."""
    for one in patterns:
        if isinstance(one, URLResolver):
            name = f"{inside}{one.namespace}:" if one.namespace else inside
            yield from routes(one.url_patterns, before + str(one.pattern), name)
        elif isinstance(one, URLPattern):
            yield f"{inside}{one.name}", before + str(one.pattern), one.callback


ADDRESSES = {
    name: address
    for name, address, view in routes(get_resolver().url_patterns)
    if APPS.match(f"{view.__module__}.") and not name.startswith("api:")
}


@pytest.fixture
def firm(home: Path) -> Firm:  # noqa: ARG001 - files lie in a home
    """A firm with records of one's own, a colleague's and another's."""
    return build()


def test_every_page_has_its_entry() -> None:
    assert sorted(PAGES) == sorted(ADDRESSES)


def test_page_is_for_those_who_may_alone(firm: Firm) -> None:
    wrong = [said for name in PAGES for said in misled(firm, name)]
    assert not wrong, "\n".join(wrong)


def misled(firm: Firm, name: str) -> Iterator[str]:
    """What a page answers otherwise than its entry says, to nobody, to each role, and of another's record."""
    one = PAGES[name]
    status = asked(firm, name, None, "own", "all")
    if status != 302 if one.least else (status in REFUSED and not one.quiet):
        yield f"{name}: {status} to one who is not signed in"
    for role in RANKS if one.least else ():
        status = asked(firm, name, role, "own", "all")
        if RANKS.index(role) < RANKS.index(one.least or EVERYONE):
            if status != 403:
                yield f"{name}: {status} to {role} in place of 403"
        elif status >= 500 or status == 405 or (status in REFUSED and not (one.quiet and status == 404)):
            yield f"{name}: {status} to {role}, who may"
    if one.record and (status := asked(firm, name, Role.SELLER, "other", "own")) not in REFUSED - {403}:
        yield f"{name}: {status} to a seller who does not see the record in place of 404"


def asked(firm: Firm, name: str, role: Role | None, whose: str, reach: str) -> int:
    """With what a page is answered."""
    one, keys = PAGES[name], firm.at(whose)
    parts = {**keys, **dict(one.parts)}
    parts["key"] = keys.get(one.key)
    address = "/" + CONVERTED.sub(lambda part: str(parts[part[1]]), ADDRESSES[name])
    with undone(firm, role or Role.VIEWER, reach, reach):
        client = Client(raise_request_exception=False)
        if role:
            firm.user.refresh_from_db()
            client.force_login(firm.user)
        answer = getattr(client, one.method)(address)
        if answer.streaming:
            b"".join(answer.streaming_content)  # else its file stays open
        return int(answer.status_code)
