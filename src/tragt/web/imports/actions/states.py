"""Taking hold of an import for a write, and noting what went wrong with it."""

import msgspec

from tragt.errors import InvalidDefinition, NotFound, TragtError
from tragt.web.imports.models import Import, State
from tragt.web.imports.sentences import Fault, fault_of

__all__ = ["fail", "held"]


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


def fail(one: Import, error: Exception) -> None:
    """Note on an import what went wrong.

    Args:
        one: The import.
        error: What was raised; of one that nobody foresaw only its kind is kept, for it may quote a row.
    """
    fault = fault_of(error) if isinstance(error, TragtError) else Fault("imports.trouble", "", {}, type(error).__name__)
    # Another process may have completed it meanwhile: that stands.
    Import.objects.filter(pk=one.pk, state=State.COMMITTING).update(
        state=State.FAILED, error_code=fault.code, error=msgspec.to_builtins(fault)
    )
