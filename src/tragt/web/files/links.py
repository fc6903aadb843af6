"""Links under which a file can be fetched for some minutes, by whoever has one: nothing else is asked there."""

from datetime import timedelta

from django.core.signing import TimestampSigner
from django.urls import reverse

from tragt.web.files.models import File

__all__ = ["OPEN_FOR", "link_to", "place_in"]

OPEN_FOR = timedelta(minutes=5)
"""For how long a link can be used."""

_SALT = "tragt.files"


def link_to(row: File) -> str:
    """The address under which a file can be fetched from now on."""
    return reverse("file_open", args=[TimestampSigner(salt=_SALT).sign(row.place), row.name])


def place_in(signed: str) -> str:
    """The name that the bytes lie under which a link leads to.

    Raises:
        SignatureExpired: The link is too old.
        BadSignature: Nobody here made it.
    """
    return TimestampSigner(salt=_SALT).unsign(signed, max_age=OPEN_FOR)
