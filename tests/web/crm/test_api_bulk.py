"""Many deals by one request: how items are put together, and what becomes of them where somebody else is in the way."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tragt.web.accounts.models import AuditRow, Organisation, Reach, Role, User
from tragt.web.crm.api import bulk
from tragt.web.crm.models import Deal
from tragt.web.people.models import Company, Person

ADDRESS = "/api/v1/deals/bulk"


@pytest.fixture
def program(program_of: Callable[..., Client], owner: object) -> Client:
    return program_of(owner)


def _named(deals: list[Deal], name: str) -> list[dict[str, object]]:
    return [{"do": "change", "id": one.pk, "changes": {"name": f"{name} {one.pk}"}} for one in deals]


def _sent(program: Client, items: list[dict[str, object]]) -> list[dict[str, object]]:
    answer = program.post(ADDRESS, json.dumps({"items": items}), content_type="application/json")
    assert answer.status_code == 200, answer.content
    found: list[dict[str, object]] = answer.json()["items"]
    return found


@pytest.mark.django_db(transaction=True)
def test_bulk_whose_items_block_each_other_is_done_item_by_item(
    program: Client, make_deal: Callable[..., Deal], monkeypatch: pytest.MonkeyPatch
) -> None:
    deals = [make_deal(name=f"Deal {number}") for number in range(5)]
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    done, tried = bulk._done, []

    def blocked(item: Any, user: Any) -> Deal:
        tried.append(item.id)
        if tried == [one.pk for one in deals[:4]]:
            raise OperationalError("deadlock detected")
        return done(item, user)

    monkeypatch.setattr(bulk, "_done", blocked)
    before = AuditRow.objects.count()
    answers = _sent(program, _named(deals, "New"))
    assert [one["status"] for one in answers] == [200] * 5
    # The second pair was undone as a whole, the one before it stood, and each item was done once.
    assert tried == [deals[number].pk for number in (0, 1, 2, 3, 2, 3, 4)]
    assert [Deal.objects.get(pk=one.pk).name for one in deals] == [f"New {one.pk}" for one in deals]
    assert [Deal.objects.get(pk=one.pk).version for one in deals] == [2] * 5
    assert AuditRow.objects.count() == before + 5


@pytest.mark.django_db(transaction=True)
def test_bulk_item_that_is_refused_leaves_those_committed_with_it(
    program: Client, make_deal: Callable[..., Deal]
) -> None:
    first, second = make_deal(name="First"), make_deal(name="Second")
    items = [*_named([first], "New"), {"do": "change", "id": 9_999, "changes": {"name": "X"}}, *_named([second], "New")]
    items.insert(1, {"do": "change", "id": second.pk, "changes": {"value": 7, "company": 9_999}})
    assert [one["status"] for one in _sent(program, items)] == [200, 404, 404, 200]
    kept = Deal.objects.get(pk=second.pk)
    assert (Deal.objects.get(pk=first.pk).name, kept.name, kept.value) == (f"New {first.pk}", f"New {second.pk}", None)


def test_bulk_reads_and_locks_each_deal_once(program: Client, make_deal: Callable[..., Deal]) -> None:
    deals = [make_deal(name=f"Deal {number}") for number in range(bulk.AT_ONCE + 1)]
    with CaptureQueriesContext(connection) as asked:
        _sent(program, _named(deals, "New"))
    both = [one["sql"] for one in asked.captured_queries if 'FROM "tragt_crm_deal"' in one["sql"]]
    read = [one for one in both if one.endswith("LIMIT 1")]
    assert len(read) == len(deals)
    # Twice a part of the items, and each by itself where rows are locked, not the whole file.
    each = len(deals) if connection.vendor == "postgresql" else 0
    assert len(both) - len(read) == each + 2


@pytest.mark.django_db
def test_bulk_that_asks_which_names_there_are_is_refused_whole(
    make_deal: Callable[..., Deal],
    organisation: Organisation,
    make_user: Callable[..., User],
    program_of: Callable[..., Client],
    owner: User,
) -> None:
    organisation.sellers_see = Reach.OWN
    organisation.save()
    seller = make_user(Role.SELLER)
    stage, theirs = make_deal(owner=seller.pk).stage_id, program_of(seller)
    mine = Deal.objects.get(owner=seller)
    Company.objects.bulk_create(Company(key=f"firm {one}", name=f"Firm {one}", owner=owner) for one in range(4))
    Person.objects.bulk_create(Person(name="P", email=f"p{one}@x.dk", owner=owner) for one in range(4))

    def opened(**besides: object) -> dict[str, object]:
        return {"do": "open", "deal": {"name": "Lamps", "stage": stage, **besides}}

    items = [
        opened(company_name="FIRM  0"),
        opened(contact={"name": "P", "email": "P0@x.dk"}),
        {"do": "change", "id": mine.pk, "changes": {"company_name": "Firm 1"}},
        {"do": "move", "id": mine.pk, "stage": stage, "filled": {"company_name": "Firm 2"}},
        {"do": "move", "id": mine.pk, "stage": stage, "filled": {"decider": {"name": "P", "email": "p1@x.dk"}}},
        opened(company_name="Nobody's"),
    ]
    answers = _sent(theirs, items)
    assert [one["status"] for one in answers] == [422, 422, 422, 422, 422, 201], answers
    before = Deal.objects.count()
    many = {"items": [*items, opened(company_name="Firm 3")]}
    refused = theirs.post(ADDRESS, json.dumps(many), content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (409, "people.many_hidden")
    assert Deal.objects.count() == before, "nothing was done, so that what is there is not told apart from what is not"
    assert _sent(program_of(owner), many["items"][:1])[0]["status"] == 201, "who sees them is not asked"
