"""The operations on the ledger: its order, its pages, and what each leak says."""

from collections.abc import Callable

import pytest
from django.test import Client

from tragt.web.accounts.models import User
from tragt.web.leaks.models import Found

pytestmark = pytest.mark.django_db(transaction=True)

LEAKS = "/api/v1/leaks"


@pytest.fixture
def program(owner: User, program_of: Callable[[User], Client]) -> Client:
    """A program of the owner."""
    return program_of(owner)


def test_leak_is_answered_with_the_comparison_that_leads_and_the_others(leak: Found, program: Client) -> None:
    told = program.get(f"{LEAKS}/{leak.pk}").json()
    found, cost = leak.leak, leak.leak.cost
    assert cost is not None
    assert (told["previous_step"], told["step"], told["by"], told["value"]) == ("Visited", "Asked", "source", "ads")
    assert (told["fate"], told["against"], told["entered"]) == (str(found.kind), str(found.against), found.entered)
    assert told["cost"]["per_month"] == pytest.approx(cost.per_month)
    assert (told["cost"]["currency"], told["cost"]["in_money"]) == ("DKK", True)
    assert len(told["also"]) == len(leak.others)
    assert told["closed"] is None
    assert told in program.get(LEAKS).json()["items"]


def test_leaks_are_listed_page_by_page_in_the_order_of_the_ledger(leak: Found, program: Client) -> None:
    Found.objects.exclude(pk=leak.pk).delete()
    for number, (rank, least) in enumerate([(0, leak.least), (0, 9e9), (2, 5.0), (1, 7.0), (0, -3.0)]):
        leak.pk, leak.value, leak.rank, leak.least = None, str(number), rank, least
        leak.save(force_insert=True)
    listed, cursor = [], ""
    while cursor is not None:
        page = program.get(f"{LEAKS}?limit=2{cursor and f'&cursor={cursor}'}").json()
        listed += [item["value"] for item in page["items"]]
        cursor = page["next"]
    assert listed == ["1", "ads", "0", "4", "3", "2"]


def test_list_is_narrowed_to_a_kind_and_a_funnel(leak: Found, program: Client) -> None:
    def keys(**asked: str | int) -> list[int]:
        return [item["id"] for item in program.get(LEAKS, asked).json()["items"]]

    assert leak.pk in keys(kind="breakdown_value", funnel=leak.funnel_id)
    assert keys(kind="stuck") == []
    assert keys(funnel=leak.funnel_id + 1) == []
    assert program.get(LEAKS, {"kind": "none such"}).status_code == 422


def test_leak_that_does_not_exist_is_not_found(program: Client) -> None:
    assert program.get(f"{LEAKS}/999999").status_code == 404


def test_page_after_a_leak_that_is_gone_is_refused(leak: Found, program: Client) -> None:
    leak.pk, leak.value = None, "another"
    leak.save(force_insert=True)
    cursor = program.get(f"{LEAKS}?limit=1").json()["next"]
    Found.objects.exclude(pk=Found.objects.order_by("rank", "-least", "pk").last().pk).delete()  # type: ignore[union-attr]
    answer = program.get(f"{LEAKS}?limit=1&cursor={cursor}")
    assert answer.status_code == 422
    assert "Begin without one" in answer.content.decode()
