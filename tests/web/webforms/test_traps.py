"""What programs send is turned away without their noticing; what a human sent by mistake of ours can be rescued."""

from datetime import timedelta

import msgspec
import pytest
import time_machine
from django.core import mail

from tests.web.webforms.conftest import NOW, SITE, TYPED, WORDING, MakeForm, Visitor, events, forgotten, hidden
from tragt.web.accounts.models import AuditRow, User
from tragt.web.jobs.worker import drain as work
from tragt.web.people.models import Person
from tragt.web.shell.acting import SYSTEM, Who
from tragt.web.webforms import queries
from tragt.web.webforms.actions import submitting
from tragt.web.webforms.actions.editing import publish, save
from tragt.web.webforms.actions.sorting import rescue, throw_away
from tragt.web.webforms.models import Standing, Submission
from tragt.web.webforms.showing import TRAP
from tragt.web.webforms.views import public

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("typed", "after", "reason"), [({TRAP: "http://spam"}, 10, "hidden"), ({}, 1, "fast")])
def test_trapped_submission_looks_sent_and_is_kept_with_its_reason(
    make_form: MakeForm, typed: dict[str, str], after: float, reason: str
) -> None:
    visitor = Visitor(make_form())
    answer = visitor.sends(after=after, **typed)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{visitor.path}thanks/")
    row = Submission.objects.get()
    assert (row.standing, row.reason, row.email) == (Standing.TURNED_AWAY, reason, "ase@example.org")
    assert events() == []


def test_correcting_a_field_at_once_is_no_haste(make_form: MakeForm) -> None:
    visitor = Visitor(make_form())
    refused = visitor.sends(email="nobody", after=3)
    answer = visitor.posts({**hidden(refused.content.decode()), **TYPED}, after=4)
    assert answer.status_code == 303
    assert Submission.objects.get().standing == Standing.TAKEN


def test_pressing_twice_in_haste_is_taken_the_second_time(make_form: MakeForm) -> None:
    visitor = Visitor(make_form())
    with time_machine.travel(NOW, tick=False):
        page = {**visitor.opens(), **TYPED}
    assert [visitor.posts(page, after=seconds).status_code for seconds in (1, 4, 5)] == [303] * 3
    assert Submission.objects.get().standing == Standing.TAKEN
    assert len(events("Form Submitted")) == 1


def test_page_that_was_open_for_too_long_is_asked_again_with_what_was_typed(make_form: MakeForm) -> None:
    visitor = Visitor(make_form())
    refused = visitor.sends(after=25 * 3600)
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "Check what you typed" in page
    assert 'value="Nordlys"' in page
    assert visitor.posts({**hidden(page), **TYPED}, after=25 * 3600 + 1).status_code == 303
    assert len(events("Form Submitted")) == 1


def test_consent_is_taken_to_the_wording_alone_that_was_shown(make_form: MakeForm) -> None:
    visitor, ticked = Visitor(make_form()), {"yes_write_to_me_about_news": "yes"}
    with time_machine.travel(NOW, tick=False):
        page = visitor.opens()
    form = visitor.form
    *others, consent = form.definition.fields
    fields = (*others, msgspec.structs.replace(consent, label="Yes, call me day and night."))
    save(SYSTEM, form.name, msgspec.structs.replace(form.definition, fields=fields), form.origins, form)
    publish(SYSTEM, form)
    refused = visitor.posts({**page, **TYPED, **ticked})
    shown = refused.content.decode()
    assert refused.status_code == 422
    assert "day and night" in shown
    assert " checked" not in shown
    assert events() == []
    assert visitor.posts({**hidden(shown), **TYPED, **ticked}).status_code == 303
    assert events("Consent Given")[0]["properties"]["wording"] == "Yes, call me day and night."


def test_pasted_form_is_taken_with_the_wording_that_it_shows(make_form: MakeForm) -> None:
    visitor, ticked = Visitor(make_form()), {"yes_write_to_me_about_news": "yes"}
    form = visitor.form
    *others, consent = form.definition.fields
    fields = (*others, msgspec.structs.replace(consent, label="Yes, call me day and night."))
    pasted = {**TYPED, **ticked}
    assert visitor.posts({**pasted, "email": "1@example.org"}, Origin=SITE).status_code == 303, "there is one wording"
    save(SYSTEM, form.name, msgspec.structs.replace(form.definition, fields=fields), form.origins, form)
    publish(SYSTEM, form)
    old = {**pasted, "_wording": "1", "email": "2@example.org"}
    assert visitor.posts(old, Origin=SITE).status_code == 303
    assert visitor.posts({**TYPED, "email": "3@example.org"}, Origin=SITE).status_code == 303, "agrees to nothing"
    for unknown in ({}, {"_wording": "9"}, {"_wording": "²"}, {"_wording": "9" * 400}):
        refused = visitor.posts({**pasted, **unknown, "email": "4@example.org"}, Origin=SITE)
        assert refused.status_code == 422
        assert "day and night" in refused.content.decode()
        assert " checked" not in refused.content.decode()
    wrong = visitor.posts({**old, "email": "nobody"}, Origin=SITE).content.decode()
    assert " checked" not in wrong, "that page shows another wording"
    elsewhere = visitor.posts(old, Origin="https://other.example")
    assert (elsewhere.status_code, " checked" in elsewhere.content.decode()) == (422, False)
    given = events("Consent Given")
    assert [one["properties"]["wording"] for one in given] == [WORDING, WORDING]
    assert {one["context"]["form"]["wording"] for one in given} == {1}


def test_pasted_form_of_an_earlier_wording_is_confirmed_where_the_form_asks_for_it_now(
    make_form: MakeForm, owner: User
) -> None:
    visitor = Visitor(make_form())
    form = visitor.form
    asking = msgspec.structs.replace(form.definition, double_opt_in=True)
    save(SYSTEM, form.name, asking, form.origins, form)
    publish(SYSTEM, form)
    pasted = {**TYPED, "yes_write_to_me_about_news": "yes", "_wording": "1"}
    assert visitor.posts(pasted, Origin=SITE).status_code == 303
    assert visitor.posts({**pasted, TRAP: "x", "email": "b@example.org"}, Origin=SITE).status_code == 303
    with time_machine.travel(NOW + timedelta(hours=1)):
        rescue(Who.of(owner), queries.turned_away(form).get())
    assert set(Submission.objects.values_list("standing", "wording__number")) == {(Standing.WAITING, 1)}
    assert events("Consent Given") == []


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é" * 50])
def test_token_of_another_form_or_of_nobody_is_none(make_form: MakeForm, token: str) -> None:
    first, second = Visitor(make_form()), Visitor(make_form())
    given = token or first.opens()["_token"]
    assert second.posts({**TYPED, "_token": given}).status_code == 422


def test_sender_that_sends_too_much_is_told_to_wait_and_keeps_what_was_typed(make_form: MakeForm) -> None:
    visitor = Visitor(make_form())
    page = visitor.opens()
    statuses = [visitor.posts({**page, "email": "x"}).status_code for _ in range(int(public.SENDING.burst))]
    refused = visitor.sends()
    assert set(statuses) == {422}
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) >= 1
    assert 'value="Nordlys"' in refused.content.decode()
    assert Visitor(make_form()).sends().status_code == 303
    elsewhere = visitor.client.post(visitor.path, TYPED, REMOTE_ADDR="198.51.100.7", headers={"Origin": SITE})
    assert elsewhere.status_code == 303


def test_form_sends_so_many_mails_an_hour_and_keeps_the_rest_to_be_looked_at(
    make_form: MakeForm, monkeypatch: pytest.MonkeyPatch, owner: User
) -> None:
    monkeypatch.setattr(submitting, "MOST_AN_HOUR", 2)
    visitor = Visitor(make_form(double_opt_in=True))
    for number, minutes in enumerate((0, 10, 20, 61)):
        visitor.sends(email=f"person{number}@example.org", after=60 * minutes + 10)
    found = Submission.objects.order_by("at").values_list("email", "standing", "reason")
    assert [(standing, reason) for _, standing, reason in found] == [
        ("waiting", ""),
        ("waiting", ""),
        ("turned away", "many"),
        ("waiting", ""),
    ]
    Visitor(make_form(double_opt_in=True)).sends(email="other@example.org", after=20 * 60)
    assert Submission.objects.filter(standing=Standing.WAITING).count() == 4, "another form has its own"
    rescue(Who.of(owner), queries.turned_away(visitor.form).get())
    work()
    assert len(mail.outbox) == 5


def test_rescued_submission_counts_when_it_was_sent(make_form: MakeForm, owner: User) -> None:
    visitor = Visitor(make_form())
    visitor.sends(**{TRAP: "x"})
    row = queries.turned_away(visitor.form).get()
    rescue(Who.of(owner), row)
    (event,) = events("Form Submitted")
    assert event["time"] == NOW + timedelta(seconds=10)
    assert Person.objects.get().email == "ase@example.org"
    row.refresh_from_db()
    assert (row.standing, row.reason, row.email, row.answers) == (Standing.TAKEN, "", "", {})
    assert AuditRow.objects.filter(verb="forms.edit", details__act="rescued").count() == 1


def test_rescued_submission_that_needs_a_confirmation_gets_its_mail(make_form: MakeForm, owner: User) -> None:
    visitor = Visitor(make_form(double_opt_in=True))
    visitor.sends(**{TRAP: "x"})
    with time_machine.travel(NOW + timedelta(hours=1)):
        rescue(Who.of(owner), queries.turned_away(visitor.form).get())
    work()
    assert len(mail.outbox) == 1
    assert Submission.objects.get().standing == Standing.WAITING
    assert not Person.objects.exists()


def test_what_is_thrown_away_or_old_is_gone(make_form: MakeForm, owner: User) -> None:
    visitor = Visitor(make_form())
    visitor.sends(**{TRAP: "x"})
    throw_away(Who.of(owner), queries.turned_away(visitor.form).get())
    assert not Submission.objects.exists()
    visitor.sends(**{TRAP: "y"})
    assert forgotten(NOW + timedelta(minutes=1)) == 1
    assert not Submission.objects.exists()


def test_flood_is_not_kept_for_ever(make_form: MakeForm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submitting, "MOST_KEPT", 2)
    visitor = Visitor(make_form())
    assert [visitor.sends(name=str(n), **{TRAP: "x"}).status_code for n in range(4)] == [303] * 4
    assert Submission.objects.count() == 2
