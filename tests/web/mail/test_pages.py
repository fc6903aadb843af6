import io
from collections.abc import Callable

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.web.mail.conftest import Leave, MailServer
from tragt.web.accounts.models import User
from tragt.web.jobs.actions import cancel
from tragt.web.jobs.worker import drain
from tragt.web.mail import printing
from tragt.web.mail.actions import send
from tragt.web.mail.models import OutgoingMail
from tragt.web.shell.acting import SYSTEM

pytestmark = pytest.mark.django_db


def test_test_mail_that_leaves_says_where_it_went(
    owner: User, owner_client: Client, server: MailServer, leave_by: Leave
) -> None:
    leave_by(f"smtp://127.0.0.1:{server.port}")
    answer = owner_client.post("/settings/mail/test/", follow=True)
    page = answer.content.decode()
    assert "Waiting for its turn" in page
    assert "No worker is running" in page
    drain()
    page = owner_client.get(answer.redirect_chain[0][0]).content.decode()
    assert "It was handed over to 127.0.0.1." in page
    assert [envelope.rcpt_tos for envelope in server.got] == [[owner.email]]


def test_test_mail_that_does_not_leave_says_why_after_one_attempt(
    owner_client: Client, server: MailServer, leave_by: Leave
) -> None:
    leave_by(f"smtp://127.0.0.1:{server.port}")
    server.answers = ["451 <b>Greylisted</b>"]
    answer = owner_client.post("/settings/mail/test/", follow=True)
    drain()
    page = owner_client.get(answer.redirect_chain[0][0]).content.decode()
    assert "The mail was not sent." in page
    assert "The mail server asked to try again later." in page
    assert "451 &lt;b&gt;Greylisted&lt;/b&gt;" in page


def test_test_mail_to_the_terminal_is_printed_to_be_read_and_says_that_it_reached_nobody(
    owner_client: Client, leave_by: Leave, capsys: pytest.CaptureFixture[str]
) -> None:
    leave_by("console:")
    page = owner_client.post("/settings/mail/test/", follow=True)
    assert f'hx-get="/jobs/{OutgoingMail.objects.get().job_id}/progress/"' in page.content.decode()
    drain()
    printed = capsys.readouterr().out
    assert printed.splitlines()[1:5] == [
        "From:    Nordlys <sales@nordlys.example>",
        "To:      owner@example.org",
        "Subject: Test mail from Tragt",
        "",
    ]
    assert "Mail works." in printed
    assert len(printed.splitlines()) < 15
    assert not any(sign in printed for sign in ("MIME", "Content-", "<p"))
    became = owner_client.get(page.redirect_chain[0][0]).content.decode()
    assert "reached nobody" in became
    listed = owner_client.get("/settings/mail/").content.decode()
    assert "Mail is only printed in the terminal" in listed
    assert "Printed in the terminal</span>" in listed
    assert "TRAGT_MAIL_URL=smtp://" in became
    assert "TRAGT_MAIL_URL=smtp://" in listed


def test_printed_mail_obeys_no_sign_of_a_name_and_fits_any_terminal() -> None:
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    printing.EmailBackend(stream=terminal).send_messages([EmailMessage("Hi", "Bø\x1b[2J\nline", "a@b.dk", ["c@d.dk"])])
    terminal.seek(0)
    assert "B?[2J\nline\n" in terminal.read()


def test_settings_show_how_mail_leaves_and_no_secret(
    owner_client: Client, leave_by: Leave, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    leave_by("smtp://postman:hush-hush@mail.example.org:587")
    for number in range(30):
        send("mail/test", [f"p{number}@firm.example"], "en")
    OutgoingMail.objects.filter(to="p1@firm.example").update(state="failed", cause="auth", said="535 no")
    mail = OutgoingMail.objects.get(to="p2@firm.example")
    assert mail.job is not None
    cancel(mail.job, SYSTEM)
    with django_assert_max_num_queries(6):
        page = owner_client.get("/settings/mail/").content.decode()
    assert "mail.example.org:587" in page
    assert "STARTTLS" in page
    assert "hush" not in page
    assert "postman" not in page
    assert page.count("@firm.example") == 30
    assert page.count("were not accepted") == 1
    assert page.count("Not sent") == 2
    send("mail/test", [f"q{number}@firm.example" for number in range(40)], "en")
    with django_assert_max_num_queries(6):
        page = owner_client.get("/settings/mail/").content.decode()
    assert page.count("@firm.example") == 50


def test_mail_pages_are_for_managers_and_owners(
    make_user: Callable[..., User], client_of: Callable[[User], Client]
) -> None:
    mail = send("mail/test", ["anna@firm.example"], "en")[0]
    for role, status in (("seller", 403), ("marketing", 403), ("manager", 200)):
        client = client_of(make_user(role))
        assert client.get("/settings/mail/").status_code == status
        assert client.get(f"/settings/mail/{mail.pk}/").status_code == status
        assert client.post("/settings/mail/test/").status_code == {200: 302}.get(status, status)
    assert client_of(make_user("owner")).get("/settings/mail/999/").status_code == 404
