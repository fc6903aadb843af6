"""The one tree of coded errors.

Every error says what was given, what is allowed and what to do. The code is stable and
may be translated; the fields carry what the sentence was made from.
"""

from typing import ClassVar

__all__ = [
    "Conflict",
    "DidNotConverge",
    "InvalidDefinition",
    "InvalidEvent",
    "InvalidFile",
    "InvalidSetting",
    "NotAllowed",
    "NotEnoughData",
    "NotFound",
    "TragtError",
]


class TragtError(Exception):
    """Base of all errors that Tragt raises on purpose.

    Args:
        code: Stable, dotted name of the condition, for example ``funnel.too_few_steps``.
        message: One or two sentences in English: what was given, what is allowed, what to do.
        **fields: The values the message was made from.
    """

    kind: ClassVar[str] = "error"

    def __init__(self, code: str, message: str, **fields: object) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.fields = fields

    def __str__(self) -> str:
        return self.message


class InvalidDefinition(TragtError):
    """A funnel, step, condition or option that cannot mean anything."""

    kind = "invalid_definition"


class InvalidEvent(TragtError):
    """An event or a row that cannot be read."""

    kind = "invalid_event"


class InvalidFile(InvalidEvent):
    """A file that cannot be read as what its name says, or at all."""

    kind = "invalid_file"


class InvalidSetting(TragtError):
    """A setting of the installation that does not exist or has a value it cannot have."""

    kind = "invalid_setting"


class NotEnoughData(TragtError):
    """An estimate that the data do not support."""

    kind = "not_enough_data"


class DidNotConverge(TragtError):
    """A numerical method that did not reach its tolerance."""

    kind = "did_not_converge"


class NotAllowed(TragtError):
    """An act that the asker may not do."""

    kind = "not_allowed"


class NotFound(TragtError):
    """A name that does not exist."""

    kind = "not_found"


class Conflict(TragtError):
    """A change of something that somebody else changed since it was read."""

    kind = "conflict"
