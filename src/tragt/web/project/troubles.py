"""Disk and database in trouble: what an error means, in one sentence that says what to do.

The command line says it in English, pages in the language of the reader.
"""

import errno
from collections.abc import Iterator

from django.db.utils import DatabaseError, InterfaceError, OperationalError

from tragt.errors import TragtError

__all__ = ["DATABASE_ERRORS", "REMEDIES", "code_of", "trouble_in"]


def gettext_noop(sentence: str) -> str:
    """Mark a sentence for the catalogues; Django's own asks for its settings first."""
    return sentence


DATABASE_ERRORS = (DatabaseError, InterfaceError)

REMEDIES = {
    "database.locked": gettext_noop(
        "Another program holds the database. Close that program (one that copies or browses files or databases) or "
        "wait for it, then try again; nothing is lost."
    ),
    "database.readonly": gettext_noop(
        "The database cannot be written. Give the user who runs Tragt the right to write the home folder and every "
        "file in it."
    ),
    "database.full": gettext_noop("The disk is full. Make room, then try again; nothing is lost."),
    "database.disk": gettext_noop(
        "The disk of the database cannot be read or written. See that it is in order and has room, then try again."
    ),
    "database.damaged": gettext_noop(
        "The file of the database is damaged, or is none. Put back a copy of it, or move it away to begin anew."
    ),
    "database.closed": gettext_noop(
        "The database cannot be opened. Check that its folder exists, has room, and belongs to the user who runs Tragt."
    ),
    "database.refused": gettext_noop("The database refuses user or password. Correct TRAGT_DATABASE_URL."),
    "database.missing": gettext_noop("Create the database and its user, or correct TRAGT_DATABASE_URL."),
    "database.unreachable": gettext_noop(
        "The server of the database does not answer. Start it, or correct TRAGT_DATABASE_URL."
    ),
    "disk.readonly": gettext_noop("The disk cannot be written. Make it writable, then try again; nothing is lost."),
}
"""What is wrong and what to do about it, by its code."""

_SAID = (
    ("locked", "database.locked"),
    ("lock timeout", "database.locked"),
    ("readonly", "database.readonly"),
    ("read-only", "database.readonly"),
    ("full", "database.full"),
    ("no space left", "database.full"),
    ("disk i/o", "database.disk"),
    ("malformed", "database.damaged"),
    ("not a database", "database.damaged"),
    ("unable to open", "database.closed"),
    ("password authentication", "database.refused"),
    ("does not exist", "database.missing"),
    ("database system is", "database.unreachable"),
    ("connection", "database.unreachable"),
)
_DISK = {errno.ENOSPC: "database.full", errno.EDQUOT: "database.full", errno.EROFS: "disk.readonly"}
_LOG = {"lake.disk_full": "database.full", "lake.read_only": "disk.readonly"}
# Other errors of a database are mistakes in a query; only these words tell of its file.
_FILE = ("database.damaged",)


def code_of(problem: Exception) -> str:
    """The code of an error of the database; empty for one that says nothing known.

    Args:
        problem: The error as Django raised it.
    """
    said = str(problem).lower()
    return next((code for part, code in _SAID if part in said), "")


def trouble_in(problem: BaseException | None) -> str:
    """The code of the trouble with disk or database behind an error; empty where it is something else.

    Args:
        problem: The error that a page raised.
    """
    return next(filter(None, map(_trouble, _behind(problem))), "")


def _behind(problem: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while problem is not None and id(problem) not in seen:
        seen.add(id(problem))
        yield problem
        problem = problem.__cause__ or problem.__context__


def _trouble(problem: BaseException) -> str:
    match problem:
        case TragtError():
            return _LOG.get(problem.code, "")
        case OperationalError() | InterfaceError():
            return code_of(problem)
        case DatabaseError():
            code = code_of(problem)
            return code if code in _FILE else ""
        case OSError():
            return _DISK.get(problem.errno or 0, "")
    return ""
