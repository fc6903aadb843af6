"""What went wrong on disk, in words that say what to do."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from deltalake.exceptions import DeltaError

from tragt.errors import TragtError

__all__ = ["explained"]

_FULL = (
    "lake.disk_full",
    "The disk that holds the event log {place} is full. Nothing was written; make room and run this again.",
)
_READ_ONLY = (
    "lake.read_only",
    "The event log {place} cannot be written: {why}. Nothing was changed; give this user the right to write there.",
)
_OTHER = (
    "lake.failed",
    "The event log {place} could not be read or written: {why}. See to its disk or object store, and run this again.",
)
_BY_NUMBER = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EFBIG: _FULL,
    errno.EACCES: _READ_ONLY,
    errno.EPERM: _READ_ONLY,
    errno.EROFS: _READ_ONLY,
}
_BY_WORDS = {
    "no space left": _FULL,
    "quota exceeded": _FULL,
    "file too large": _FULL,
    "read-only file system": _READ_ONLY,
    "permission denied": _READ_ONLY,
    "not permitted": _READ_ONLY,
}


@contextmanager
def explained(place: object) -> Iterator[None]:
    """Turn errors of disk and table into ours.

    Args:
        place: The folder or address of the lake.

    Raises:
        TragtError: The disk is full (``lake.disk_full``), the folder is read-only (``lake.read_only``), or
            something else failed (``lake.failed``).
    """
    try:
        yield
    except (OSError, DeltaError) as error:
        code, message = _reason(error)
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise TragtError(code, message.format(place=place, why=why), place=str(place), why=why) from error


def _reason(error: Exception) -> tuple[str, str]:
    number = getattr(error, "errno", None)
    if number in _BY_NUMBER:
        return _BY_NUMBER[number]
    words = str(error).lower()
    return next((reason for phrase, reason in _BY_WORDS.items() if phrase in words), _OTHER)
