"""What is told, how it is signed, and what becomes of it when a receiver does not take it."""

import base64
import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from tests.web.webhooks.conftest import Made, OpenDeal, Receiver, Wish
from tragt.web.accounts.models import ApiKey, Role, User
from tragt.web.crm.actions import edit_deal, lose_deal, move_deal, win_deal
from tragt.web.crm.actions.activities import About, Entry, add_activity
from tragt.web.crm.actions.lifecycle import enter_stage, set_mark
from tragt.web.crm.kinds import DEAL
from tragt.web.crm.models import LostReason, Mark, Pipeline, PipelineKind, Stage
from tragt.web.jobs.models import Job
from tragt.web.mail.models import OutgoingMail
from tragt.web.people.actions.adding import add_company, add_person
from tragt.web.people.actions.editing import save_company, save_person
from tragt.web.people.actions.owners import assign
from tragt.web.people.kinds import PERSON
from tragt.web.people.models import Company, Person
from tragt.web.records.actions.bulk import give_owner, take_back
from tragt.web.shell.acting import Who
from tragt.web.shell.guard import Bounds
from tragt.web.webhooks import carrying
from tragt.web.webhooks.actions import sending
from tragt.web.webhooks.actions.again import replay
from tragt.web.webhooks.actions.endpoints import pause_endpoint, remove_endpoint, resume_endpoint, rotate_secret
from tragt.web.webhooks.actions.sending import LEASE, SCHEDULE, send_due
from tragt.web.webhooks.carrying import Outcome
from tragt.web.webhooks.models import Cause, Delivery, Endpoint, State, Stopped
from tragt.web.webhooks.signing import signatures

Hook = Callable[..., Made]
Users = Callable[..., User]

JSON = "application/json"

pytestmark = pytest.mark.django_db


def types(receiver: Receiver) -> list[str]:
    return [came.told["type"] for came in receiver.came]


def one() -> Delivery:
    return Delivery.objects.get()


def test_signature_is_the_one_of_the_published_example() -> None:
    # The example of the reference libraries (github.com/standard-webhooks/standard-webhooks, test vectors).
    secret, message, moment = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330
    given = signatures([secret], message, moment, b'{"test": 2432232314}')
    assert given == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_deal_that_is_won_is_told_signed_and_thin(
    hook: Hook, receiver: Receiver, make_deal: OpenDeal, owner: User, ada: Person
) -> None:
    made = hook("deal.won")
    deal = make_deal("Need", by=owner, value=1000, contact=ada.pk, company=ada.company_id, owner=owner.pk)
    win_deal(deal.pk, who=Who.of(owner))
    send_due()
    (came,) = receiver.came
    told = made.verified(came)
    assert told["type"] == "deal.won"
    assert told["timestamp"].endswith("Z")
    assert told["data"] == {
        "kind": "deal",
        "id": deal.pk,
        "change": {"stage": "Won", "from": "Need", "pipeline": "Sales"},
        "record": {
            "id": deal.pk,
            "name": "Lamps",
            "status": "won",
            "pipeline": deal.pipeline_id,
            "stage": deal.stage_id,
            "stage_name": "Need",
            "value": 1000,
            "currency": "DKK",
            "owner": owner.pk,
            "company": ada.company_id,
            "contact": ada.pk,
        },
    }
    assert came.headers["webhook-id"] == one().message
    assert came.headers["content-type"] == "application/json; charset=utf-8"
    assert (one().state, one().status, one().answer, one().attempts) == (State.TAKEN, 200, "thanks", 1)
    assert ada.email not in came.body.decode()


@pytest.mark.usefixtures("hook")
def test_every_type_is_told_of_its_act_once(
    hook: Hook, receiver: Receiver, make_deal: OpenDeal, stages: Mapping[str, Stage], reason: LostReason, owner: User
) -> None:
    hook()
    who = Who.of(owner)
    deal = make_deal("Need", by=owner, value=10)
    edit_deal(deal.pk, {"name": "Chairs"}, who=who)
    move_deal(deal.pk, stages["Close"].pk, who=who)
    lose_deal(deal.pk, reason.pk, who=who)
    person = add_person({"name": "Bo"}, who)
    save_person(person.pk, {"name": "Bodil"}, {"name": "Bo"}, who=who)
    company = add_company("Nordlys", who)
    add_company("nordlys", who)
    save_company(company.pk, {"name": "Nordlys A/S"}, {"name": "Nordlys"}, who=who)
    add_activity(Entry("call", "Called", at=timezone.now()), About(person=person.pk), who=who)
    add_activity(Entry("task", "Call again"), About(person=person.pk), who=who)
    lifecycle = Pipeline.objects.create(name="Lifecycle", kind=PipelineKind.LIFECYCLE)
    lead = Stage.objects.create(pipeline=lifecycle, name="Lead", position=0)
    enter_stage(person.pk, lead.pk, who=who)
    set_mark(person.pk, Mark.MQL, who=who)
    assign(PERSON, [person.pk], None, who=who)
    send_due()
    told = {came.told["type"]: came.told["data"] for came in receiver.came}
    assert sorted(types(receiver)) == [
        "activity.done",
        "activity.planned",
        "company.changed",
        "company.created",
        "deal.changed",
        "deal.created",
        "deal.lost",
        "deal.stage_entered",
        "deal.stage_entered",
        "person.changed",
        "person.created",
        "person.marked",
        "person.stage_entered",
    ]
    assert told["deal.changed"]["change"] == {"fields": ["name"]}
    assert told["person.changed"]["change"] == {"fields": ["name", "owner"]}
    assert told["person.changed"]["record"]["name"] == "Bodil"
    assert told["person.marked"]["change"] == {"mark": "mql", "taken": False}
    assert told["person.stage_entered"]["change"] == {"stage": "Lead", "how": "hand"}
    assert told["activity.done"]["record"]["person"] == person.pk
    assert told["company.changed"]["record"]["name"] == "Nordlys A/S"


def test_what_is_rolled_back_is_never_told(hook: Hook, receiver: Receiver, make_deal: OpenDeal) -> None:
    hook()

    def undone() -> None:
        with transaction.atomic():
            make_deal("Need")
            raise LookupError

    with pytest.raises(LookupError):
        undone()
    send_due()
    assert receiver.came == []
    assert not Delivery.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_commit_asks_for_sending_once_and_the_job_sends(hook: Hook, receiver: Receiver, make_deal: OpenDeal) -> None:
    from tragt.web.jobs.worker import drain  # noqa: PLC0415

    hook("deal.created", "deal.stage_entered")
    make_deal("Need")
    make_deal("Need")
    assert Job.objects.filter(name="webhooks.send", state="waiting").count() == 1
    drain()
    assert len(receiver.came) == 4


def test_secret_before_is_good_for_a_day_and_no_longer(
    hook: Hook, receiver: Receiver, make_deal: OpenDeal, owner: User
) -> None:
    first = hook("deal.created")
    second = Made(*rotate_secret(first.endpoint.pk, who=Who.of(owner)))
    assert first.secret != second.secret
    assert len(base64.b64decode(first.secret.removeprefix("whsec_"))) == 32
    assert first.secret not in str(Endpoint.objects.values())
    make_deal("Need")
    send_due()
    assert first.verified(receiver.came[0]) == second.verified(receiver.came[0])
    assert receiver.came[0].headers["webhook-signature"].count("v1,") == 2
    with time_machine.travel(timezone.now() + timedelta(days=1, seconds=5), tick=True):
        make_deal("Need")
        send_due()
        second.verified(receiver.came[1])
    assert receiver.came[1].headers["webhook-signature"].count("v1,") == 1


def test_message_not_taken_is_sent_again_on_schedule_under_its_name_and_then_given_up(
    hook: Hook, receiver: Receiver, make_deal: OpenDeal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "_JITTER", 0)
    receiver.wishes = [Wish(500, body=b"broken \0 \xff")]
    made = hook("deal.created")
    make_deal("Need")
    now = timezone.now()
    waited = []
    with time_machine.travel(now, tick=False) as clock:
        for _attempt in SCHEDULE:
            clock.move_to(one().next or now)
            begun = timezone.now()
            send_due()
            following = one().next
            waited.append(following and (following - begun))
            made.verified(receiver.came[-1])
            send_due()
    seconds = [wait.total_seconds() if wait else None for wait in waited]
    assert seconds == [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400, None]
    assert len(receiver.came) == len(SCHEDULE)
    assert len({came.headers["webhook-id"] for came in receiver.came}) == 1
    assert len({came.body for came in receiver.came}) == 1
    assert len({came.headers["webhook-signature"] for came in receiver.came}) == len(SCHEDULE)
    assert (one().state, one().attempts, one().status, one().cause) == (State.FAILED, 10, 500, Cause.STATUS)
    assert one().answer == "broken   �"


def test_jitter_spreads_attempts_later_and_never_earlier(hook: Hook, receiver: Receiver, make_deal: OpenDeal) -> None:
    receiver.wishes = [Wish(503)]
    hook("deal.created")
    for _number in range(6):
        make_deal("Need")
    before = timezone.now()
    send_due(budget=60)
    after = timezone.now()
    moments = [row.next for row in Delivery.objects.all() if row.next]
    assert len(set(moments)) == 6
    assert all(before + timedelta(seconds=5) <= moment <= after + timedelta(seconds=6) for moment in moments)


def test_retry_after_lets_the_receiver_rest_from_all_messages(
    hook: Hook, receiver: Receiver, make_deal: OpenDeal
) -> None:
    receiver.wishes = [Wish(429, {"Retry-After": "3600"}), Wish()]
    hook("deal.created")
    make_deal("Need")
    send_due()
    make_deal("Need")
    send_due()
    assert len(receiver.came) == 1
    with time_machine.travel(timezone.now() + timedelta(seconds=3602), tick=True):
        send_due()
        assert len(receiver.came) == 3
    assert set(Delivery.objects.values_list("state", flat=True)) == {State.TAKEN}
    assert Endpoint.objects.get().failing is None


def test_receiver_that_is_gone_is_stopped_and_its_maker_told(
    hook: Hook, receiver: Receiver, make_deal: OpenDeal, owner: User
) -> None:
    receiver.wishes = [Wish(410)]
    hook("deal.created")
    make_deal("Need")
    send_due()
    assert one().state == State.FAILED
    assert Endpoint.objects.get().stopped == Stopped.GONE
    assert OutgoingMail.objects.get().to == owner.email
    make_deal("Need")
    assert Delivery.objects.count() == 1


def test_receiver_that_takes_nothing_for_five_days_is_stopped(
    hook: Hook, receiver: Receiver, make_deal: OpenDeal, owner: User
) -> None:
    receiver.wishes = [Wish(500)]
    hook("deal.created")
    make_deal("Need")
    send_due()
    for days in (1, 4.9):
        with time_machine.travel(timezone.now() + timedelta(days=days), tick=True):
            send_due()
            assert Endpoint.objects.get().stopped == ""
    with time_machine.travel(timezone.now() + timedelta(days=9), tick=True):
        send_due()
        assert Endpoint.objects.get().stopped == Stopped.FAILING
        assert OutgoingMail.objects.get().to == owner.email
        before = len(receiver.came)
        with time_machine.travel(timezone.now() + timedelta(days=2), tick=True):
            send_due()
            assert len(receiver.came) == before
            receiver.wishes = [Wish()]
            resume_endpoint(Endpoint.objects.get().pk, who=Who.of(owner))
            send_due()
    assert one().state == State.TAKEN


def test_redirect_is_not_followed(hook: Hook, receiver: Receiver, make_deal: OpenDeal) -> None:
    receiver.wishes = [Wish(302, {"Location": f"{receiver.address}/elsewhere"})]
    hook("deal.created")
    make_deal("Need")
    send_due()
    assert [came.path for came in receiver.came] == ["/hook"]
    assert (one().state, one().status) == (State.WAITING, 302)


def test_receiver_that_is_slow_is_left(
    hook: Hook, receiver: Receiver, make_deal: OpenDeal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrying, "BOUNDS", Bounds(seconds=0.3))
    receiver.wishes = [Wish(seconds=5)]
    hook("deal.created")
    make_deal("Need")
    send_due()
    assert (one().cause, one().attempts, one().state) == (Cause.TIME, 1, State.WAITING)


def test_one_receiver_is_sent_two_at_once_and_one_while_it_fails(
    hook: Hook, make_deal: OpenDeal, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, under_way, most = threading.Lock(), [0], [0]

    def carried(_parcel: object) -> Outcome:
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        threading.Event().wait(0.05)
        with lock:
            under_way[0] -= 1
        return Outcome(200)

    monkeypatch.setattr(sending, "carry", carried)
    hook("deal.created")
    for _number in range(4):
        make_deal("Need")
    send_due(budget=30)
    assert most == [2]
    most[0] = 0
    for _number in range(2):
        make_deal("Need")
    Endpoint.objects.update(failing=timezone.now())
    monkeypatch.setattr(sending, "_note_health", lambda *_given: None)
    send_due(budget=30)
    assert most == [1]
    assert Delivery.objects.filter(state=State.TAKEN).count() == 6


def test_address_that_came_to_lead_inside_is_not_connected_to(
    hook: Hook, receiver: Receiver, make_deal: OpenDeal, settings: Settings
) -> None:
    hook("deal.created")
    make_deal("Need")
    settings.ALLOW_PRIVATE_ADDRESSES = False
    send_due()
    assert receiver.came == []
    assert (one().state, one().cause) == (State.WAITING, Cause.ADDRESS)


def test_message_of_a_killed_worker_is_due_again_after_its_lease(
    hook: Hook, receiver: Receiver, make_deal: OpenDeal, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook("deal.created")
    make_deal("Need")

    class Killed(BaseException):
        pass

    def killed(*_given: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(sending, "_settle", killed)
        with pytest.raises(Killed):
            send_due()
    assert (len(receiver.came), one().state, one().attempts) == (1, State.WAITING, 0)
    send_due()
    assert len(receiver.came) == 1
    with time_machine.travel(timezone.now() + LEASE + timedelta(seconds=1), tick=True):
        send_due()
    assert len(receiver.came) == 2
    assert receiver.came[0].headers["webhook-id"] == receiver.came[1].headers["webhook-id"]
    assert one().state == State.TAKEN


def test_deals_handed_over_at_once_are_each_told_and_so_is_taking_it_back(
    hook: Hook, receiver: Receiver, make_deal: OpenDeal, owner: User
) -> None:
    deals = [make_deal("Need").pk, make_deal("Need").pk]
    hook("deal.changed")
    done = give_owner(DEAL, deals, owner.pk, who=Who.of(owner))
    send_due()
    assert sorted(came.told["data"]["record"]["id"] for came in receiver.came) == deals
    assert done.change is not None
    take_back(done.change, who=Who.of(owner))
    send_due()
    assert [came.told["data"]["change"]["fields"] for came in receiver.came] == [["owner"]] * 4


def test_paused_webhook_is_told_nothing_and_sent_what_waited_once_it_is_resumed(
    hook: Hook, receiver: Receiver, make_deal: OpenDeal, owner: User
) -> None:
    made = hook("deal.created")
    make_deal("Need", name="Before")
    pause_endpoint(made.endpoint.pk, who=Who.of(owner))
    make_deal("Need", name="Meanwhile")
    send_due()
    assert receiver.came == []
    resume_endpoint(made.endpoint.pk, who=Who.of(owner))
    send_due()
    assert [came.told["data"]["record"]["name"] for came in receiver.came] == ["Before"]


def test_message_that_failed_is_not_sent_again_once_its_maker_sees_it_no_more(
    hook: Hook, receiver: Receiver, make_deal: OpenDeal, make_user: Users
) -> None:
    receiver.wishes = [Wish(500)]
    maker = make_user(Role.MANAGER)
    hook("deal.created", by=maker)
    make_deal("Need")
    send_due()
    assert one().body
    User.objects.filter(pk=maker.pk).update(is_active=False)
    with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=True):
        send_due()
    assert len(receiver.came) == 1
    assert (one().state, one().body) == (State.WITHHELD, "")


def test_maker_who_cannot_sign_in_is_told_nothing_any_more(hook: Hook, make_deal: OpenDeal, make_user: Users) -> None:
    maker = make_user(Role.MANAGER)
    hook(by=maker)
    User.objects.filter(pk=maker.pk).update(is_active=False)
    make_deal("Need")
    assert not Delivery.objects.exists()


def test_secret_sealed_under_another_key_says_so_and_its_message_is_sent_with_a_new_one(
    hook: Hook, receiver: Receiver, make_deal: OpenDeal, settings: Settings, owner: User
) -> None:
    made = hook("deal.created")
    make_deal("Need")
    settings.SECRET_KEY = "another"
    send_due()
    assert receiver.came == []
    assert (one().state, one().cause) == (State.FAILED, Cause.SECRET)
    fresh = Made(*rotate_secret(made.endpoint.pk, who=Who.of(owner)))
    assert (fresh.endpoint.previous, fresh.endpoint.previous_until) == ("", None)
    replay(made.endpoint.pk, one().pk, who=Who.of(owner))
    send_due()
    fresh.verified(receiver.came[0])
    assert one().state == State.TAKEN


def test_secret_before_that_cannot_be_read_holds_nothing_back(
    hook: Hook, receiver: Receiver, make_deal: OpenDeal, owner: User
) -> None:
    made = Made(*rotate_secret(hook("deal.created").endpoint.pk, who=Who.of(owner)))
    Endpoint.objects.update(previous="sealed elsewhere")
    make_deal("Need")
    send_due()
    made.verified(receiver.came[0])
    assert receiver.came[0].headers["webhook-signature"].count("v1,") == 1


def test_webhook_of_a_key_that_is_revoked_is_told_nothing_any_more(
    receiver: Receiver, make_deal: OpenDeal, owner: User, program_of: Callable[..., Client], owner_client: Client
) -> None:
    made = program_of(owner).post(
        "/api/v1/webhooks", {"name": "Theirs", "address": receiver.address, "types": ["deal.created"]}, JSON
    )
    assert made.status_code == 201
    make_deal("Need")
    ApiKey.objects.update(revoked=timezone.now())
    make_deal("Need")
    send_due()
    assert receiver.came == []
    assert (one().state, one().cause) == (State.WITHHELD, Cause.UNSEEN)
    assert "Its key was revoked" in owner_client.get("/settings/webhooks/").content.decode()


def test_persons_and_companies_told_of_at_once_are_each_told(
    hook: Hook, receiver: Receiver, owner: User, program_of: Callable[..., Client]
) -> None:
    ada = Person.objects.create(name="Ada", email="ada@x.dk")
    known = Company.objects.create(key="known", name="Known")
    hook()
    program = program_of(owner)
    persons = [{"id": ada.pk, "name": "Ada Holm"}, {"name": "Bo"}]
    assert program.post("/api/v1/persons/bulk", {"items": persons}, JSON).json()["refused"] == 0
    companies = [{"name": "Nordlys"}, {"id": known.pk, "domain": "known.dk"}]
    assert program.post("/api/v1/companies/bulk", {"items": companies}, JSON).json()["refused"] == 0
    send_due()
    told = sorted((came.told["type"], came.told["data"]["id"], came.told["data"]["change"]) for came in receiver.came)
    assert told == [
        ("company.changed", known.pk, {"fields": ["domain"]}),
        ("company.created", Company.objects.get(name="Nordlys").pk, {}),
        ("person.changed", ada.pk, {"fields": ["name"]}),
        ("person.created", Person.objects.get(name="Bo").pk, {}),
    ]


def test_message_noted_while_its_webhook_is_removed_breaks_nothing_and_goes(hook: Hook, owner: User) -> None:
    made = hook()
    remove_endpoint(made.endpoint.pk, who=Who.of(owner))
    Delivery.objects.create(endpoint=made.endpoint, type="deal.won", record=1, at=timezone.now(), next=timezone.now())
    connection.check_constraints()
    send_due()
    assert not Delivery.objects.exists()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite locks no rows")
@pytest.mark.django_db(transaction=True)
def test_message_that_another_transaction_holds_does_not_keep_others_waiting(
    hook: Hook, receiver: Receiver, make_deal: OpenDeal
) -> None:
    hook("deal.created")
    make_deal("Need")
    make_deal("Need")
    held, through = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                list(Delivery.objects.order_by("pk").select_for_update()[:1])
                held.set()
                through.wait(20)
        finally:
            connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(20)
    begun = time.monotonic()
    try:
        send_due(budget=1)
    finally:
        took = time.monotonic() - begun
        through.set()
        holder.join()
    assert took < 10
    assert len(receiver.came) == 1
