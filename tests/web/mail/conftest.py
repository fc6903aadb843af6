"""A mail server on this machine, and ways for mail to leave."""

import dataclasses
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from pytest_django import Settings

from tragt.web.mail.address import delivery_of

Leave = Callable[[str], None]


class MailServer(Controller):
    """Keeps what it gets; ``answers`` holds what it says to the next recipients and mails instead."""

    def __init__(self, *, password: str = "") -> None:
        self.got: list[Envelope] = []
        self.answers: list[str] = []
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]

        def sign_in(_: SMTP, __: Session, ___: Envelope, ____: str, data: object) -> AuthResult:
            right = isinstance(data, LoginPassword) and data.password == password.encode()
            return AuthResult(success=right, handled=False)

        signing: dict[str, Any] = (
            {"authenticator": sign_in, "auth_require_tls": False, "auth_required": True} if password else {}
        )
        super().__init__(self, hostname="127.0.0.1", port=port, **signing)

    async def handle_RCPT(self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]) -> str:  # noqa: N802 - named by aiosmtpd
        if self.answers and self.answers[0].startswith("RCPT "):
            return self.answers.pop(0).removeprefix("RCPT ")
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802 - named by aiosmtpd
        if self.answers:
            return self.answers.pop(0)
        self.got.append(envelope)
        return "250 OK"


@pytest.fixture
def server() -> Iterator[MailServer]:
    running = MailServer()
    running.start()
    yield running
    running.stop()


@pytest.fixture
def leave_by(settings: Settings) -> Leave:
    """Lets mail leave by an address: ``leave_by("smtp://127.0.0.1:25")``."""

    def leave(mail_url: str) -> None:
        settings.TRAGT = dataclasses.replace(settings.TRAGT, mail_url=mail_url)
        settings.DEFAULT_FROM_EMAIL = "Nordlys <sales@nordlys.example>"
        for name, value in delivery_of(mail_url).django().items():
            setattr(settings, name, value)

    return leave
