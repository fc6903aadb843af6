"""Taking hold of an import for a write, and noting what went wrong with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import transaction

from tragt.errors import InvalidDefinition, NotAllowed, NotFound, TragtError
from tragt.web.imports.models import Import, State
from tragt.web.imports.sentences import Fault, fault_of
from tragt.web.jobs.progress import TryAgain
from tragt.web.shell.acting import Who

__all__ = ["WAIT", "fault_from", "held", "later", "part"]

WAIT = timedelta(seconds=10)
"""After how long an import that others stand in the way of is tried again."""


@contextmanager
def part(who: Who, permission: str) -> Iterator[None]:
    """Do the block as a part of an act: allowed and whole as an act is, without a row of its own in the audit.

    Args:
        who: Who acts.
        permission: What this one must be allowed to do.

    Raises:
        NotAllowed: The permission is missing.
    """
    if not who.may(permission):
        raise NotAllowed("accounts.not_allowed", f"Your role does not include '{permission}'.", permission=permission)
    with transaction.atomic():
        yield


def held(key: int, *states: State) -> Import:
    """The import, locked until the end of the transaction.

    Args:
        key: Of the import.
        *states: In which it must be.

    Raises:
        NotFound: There is none.
        InvalidDefinition: It is in another state by now.
    """
    one = Import.objects.select_for_update(of=("self",)).filter(pk=key).first()
    if one is None:
        raise NotFound("imports.not_found", "This import does not exist, or it was removed.", key=key)
    if one.state not in states:
        raise InvalidDefinition(
            "imports.wrong_state", f"The import is {one.state}, so this can no longer be done.", state=str(one.state)
        )
    return one


def fault_from(error: Exception) -> Fault:
    """What can be kept of an error; of one that nobody foresaw only its kind, for it may quote a row."""
    if isinstance(error, TragtError):
        return fault_of(error)
    return Fault("imports.trouble", "", {}, type(error).__name__)


def later(code: str, message: str, file: str, after: int = 0) -> TryAgain:
    """What is raised where an import comes after something else, such as the import of the key ``after``."""
    return TryAgain(code, message, after=WAIT, file=file, key=after)
