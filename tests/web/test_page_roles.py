"""Who may open which page and send which form: every named page, each role, one's own records and others'.

A page is asked by each method that it knows. What is refused must write nothing, what is done must write something, and
what a seller does not see must be answered as what does not exist.
"""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.web.api.firm import Firm, build
from tests.web.api.matrix import _close, _hook, _moved, _pair, _renewable
from tests.web.page_matrix import (
    ADDRESSES,
    EVERYONE,
    MANAGERS,
    MARKETING,
    ROOMS,
    SELLERS,
    Body,
    Keys,
    Page,
    form,
    misled,
    of,
    page,
    sent,
)
from tests.web.pages_around import AROUND, around
from tests.web.people.conftest import home
from tragt.web.accounts.models import Role, User
from tragt.web.crm.models import Deal, Segment
from tragt.web.files.actions import remove_file
from tragt.web.people.models import Identifier
from tragt.web.records.actions.bulk import add_tag
from tragt.web.records.kinds import kind_of
from tragt.web.shell.acting import COMMAND_LINE, Who
from tragt.web.webhooks.models import Endpoint

__all__ = ["home"]

pytestmark = pytest.mark.django_db


NOTED = frozenset({"tragt_accounts_auditrow", "tragt_records_bulkchange"})
"""A change of many records is noted also where each of them was passed over."""


def kept(body: Body, key: str, **more: object) -> Page:
    """A form that changes what belongs to nobody."""
    return sent(body, MANAGERS, key, record=False, **more)


def _called(_keys: Keys) -> Keys:
    return {"name": "Still open", "shared": "on"}


def _removed_segment(keys: Keys) -> None:
    Segment.objects.filter(pk=keys["segment"]).update(deleted=timezone.now())


def _noted(keys: Keys) -> Keys:
    return {"kind": "note", "text": "Said so", "deal": keys["deal"]}


def _renamed(keys: Keys) -> Keys:
    return {"name": "Other", "was": Deal.objects.filter(pk=keys["deal"]).values_list("name", flat=True).first() or ""}


def _called_other(kind: str, keys: Keys) -> Keys:
    """Another name, beside the one that the page showed."""
    shown = kind_of(kind).rows().filter(pk=keys[kind]).first()
    return {"name": "Other", "initial-name": shown.name if shown else ""}


def _chosen(keys: Keys) -> Keys:
    return {"act": "tag", "tag": "VIP", "key": [keys["deal"]]}


def _tagged(keys: Keys) -> None:
    """The user tagged a deal with others, which may be taken back."""
    user = User.objects.get(email="own@example.org")
    user.role = Role.OWNER  # as it was then, whatever it is now
    keys["bulk"] = add_tag(kind_of("deal"), [keys["deal"]], "Fair", who=Who.of(user)).change


def _retitled(_keys: Keys) -> Keys:
    return {"title": "Call again", "version": 1, "text": ""}


def _actor(keys: Keys) -> str:
    return Identifier.objects.get(person=keys["person"]).actor


def _removed(keys: Keys) -> None:
    remove_file(keys["file"], who=COMMAND_LINE)


def _delete_deals(_keys: Keys) -> None:
    Deal.objects.all().delete()


def _paused(keys: Keys) -> None:
    _hook(keys)
    Endpoint.objects.update(stopped="paused")


PAGES: dict[str, Page | tuple[Page, ...]] = {
    "api_docs": page(),
    "overview": page(),
    "language": Page(None, "post", body=lambda _: {"language": "da"}, writes=False),
    "theme": Page(None, "post", body=lambda _: {"theme": "dark"}, writes=False),
    "palette": page(),
    "search_results": page(),
    "settings": page(),
    "favicon": Page(None),
    "design": page(quiet=True),  # for those who develop
    "today": page(),
    "activities_add": sent(_noted, SELLERS, "deal", changes=False, hidden=422),
    "activities_of": of("deal", kind="deal"),
    "activity": (of("activity"), sent(_retitled, key="activity", refused=200)),
    "activities_finish": sent(lambda _: {}, key="activity", hidden=302),
    "activities_reopen": sent(lambda _: {}, key="done", hidden=302),
    "activities_remove": sent(lambda _: {}, key="activity", hidden=302),
    "lead": sent(lambda keys: {"stage": keys["lead"]}, key="person"),
    "pipeline": page(),
    "board": page(key="pipeline"),
    "board_part": page(key="pipeline"),
    "board_live": page(key="pipeline", quiet=True),  # a stream, which another server gives
    "deals": page(),
    "deals_file": page(MARKETING, ending="csv"),
    "file_words": form(MARKETING, "deal", quiet=True),
    "new_deal": (page(SELLERS), sent(lambda keys: {"name": "New", "currency": "DKK", "stage": keys["stage"]})),
    "people_found": page(SELLERS),
    "companies_found": page(SELLERS),
    "deal": of("deal"),
    "deal_timeline": of("deal"),
    "deal_touch": of("deal", quiet=True),
    "move": (of("deal", SELLERS), sent(lambda keys: {"to": keys["offer"]}, key="deal")),
    "undo_move": sent(lambda keys: {"move": keys["move"]}, key="deal", before=_moved),
    "reopen_deal": sent(lambda _: {}, key="deal", before=_close),
    "renew_deal": sent(lambda _: {}, key="deal", before=_renewable),
    "remove_deal": (
        Page(MANAGERS, key="deal", record=True, seen_first=True),
        sent(lambda _: {}, MANAGERS, "deal", seen_first=True),
    ),
    "edit_deal": (of("deal", SELLERS, name="name"), sent(_renamed, key="deal", name="name")),
    "committee": sent(lambda keys: {"do": "role", "member": keys["member"], "role": "decider"}, key="deal"),
    "lines": sent(lambda _: {"text": "More", "quantity": "1", "price": "5"}, key="deal"),
    "line": (of("deal", SELLERS), sent(lambda _: {"text": "Lamp", "quantity": "2", "price": "5"}, key="deal")),
    # what was signed is asked
    "file_open": Page(None, quiet=True, parts=(("signed", "x"), ("name", "x"))),
    "files_of": of("deal", kind="deal"),
    "add_file": sent(
        lambda _: {"file": SimpleUploadedFile("a.pdf", b"%PDF-1.7")}, key="deal", kind="deal", refused=302
    ),
    "file": of("file"),
    "rename_file": sent(lambda _: {"name": "Final.pdf"}, key="file", refused=302),
    "remove_file": sent(lambda _: {}, key="file", refused=302),
    "restore_file": sent(lambda _: {}, key="file", before=_removed, refused=302),
    "persons": page(),
    "persons_file": page(MARKETING, ending="csv"),
    "duplicates": Page(SELLERS, everyones=True),
    "duplicates_decide": Page(
        SELLERS,
        "post",
        everyones=True,
        before=_pair,
        body=lambda keys: {"pair": keys["pair"], "decision": "join", "standing": "open"},
    ),
    "duplicates_look": Page(SELLERS, "post", everyones=True, body=lambda _: {}),
    "person": of("person"),
    "person_touch": of("person", quiet=True),
    "new_person": (page(SELLERS), sent(lambda _: {"name": "Somebody new"})),
    "person_companies_found": page(SELLERS),
    "person_deals": of("person"),
    "edit_person": (of("person", SELLERS), sent(lambda keys: _called_other("person", keys), key="person")),
    "edit_person_field": (
        of("person", SELLERS, name="name"),
        sent(lambda keys: _called_other("person", keys), key="person", name="name"),
    ),
    "companies": page(),
    "companies_file": page(MARKETING, ending="csv"),
    "company": of("company"),
    "company_touch": of("company", quiet=True),
    "new_company": (page(SELLERS), sent(lambda _: {"name": "New A/S"})),
    "edit_company": (of("company", SELLERS), sent(lambda keys: _called_other("company", keys), key="company")),
    "edit_company_field": (
        of("company", SELLERS, name="name"),
        sent(lambda keys: _called_other("company", keys), key="company", name="name"),
    ),
    "records_columns": Page(EVERYONE, "post", body=lambda _: {"column": ["value"]}, parts=(("kind", "deal"),)),
    "records_many": sent(_chosen, key="deal", kind="deal", hidden=302, notes=NOTED),
    "records_many_undo": sent(lambda _: {}, key="bulk", record=False, kind="deal", before=_tagged),
    "records_tags": sent(lambda _: {"name": "VIP"}, key="deal", kind="deal", refused=302),
    "privacy": (page(), Page(EVERYONE, "post", body=lambda _: {"text": "p@own.dk"}, writes=False)),
    "privacy_export": sent(lambda keys: {"person": _actor(keys)}, MARKETING),
    "privacy_confirm": sent(lambda keys: {"person": _actor(keys), "kind": "erase"}, MANAGERS, writes=False),
    "privacy_remove": sent(lambda keys: {"person": _actor(keys), "kind": "anonymise"}, MANAGERS),
    "fields": page(MANAGERS),
    "records_fields": page(MANAGERS, kind="deal"),
    "records_field_new": (
        page(MANAGERS, kind="deal"),
        sent(lambda _: {"code": "hue", "title": "Hue", "type": "text"}, MANAGERS, kind="deal"),
    ),
    "records_field": (page(MANAGERS, "field"), kept(lambda _: {"title": "Sizes"}, "field")),
    "records_field_retire": kept(lambda _: {"kind": "person"}, "field"),
    "settings_pipelines": page(MANAGERS),
    "settings_new_pipeline": page(MANAGERS),
    "settings_blueprint": (page(MANAGERS, code="b2b"), sent(lambda _: {"name": "Second"}, MANAGERS, code="b2b")),
    "settings_pipeline": (
        page(MANAGERS, "pipeline"),
        kept(lambda _: {"name": "Sale", "renewal_months": "12"}, "pipeline"),
    ),
    "settings_pipeline_act": kept(lambda _: {"do": "archive"}, "pipeline", before=_delete_deals),
    "settings_new_stage": kept(lambda _: {"new-name": "Close"}, "pipeline"),
    "settings_stage": kept(lambda _: {"do": "down"}, "stage"),
    "settings_lifecycle": page(MANAGERS),
    "settings_reasons": (page(MANAGERS), sent(lambda _: {"name": "Too late"}, MANAGERS)),
    "settings_reason": kept(lambda _: {"do": "archive"}, "reason"),
    "settings_markets": (page(MANAGERS), sent(lambda _: {"market": "small"}, MANAGERS)),
    "segments": page(),
    "segment": (page(EVERYONE, "segment"), sent(_called, SELLERS, "segment", record=False)),
    "count_segment": page(EVERYONE, "segment"),
    "save_segment": sent(
        lambda _: {"kind": "deal", "name": "New", "live": "yes", "query": "status.any=won"}, SELLERS, record=False
    ),
    "copy_segment": sent(lambda _: {}, SELLERS, "segment", record=False),
    "remove_segment": sent(lambda _: {}, SELLERS, "segment", record=False),
    "bring_back_segment": sent(lambda _: {}, SELLERS, "segment", record=False, before=_removed_segment),
    "settings_products": page(MANAGERS),
    "settings_new_product": (page(MANAGERS), sent(lambda _: {"name": "Bulb"}, MANAGERS)),
    "settings_product": (page(MANAGERS, "product"), kept(lambda _: {"name": "Lamps"}, "product")),
    "settings_product_act": kept(lambda _: {"do": "archive"}, "product"),
    "webhooks:list": page(MANAGERS),
    "webhooks:new": (
        page(MANAGERS),
        sent(lambda _: {"name": "Till", "address": "https://hooks.example.org/a"}, MANAGERS),
    ),
    "webhooks:one": (
        Page(MANAGERS, key="webhook", before=_hook),
        kept(lambda _: {"name": "Shop", "address": "https://hooks.example.org/b"}, "webhook", before=_hook),
    ),
    "webhooks:pause": kept(lambda _: {}, "webhook", before=_hook),
    "webhooks:resume": kept(lambda _: {}, "webhook", before=_paused),
    "webhooks:remove": kept(lambda _: {}, "webhook", before=_hook),
    "webhooks:rotate": kept(lambda _: {}, "webhook", before=_hook),
    "webhooks:test": kept(lambda _: {}, "webhook", before=_hook),
    "webhooks:again": kept(lambda _: {"since": "2026-01-01T00:00"}, "webhook", before=_hook),
    "webhooks:message": Page(MANAGERS, key="webhook", before=_hook),
    "webhooks:message_again": kept(lambda _: {}, "webhook", before=_hook),
}


@pytest.fixture
def firm(home: Path) -> Firm:  # noqa: ARG001 - files lie in a home
    """A firm with records of one's own, a colleague's and another's."""
    return build()


@pytest.fixture
def client(firm: Firm) -> Client:
    """A browser in which the user of the firm is signed in; the role is changed as the matrix goes."""
    signed_in = Client(raise_request_exception=False)
    signed_in.force_login(firm.user)
    return signed_in


ENTRIES = {**PAGES, **AROUND}


def test_every_page_has_its_entry() -> None:
    assert sorted(ENTRIES) == sorted(ADDRESSES)


@pytest.mark.parametrize("room", sorted(set(ROOMS.values())))
def test_page_is_for_those_who_may_alone(firm: Firm, client: Client, room: str) -> None:
    there = [name for name in ENTRIES if ROOMS[name] == room]
    if AROUND.keys() & set(there):
        around(firm)
    wrong: list[str] = []
    for name in there:
        entry = ENTRIES[name]
        for one in entry if isinstance(entry, tuple) else (entry,):
            wrong += misled(firm, client, name, one)
    assert not wrong, "\n".join(wrong)
