"""Webhooks for programs."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.web.conftest import queries
from tests.web.webhooks.conftest import Made, OpenDeal, Receiver, Wish
from tragt.web.accounts.models import AuditRow, Role, User
from tragt.web.webhooks.actions.sending import send_due
from tragt.web.webhooks.messages import CHOICES
from tragt.web.webhooks.models import Delivery, Endpoint, State

Hook = Callable[..., Made]

pytestmark = pytest.mark.django_db

BASE = "/api/v1/webhooks"
ADDRESS = "https://hooks.example.org/tragt"


@pytest.fixture
def program(program_of: Callable[..., Client], owner: User) -> Client:
    return program_of(owner)


def test_webhook_made_read_changed_and_removed(program: Client, owner: User) -> None:
    made = program.post(BASE, {"name": "Accounting", "address": ADDRESS, "types": ["deal.won"]}, "application/json")
    assert made.status_code == 201
    told = made.json()
    assert told["secret"].startswith("whsec_")
    assert (told["maker"], told["types"], told["stopped"]) == (owner.pk, ["deal.won"], "")
    where = made.headers["Location"]
    read = program.get(where)
    assert read.json() == {name: value for name, value in told.items() if name != "secret"}
    changed = program.patch(
        where, {"name": "Books", "paused": True}, "application/json", headers={"If-Match": read.headers["ETag"]}
    )
    assert (changed.json()["name"], changed.json()["stopped"]) == ("Books", "paused")
    late = program.patch(where, {"name": "Late"}, "application/json", headers={"If-Match": read.headers["ETag"]})
    assert late.status_code == 412
    assert program.patch(where, {"paused": False}, "application/json").json()["stopped"] == ""
    assert program.post(f"{where}/rotate").json()["secret"] != told["secret"]
    assert program.delete(where, headers={"If-Match": read.headers["ETag"]}).status_code == 412
    assert program.delete(where).status_code == 204
    assert program.get(where).status_code == 404
    acts = AuditRow.objects.filter(verb="webhooks.edit").order_by("pk").values_list("details__act", flat=True)
    assert list(acts) == ["make", "edit", "pause", "resume", "rotate", "remove"]


def test_change_that_is_refused_in_part_changes_nothing(program: Client, hook: Hook) -> None:
    made = hook()
    answer = program.patch(
        f"{BASE}/{made.endpoint.pk}", {"name": "New", "address": "https://10.0.0.1:22/"}, "application/json"
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "address"
    assert Endpoint.objects.get().name == "Accounting"


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "ftp://hooks.example.org/"},
        {"address": "https://169.254.169.254/latest/"},
        {"address": "https://localhost/"},
        {"address": "https://2130706433/"},
        {"address": "http://hooks.example.org/"},
        {"address": "https://user:secret@hooks.example.org/"},
        {"address": "https://hooks.example.org:25/"},
        {"address": "https://hooks.example.org/" + "ø" * 1900},
        {"name": ""},
        {"name": "x" * 101},
        {"types": ["deal.sold"]},
        {"types": ["webhook.test"]},
        {"secret": "whsec_mine"},
        {"maker": 1},
    ],
)
def test_webhook_that_cannot_be_is_refused_and_says_what_is_wrong(program: Client, wrong: dict[str, object]) -> None:
    answer = program.post(BASE, {"name": "Accounting", "address": ADDRESS, **wrong}, "application/json")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].startswith(next(iter(wrong)))
    assert not Endpoint.objects.exists()


def test_more_webhooks_than_can_be_are_refused(program: Client, owner: User) -> None:
    Endpoint.objects.bulk_create([Endpoint(name=f"{n}", address=ADDRESS, maker=owner) for n in range(20)])
    answer = program.post(BASE, {"name": "One more", "address": ADDRESS}, "application/json")
    assert (answer.status_code, answer.json()["code"]) == (422, "webhooks.many")


def test_types_of_the_description_are_those_there_are(program: Client) -> None:
    described = program.get("/api/v1/openapi.json").json()["components"]["schemas"]["WebhookMade"]["properties"]
    assert set(described["types"]["items"]["enum"]) == {value for value, _label in CHOICES}


@pytest.mark.parametrize("role", [Role.MARKETING, Role.SELLER, Role.VIEWER])
def test_other_roles_see_neither_webhooks_nor_messages(
    program_of: Callable[..., Client], make_user: Callable[..., User], hook: Hook, make_deal: OpenDeal, role: str
) -> None:
    made = hook()
    make_deal("Need")
    message = Delivery.objects.first()
    assert message is not None
    program = program_of(make_user(role))
    where = f"{BASE}/{made.endpoint.pk}"
    read = (BASE, where, f"{where}/messages", f"{where}/messages/{message.pk}")
    assert {program.get(address).status_code for address in read} == {403}
    done = (f"{where}/rotate", f"{where}/test", f"{where}/messages/{message.pk}/replay")
    assert {program.post(address).status_code for address in done} == {403}
    assert program.patch(where, {"name": "Mine"}, "application/json").status_code == 403
    assert program.delete(where).status_code == 403
    bound = program_of(made.endpoint.maker, role)
    assert bound.get(where).status_code == 403


def test_messages_are_listed_read_and_sent_again(
    program: Client, hook: Hook, receiver: Receiver, make_deal: OpenDeal
) -> None:
    made = hook("deal.created")
    receiver.wishes = [Wish(410, body=b"closed"), Wish()]
    make_deal("Need")
    send_due()
    where = f"{BASE}/{made.endpoint.pk}"
    (listed,) = program.get(f"{where}/messages?state=failed").json()["items"]
    assert (listed["state"], listed["status"], listed["attempts"]) == ("failed", 410, 1)
    read = program.get(f"{where}/messages/{listed['id']}").json()
    assert read["answer"] == "closed"
    assert made.verified(receiver.came[0])["type"] == "deal.created"
    assert read["body"] == receiver.came[0].body.decode()
    program.patch(where, {"paused": False}, "application/json")
    since = (timezone.now() - timedelta(hours=1)).isoformat()
    assert program.post(f"{where}/replay", {"since": since}, "application/json").json() == {"number": 1}
    send_due()
    assert Delivery.objects.get().state == State.TAKEN
    assert program.post(f"{where}/messages/{listed['id']}/replay").status_code == 202
    send_due()
    assert {came.headers["webhook-id"] for came in receiver.came} == {listed["message"]}
    assert len(receiver.came) == 3


def test_test_is_sent_even_while_paused(program: Client, hook: Hook, receiver: Receiver) -> None:
    made = hook("deal.won")
    where = f"{BASE}/{made.endpoint.pk}"
    program.patch(where, {"paused": True}, "application/json")
    assert program.post(f"{where}/test").status_code == 202
    send_due()
    told = made.verified(receiver.came[0])
    assert (told["type"], told["data"]) == ("webhook.test", {"kind": "webhook", "id": None, "change": {}, "record": {}})


@pytest.mark.parametrize(
    "since", ["", "yesterday", "2026-01-01", "2026-01-01T00:00:00", 1, "9999-12-31T23:59:59-14:00"]
)
def test_moment_that_is_none_is_refused(program: Client, hook: Hook, since: object) -> None:
    where = f"{BASE}/{hook().endpoint.pk}/replay"
    assert program.post(where, {"since": since}, "application/json").status_code == 422


def test_lists_ask_as_often_however_long_they_are(program: Client, hook: Hook, make_deal: OpenDeal) -> None:
    made = hook()
    make_deal("Need")
    where = f"{BASE}/{made.endpoint.pk}/messages"
    program.get(BASE)  # the first request of a key notes that it was used
    few = (queries(lambda: program.get(BASE)), queries(lambda: program.get(where)))
    for _number in range(5):
        hook()
        make_deal("Need")
    assert (queries(lambda: program.get(BASE)), queries(lambda: program.get(where))) == few
