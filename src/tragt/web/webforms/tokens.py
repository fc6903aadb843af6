"""What a form and its mails carry to be known again: signed, and good for one thing each."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

import msgspec
from django.core.signing import BadSignature, SignatureExpired, Signer, TimestampSigner

from tragt.errors import NotFound

__all__ = [
    "CONFIRMED_WITHIN",
    "Page",
    "confirmation",
    "confirmation_of",
    "key_of",
    "page",
    "page_again",
    "page_of",
    "withdrawal",
    "withdrawal_of",
]

CONFIRMED_WITHIN = timedelta(days=7)
"""For how long the link of a mail can be used."""

_OPEN = timedelta(hours=24)
_HASTY = timedelta(seconds=2)
_AGAIN = "again "
_SEP = "."


@dataclass(frozen=True, slots=True)
class Page:
    """What is known of the page from which a form was sent.

    Attributes:
        nonce: Its own number; empty where it is none of ours, or was open for too long.
        hasty: Whether it was sent sooner than anybody can type.
    """

    nonce: str = ""
    hasty: bool = False


def page(form: str) -> str:
    """What a page with an empty form carries, from which its age can be told.

    Args:
        form: What it shows, `Published.shown`: with another wording it is another page.
    """
    return _pages(form).sign(secrets.token_hex(12))


def page_again(form: str, nonce: str) -> str:
    """What a page carries on which stands what was typed: to send it at once is no haste.

    Args:
        form: What it shows, `Published.shown`: with another wording it is another page.
        nonce: Number of the page before, so that what was taken from that is not taken again; empty for a new one.
    """
    return _pages(form).sign(_AGAIN + (nonce or secrets.token_hex(12)))


def page_of(form: str, given: str) -> Page:
    """The page that carries this."""
    signer = _pages(form)
    try:
        nonce = signer.unsign(given, max_age=_OPEN)
    except BadSignature:
        return Page()
    try:
        signer.unsign(given, max_age=_HASTY)
    except SignatureExpired:
        hasty = False
    else:
        hasty = not nonce.startswith(_AGAIN)
    return Page(nonce.removeprefix(_AGAIN), hasty)


def key_of(form: str, nonce: str, values: object) -> str:
    """The key of a submission: the same for the same answers from the same page, however often they are sent."""
    return sha256(f"{form} {nonce} ".encode() + msgspec.json.encode(values, order="deterministic")).hexdigest()


def confirmation(key: str) -> str:
    """What a link carries by which the submission of a key is confirmed."""
    return _confirmations().sign(key)


def confirmation_of(given: str) -> str:
    """The key of the submission that a link confirms.

    Raises:
        NotFound: The link is too old, or nobody made it.
    """
    try:
        return _confirmations().unsign(given, max_age=CONFIRMED_WITHIN)
    except SignatureExpired:
        raise NotFound("webforms.link_expired", "This link is older than seven days. Send the form again.") from None
    except BadSignature:
        raise NotFound("webforms.link", "This link is not whole. Open it from the mail again.") from None


def withdrawal(key: str) -> str:
    """What a link carries by which the consents of a submission are withdrawn; it does not age."""
    return _withdrawals().sign(key)


def withdrawal_of(given: str) -> str:
    """The key of the submission whose consents a link withdraws.

    Raises:
        NotFound: Nobody made it.
    """
    try:
        return _withdrawals().unsign(given)
    except BadSignature:
        raise NotFound("webforms.link", "This link is not whole. Open it from the mail again.") from None


def _pages(form: str) -> TimestampSigner:
    return TimestampSigner(salt=f"tragt.webforms.page.{form}", sep=_SEP)


def _confirmations() -> TimestampSigner:
    return TimestampSigner(salt="tragt.webforms.confirmation", sep=_SEP)


def _withdrawals() -> Signer:
    return Signer(salt="tragt.webforms.withdrawal", sep=_SEP)
