"""Taking hold of an import for a write, and noting what went wrong with it."""

from tragt.errors import InvalidDefinition, NotFound, TragtError
from tragt.web.imports.models import Import, State
from tragt.web.imports.sentences import Fault, fault_of

__all__ = ["fault_from", "held"]


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
