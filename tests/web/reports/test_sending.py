"""Reports leave once a week, in the reader's language, with the picture in them."""

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.web.leaks.rows import leaking
from tests.web.mail.conftest import Leave, MailServer, leave_by, server
from tests.web.mail.test_sending import parsed
from tests.web.reports.conftest import Happened, Read
from tragt.errors import InvalidDefinition, TragtError
from tragt.funnel.condition import Compare, Operator
from tragt.web.accounts.models import Organisation, Role, User
from tragt.web.funnels.actions import save
from tragt.web.funnels.models import SavedFunnel
from tragt.web.jobs.actions import enqueue
from tragt.web.jobs.worker import drain
from tragt.web.leaks.models import Found
from tragt.web.mail.actions import send
from tragt.web.mail.models import OutgoingMail
from tragt.web.reports.actions import naming, sending
from tragt.web.reports.actions.naming import Named
from tragt.web.reports.letters import letter_of
from tragt.web.reports.models import Sent, State, Subscription, Trouble, Weekday
from tragt.web.reports.queries import due_on
from tragt.web.reports.tasks import count_weeks, send_reports
from tragt.web.reports.weeks import weeks_of
from tragt.web.shell.acting import COMMAND_LINE, SYSTEM, Who

__all__ = ["leave_by", "server"]

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 3, 23)
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def reader(shop: SavedFunnel, make_user: Callable[..., User]) -> Subscription:
    """A Dane who gets the shop on Mondays, and has since a while."""
    user = make_user(Role.VIEWER, email="dane@firm.example", language="da")
    row = naming.name_reader(Named(shop.pk), who=Who.of(user))
    Subscription.objects.update(begins=timezone.now() - timedelta(days=400))
    row.refresh_from_db()
    return row


def send_all(day: date) -> int:
    due, letters = due_on(day), sending.Letters()
    return sum(sending.send_due(key, due.week, letters) for key in due.keys)


def test_report_tells_the_week_in_the_reader_s_language_with_the_picture(reader: Subscription, read: Read) -> None:
    assert send_all(MONDAY) == 1
    mail = OutgoingMail.objects.get()
    told = read(mail)

    assert (mail.to, mail.language) == ("dane@firm.example", "da")
    assert "Shop" in mail.subject
    assert "9" in mail.subject
    assert "16. mar.–22. mar. 2026" in told["text"]
    assert 'src="cid:funnel"' in told["html"]
    assert base64.b64decode(told["pictures"][0]["png"]).startswith(PNG)
    assert "/reports/stop/" in told["heads"]["List-Unsubscribe"]
    assert told["heads"]["List-Unsubscribe"].strip("<>") in told["text"]
    assert "data:" not in told["html"]
    assert "style=" in told["html"]
    assert reader.sent.get().end == MONDAY


def test_report_is_sent_once_a_week_whatever_runs_again(reader: Subscription, happened: Happened) -> None:
    assert [send_all(MONDAY), send_all(MONDAY), send_all(MONDAY + timedelta(days=3))] == [1, 0, 0]
    assert send_all(MONDAY + timedelta(days=7)) == 0, "nothing has come in since"
    reader.refresh_from_db()
    assert reader.trouble == Trouble.NOTHING_NEW
    happened([("late", "Visited", "2026-03-28")])
    assert send_all(MONDAY + timedelta(days=8)) == 1, "on the next day of its week"
    reader.refresh_from_db()
    assert reader.trouble == Trouble.NONE
    assert list(Sent.objects.values_list("week", flat=True)) == [MONDAY + timedelta(days=7), MONDAY]


def test_run_that_breaks_off_goes_on_and_writes_to_nobody_twice(
    reader: Subscription, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    naming.name_reader(Named(reader.funnel_id), who=Who.of(owner))
    Subscription.objects.update(begins=timezone.now() - timedelta(days=400))
    posted = send

    def breaks_off(template: str, to: list[str], *more: object, **named: object) -> object:
        if to == ["owner@example.org"]:
            raise ConnectionError
        return posted(template, to, *more, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(sending, "send", breaks_off)
    with pytest.raises(ConnectionError):
        send_all(MONDAY)
    monkeypatch.setattr(sending, "send", posted)
    assert send_all(MONDAY) == 1
    assert sorted(OutgoingMail.objects.values_list("to", flat=True)) == ["dane@firm.example", "owner@example.org"]


def test_report_is_due_from_its_day_on_and_not_for_the_week_in_which_a_reader_was_named(reader: Subscription) -> None:
    wednesday = MONDAY + timedelta(days=2)
    Subscription.objects.update(weekday=Weekday.WEDNESDAY)
    assert due_on(MONDAY).keys == []
    assert due_on(wednesday).keys == due_on(wednesday + timedelta(days=1)).keys == [reader.pk]
    named = timezone.now().replace(year=2026, month=3, day=25, hour=12)
    Subscription.objects.update(begins=named)
    assert due_on(wednesday).keys == []
    assert due_on(wednesday + timedelta(days=7)).keys == [reader.pk]


@pytest.mark.parametrize("state", [State.ASKED, State.PAUSED, State.STOPPED])
def test_report_that_is_not_active_is_not_sent(reader: Subscription, state: State) -> None:
    Subscription.objects.update(state=state)
    assert send_all(MONDAY) == 0
    assert not sending.send_due(reader.pk, MONDAY, sending.Letters())
    assert not OutgoingMail.objects.exists()


def test_funnel_that_cannot_be_counted_is_told_and_sent_once_it_can(
    reader: Subscription, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_saved: SavedFunnel, _reader: User | None) -> None:
        raise TragtError("funnels.no_index", "The index is not built yet.")

    with monkeypatch.context() as patch:
        patch.setattr(sending, "letter_of", fails)
        assert send_all(MONDAY) == 0
    reader.refresh_from_db()
    assert reader.trouble == Trouble.NO_FIGURES
    assert send_all(MONDAY) == 1


def test_reader_who_may_not_sign_in_any_more_gets_nothing(reader: Subscription) -> None:
    User.objects.filter(email="dane@firm.example").update(is_active=False)
    assert send_all(MONDAY) == 0
    reader.refresh_from_db()
    assert reader.trouble == Trouble.NOBODY


def test_reader_outside_gets_no_link_into_the_product(shop: SavedFunnel, owner: User, read: Read) -> None:
    row = naming.name_reader(Named(shop.pk, "anna@outside.example", "sv"), who=Who.of(owner))
    Subscription.objects.filter(pk=row.pk).update(state=State.ACTIVE, begins=timezone.now() - timedelta(days=400))
    assert send_all(MONDAY) == 1
    told = read(OutgoingMail.objects.get(template="reports/mail/weekly"))

    assert "/funnels/" not in told["html"] + told["text"]
    assert "/reports/stop/" in told["html"]


def test_reader_outside_is_sent_nothing_while_the_funnel_names_somebody(
    shop: SavedFunnel, owner: User, owner_client: Client
) -> None:
    row = naming.name_reader(Named(shop.pk, "anna@outside.example", "sv"), who=Who.of(owner))
    naming.name_reader(Named(shop.pk), who=Who.of(owner))
    Subscription.objects.update(state=State.ACTIVE, begins=timezone.now() - timedelta(days=400))
    changed = replace(shop.funnel, where=Compare("email", Operator.EQUALS, "bo@firm.example"))
    save(COMMAND_LINE, changed, shop.name, saved=shop)

    row.refresh_from_db()
    assert row.reason_held == Trouble.PERSONS
    assert "The funnel names persons, and the reader has no account." in owner_client.get("/reports/").content.decode()
    send_all(MONDAY)
    assert not OutgoingMail.objects.filter(to="anna@outside.example", template="reports/mail/weekly").exists()
    assert not row.sent.exists()
    save(COMMAND_LINE, shop.funnel, shop.name, saved=shop)
    assert Subscription.objects.get(pk=row.pk).reason_held == Trouble.NONE
    assert sending.send_due(row.pk, MONDAY, sending.Letters())


def test_reader_outside_is_not_named_for_a_funnel_that_names_somebody(
    shop: SavedFunnel, owner: User, owner_client: Client
) -> None:
    named = replace(shop.funnel, where=Compare("email", Operator.EQUALS, "bo@firm.example"))
    funnel = save(COMMAND_LINE, named, "Of Bo")
    told = {"funnel": funnel.pk, "to": "anna@outside.example", "language": "en", "weekday": 0}
    page = owner_client.post("/reports/", told)

    assert page.status_code == 422
    assert "names persons in its conditions" in str(page.context["form"].errors["to"])
    assert not Subscription.objects.exists()
    assert owner_client.post("/reports/", {**told, "to": owner.email}).status_code == 302
    row = Subscription.objects.get()
    Subscription.objects.filter(pk=row.pk).update(user=None, address="anna@outside.example", state=State.ASKED)
    with pytest.raises(InvalidDefinition, match="names persons"):
        naming.ask_again(row.pk, who=Who.of(owner))
    naming.remove(row.pk, who=Who.of(owner))
    with pytest.raises(InvalidDefinition, match="names persons"):
        naming.undo(row.pk, who=Who.of(owner))


def test_letter_of_one_run_is_not_the_same_for_who_hears_of_colleagues_and_who_does_not(
    shop: SavedFunnel, owner: User, make_user: Callable[..., User]
) -> None:
    Organisation.objects.update(sellers_see="own")
    Found.objects.filter(pk=leaking(shop).pk).update(by="owner", value="Bo Colleague")
    rows = [naming.name_reader(Named(shop.pk), who=Who.of(user)) for user in (owner, make_user(Role.SELLER))]
    rows.append(naming.name_reader(Named(shop.pk, "anna@outside.example", "en"), who=Who.of(owner)))
    letters = sending.Letters()

    assert ["Bo Colleague" in letters.of(row)[0].finding for row in rows] == [True, False, False]


def test_letter_counts_the_week_anew_where_something_came_since_weeks_were_kept(
    shop: SavedFunnel, happened: Happened, owner: User
) -> None:
    enqueue(count_weeks, SYSTEM, subject="reports")
    drain()
    happened([(f"late{number}", "Visited", "2026-03-28") for number in range(50)])

    assert weeks_of([shop])[shop.pk].end == MONDAY
    letter = letter_of(shop, owner)
    assert letter.weeks.end == date(2026, 3, 29)
    assert letter.weeks.entered.now == 51


def test_report_that_leaves_carries_the_picture_beside_its_html(
    reader: Subscription, server: MailServer, leave_by: Leave, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_by(f"smtp://127.0.0.1:{server.port}")
    monkeypatch.setattr("tragt.web.reports.tasks.due_on", lambda _day: due_on(MONDAY))
    enqueue(send_reports, SYSTEM, subject="send")
    drain()
    message = parsed(server)

    assert reader.sent.count() == 1
    assert message.get_content_type() == "multipart/related"
    kinds = [part.get_content_type() for part in message.walk() if not part.is_multipart()]
    assert kinds == ["text/plain", "text/html", "image/png"]
    picture = next(part for part in message.walk() if part.get_content_type() == "image/png")
    assert picture["Content-ID"] == "<funnel>"
    assert picture.get_content_disposition() == "inline"
    assert message["List-Unsubscribe"].strip().startswith("<http")
