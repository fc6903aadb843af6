"""How mail leaves, read from one address. Importable before Django is set up.

The unit of observation is the address; whether anything answers there is not looked at.
"""

from dataclasses import dataclass, field
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from tragt.errors import InvalidSetting

__all__ = ["KINDS", "Delivery", "delivery_of", "sender_of"]

TIMEOUT = 20
SERVICES = {
    "mailgun": "API_KEY",
    "postmark": "SERVER_TOKEN",
    "brevo": "API_KEY",
    "resend": "API_KEY",
    "sparkpost": "API_KEY",
}
EUROPE = {"mailgun": "https://api.eu.mailgun.net/v3", "sparkpost": "https://api.eu.sparkpost.com/api/v1"}
KINDS = ("console", "smtp", "smtps", "file", *SERVICES)
THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How mail leaves.

    Attributes:
        kind: One of `KINDS`.
        host: The mail server.
        port: Its port.
        encryption: ``none``, ``starttls`` or ``tls``; of services always ``tls``.
        user: Who signs in there; empty for nobody.
        password: The password that goes with it, or the key of a service.
        folder: Where the kind ``file`` writes.
        domain: The sending domain, which Mailgun wants to know.
        region: ``eu`` for the European servers of a service, else empty.
    """

    kind: str
    host: str = ""
    port: int = 0
    encryption: str = "none"
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    folder: str = ""
    domain: str = ""
    region: str = ""

    @property
    def is_service(self) -> bool:
        """Whether a company's interface takes the mail, and not a mail server."""
        return self.kind in SERVICES

    @property
    def reaches_people(self) -> bool:
        """Whether mail leaves at all: not where it is only printed, or written into a folder."""
        return self.kind not in ("console", "file")

    def django(self) -> dict[str, object]:
        """The settings of Django that this means, by name."""
        names: dict[str, object] = {"EMAIL_BACKEND": self._backend(), "EMAIL_TIMEOUT": TIMEOUT}
        if self.kind in ("smtp", "smtps"):
            names |= {"EMAIL_HOST": self.host, "EMAIL_PORT": self.port}
            names |= {"EMAIL_HOST_USER": self.user, "EMAIL_HOST_PASSWORD": self.password}
            names |= {"EMAIL_USE_TLS": self.encryption == "starttls", "EMAIL_USE_SSL": self.encryption == "tls"}
        elif self.kind == "file":
            names["EMAIL_FILE_PATH"] = self.folder
        elif self.is_service:
            names["ANYMAIL"] = self._service()
        return names

    def _backend(self) -> str:
        if self.is_service:
            return f"anymail.backends.{self.kind}.EmailBackend"
        if self.kind == "console":
            return "tragt.web.mail.printing.EmailBackend"
        module = {"smtps": "smtp", "file": "filebased"}.get(self.kind, self.kind)
        return f"django.core.mail.backends.{module}.EmailBackend"

    def _service(self) -> dict[str, object]:
        name = self.kind.upper()
        told: dict[str, object] = {"REQUESTS_TIMEOUT": TIMEOUT, f"{name}_{SERVICES[self.kind]}": self.password}
        if self.domain:
            told[f"{name}_SENDER_DOMAIN"] = self.domain
        if self.region:
            told[f"{name}_API_URL"] = EUROPE[self.kind]
        return told


def delivery_of(mail_url: str) -> Delivery:
    """How mail leaves, by an address.

    Args:
        mail_url: ``console:``, ``smtp://user:password@host:587`` (encrypted by STARTTLS unless ``?tls=off`` or the
            host is this machine), ``smtps://user:password@host``, ``file:///folder``, ``mailgun://KEY@domain``, or
            ``postmark``, ``sendgrid``, ``brevo``, ``resend``, ``sparkpost`` and ``://KEY``; ``?region=eu`` means the
            European servers of mailgun and sparkpost. Signs with a meaning of their own in user, password and key are
            written as ``%40`` for @ and so on.

    Raises:
        InvalidSetting: It is none of these.
    """
    try:
        parts = urlsplit(mail_url.strip())
        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    except ValueError:
        raise _wrong("it is no address") from None
    if parts.fragment:
        raise _wrong("a # in a password or key is written as %23")
    match parts.scheme:
        case "console":
            _only(options)
            return Delivery(kind="console")
        case "smtp" | "smtps":
            return _server(parts, options)
        case "file":
            _only(options)
            return _folder(parts)
        case "sendgrid":
            return _sendgrid(parts, options)
        case name if name in SERVICES:
            return _service(parts, options)
    raise _wrong(
        f"it begins with '{parts.scheme}:'" if parts.scheme else "it does not begin with a kind, such as smtp://"
    )


def sender_of(mail_from: str) -> str:
    """The sender of outgoing mail, checked.

    Args:
        mail_from: ``address@example.org`` or ``Name <address@example.org>``.

    Raises:
        InvalidSetting: It is neither.
    """
    _, address = parseaddr(mail_from)
    name, at, domain = address.rpartition("@")
    if not (name and at and domain) or any(sign.isspace() or not sign.isprintable() for sign in address + "x"):
        raise _no_sender(mail_from)
    if not mail_from.isprintable():
        raise _no_sender(mail_from)
    return mail_from.strip()


def _server(parts: SplitResult, options: dict[str, str]) -> Delivery:
    _only(options, "tls")
    host = parts.hostname or ""
    try:
        port = parts.port
    except ValueError:
        raise _wrong("its port is no number from 1 to 65535") from None
    if not host:
        raise _wrong("it names no host")
    if parts.path.strip("/"):
        raise _wrong("something follows the host; a / in a password is written as %2F")
    if options.get("tls", "on") not in ("on", "off"):
        raise _wrong("tls is on or off")
    if parts.scheme == "smtps":
        encryption = "tls"
    else:
        asked = options.get("tls", "off" if host in THIS_MACHINE else "on")
        encryption = "starttls" if asked == "on" else "none"
    if parts.scheme == "smtps" and options.get("tls") == "off":
        raise _wrong("smtps is encrypted; write smtp for a connection that is not")
    return Delivery(
        kind=parts.scheme,
        host=host,
        port=port or (465 if encryption == "tls" else 587 if encryption == "starttls" else 25),
        encryption=encryption,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def _folder(parts: SplitResult) -> Delivery:
    folder = Path(unquote(parts.path))
    if parts.netloc not in ("", "localhost") or not folder.is_absolute() or folder == Path("/"):
        raise _wrong("a folder is written with three slashes: file:///srv/mail")
    return Delivery(kind="file", folder=str(folder))


def _service(parts: SplitResult, options: dict[str, str]) -> Delivery:
    _only(options, *(["region"] if parts.scheme in EUROPE else []))
    if options.get("region", "us") not in ("eu", "us"):
        raise _wrong("region is eu or us")
    key = _key(parts, alone=parts.scheme != "mailgun")
    domain = parts.netloc.partition("@")[2]
    if parts.scheme == "mailgun" and not domain:
        raise _wrong("it names no sending domain: mailgun://KEY@mail.example.org")
    return Delivery(
        kind=parts.scheme,
        host=f"{parts.scheme.title()} (EU)" if options.get("region") == "eu" else parts.scheme.title(),
        encryption="tls",
        password=unquote(key),
        domain=domain,
        region="eu" if options.get("region") == "eu" else "",
    )


def _sendgrid(parts: SplitResult, options: dict[str, str]) -> Delivery:
    # Anymail no longer looks after its interface; the mail server of SendGrid takes the same key.
    _only(options)
    key = _key(parts, alone=True)
    return Delivery(
        kind="smtps", host="smtp.sendgrid.net", port=465, encryption="tls", user="apikey", password=unquote(key)
    )


def _key(parts: SplitResult, *, alone: bool) -> str:
    key, _, domain = parts.netloc.partition("@")
    if parts.path.strip("/"):
        raise _wrong("something follows the key; a / in a key is written as %2F")
    if not key:
        raise _wrong(f"it names no key: {parts.scheme}://KEY")
    if alone and domain:
        raise _wrong(f"only the key follows {parts.scheme}://; an @ in it is written as %40")
    return key


def _only(options: dict[str, str], *known: str) -> None:
    for name in options:
        if name not in known:
            raise _wrong(f"it has an option {name!r}, and known are {', '.join(known) or 'none'}")


def _wrong(problem: str) -> InvalidSetting:
    # The address itself holds a password or key and is not repeated.
    return InvalidSetting(
        "mail.url",
        f"TRAGT_MAIL_URL does not say how mail leaves: {problem}. Write console:, smtp://user:password@host:587, "
        "smtps://user:password@host, file:///folder, or a service with its key, such as postmark://KEY.",
        problem=problem,
    )


def _no_sender(given: str) -> InvalidSetting:
    return InvalidSetting(
        "mail.from",
        f"TRAGT_MAIL_FROM is {given!r}, which is no sender. Write Sales <sales@example.org>.",
        given=given,
    )
