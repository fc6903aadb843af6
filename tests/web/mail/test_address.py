import pytest
from django.core.mail import get_connection

from tragt.errors import InvalidSetting
from tragt.web.mail.address import Delivery, delivery_of, sender_of


@pytest.mark.parametrize(
    ("mail_url", "delivery"),
    [
        ("console:", Delivery(kind="console")),
        ("smtp://mail.example.org", Delivery(kind="smtp", host="mail.example.org", port=587, encryption="starttls")),
        ("smtp://localhost", Delivery(kind="smtp", host="localhost", port=25)),
        ("smtp://localhost:26?tls=on", Delivery(kind="smtp", host="localhost", port=26, encryption="starttls")),
        ("smtp://10.0.0.5:25?tls=off", Delivery(kind="smtp", host="10.0.0.5", port=25)),
        (
            "smtps://me%40firm.dk:p%2Fs%23@[2001:db8::1]",
            Delivery(kind="smtps", host="2001:db8::1", port=465, encryption="tls", user="me@firm.dk", password="p/s#"),
        ),
        ("file:///srv/my%20mail", Delivery(kind="file", folder="/srv/my mail")),
        (
            "mailgun://Key-1@mg.example.org?region=eu",
            Delivery(
                kind="mailgun",
                host="Mailgun (EU)",
                encryption="tls",
                password="Key-1",
                domain="mg.example.org",
                region="eu",
            ),
        ),
        (
            "sendgrid://SG.x-Y",
            Delivery(
                kind="smtps",
                host="smtp.sendgrid.net",
                port=465,
                encryption="tls",
                user="apikey",
                password="SG.x-Y",
            ),
        ),
        ("postmark://AbC-9", Delivery(kind="postmark", host="Postmark", encryption="tls", password="AbC-9")),
    ],
)
def test_delivery_of_address_says_how_mail_leaves(mail_url: str, delivery: Delivery) -> None:
    assert delivery_of(mail_url) == delivery


@pytest.mark.parametrize(
    ("mail_url", "problem"),
    [
        ("", "does not begin with a kind"),
        ("mail.example.org:587", "it begins with"),
        ("imap://mail.example.org", "it begins with 'imap:'"),
        ("smtp://me:secret@", "names no host"),
        ("smtp://me:secret@mail:no", "no number from 1 to 65535"),
        ("smtp://me:secret@mail:99999", "no number from 1 to 65535"),
        ("smtp://me:secret/x@mail", "no number|names no host|follows the host"),
        ("smtp://me:sec#ret@mail", "%23"),
        ("smtp://mail?tls=maybe", "tls is on or off"),
        ("smtp://mail?ssl=on", "an option 'ssl'"),
        ("smtps://mail?tls=off", "smtps is encrypted"),
        ("file://srv/mail", "three slashes"),
        ("postmark://", "names no key"),
        ("postmark://secret@x", "only the key"),
        ("mailgun://secret", "no sending domain"),
        ("mailgun://secret@x.org?region=mars", "region is eu or us"),
        ("smtp://[::1", "no address"),
    ],
)
def test_delivery_of_wrong_address_says_what_is_wrong_without_secrets(mail_url: str, problem: str) -> None:
    with pytest.raises(InvalidSetting, match=problem) as raised:
        delivery_of(mail_url)
    assert "TRAGT_MAIL_URL" in raised.value.message
    assert "secret" not in raised.value.message
    assert raised.value.code == "mail.url"


@pytest.mark.parametrize("kind", ["mailgun", "postmark", "brevo", "resend", "sparkpost"])
def test_delivery_of_service_gives_settings_that_its_backend_takes(kind: str, settings: object) -> None:
    address = f"{kind}://KEY" + ("@mg.example.org" if kind == "mailgun" else "")
    for name, value in delivery_of(address).django().items():
        setattr(settings, name, value)
    assert get_connection().__class__.__module__ == f"anymail.backends.{kind}"


def test_delivery_repr_holds_no_secret() -> None:
    assert "hush" not in repr(delivery_of("smtp://me:hush@mail.example.org"))


@pytest.mark.parametrize("mail_from", ["sales@example.org", "Sales <sales@example.org>", '"Sales, DK" <s@example.org>'])
def test_sender_of_address_is_itself(mail_from: str) -> None:
    assert sender_of(mail_from) == mail_from


@pytest.mark.parametrize("mail_from", ["", "Sales", "sales@", "a b@c", "Sales <s@e.org>\nBcc: x@y.org", "<@e.org>"])
def test_sender_of_something_else_is_refused(mail_from: str) -> None:
    with pytest.raises(InvalidSetting, match="TRAGT_MAIL_FROM"):
        sender_of(mail_from)
