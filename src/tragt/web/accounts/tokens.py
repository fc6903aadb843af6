"""Secrets that are shown once: how they are made, and the digest that alone is kept."""

import hashlib
import secrets

from django.utils.crypto import constant_time_compare, salted_hmac

__all__ = ["code_digest", "digest", "new_code", "new_key", "new_link", "same", "tidy_code"]

# Without letters and digits that look alike.
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_GROUPS = 3
_GROUP = 4
SHOWN = 4


def new_code() -> str:
    """A code that people can type, of 59 bits: ``K7QF-9XMP-2VTA``."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


def tidy_code(text: str) -> str:
    """A typed code without what people add or leave out: capitals, hyphens, blanks."""
    return "".join(text.split()).replace("-", "").upper()


def code_digest(text: str) -> str:
    """Digest of a typed code; it needs the installation's secret, for a code is short."""
    return salted_hmac("tragt.accounts.setup", tidy_code(text), algorithm="sha256").hexdigest()


def new_link() -> str:
    """A random part of a link, of 256 bits."""
    return secrets.token_urlsafe(32)


def new_key(kind: str) -> tuple[str, str]:
    """A key of 192 bits, and the part of it that is shown ever after."""
    start = f"tragt_{kind}_"
    key = start + secrets.token_urlsafe(24)
    return key, key[: len(start) + SHOWN]


def digest(text: str) -> str:
    """Digest of a long random secret, by which it is found again."""
    return hashlib.sha256(text.encode()).hexdigest()


def same(one: str, other: str) -> bool:
    """Whether two digests are equal, in a time that does not tell where they differ."""
    return constant_time_compare(one, other)
