"""What is sent by a form is in the log once, says no more than it may, and is never lost without a word."""

from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.db import OperationalError
from django.test import Client

from tests.web.people.touching import call, learn
from tests.web.webforms.conftest import NOW, SITE, TYPED, WORDING, MakeForm, Visitor, events, hidden
from tragt.web.inbox import actions as inbox
from tragt.web.inbox.models import Raw
from tragt.web.people.models import ConsentRow, Edge, Person
from tragt.web.shell.acting import SYSTEM
from tragt.web.webforms.actions.editing import close
from tragt.web.webforms.definition import Field, FieldKind
from tragt.web.webforms.models import Standing, Submission, WebForm

pytestmark = pytest.mark.django_db


def test_submission_is_in_the_log_once_however_often_it_is_sent(make_form: MakeForm) -> None:
    visitor = Visitor(make_form())
    with time_machine.travel(NOW, tick=False):
        page = {**visitor.opens(), **TYPED}
    answers = [visitor.posts(page) for _ in range(3)]
    assert {one.status_code for one in answers} == {303}
    assert answers[0].headers["Location"] == f"{visitor.path}thanks/"
    assert visitor.posts({**page, "name": "Åse, corrected"}).status_code == 303
    assert len(events("Form Submitted")) == 2
    assert Submission.objects.count() == 2


def test_event_tells_of_form_campaign_and_choice_and_nothing_of_the_person(make_form: MakeForm) -> None:
    form = make_form()
    query = "?utm_source=news&utm_campaign=spring&gclid=abc&email=other@example.org"
    Visitor(form).sends(query)
    (event,) = events("Form Submitted")
    properties, context = event["properties"], event["context"]
    assert properties == {
        "form": "Demo",
        "form_id": form.public,
        "how_many_are_you": "more",
        "utm_source": "news",
        "utm_campaign": "spring",
        "gclid": "abc",
        "url": f"http://testserver/f/{form.public}/?utm_source=news&utm_campaign=spring&gclid=abc",
    }
    assert context["campaign"] == {"source": "news", "name": "spring", "gclid": "abc"}
    assert (context["page"]["title"], context["ip"]) == ("Ask for a demo", "127.0.0.0")
    assert (event["source"], event["actor"][:7]) == (f"form-{form.pk}", "a:form-")
    assert "ase@" not in str(event).lower()


def test_sender_becomes_a_person_with_what_was_typed_in_one_spelling(make_form: MakeForm) -> None:
    Visitor(make_form()).sends()
    (identified,) = events("Identified")
    person = Person.objects.get()
    assert (person.name, person.email, person.phone) == ("Åse Ørsted", "ase@example.org", "+4533123456")
    assert person.company is not None
    assert (person.company.name, person.traits["message"]) == ("Nordlys", "Call me, please.")
    assert identified["actor"] == events("Form Submitted")[0]["actor"]


def test_sender_overwrites_nothing_and_merges_nobody(make_form: MakeForm) -> None:
    known = {"name": "Known", "email": "ase@example.org"}
    learn(call("identify", anonymous="a:visitor-1", user="u:1", traits=known, trusted=True))
    learn(call("identify", user="u:2", traits={"name": "Other", "email": "b@example.org"}, trusted=True), cause="b:2")
    learn(call("identify", anonymous="a:visitor-3", traits={"name": "Third"}, trusted=True), cause="b:3")
    edges = Edge.objects.count()
    for address, visitor in (
        ("ase@example.org", "visitor-1"),
        ("b@example.org", "visitor-1"),
        ("c@d.org", "visitor-3"),
    ):
        Visitor(make_form()).sends(email=address, name="Wrong", _anonymous=visitor)
    events()
    told = Person.objects.filter(identifiers__actor__in=["u:1", "u:2", "a:visitor-3"]).order_by("pk")
    assert list(told.values_list("name", "email")) == [
        ("Known", "ase@example.org"),
        ("Other", "b@example.org"),
        ("Third", "c@d.org"),
    ]
    assert Edge.objects.count() == edges


def test_visitor_keeps_the_anonymous_id_that_came_along(make_form: MakeForm) -> None:
    told = "12-34-56-78 https://www.example.org/demo?utm_source=x&fbclid=9"
    Visitor(make_form()).posts({**TYPED, "page": told}, Origin=SITE, Referer=f"{SITE}/")
    (event,) = events("Form Submitted")
    assert event["actor"] == "a:12-34-56-78"
    assert event["context"]["campaign"] == {"source": "x", "fbclid": "9"}
    assert event["properties"]["url"].startswith("https://www.example.org/demo")


def test_page_that_is_shown_again_knows_where_the_visitor_came_from(make_form: MakeForm) -> None:
    visitor = Visitor(make_form())
    told = {"page": f"12-34-56-78 {SITE}/demo?utm_source=x", "email": "nobody"}
    refused = visitor.posts({**TYPED, **told}, Origin=SITE)
    assert refused.status_code == 422
    fields = {**hidden(refused.content.decode()), **TYPED}
    assert visitor.posts(fields, after=11, Referer=f"http://testserver{visitor.path}").status_code == 303
    (event,) = events("Form Submitted")
    assert (event["actor"], event["context"]["campaign"]) == ("a:12-34-56-78", {"source": "x"})


@pytest.mark.parametrize("given", ["x", "u:1 ", "a b c d e f", "x" * 101, "<script>alert(1)</script>"])
def test_anonymous_id_that_is_none_is_left_out(make_form: MakeForm, given: str) -> None:
    Visitor(make_form()).sends(_anonymous=given)
    assert events("Form Submitted")[0]["actor"].startswith("a:form-")


def test_consent_without_confirmation_is_recorded_with_the_wording_that_was_shown(make_form: MakeForm) -> None:
    form = make_form()
    Visitor(form).sends(**{key_of(form, FieldKind.CONSENT): "yes"})
    (given,) = events("Consent Given")
    row = ConsentRow.objects.get()
    assert (row.purpose, row.channel, row.state, row.source) == ("email marketing", "email", "given", "Demo")
    assert (row.wording, row.actor) == (WORDING, given["actor"])
    assert row.evidence["event"] == given["id"]
    assert '"wording":1' in str(row.evidence["context"])


def test_consent_that_was_not_ticked_is_none(make_form: MakeForm) -> None:
    Visitor(make_form()).sends()
    assert events("Consent Given") == []


def test_form_of_another_site_is_taken_without_a_token_from_its_origins_alone(make_form: MakeForm) -> None:
    visitor = Visitor(make_form())
    headers = {"Origin": SITE, "Referer": f"{SITE}/demo?utm_medium=mail"}
    assert visitor.posts(TYPED, **headers).status_code == 303
    assert visitor.posts(TYPED, **headers).status_code == 303
    for origin in ("https://other.example", "null", ""):
        refused = visitor.posts(TYPED, Origin=origin)
        assert refused.status_code == 422
        page = refused.content.decode()
        assert "send it once more" in page
        assert 'value="Ase@Example.ORG"' in page
        assert visitor.posts({**hidden(page), **TYPED}, after=11).status_code == 303
    first, *others = events("Form Submitted")
    assert first["properties"]["url"] == f"{SITE}/demo?utm_medium=mail"
    assert len(others) == 3


def test_sending_touches_no_session_and_sets_no_cookie(make_form: MakeForm, owner_client: Client) -> None:
    before = list(Session.objects.values_list("session_key", "session_data"))
    visitor = Visitor(make_form(), owner_client)
    answer = visitor.sends()
    assert (answer.status_code, answer.cookies) == (303, {})
    assert list(Session.objects.values_list("session_key", "session_data")) == before


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"email": ""}, "Please fill this in."),
        ({"email": "nobody"}, "This is no e-mail address"),
        ({"email": "a@b.c\n@d"}, "This is no e-mail address"),
        ({"phone": "call me"}, "This is no telephone number"),
        ({"how_many_are_you": "none"}, "Please choose one of these."),
        ({"message": "x" * 100_000}, "This is too long: at most 4000 characters, and it has 100000."),
        ({"name": "x" * 201}, "This is too long: at most 200 characters, and it has 201."),
    ],
)
def test_bad_answer_is_told_at_its_field_and_what_was_typed_stays(
    make_form: MakeForm, typed: dict[str, str], said: str
) -> None:
    answer = Visitor(make_form()).sends(company="Kept & Sons", **typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'id="field-{next(iter(typed))}-wrong">{said}' in page
    assert 'aria-invalid="true"' in page
    assert 'value="Kept &amp; Sons"' in page
    assert not Raw.objects.exists()


@pytest.mark.parametrize("sent", [b"name=%ED%A0%80x", b"name=%00x%0b", b"name=\xff\xfe", b"name=%F0%9F%98%80"])
def test_half_characters_and_unseen_ones_do_no_harm(make_form: MakeForm, sent: bytes) -> None:
    visitor = Visitor(make_form())
    body = b"email=a%40example.org&message=%ED%B0%80&" + sent
    answer = visitor.client.post(
        f"{visitor.path}?utm_source=%ED%A0%80%00", body, "application/x-www-form-urlencoded", headers={"Origin": SITE}
    )
    assert answer.status_code == 303
    assert len(events("Form Submitted")) == 1


def test_answers_too_long_together_are_told_at_the_longest(make_form: MakeForm) -> None:
    texts = tuple(Field(FieldKind.LONG_TEXT, f"Text {n}") for n in range(8))
    visitor = Visitor(make_form(fields=(FIELDS_EMAIL, *texts)))
    answer = visitor.sends(**{f"text_{n}": "ø" * (2000 + n) for n in range(8)})
    assert answer.status_code == 422
    assert 'id="field-text_7-wrong"' in answer.content.decode()


@pytest.mark.parametrize("problem", [OperationalError("disk I/O error"), OSError(28, "No space left on device")])
def test_disk_that_takes_nothing_is_told_and_what_was_typed_stays(
    make_form: MakeForm, monkeypatch: pytest.MonkeyPatch, problem: Exception
) -> None:
    visitor = Visitor(make_form())
    keep = inbox.keep

    def fail(*_: object) -> None:
        raise problem

    monkeypatch.setattr(inbox, "keep", fail)
    refused = visitor.sends()
    page = refused.content.decode()
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "30")
    assert 'value="Åse  Ørsted"' in page
    assert not Submission.objects.exists()
    monkeypatch.setattr(inbox, "keep", keep)
    assert visitor.posts({**hidden(page), **TYPED}, after=11).status_code == 303
    assert len(events("Form Submitted")) == 1


def test_failure_between_inbox_and_count_leads_to_one_event(
    make_form: MakeForm, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = Visitor(make_form())
    with monkeypatch.context() as patched:
        patched.setattr(Submission.objects, "get_or_create", _fail)
        refused = visitor.sends()
    assert refused.status_code == 503
    assert visitor.posts({**hidden(refused.content.decode()), **TYPED}, after=11).status_code == 303
    assert len(events("Form Submitted")) == 1
    assert Submission.objects.get().standing == Standing.TAKEN


def test_form_is_shown_with_what_was_typed_while_the_database_is_away(
    make_form: MakeForm, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = Visitor(make_form())
    with monkeypatch.context() as patched:
        visitor.opens()
        patched.setattr("tragt.web.webforms.published._read", _fail)
        patched.setattr("tragt.web.webforms.views.public.country", _fail)
        patched.setattr("tragt.web.webforms.views.public.visitors", _fail)
        patched.setattr("tragt.web.webforms.actions.submitting.hand_over", _fail)
        refused = visitor.sends(phone="+45 33123456")
    assert refused.status_code == 503
    assert "What you typed is still here" in refused.content.decode()


def test_closed_and_unpublished_forms_take_nothing(make_form: MakeForm) -> None:
    form = make_form()
    close(SYSTEM, form)
    visitor = Visitor(form)
    assert [visitor.client.get(visitor.path).status_code, visitor.posts(TYPED, Origin=SITE).status_code] == [410, 410]
    WebForm.objects.update(state="draft")
    assert visitor.client.get(visitor.path).status_code == 404
    assert visitor.client.get("/f/nosuchform/").status_code == 404
    assert not Raw.objects.exists()


def test_page_runs_no_script_and_is_found_only_where_it_should_be(make_form: MakeForm) -> None:
    visitor = Visitor(make_form())
    page, frame = visitor.client.get(visitor.path), visitor.client.get(f"{visitor.path}frame/")
    policy, framed = page.headers["Content-Security-Policy"], frame.headers["Content-Security-Policy"]
    assert "script-src 'none'" in policy
    assert "<script" not in page.content.decode()
    assert "frame-ancestors 'none'" in policy
    assert page.headers["X-Frame-Options"] == "DENY"
    assert f"frame-ancestors {SITE}" in framed
    assert "X-Frame-Options" not in frame.headers
    assert "X-Robots-Tag" not in page.headers
    assert frame.headers["X-Robots-Tag"] == "noindex"
    assert page.headers["Cache-Control"] == "private, no-cache"


def test_page_speaks_the_language_of_its_form(make_form: MakeForm) -> None:
    page = Client(headers={"Accept-Language": "sv"}).get(f"/f/{make_form(language='da').public}/")
    assert '<html lang="da">' in page.content.decode()
    assert page.headers["Content-Language"] == "da"


def test_sending_leads_to_the_address_of_the_form(make_form: MakeForm) -> None:
    form = make_form(leads_to="https://www.example.org/thanks")
    answer = Visitor(form).sends()
    assert answer.headers["Location"] == "https://www.example.org/thanks"
    page = Client().get(f"/f/{form.public}/")
    assert "form-action 'self' https:" in page.headers["Content-Security-Policy"].split("; ")
    framed = Visitor(form, path=f"/f/{form.public}/frame/").sends(name="In a frame")
    assert framed.headers["Location"] == f"/f/{form.public}/frame/thanks/"


FIELDS_EMAIL = Field(FieldKind.EMAIL, "E-mail", required=True)


def key_of(form: WebForm, kind: FieldKind) -> str:
    return next(one.key for one in form.definition.fields if one.kind == kind)


def _fail(*_: Any, **__: Any) -> Any:
    raise OperationalError("disk I/O error")
