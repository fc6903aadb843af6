"""Who is sent a report: colleagues at once, others once they said yes; and how they stop it."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone

from tests.web.reports.conftest import Read
from tragt.errors import InvalidDefinition, NotAllowed, NotFound
from tragt.web.accounts.models import AuditRow, Role, User
from tragt.web.funnels.actions import delete, undelete
from tragt.web.funnels.models import SavedFunnel
from tragt.web.mail.models import OutgoingMail
from tragt.web.reports import tokens
from tragt.web.reports.actions import naming
from tragt.web.reports.actions.naming import Named
from tragt.web.reports.actions.sending import forget
from tragt.web.reports.models import State, Subscription
from tragt.web.reports.personal_data import STORES
from tragt.web.reports.queries import subscriptions
from tragt.web.shell.acting import Who
from tragt.web.shell.personal import Subject

pytestmark = pytest.mark.django_db

ANNA = "anna@outside.example"


@pytest.fixture
def anna(shop: SavedFunnel, owner: User) -> Subscription:
    """A reader outside, who was asked and has not answered."""
    return naming.name_reader(Named(shop.pk, ANNA, "da"), who=Who.of(owner))


def test_colleague_is_sent_the_report_without_asking(
    shop: SavedFunnel, owner: User, make_user: Callable[..., User]
) -> None:
    seller = make_user(Role.SELLER, email="Kim@firm.example")
    row = naming.name_reader(Named(shop.pk, "kim@FIRM.example"), who=Who.of(owner))

    assert (row.user, row.address, row.state) == (seller, "", State.ACTIVE)
    assert not OutgoingMail.objects.exists()


def test_reader_outside_is_asked_first_and_a_look_at_the_link_does_nothing(anna: Subscription, read: Read) -> None:
    mail = OutgoingMail.objects.get()
    assert (mail.to, mail.language, anna.state) == (ANNA, "da", State.ASKED)
    link = re.findall(r"http\S+/reports/confirm/(\S+)/", read(mail)["text"])[0]
    visitor = Client()

    page = visitor.get(f"/reports/confirm/{link}/")
    anna.refresh_from_db()
    assert (page.status_code, anna.state) == (200, State.ASKED)
    assert 'lang="da"' in page.content.decode()
    assert "script-src 'none'" in page["Content-Security-Policy"]
    assert visitor.post(f"/reports/confirm/{link}/").status_code == 200
    anna.refresh_from_db()
    assert anna.state == State.ACTIVE
    assert anna.agreed is not None


@pytest.mark.parametrize("body", [{}, {"List-Unsubscribe": "One-Click"}])
def test_stop_link_stops_only_when_its_button_is_pressed(anna: Subscription, body: dict[str, str]) -> None:
    address = f"/reports/stop/{tokens.stop(anna.key)}/"
    visitor = Client(enforce_csrf_checks=True)

    assert visitor.get(address).status_code == 200
    assert Subscription.objects.get().state == State.ASKED
    assert visitor.post(address, body).status_code == 200
    assert Subscription.objects.get().state == State.STOPPED
    assert visitor.post(address, body).status_code == 200, "pressing twice is pressing once"


def test_link_that_nobody_made_or_that_is_too_old_is_gone(anna: Subscription, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = Client()
    good = tokens.confirmation(anna.key)
    for wrong in (tokens.stop(anna.key), "x", tokens.confirmation("0" * 32)):
        assert visitor.post(f"/reports/confirm/{wrong}/").status_code == 410
    late = timezone.now().timestamp() + tokens.CONFIRMED_WITHIN.total_seconds() + 60
    monkeypatch.setattr(signing.time, "time", lambda: late)  # type: ignore[attr-defined]
    assert visitor.post(f"/reports/confirm/{good}/").status_code == 410
    assert Subscription.objects.get().state == State.ASKED


def test_reader_who_stopped_is_left_alone(anna: Subscription, owner: User, shop: SavedFunnel) -> None:
    Client().post(f"/reports/stop/{tokens.stop(anna.key)}/")
    who = Who.of(owner)

    for act in (naming.resume, naming.ask_again, naming.pause):
        with pytest.raises(InvalidDefinition):
            act(anna.pk, who=who)
    naming.remove(anna.pk, who=who)
    with pytest.raises(InvalidDefinition, match="stopped"):
        naming.name_reader(Named(shop.pk, ANNA.upper()), who=who)


def test_address_is_asked_three_times_a_week_at_most(anna: Subscription, owner: User) -> None:
    who = Who.of(owner)
    for _time in range(2):
        naming.ask_again(anna.pk, who=who)
    with pytest.raises(InvalidDefinition, match="asked 3 times"):
        naming.ask_again(anna.pk, who=who)
    assert OutgoingMail.objects.count() == 3


@pytest.mark.parametrize(
    ("to", "code"),
    [("", ""), ("anna", "reports.address"), (ANNA, "reports.twice"), ("a@b\n.dk", "reports.address")],
)
def test_naming_refuses_what_is_no_address_or_there_already(
    anna: Subscription, owner: User, to: str, code: str
) -> None:
    if not code:
        assert naming.name_reader(Named(anna.funnel_id, to), who=Who.of(owner)).user == owner
        return
    with pytest.raises(InvalidDefinition) as refused:
        naming.name_reader(Named(anna.funnel_id, to), who=Who.of(owner))
    assert refused.value.code == code


def test_seller_names_themselves_and_nobody_else(
    anna: Subscription, make_user: Callable[..., User], client_of: Callable[[User], Client]
) -> None:
    seller = make_user(Role.SELLER)
    own = naming.name_reader(Named(anna.funnel_id), who=Who.of(seller))
    assert own.state == State.ACTIVE
    with pytest.raises(NotAllowed):
        naming.name_reader(Named(anna.funnel_id, "bo@outside.example"), who=Who.of(seller))
    with pytest.raises(NotFound):
        naming.remove(anna.pk, who=Who.of(seller))
    page = client_of(seller).get("/reports/").content.decode()
    assert ANNA not in page
    assert f"/reports/{own.pk}/" in page


def test_removed_report_can_be_brought_back_and_is_forgotten_later(anna: Subscription, owner: User) -> None:
    who = Who.of(owner)
    naming.remove(anna.pk, who=who)
    assert naming.undo(anna.pk, who=who).removed is None
    naming.remove(anna.pk, who=who)
    Subscription.objects.update(removed=timezone.now() - timedelta(days=31))
    with pytest.raises(NotFound):
        naming.undo(anna.pk, who=who)
    assert forget() == 1
    assert not Subscription.objects.exists()


def test_erasure_takes_the_address_and_what_is_sent_there(anna: Subscription) -> None:
    store = next(one for one in STORES if one.name == "tragt_reports.Subscription")
    subject = Subject(person=None, actors=frozenset(), emails=frozenset({ANNA}))

    assert [row["address"] for row in store.export(subject)] == [anna.address]
    assert store.erase(subject) == 1
    assert not Subscription.objects.exists()


def test_stop_of_what_was_removed_or_whose_funnel_is_deleted_holds_once_it_is_back(
    anna: Subscription, owner: User, shop: SavedFunnel
) -> None:
    who, visitor = Who.of(owner), Client()
    confirm, stop = f"/reports/confirm/{tokens.confirmation(anna.key)}/", f"/reports/stop/{tokens.stop(anna.key)}/"
    visitor.post(confirm)
    delete(who, shop)
    assert visitor.post(confirm).status_code == 410, "a yes to what is not sent counts for nothing"
    assert "<form" in visitor.get(stop).content.decode()
    assert visitor.post(stop).status_code == 200
    undelete(who, shop.pk)
    assert subscriptions().get().state == State.STOPPED

    visitor.post(confirm)
    naming.remove(anna.pk, who=who)
    assert "<form" not in visitor.post(stop).content.decode()
    with pytest.raises(InvalidDefinition, match="stopped"):
        naming.undo(anna.pk, who=who)


def test_reader_who_was_asked_and_removed_can_say_not_to_be_asked_again(
    anna: Subscription, owner: User, shop: SavedFunnel
) -> None:
    naming.remove(anna.pk, who=Who.of(owner))
    assert Client().post(f"/reports/stop/{tokens.stop(anna.key)}/").status_code == 200
    with pytest.raises(InvalidDefinition, match="stopped"):
        naming.name_reader(Named(shop.pk, ANNA), who=Who.of(owner))


def test_saying_the_same_again_is_no_act_and_too_often_has_to_wait(anna: Subscription) -> None:
    visitor = Client()
    confirm, stop = f"/reports/confirm/{tokens.confirmation(anna.key)}/", f"/reports/stop/{tokens.stop(anna.key)}/"
    answers = AuditRow.objects.filter(verb="reports.answer")
    for address, acts in ((confirm, 1), (stop, 2)):
        for _time in range(5):
            assert visitor.post(address).status_code == 200
        assert answers.count() == acts
    late = visitor.post(confirm)
    assert (late.status_code, answers.count()) == (429, 2)
    assert int(late["Retry-After"]) > 0
    assert 'role="alert"' in late.content.decode()
    assert visitor.get(stop).status_code == 200
