"""A confirmation is the sender's own act: a link works once, for seven days, and not for programs that follow it."""

import re
from datetime import timedelta
from typing import Any

import polars as pl
import pytest
import time_machine
from django.core import mail
from django.db import OperationalError

from tests.web.webforms.conftest import FIELDS, NOW, WORDING, MakeForm, Visitor, events, forgotten
from tragt.web.inbox.models import Raw
from tragt.web.jobs.worker import drain as work
from tragt.web.mail.models import OutgoingMail
from tragt.web.people.actions import learn_claims
from tragt.web.people.models import ConsentRow, Person
from tragt.web.shell.acting import SYSTEM
from tragt.web.webforms.actions.confirming import drop
from tragt.web.webforms.actions.sorting import rescue
from tragt.web.webforms.models import Standing, Submission

pytestmark = pytest.mark.django_db

CONSENT = FIELDS[-1]
TICKED = {"yes_write_to_me_about_news": "yes"}


@pytest.fixture
def visitor(make_form: MakeForm) -> Visitor:
    """Who filled in a form that asks for a confirmation."""
    visitor = Visitor(make_form(double_opt_in=True, letter="See you soon."))
    assert visitor.sends("?utm_source=news", **TICKED).status_code == 303
    return visitor


def links() -> tuple[str, str]:
    """The paths that the last mail leads to: to confirm, and to withdraw."""
    work()
    found = re.findall(r"https?://[^/\s]+(/f/\S+)", str(mail.outbox[-1].body))
    return found[0], found[1]


def at(moment: timedelta, act: Any) -> Any:
    with time_machine.travel(NOW + moment, tick=False):
        return act()


def test_mail_names_form_firm_and_what_is_agreed_to(visitor: Visitor) -> None:
    links()
    (letter,) = mail.outbox
    assert letter.to == ["ase@example.org"]
    assert letter.subject == "Please confirm: Ask for a demo"
    for body in (letter.body, letter.alternatives[0][0]):  # type: ignore[attr-defined]
        assert all(words in body for words in ("See you soon.", "Nordlys", WORDING, f"/f/{visitor.form.public}/"))


def test_before_the_confirmation_the_log_knows_no_person_and_no_consent(visitor: Visitor) -> None:
    (event,) = events()
    assert event["name"] == "Form Submitted"
    assert not Person.objects.exists()
    assert not ConsentRow.objects.exists()
    assert Submission.objects.get().standing == Standing.WAITING
    assert visitor.client.get(f"{visitor.path}thanks/").content.decode().count("Press the button in it") == 1


def test_scanner_that_follows_the_link_confirms_nothing(visitor: Visitor) -> None:
    confirm, withdraw = links()
    for path in (confirm, withdraw):
        with time_machine.travel(NOW + timedelta(hours=1), tick=False):
            seen = visitor.client.get(path)
            assert visitor.client.head(path).status_code == 200
        assert (seen.status_code, seen.headers["Referrer-Policy"]) == (200, "no-referrer")
        assert '<form method="post">' in seen.content.decode()
    assert [event["name"] for event in events()] == ["Form Submitted"]
    assert Submission.objects.get().standing == Standing.WAITING


def test_pressing_the_button_confirms_once(visitor: Visitor) -> None:
    confirm, _ = links()
    answers = [at(timedelta(hours=hours), lambda: visitor.client.post(confirm)) for hours in (1, 2)]
    answers.append(at(timedelta(hours=3), lambda: visitor.client.get(confirm)))
    assert all("Your address is confirmed" in answer.content.decode() for answer in answers)
    names = ["Consent Given", "Form Confirmed", "Form Submitted", "Identified"]
    found = events()
    assert sorted(event["name"] for event in found) == names
    assert len({event["actor"] for event in found}) == 1
    person, consent, row = Person.objects.get(), ConsentRow.objects.get(), Submission.objects.get()
    assert person.email == "ase@example.org"
    assert (consent.wording, consent.at, consent.source) == (WORDING, NOW + timedelta(hours=1), "Demo")
    assert row.key in str(consent.evidence)
    assert '"confirmed":"2026-03-02T13:00:00+00:00"' in str(consent.evidence["context"])
    assert (row.standing, row.email, row.visit) == (Standing.CONFIRMED, "", {})
    assert set(row.answers) == set(TICKED)


@pytest.mark.parametrize("spoil", [lambda link: link[:-3] + "aa/", lambda link: link.replace("confirm/", "confirm/x")])
def test_link_that_was_changed_confirms_nothing(visitor: Visitor, spoil: Any) -> None:
    answer = at(timedelta(hours=1), lambda: visitor.client.post(spoil(links()[0])))
    assert answer.status_code == 410
    assert Submission.objects.get().standing == Standing.WAITING


def test_link_older_than_seven_days_confirms_nothing_and_says_so(visitor: Visitor) -> None:
    confirm, _ = links()
    answer = at(timedelta(days=7, minutes=1), lambda: visitor.client.post(confirm))
    assert answer.status_code == 410
    assert "older than seven days" in answer.content.decode()
    assert [event["name"] for event in events()] == ["Form Submitted"]
    assert at(timedelta(days=6, hours=23), lambda: visitor.client.post(confirm)).status_code == 200


def test_link_of_one_use_is_none_of_another(visitor: Visitor) -> None:
    confirm, withdraw = links()
    crossed = withdraw.replace("withdraw", "confirm"), confirm.replace("confirm", "withdraw")
    assert [visitor.client.post(path).status_code for path in crossed] == [410, 410]


def test_withdrawing_takes_back_what_was_agreed_to_once_and_for_all(visitor: Visitor) -> None:
    confirm, withdraw = links()
    at(timedelta(hours=1), lambda: visitor.client.post(confirm))
    for hours in (100 * 24, 101 * 24):
        assert at(timedelta(hours=hours), lambda: visitor.client.post(withdraw)).status_code == 200
    assert at(timedelta(hours=2), lambda: visitor.client.post(confirm)).status_code == 410
    assert len(events("Consent Withdrawn")) == 1
    rows = ConsentRow.objects.order_by("pk")
    assert [(row.state, row.purpose) for row in rows] == [("given", CONSENT.purpose), ("withdrawn", CONSENT.purpose)]


def test_withdrawing_before_the_confirmation_removes_the_address(visitor: Visitor) -> None:
    confirm, withdraw = links()
    for _ in range(2):
        assert "holds no longer" in visitor.client.post(withdraw).content.decode()
    assert not Submission.objects.exists()
    assert not OutgoingMail.objects.exists()
    assert at(timedelta(hours=1), lambda: visitor.client.post(confirm)).status_code == 410


def test_what_nobody_confirmed_goes_once_its_time_is_over(visitor: Visitor) -> None:
    links()
    assert forgotten(NOW) == 0
    assert forgotten(NOW + timedelta(minutes=1)) == 1
    assert not Submission.objects.exists()
    assert not OutgoingMail.objects.filter(to__startswith="ase@").exists()
    assert visitor.form.pk


def test_confirmation_that_no_disk_takes_can_be_tried_again(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    confirm, _ = links()
    before = Raw.objects.count()
    with monkeypatch.context() as patched:
        patched.setattr("tragt.web.webforms.actions.confirming.hand_over", _fail)
        refused = at(timedelta(hours=1), lambda: visitor.client.post(confirm))
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "30")
    assert Raw.objects.count() == before
    assert at(timedelta(hours=1), lambda: visitor.client.post(confirm)).status_code == 200
    assert len(events("Form Confirmed")) == 1


def test_one_address_gets_three_mails_a_day_and_the_rest_waits_for_a_human(visitor: Visitor) -> None:
    for number in range(4):
        assert visitor.sends(name=f"Number {number}", **TICKED).status_code == 303
    work()
    assert len(mail.outbox) == 3
    assert list(Submission.objects.values_list("standing", flat=True)).count(Standing.TURNED_AWAY) == 2


def test_one_mailbox_gets_three_mails_a_day_whatever_follows_a_plus_sign(visitor: Visitor) -> None:
    for number in range(4):
        assert visitor.sends(email=f"ase+{number}@example.org", **TICKED).status_code == 303
    assert visitor.sends(email="asea@example.org").status_code == 303
    work()
    assert len(mail.outbox) == 4


def test_what_is_confirmed_while_old_ones_go_stays_and_can_be_withdrawn(visitor: Visitor) -> None:
    confirm, withdraw = links()
    old = list(Submission.objects.all())
    at(timedelta(hours=1), lambda: visitor.client.post(confirm))
    assert drop(old) == 0
    at(timedelta(hours=2), lambda: visitor.client.post(withdraw))
    assert len(events("Consent Withdrawn")) == 1


def test_what_was_rescued_lately_waits_for_its_mail(visitor: Visitor) -> None:
    with time_machine.travel(NOW, tick=False):
        page = visitor.opens()
    visitor.posts({**page, "email": "bo@example.org", "_homepage": "x"})
    row = Submission.objects.select_related("wording__form").get(standing=Standing.TURNED_AWAY)
    at(timedelta(days=29), lambda: rescue(SYSTEM, row))
    assert forgotten(NOW + timedelta(days=1)) == 1
    assert Submission.objects.get().key == row.key


def test_consent_on_a_shared_machine_is_withdrawn_for_who_gave_it(make_form: MakeForm) -> None:
    visitor = Visitor(make_form(double_opt_in=True))
    visitor.sends(_anonymous="visitor-1", **TICKED)
    confirm, withdraw = links()
    at(timedelta(hours=1), lambda: visitor.client.post(confirm))
    claims = [("a:visitor-1", user, NOW + timedelta(hours=hours)) for user, hours in (("u:1", 0), ("u:2", 2))]
    frame = pl.DataFrame(claims, ["actor", "user", "at"], orient="row")
    learn_claims(frame, cause="import:1", who=SYSTEM)
    at(timedelta(hours=3), lambda: visitor.client.post(withdraw))
    events()
    assert list(ConsentRow.objects.order_by("at").values_list("actor", "state")) == [
        ("a:visitor-1", "given"),
        ("u:1", "withdrawn"),
    ]


def _fail(*_: Any, **__: Any) -> Any:
    raise OperationalError("disk I/O error")
