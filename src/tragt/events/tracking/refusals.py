"""What is said of a call that cannot be taken: the field, what was given, what is allowed. The unit is the call."""

import re
from dataclasses import dataclass

__all__ = ["Refusal", "of_decoding"]

_WHERE = re.compile(r"^(?P<what>.*?)(?: - at `(?P<path>[^`]*)`)?$", re.DOTALL)
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a call is not taken.

    Attributes:
        code: Stable name of the reason, such as ``event.missing``.
        field: The field it is about, as the client writes it; empty where it is the call as a whole.
        message: What was given, what is allowed, what to do; English.
        place: Place of the call in its batch, from 0.
    """

    code: str
    field: str
    message: str
    place: int = 0

    def told(self) -> dict[str, object]:
        """As the answer tells it."""
        return {"index": self.place, "field": self.field, "code": self.code, "message": self.message}


def of_decoding(problem: Exception, place: int = 0) -> Refusal:
    """The refusal of a call whose JSON is none, or has a field of another type.

    Args:
        problem: What the decoder raised.
        place: Place of the call in its batch.
    """
    if isinstance(problem, RecursionError):
        return Refusal("nesting", "", "Objects stand in each other too deeply. Send flatter ones.", place)
    found = _WHERE.match(str(problem))
    what, path = (found["what"], found["path"]) if found else (str(problem), None)
    field = path.removeprefix("$").lstrip(".") if path else ""
    if not field:
        return Refusal("json", "", f"This is not the JSON of a call: {what[:_LONGEST]}.", place)
    if "length" in what:
        return Refusal("text.long", field, f"{field} is too long: {what[:_LONGEST]}.", place)
    return Refusal("type", field, f"{field} has the wrong type: {what[:_LONGEST]}.", place)
