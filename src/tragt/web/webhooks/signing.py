"""Secrets of webhooks and the signatures made with them, as Standard Webhooks 1.0.0 describes them."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from tragt.errors import InvalidSetting

__all__ = ["new_secret", "seal", "signatures", "unseal"]

PREFIX = "whsec_"
_BYTES = 32


def new_secret() -> str:
    """A secret of 256 bits: ``whsec_`` and base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def signatures(known: Sequence[str], message: str, timestamp: int, body: bytes) -> str:
    """The header ``webhook-signature``: a signature with each secret, so that either may be known to the receiver.

    Args:
        known: The secrets, ``whsec_…``.
        message: What the message is called.
        timestamp: When it is sent, seconds since 1970.
        body: Of the request, byte for byte.
    """
    signed = f"{message}.{timestamp}.".encode() + body
    keys = [base64.b64decode(one.removeprefix(PREFIX)) for one in known]
    return " ".join(f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}" for key in keys)


def seal(secret: str) -> str:
    """The secret as only this installation can read it."""
    return _box().encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """The secret that was sealed.

    Raises:
        InvalidSetting: It was sealed under another secret key.
    """
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise InvalidSetting(
            "webhooks.sealed", "This secret was kept under another secret key and cannot be read. Make a new one."
        ) from None


def _box() -> Fernet:
    secret = hashlib.sha256(b"tragt webhooks\0" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(secret))
