"""The pages on webhooks, and what is kept of persons in them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone

from tests.web.conftest import queries
from tests.web.webhooks.conftest import Made, OpenDeal, Receiver, Wish
from tragt.web.accounts.models import AuditRow, Role, User
from tragt.web.people.models import Person
from tragt.web.shell.personal import Subject
from tragt.web.shell.retention import kind
from tragt.web.webhooks.actions.sending import send_due
from tragt.web.webhooks.models import Delivery, Endpoint, State
from tragt.web.webhooks.personal_data import STORES

Hook = Callable[..., Made]

pytestmark = pytest.mark.django_db

LIST = "/settings/webhooks/"
ADDRESS = "https://hooks.example.org/tragt"


def test_webhook_is_made_and_its_secret_shown_this_once(owner_client: Client) -> None:
    assert "No webhooks yet" in owner_client.get(LIST).content.decode()
    shown = owner_client.post(f"{LIST}new/", {"name": "Books", "address": ADDRESS, "types": ["deal.won"]})
    assert b"whsec_" in shown.content
    assert "no-store" in shown.headers["Cache-Control"]
    row = Endpoint.objects.get()
    listed = owner_client.get(LIST).content.decode()
    assert "Books" in listed
    assert "A deal was won" in listed
    page = owner_client.get(f"{LIST}{row.pk}/").content.decode()
    assert "whsec_" not in page
    again = owner_client.post(f"{LIST}{row.pk}/secret/").content.decode()
    assert "whsec_" in again
    assert "signed with the secret before" in again


@pytest.mark.parametrize(
    "address",
    ["https://127.0.0.1/", "https://localhost:8443/", "http://hooks.example.org/", "nonsense", "https://[::1]/"],
)
def test_address_that_is_refused_says_so_at_its_field(owner_client: Client, address: str) -> None:
    answer = owner_client.post(f"{LIST}new/", {"name": "Books", "address": address})
    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {"address"}
    assert not Endpoint.objects.exists()


def test_webhook_is_changed_only_as_it_was_seen(owner_client: Client, hook: Hook) -> None:
    made = hook("deal.won")
    page = f"{LIST}{made.endpoint.pk}/"
    sent = {"name": "Books", "address": ADDRESS, "types": ["deal.lost"], "version": "1"}
    assert owner_client.post(page, sent).status_code == 302
    row = Endpoint.objects.get()
    assert (row.name, row.address, row.types, row.version) == ("Books", ADDRESS, ["deal.lost"], 2)
    assert owner_client.post(page, {**sent, "name": "Late"}).status_code == 422
    assert Endpoint.objects.get().name == "Books"


def test_webhook_is_paused_started_tested_and_removed(owner_client: Client, hook: Hook, receiver: Receiver) -> None:
    page = f"{LIST}{hook().endpoint.pk}/"
    owner_client.post(f"{page}pause/")
    assert "Paused" in owner_client.get(page).content.decode()
    owner_client.post(f"{page}test/")
    owner_client.post(f"{page}resume/")
    send_due()
    assert receiver.came[0].told["type"] == "webhook.test"
    shown = owner_client.get(page).content.decode()
    assert "Taken" in shown
    owner_client.post(f"{page}remove/")
    assert owner_client.get(page).status_code == 404
    assert owner_client.post(f"{page}pause/").status_code == 404
    acts = AuditRow.objects.filter(verb="webhooks.edit").order_by("pk").values_list("details__act", flat=True)
    assert list(acts) == ["make", "pause", "test", "resume", "remove"]


def test_message_shows_what_was_told_and_answered_without_trusting_it(
    owner_client: Client, hook: Hook, receiver: Receiver, make_deal: OpenDeal
) -> None:
    receiver.wishes = [Wish(500, body=b"<script>alert(1)</script>" + b"x" * 5000), Wish()]
    made = hook("deal.created")
    make_deal("Need", name="<b>Lamps</b>")
    send_due()
    row = Delivery.objects.get()
    assert len(row.answer) <= 1024
    page = f"{LIST}{made.endpoint.pk}/messages/{row.pk}/"
    shown = owner_client.get(page).content.decode()
    assert "&lt;script&gt;" in shown
    assert "<script>alert" not in shown
    assert "&lt;b&gt;Lamps" in shown
    owner_client.post(f"{page}again/")
    send_due()
    assert Delivery.objects.get().state == State.TAKEN


def test_failed_messages_are_sent_again_from_a_moment_of_the_organisations_clock(
    owner_client: Client, hook: Hook, receiver: Receiver
) -> None:
    made = hook()
    # 12:30 in Copenhagen, where it is winter.
    for number, hour in enumerate(("2026-01-15T11:29:00+00:00", "2026-01-15T11:31:00+00:00")):
        Delivery.objects.create(
            endpoint=made.endpoint, type="webhook.test", at=hour, state=State.FAILED, message=f"msg_{number}"
        )
    answer = owner_client.post(f"{LIST}{made.endpoint.pk}/again/", {"since": "2026-01-15T12:30"})
    assert [str(one) for one in get_messages(answer.wsgi_request)] == ["1 message is sent again."]
    send_due()
    assert [came.headers["webhook-id"] for came in receiver.came] == ["msg_1"]


@pytest.mark.parametrize("role", [Role.MARKETING, Role.SELLER, Role.VIEWER])
def test_other_roles_reach_no_page_of_webhooks(
    client_of: Callable[[User], Client], make_user: Callable[..., User], hook: Hook, make_deal: OpenDeal, role: str
) -> None:
    made = hook()
    make_deal("Need")
    message = Delivery.objects.first()
    assert message is not None
    client, page = client_of(make_user(role)), f"{LIST}{made.endpoint.pk}/"
    read = (LIST, f"{LIST}new/", page, f"{page}messages/{message.pk}/")
    assert {client.get(address).status_code for address in read} == {403}
    done = ("pause/", "resume/", "remove/", "secret/", "test/", "again/", f"messages/{message.pk}/again/", "")
    assert {client.post(f"{page}{part}").status_code for part in done} == {403}
    assert "Webhooks" not in client.get("/settings/profile/").content.decode()


def test_keys_that_no_database_holds_are_not_found(owner_client: Client) -> None:
    huge = 10**30
    assert owner_client.get(f"{LIST}{huge}/").status_code == 404
    assert owner_client.post(f"{LIST}{huge}/pause/").status_code == 404
    assert owner_client.get(f"{LIST}1/messages/{huge}/").status_code == 404


def test_list_asks_as_often_however_many_webhooks_there_are(owner_client: Client, hook: Hook) -> None:
    hook()
    few = queries(lambda: owner_client.get(LIST))
    hook()
    hook()
    assert queries(lambda: owner_client.get(LIST)) == few


def test_erasure_removes_what_tells_of_a_person_sent_and_unsent(
    hook: Hook, receiver: Receiver, make_deal: OpenDeal, ada: Person
) -> None:
    receiver.wishes = [Wish(), Wish(), Wish(500, body=b"no such customer: ada@nordlys.dk")]
    hook("deal.created")
    make_deal("Need", name="With her", contact=ada.pk)
    send_due()
    make_deal("Need", name="Of nobody")
    send_due()
    make_deal("Need", name="Answered")
    send_due()
    made = Delivery.objects.first()
    assert made is not None
    Delivery.objects.create(endpoint=made.endpoint, type="person.changed", record=ada.pk, at=timezone.now())
    store = next(one for one in STORES if one.name == "tragt_webhooks.Delivery")
    subject = Subject(ada.pk, frozenset({"u:ada", "a:1"}), frozenset({"ada@nordlys.dk"}))
    assert len(list(store.export(subject))) == 3
    assert store.erase(subject) == 3
    assert ["Of nobody" in row.body for row in Delivery.objects.all()] == [True]


def test_messages_are_kept_for_thirty_days(hook: Hook) -> None:
    made, now = hook(), timezone.now()
    for number, days in enumerate((31, 29)):
        Delivery.objects.create(
            endpoint=made.endpoint,
            type="webhook.test",
            at=now,
            message=f"m{number}",
            created=now - timedelta(days=days),
        )
    messages = kind("webhooks.messages")
    assert messages.default == 30
    assert sum(messages.remove(now - timedelta(days=30), "")) == 1
    assert Delivery.objects.get().message == "m1"
