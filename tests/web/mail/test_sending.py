import email
import email.policy
import http.server
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from tests.web.mail.conftest import Leave, MailServer
from tragt.errors import InvalidDefinition
from tragt.web.accounts.models import Organisation
from tragt.web.jobs.models import Job
from tragt.web.jobs.worker import drain
from tragt.web.mail.actions import InvalidRecipient, prune, send
from tragt.web.mail.enclosing import Enclosed, Picture
from tragt.web.mail.models import OutgoingMail
from tragt.web.mail.personal_data import STORES
from tragt.web.mail.rendering import render
from tragt.web.shell.personal import Subject

pytestmark = pytest.mark.django_db

ANNA = "anna@firm.example"


def one(language: str = "en", **context: object) -> OutgoingMail:
    return send("mail/test", [ANNA], language, context)[0]


def became(mail: OutgoingMail) -> tuple[str, str, int]:
    mail.refresh_from_db()
    return mail.state, mail.cause, mail.attempts


def parsed(server: MailServer) -> EmailMessage:
    content = server.got[-1].content
    assert isinstance(content, bytes)
    return email.message_from_bytes(content, policy=email.policy.default)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_send_mail_server_gets_text_and_html(server: MailServer, leave_by: Leave, organisation: Organisation) -> None:
    leave_by(f"smtp://127.0.0.1:{server.port}")
    first, second = send("mail/test", [ANNA, "bo@firm.example"], "en")
    assert "Nothing needs to be done" not in first.sealed, "what waits is sealed"
    drain()
    assert became(first) == became(second) == ("sent", "", 1)
    assert first.sealed == ""
    assert first.left is not None
    assert [envelope.rcpt_tos for envelope in server.got] == [[ANNA], ["bo@firm.example"]], "nobody sees the others"
    message = parsed(server)
    assert message["From"] == "Nordlys <sales@nordlys.example>"
    assert message["Subject"] == "Test mail from Tragt"
    assert message["Message-ID"] == f"<tragt.{second.message}@nordlys.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    bodies = {part.get_content_type(): part.get_content() for part in message.walk() if not part.is_multipart()}
    assert "You asked for this mail" in bodies["text/plain"]
    assert f"Sent by Tragt for {organisation.name}." in bodies["text/plain"]
    assert '<html lang="en">' in bodies["text/html"]


def test_deliver_busy_server_is_tried_again_and_then_succeeds(server: MailServer, leave_by: Leave) -> None:
    leave_by(f"smtp://127.0.0.1:{server.port}")
    server.answers = ["451 Greylisted, come back", "RCPT 452 Too many"]
    mail = one()
    drain()
    assert became(mail) == ("waiting", "later", 1)
    assert mail.said == "451 Greylisted, come back"
    job = Job.objects.get()
    assert job.again
    assert timedelta(seconds=50) < job.run_after - timezone.now() <= timedelta(minutes=1)
    drain(timezone.now() + timedelta(minutes=2))
    assert became(mail) == ("waiting", "later", 2)
    drain(timezone.now() + timedelta(minutes=10))
    assert became(mail) == ("sent", "", 3)
    assert len(server.got) == 1


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        ("RCPT 550 No such user", "recipient"),
        ("554 Smells of spam", "content"),
        ("552 Too big", "too_large"),
    ],
)
def test_deliver_refusal_is_final(server: MailServer, leave_by: Leave, answer: str, cause: str) -> None:
    leave_by(f"smtp://127.0.0.1:{server.port}")
    server.answers = [answer]
    mail = one()
    drain(timezone.now() + timedelta(days=1))
    assert became(mail) == ("failed", cause, 1)
    assert mail.said == answer.removeprefix("RCPT ")
    assert mail.sealed == ""
    assert Job.objects.get().error_code == f"mail.{cause}"


@pytest.mark.filterwarnings("ignore::UserWarning:aiosmtpd")
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")
@pytest.mark.parametrize(
    ("user", "cause"), [("me:right@", ""), ("me:wrong@", "auth"), ("", "auth_missing")], ids=["right", "wrong", "none"]
)
def test_deliver_server_with_password_is_signed_in_to(leave_by: Leave, user: str, cause: str) -> None:
    server = MailServer(password="right")
    server.start()
    try:
        leave_by(f"smtp://{user}127.0.0.1:{server.port}")
        mail = one()
        drain()
    finally:
        server.stop()
    assert became(mail) == ("failed" if cause else "sent", cause, 1)
    assert "wrong" not in mail.said


def test_deliver_encryption_not_offered_sends_nothing(server: MailServer, leave_by: Leave) -> None:
    leave_by(f"smtp://127.0.0.1:{server.port}?tls=on")
    mail = one()
    drain()
    assert became(mail) == ("failed", "tls_missing", 1)
    leave_by(f"smtps://127.0.0.1:{server.port}")
    mail = one()
    drain()
    assert became(mail) == ("failed", "tls_failed", 1)
    leave_by(f"smtp://me:hush@127.0.0.1:{server.port}")
    mail = one()
    drain()
    assert became(mail) == ("failed", "auth_not_offered", 1)
    assert not server.got


def test_deliver_nothing_answers_is_tried_for_most_of_a_day(leave_by: Leave) -> None:
    leave_by(f"smtp://127.0.0.1:{free_port()}")
    mail = one()
    drain()
    assert became(mail) == ("waiting", "refused", 1)
    drain(timezone.now() + timedelta(days=2))
    assert became(mail) == ("failed", "refused", 7)


def test_deliver_unknown_name_and_silent_server_are_told_apart(leave_by: Leave, settings: Settings) -> None:
    leave_by("smtp://no-such-host.invalid")
    mail = one()
    drain()
    assert became(mail) == ("waiting", "dns", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        leave_by(f"smtp://127.0.0.1:{silent.getsockname()[1]}")
        settings.EMAIL_TIMEOUT = 0.2
        mail = one()
        drain()
    assert became(mail) == ("waiting", "timeout", 1)


def test_deliver_folder_that_cannot_be_written_says_so(leave_by: Leave, tmp_path: Path) -> None:
    leave_by(f"file://{tmp_path}/mail")
    mail = one()
    drain()
    assert became(mail) == ("stored", "", 1)
    assert ANNA in next((tmp_path / "mail").iterdir()).read_text()
    (tmp_path / "file").touch()
    leave_by(f"file://{tmp_path}/file")
    mail = one()
    drain()
    assert became(mail) == ("failed", "folder", 1)


@contextmanager
def service(status: int) -> Iterator[str]:
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps({"Message": "because", "ErrorCode": status % 200, "MessageID": "1"}).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}/"
        running.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("status", "state", "cause"),
    [(200, "sent", ""), (401, "failed", "auth"), (422, "failed", "service"), (429, "waiting", "later")],
)
def test_deliver_mail_service_answers_are_told_apart(
    leave_by: Leave, settings: Settings, status: int, state: str, cause: str
) -> None:
    leave_by("postmark://KEY")
    with service(status) as address:
        settings.ANYMAIL = {**settings.ANYMAIL, "POSTMARK_API_URL": address}
        mail = one()
        drain()
    assert became(mail) == (state, cause, 1)
    assert "KEY" not in mail.said
    assert ("because" in mail.said) is bool(cause)


def test_deliver_mail_service_out_of_reach_says_why(leave_by: Leave, settings: Settings) -> None:
    leave_by("postmark://KEY")
    for address, cause in (
        (f"http://127.0.0.1:{free_port()}/", "refused"),
        ("http://no-such-host.invalid/", "dns"),
    ):
        settings.ANYMAIL = {**settings.ANYMAIL, "POSTMARK_API_URL": address}
        mail = one()
        drain()
        assert became(mail) == ("waiting", cause, 1)


def test_deliver_other_secret_key_asks_to_write_anew(leave_by: Leave, settings: Settings) -> None:
    leave_by("smtp://localhost")
    mail = one()
    settings.SECRET_KEY = "another"
    drain()
    assert became(mail) == ("failed", "sealed", 1)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "anna",
        "anna@firm.example\nBcc: eve@x.example",
        "a@b.example,c@d.example",
        "Anna <a@b.example>",
        "a b@c.example",
    ],
)
def test_send_something_that_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(InvalidRecipient):
        send("mail/test", [ANNA, address])
    assert not OutgoingMail.objects.exists()
    assert not Job.objects.exists()


def test_render_line_breaks_in_a_subject_make_no_header(
    server: MailServer, leave_by: Leave, organisation: Organisation, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "odd.subject.txt").write_text("Hello {{ name }}\n")
    (tmp_path / "odd.txt").write_text('{% extends "mail/frame.txt" %}{% block content %}{{ name }}{% endblock %}')
    (tmp_path / "odd.html").write_text('{% extends "mail/frame.html" %}{% block content %}{{ name }}{% endblock %}')
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    organisation.name = "<Nordlys> & co"
    organisation.save()
    leave_by(f"smtp://127.0.0.1:{server.port}")
    send("odd", [ANNA], "en", {"name": "A & <b>\r\nBcc: eve@x.example\u2028\x00"})
    drain()
    message = parsed(server)
    assert message["Subject"] == "Hello A & <b> Bcc: eve@x.example"
    assert message["Bcc"] is None
    assert server.got[-1].rcpt_tos == [ANNA]
    text, html = (part.get_content() for part in message.walk() if not part.is_multipart())
    assert "A & <b>" in text
    assert "<Nordlys> & co" in text
    assert "A &amp; &lt;b&gt;" in html
    assert "&lt;Nordlys&gt; &amp; co" in html


@pytest.mark.parametrize("language", ["en", "da", "sv", "nb"])
def test_render_each_language_says_so_in_its_html(language: str, organisation: Organisation) -> None:
    mail = render("mail/test", language, {})
    assert f'<html lang="{language}">' in mail.html
    assert mail.subject
    assert organisation.name in mail.text
    assert "<script" not in mail.html


def test_render_unknown_language_is_the_organisations(organisation: Organisation) -> None:
    organisation.language = "sv"
    organisation.save()
    assert '<html lang="sv">' in render("mail/test", "fi", {}).html


def test_prune_mails_that_were_dropped_lose_their_text() -> None:
    one()
    new = one()
    assert new.job is not None
    Job.objects.filter(pk=new.job.pk).update(state="cancelled")
    assert prune() == 1
    new.refresh_from_db()
    assert (new.sealed, new.is_dropped) == ("", True)


def test_personal_data_of_mail_covers_its_fields_and_goes_by_address() -> None:
    (store,) = STORES
    assert set(store.personal) | store.other == {field.name for field in OutgoingMail._meta.get_fields()}
    one()
    anna = Subject(1, frozenset(), frozenset({ANNA.upper()}))
    bo = Subject(2, frozenset(), frozenset({"bo@firm.example"}))
    assert [row["to"] for row in store.export(anna)] == [ANNA]
    assert (list(store.export(bo)), store.erase(bo)) == ([], 0)
    assert store.erase(anna) == 1
    assert not OutgoingMail.objects.exists()


def test_send_pictures_leave_within_the_mail_and_are_gone_once_it_left(server: MailServer, leave_by: Leave) -> None:
    leave_by(f"smtp://127.0.0.1:{server.port}")
    picture = Picture("funnel", "funnel.png", b"\x89PNG picture")
    enclosed = Enclosed((picture,), {"List-Unsubscribe": "<https://firm.example/stop/>"})
    mail = send("mail/test", [ANNA], "en", {}, enclosed=enclosed)[0]
    assert "PNG" not in mail.sealed
    drain()
    message = parsed(server)

    assert message.get_content_type() == "multipart/related"
    inside = next(part for part in message.walk() if part.get_content_type() == "image/png")
    assert (inside["Content-ID"], inside.get_filename()) == ("<funnel>", "funnel.png")
    assert inside.get_content() == picture.png
    assert message["List-Unsubscribe"].strip() == "<https://firm.example/stop/>"
    assert became(mail) == ("sent", "", 1)
    assert mail.sealed == ""


def test_pictures_larger_than_a_mail_may_be_are_refused() -> None:
    with pytest.raises(InvalidDefinition, match="at most 2000000"):
        Enclosed((Picture("a", "a.png", bytes(1_200_000)), Picture("b", "b.png", bytes(1_200_000))))
