"""Why a mail did not leave: the cause behind an error, whether it may pass, and the sentence people read."""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from anymail.exceptions import (
    AnymailAPIError,
    AnymailConfigurationError,
    AnymailError,
    AnymailInvalidAddress,
    AnymailRecipientsRefused,
)
from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

__all__ = ["SENTENCES", "Cause", "Reason", "reason_of"]


class Cause(StrEnum):
    """What kept a mail from leaving."""

    DNS = "dns"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    TLS_MISSING = "tls_missing"
    TLS_FAILED = "tls_failed"
    CERTIFICATE = "certificate"
    AUTH = "auth"
    AUTH_MISSING = "auth_missing"
    AUTH_NOT_OFFERED = "auth_not_offered"
    SENDER = "sender"
    RECIPIENT = "recipient"
    CONTENT = "content"
    TOO_LARGE = "too_large"
    LATER = "later"
    DISCONNECTED = "disconnected"
    FOLDER = "folder"
    SERVICE = "service"
    SEALED = "sealed"
    UNEXPECTED = "unexpected"


SENTENCES: dict[Cause, str | Promise] = {
    Cause.DNS: _(
        "The name of the mail server is not known. Check the host in TRAGT_MAIL_URL, and that this machine can look "
        "up names."
    ),
    Cause.REFUSED: _(
        "Nothing answers on that port of the mail server. Check host and port in TRAGT_MAIL_URL, and that the server "
        "runs."
    ),
    Cause.UNREACHABLE: _("The mail server cannot be reached from here. Check the network of this machine."),
    Cause.TIMEOUT: _(
        "The mail server did not answer in time. Check host and port in TRAGT_MAIL_URL; a firewall may hold the "
        "connection back."
    ),
    Cause.TLS_MISSING: _(
        "The mail server offers no encryption, so nothing was sent. Use its encrypted port, or add ?tls=off to "
        "TRAGT_MAIL_URL if it stands in your own network."
    ),
    Cause.TLS_FAILED: _(
        "No encrypted connection came about. Port 465 usually wants smtps:// and port 587 smtp:// in TRAGT_MAIL_URL."
    ),
    Cause.CERTIFICATE: _(
        "The certificate of the mail server is not valid, so nothing was sent. Use the name that stands in the "
        "certificate as the host in TRAGT_MAIL_URL."
    ),
    Cause.AUTH: _("User and password, or the key, were not accepted. Correct them in TRAGT_MAIL_URL."),
    Cause.AUTH_MISSING: _("The mail server wants a user and a password. Add them to TRAGT_MAIL_URL."),
    Cause.AUTH_NOT_OFFERED: _(
        "The mail server takes no password on this connection. Use its encrypted port, or leave user and password "
        "out of TRAGT_MAIL_URL."
    ),
    Cause.SENDER: _(
        "The mail server does not accept the sender. Set TRAGT_MAIL_FROM to an address that it may send for."
    ),
    Cause.RECIPIENT: _("The mail server does not accept the recipient. Check the address."),
    Cause.CONTENT: _("The mail server did not accept the mail. What it said stands below."),
    Cause.TOO_LARGE: _("The mail is larger than the mail server accepts."),
    Cause.LATER: _("The mail server asked to try again later."),
    Cause.DISCONNECTED: _("The mail server closed the connection."),
    Cause.FOLDER: _("The folder for mail cannot be written. Give this user the right to write it."),
    Cause.SERVICE: _("The mail service did not accept the mail. What it said stands below."),
    Cause.SEALED: _("The secret key has changed since this mail was written, so it cannot be read. Ask for it again."),
    Cause.UNEXPECTED: _("Something unexpected went wrong. The log of the worker tells more."),
}

PASSING = {Cause.DNS, Cause.REFUSED, Cause.UNREACHABLE, Cause.TIMEOUT, Cause.LATER, Cause.DISCONNECTED}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a mail did not leave.

    Attributes:
        cause: What kind of reason it is.
        said: What the other side said, shortened; it may name the recipient.
    """

    cause: Cause
    said: str = ""

    @property
    def passes(self) -> bool:
        """Whether it may be gone the next time."""
        return self.cause in PASSING


def reason_of(error: Exception) -> Reason:
    """The reason behind an error of sending."""
    match error:
        case smtplib.SMTPException():
            return _of_server(error)
        case AnymailError():
            return _of_service(error)
        case ImproperlyConfigured():
            return Reason(Cause.FOLDER, _short(error))
        case OSError():
            return Reason(_of_connection(error), _short(error))
    return Reason(Cause.UNEXPECTED)


def _of_server(error: smtplib.SMTPException) -> Reason:
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, said = next(iter(error.recipients.values()))
            return Reason(_later(code) or Cause.RECIPIENT, _answer(code, said))
        case smtplib.SMTPResponseException():
            return Reason(_of_code(error, error.smtp_code), _answer(error.smtp_code, error.smtp_error))
        case smtplib.SMTPServerDisconnected():
            late = any(isinstance(one, TimeoutError) for one in _behind(error))
            return Reason(Cause.TIMEOUT if late else Cause.DISCONNECTED, _short(error))
        case smtplib.SMTPNotSupportedError() if "STARTTLS" in str(error):
            return Reason(Cause.TLS_MISSING)
        case smtplib.SMTPNotSupportedError() if "AUTH" in str(error):
            return Reason(Cause.AUTH_NOT_OFFERED)
    return Reason(Cause.CONTENT, _short(error))


def _of_code(error: smtplib.SMTPResponseException, code: int) -> Cause:
    if later := _later(code):
        return later
    if code == 530:
        return Cause.AUTH_MISSING
    if code == 552:
        return Cause.TOO_LARGE
    match error:
        case smtplib.SMTPAuthenticationError():
            return Cause.AUTH
        case smtplib.SMTPSenderRefused():
            return Cause.SENDER
        case smtplib.SMTPConnectError() | smtplib.SMTPHeloError():
            return Cause.DISCONNECTED
    return Cause.CONTENT


def _later(code: int) -> Cause | None:
    return Cause.LATER if 400 <= code < 500 else None


def _of_connection(error: BaseException) -> Cause:
    match error:
        case ssl.SSLCertVerificationError():
            return Cause.CERTIFICATE
        case ssl.SSLError():
            return Cause.TLS_FAILED
        case socket.gaierror():
            return Cause.DNS
        case TimeoutError():
            return Cause.TIMEOUT
        case ConnectionRefusedError():
            return Cause.REFUSED
        case ConnectionError():
            return Cause.DISCONNECTED
        case PermissionError() | FileNotFoundError() | NotADirectoryError() | FileExistsError():
            return Cause.FOLDER
    return Cause.UNREACHABLE


def _of_service(error: AnymailError) -> Reason:
    match error:
        case AnymailConfigurationError():
            return Reason(Cause.AUTH, _short(error))
        case AnymailRecipientsRefused() | AnymailInvalidAddress():
            return Reason(Cause.RECIPIENT, _answered(error))
        case AnymailAPIError():
            return Reason(_of_status(error), _answered(error))
    return Reason(Cause.SERVICE, _answered(error))


def _of_status(error: AnymailAPIError) -> Cause:
    status = getattr(error, "status_code", None)
    if status is None:
        found = [_of_connection(one) for one in _behind(error) if isinstance(one, OSError)]
        return next((cause for cause in reversed(found) if cause != Cause.UNREACHABLE), Cause.UNREACHABLE)
    if status in (401, 403):
        return Cause.AUTH
    return Cause.LATER if status == 429 or status >= 500 else Cause.SERVICE


def _behind(error: BaseException) -> Iterator[BaseException]:
    """The errors that led to this one, the outermost first; libraries keep them as causes, contexts and arguments."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        inner = (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
        waiting.extend(found for found in inner if isinstance(found, BaseException))


def _answered(error: AnymailError) -> str:
    response = getattr(error, "response", None)
    text = getattr(response, "text", None)
    return _shortened(text) if isinstance(text, str) else ""


def _answer(code: int, said: bytes | str) -> str:
    return _shortened(f"{code} {said.decode(errors='replace') if isinstance(said, bytes) else said}")


def _short(error: Exception) -> str:
    return _shortened(str(error))


def _shortened(text: str) -> str:
    return " ".join(text.split())[:300]
