"""What a webhook is told once its maker or its key may not have it any more, and what is told of what goes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.web.people.conftest import home
from tests.web.webhooks.conftest import Made, OpenDeal, Receiver
from tragt.errors import InvalidDefinition
from tragt.web.accounts.models import ApiKey, AuditRow, Organisation, Role, User
from tragt.web.crm.actions.activities import About, Entry, add_activity, edit_activity, remove_activity
from tragt.web.crm.actions.removing import remove_deal
from tragt.web.files.actions import add_file, remove_file
from tragt.web.files.store import receive
from tragt.web.mail.models import OutgoingMail
from tragt.web.people.actions.rights import anonymise_person, erase_person, finish_erasures
from tragt.web.people.actions.who_is_who import merge, unmerge
from tragt.web.people.kinds import COMPANY, PERSON
from tragt.web.people.models import Identifier, Person
from tragt.web.records.actions.bulk import add_tag, take_back
from tragt.web.records.actions.tags import tag, untag
from tragt.web.shell.acting import Who
from tragt.web.shell.personal import Subject
from tragt.web.webhooks.actions.again import replay_failed
from tragt.web.webhooks.actions.endpoints import pause_endpoint, resume_endpoint
from tragt.web.webhooks.actions.sending import send_due
from tragt.web.webhooks.models import Cause, Delivery, Endpoint, State, Stopped
from tragt.web.webhooks.personal_data import STORES
from tragt.web.webhooks.queries.content import content_of

__all__ = ["home"]

Hook = Callable[..., Made]
Users = Callable[..., User]

pytestmark = pytest.mark.django_db


def one() -> Delivery:
    return Delivery.objects.get()


def told(receiver: Receiver) -> list[tuple[str, int, dict[str, Any]]]:
    """What came: types, keys of records, changes."""
    return [(one.told["type"], one.told["data"]["id"], one.told["data"]["change"]) for one in receiver.came]


def test_maker_who_becomes_a_seller_is_told_nothing_any_more_and_the_webhook_stops(
    hook: Hook, receiver: Receiver, make_deal: OpenDeal, make_user: Users, owner: User
) -> None:
    maker = make_user(Role.MANAGER)
    made = hook("deal.created", by=maker)
    make_deal("Need", name="Before")
    User.objects.filter(pk=maker.pk).update(role=Role.SELLER)
    make_deal("Need", name="After", owner=maker.pk)
    assert Delivery.objects.count() == 1, "what happens then is not even noted"
    send_due()
    assert receiver.came == []
    held = one()
    assert (held.state, held.cause, held.body, held.change) == (State.WITHHELD, Cause.UNSEEN, "", {})
    made.endpoint.refresh_from_db()
    assert (made.endpoint.stopped, made.endpoint.silent) == ("right", "right")
    assert AuditRow.objects.get(verb="webhooks.edit", details__act="stop").details["why"] == "right"
    assert [mail.to for mail in OutgoingMail.objects.filter(template="webhooks/mail/stopped")] == [maker.email]
    send_due()
    assert AuditRow.objects.filter(details__act="stop").count() == 1
    with pytest.raises(InvalidDefinition, match="may not manage webhooks"):
        resume_endpoint(made.endpoint.pk, who=Who.of(owner))
    User.objects.filter(pk=maker.pk).update(role=Role.MANAGER)
    make_deal("Need", name="Again")
    send_due()
    assert receiver.came == [], "a promotion alone starts nothing"
    resume_endpoint(made.endpoint.pk, who=Who.of(owner))
    make_deal("Need", name="Started")
    send_due()
    assert [came.told["data"]["record"]["name"] for came in receiver.came] == ["Started"]


def test_webhook_of_a_key_is_told_nothing_where_the_key_may_not_manage_webhooks(
    hook: Hook, receiver: Receiver, make_deal: OpenDeal, owner: User
) -> None:
    made = hook("deal.created")
    key = ApiKey.objects.create(user=owner, name="till", role=Role.SELLER, prefix="p", digest="d")
    Endpoint.objects.filter(pk=made.endpoint.pk).update(program=key)
    make_deal("Need")
    send_due()
    assert receiver.came == []
    assert not Delivery.objects.exists()
    made.endpoint.refresh_from_db()
    assert (made.endpoint.stopped, made.endpoint.silent) == ("right", "right")


def test_content_tells_of_no_contact_or_company_that_the_reader_does_not_see(
    make_deal: OpenDeal, make_user: Users, owner: User, ada: Person
) -> None:
    Organisation.objects.update(sellers_see="own")
    Person.objects.update(owner=owner)
    type(ada.company).objects.update(owner=owner)  # type: ignore[union-attr]
    seller = make_user(Role.SELLER)
    deal = make_deal("Need", owner=seller.pk, contact=ada.pk, company=ada.company_id)
    told = content_of("deal", deal.pk, seller)
    assert told is not None
    assert (told.record["company"], told.record["contact"]) == (None, None)
    assert content_of("person", ada.pk, seller) is None


def test_reason_why_a_webhook_is_told_nothing_is_said_by_page_and_api(
    hook: Hook, owner: User, make_user: Users, owner_client: Client, program_of: Callable[..., Client]
) -> None:
    maker = make_user(Role.MANAGER)
    made, program = hook(by=maker), program_of(owner)
    where = f"/api/v1/webhooks/{made.endpoint.pk}"
    key = ApiKey.objects.create(user=maker, name="till", role=Role.MANAGER, prefix="p", digest="d")

    def silent() -> tuple[str, str]:
        return program.get(where).json()["silent"], owner_client.get(f"/settings/webhooks/{made.endpoint.pk}/").text

    assert silent()[0] == ""
    Endpoint.objects.update(program=key)
    ApiKey.objects.filter(pk=key.pk).update(revoked=timezone.now())
    assert silent()[0] == "revoked"
    assert "Its key was revoked" in silent()[1]
    refused = program.patch(where, {"paused": True}, "application/json")
    assert refused.json()["stopped"] == "paused"
    refused = program.patch(where, {"paused": False}, "application/json")
    assert (refused.status_code, refused.json()["code"]) == (422, "webhooks.silent")
    Endpoint.objects.update(program=None, stopped="")
    User.objects.filter(pk=maker.pk).update(role=Role.MARKETING)
    send_due()
    assert (program.get(where).json()["stopped"], silent()[0]) == ("right", "right")
    assert "may not manage webhooks any more" in silent()[1]
    assert "resume" not in silent()[1], "nobody is offered to start what may not be told"


def test_what_happens_while_a_webhook_fails_is_noted_and_can_be_sent_and_while_paused_is_not(
    hook: Hook, receiver: Receiver, make_deal: OpenDeal, owner: User
) -> None:
    made, who = hook("deal.created"), Who.of(owner)
    begun = timezone.now() - timedelta(minutes=1)
    pause_endpoint(made.endpoint.pk, who=who)
    make_deal("Need", name="While paused")
    assert not Delivery.objects.exists()
    Endpoint.objects.update(stopped=Stopped.FAILING)
    make_deal("Need", name="While failing")
    noted = one()
    assert (noted.state, noted.cause, noted.next) == (State.FAILED, Cause.STOPPED, None)
    resume_endpoint(made.endpoint.pk, who=who)
    send_due()
    assert receiver.came == [], "whoever mended it decides what is sent"
    assert replay_failed(made.endpoint.pk, begun, who=who) == 1
    send_due()
    assert [came.told["data"]["record"]["name"] for came in receiver.came] == ["While failing"]


@pytest.mark.usefixtures("home")
def test_tags_and_files_are_changes_of_their_record(
    hook: Hook, receiver: Receiver, make_deal: OpenDeal, owner: User, ada: Person
) -> None:
    deal, who = make_deal("Need", owner=owner.pk), Who.of(owner)
    hook("deal.changed", "person.changed", "company.changed")
    assert ada.company_id is not None
    marked = tag(PERSON, [ada.pk], "VIP", who=who)
    tag(PERSON, [ada.pk], "VIP", who=who)
    send_due()
    untag(PERSON, [ada.pk], marked.pk, who=who)
    send_due()
    done = add_tag(COMPANY, [ada.company_id], "VIP", who=who)
    assert done.change is not None
    send_due()
    take_back(done.change, who=who)
    send_due()
    file = add_file(receive([b"lamps"]), "Ada.pdf", "deal", deal.pk, who=who)
    send_due()
    remove_file(file.pk, who=who)
    send_due()
    tags, files = {"fields": ["tags"]}, {"fields": ["files"]}
    assert told(receiver) == [
        ("person.changed", ada.pk, tags),
        ("person.changed", ada.pk, tags),
        ("company.changed", ada.company_id, tags),
        ("company.changed", ada.company_id, tags),
        ("deal.changed", deal.pk, files),
        ("deal.changed", deal.pk, files),
    ]
    assert not any(b"Ada.pdf" in came.body for came in receiver.came)


def test_planned_changed_and_removed_activities_are_told(
    hook: Hook, receiver: Receiver, owner: User, ada: Person
) -> None:
    hook("activity.planned", "activity.changed", "activity.removed", "activity.done")
    who = Who.of(owner)
    row = add_activity(Entry("task", "Call Ada", due=timezone.now() + timedelta(days=1)), About(person=ada.pk), who=who)
    send_due()
    edit_activity(row.pk, {"title": "Call Ada again"}, who=who)
    send_due()
    remove_activity(row.pk, who=who)
    send_due()
    kinds = [one.told["type"] for one in receiver.came]
    assert kinds == ["activity.planned", "activity.changed", "activity.removed"]
    assert receiver.came[-1].told["data"]["record"] == {"id": receiver.came[0].told["data"]["id"]}


def test_deal_that_is_removed_is_told_by_its_key_alone(
    hook: Hook, receiver: Receiver, make_deal: OpenDeal, owner: User
) -> None:
    hook("deal.removed")
    deal = make_deal("Need", name="Wrong")
    remove_deal(deal.pk, who=Who.of(owner))
    send_due()
    assert told(receiver) == [("deal.removed", deal.pk, {})]
    assert receiver.came[0].told["data"]["record"] == {"id": deal.pk}


@pytest.mark.usefixtures("home")
def test_merge_and_erasure_of_persons_are_told_though_the_person_is_gone(
    hook: Hook, receiver: Receiver, owner: User, ada: Person
) -> None:
    bo = Person.objects.create(name="Bo Berg", owner=owner)
    Identifier.objects.create(actor="u:bo", person=bo)
    actor = Identifier.objects.filter(person=ada, actor__startswith="u:").values_list("actor", flat=True)[0]
    made, who = hook("person.merged", "person.erased"), Who.of(owner)
    unmerge(merge(actor, "u:bo", who=who).pk, who=who)
    send_due()
    merged = [change for type_, _key, change in told(receiver) if type_ == "person.merged"]
    assert sorted((change["with"], change["undone"]) for change in merged) == sorted(
        (key, undone) for key in (ada.pk, bo.pk) for undone in (False, True)
    )
    Endpoint.objects.update(stopped=Stopped.FAILING)
    erase_person(actor, who)
    (store,) = [one for one in STORES if one.name.endswith("Delivery")]
    assert store.erase is not None
    store.erase(Subject(ada.pk, frozenset([actor])))
    Endpoint.objects.update(stopped="")
    replay_failed(made.endpoint.pk, timezone.now() - timedelta(hours=1), who=who)
    send_due()
    last = receiver.came[-1].told
    assert (last["type"], last["data"]["id"], last["data"]["change"]) == ("person.erased", ada.pk, {"how": "erase"})
    assert last["data"]["record"] == {"id": ada.pk}
    assert not Delivery.objects.filter(type="person.merged", record=ada.pk).exists()


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("how", [erase_person, anonymise_person])
def test_all_rows_that_were_a_person_are_told_to_go_and_nothing_stays_that_told_of_them(
    hook: Hook, receiver: Receiver, owner: User, ada: Person, how: Callable[[str, Who], object]
) -> None:
    bo, cy = (Person.objects.create(name=name, owner=owner) for name in ("Ada L. Byron", "Cy Holm"))
    for person, actor in ((bo, "u:bo"), (cy, "u:cy")):
        Identifier.objects.create(actor=actor, person=person)
    actor = Identifier.objects.filter(person=ada, actor__startswith="u:").values_list("actor", flat=True)[0]
    who = Who.of(owner)
    hook("person.changed", "person.erased")
    tag(PERSON, [ada.pk, bo.pk, cy.pk], "VIP", who=who)
    send_due()
    assert {one.told["data"]["id"] for one in receiver.came} == {ada.pk, bo.pk, cy.pk}
    merge(actor, "u:bo", who=who)
    how(actor, who)
    send_due()
    gone = [one.told["data"]["id"] for one in receiver.came if one.told["type"] == "person.erased"]
    assert sorted(gone) == sorted([ada.pk, bo.pk])
    finish_erasures()
    kept = Delivery.objects.filter(type="person.changed").values_list("record", flat=True)
    assert list(kept) == [cy.pk], "what told of a row that was the person goes too"


def test_message_that_calls_a_deal_by_the_name_of_a_person_goes_with_the_person(
    hook: Hook, make_deal: OpenDeal, owner: User, ada: Person
) -> None:
    hook("deal.created")
    Person.objects.filter(pk=ada.pk).update(name="Ada Lovelace")
    for name in ("Lamps for ADA LOVELACE", "Lamps for Ada", "Lamps for Bo Berg"):
        make_deal("Need", name=name, owner=owner.pk)
    send_due()
    (store,) = [one for one in STORES if one.name.endswith("Delivery")]
    actors = Identifier.objects.filter(person=ada).values_list("actor", flat=True)
    assert store.erase(Subject(ada.pk, frozenset(actors))) == 1
    left = sorted(row.body.partition("Lamps for ")[2].partition('"')[0] for row in Delivery.objects.all())
    assert left == ["Ada", "Bo Berg"]
