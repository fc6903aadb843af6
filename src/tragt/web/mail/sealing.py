"""What waits to be sent, sealed: mails hold links that let their reader in, and a copy of the database must not."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from tragt.errors import InvalidSetting

__all__ = ["seal", "unseal"]


def seal(text: str) -> str:
    """The text as only this installation can read it."""
    return _box().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """The text that was sealed.

    Raises:
        InvalidSetting: It was sealed under another secret key.
    """
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise InvalidSetting(
            "mail.sealed", "This mail was written under another secret key and cannot be read. Ask for it again."
        ) from None


def _box() -> Fernet:
    secret = hashlib.sha256(b"tragt outgoing mail\0" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(secret))
