"""What bodies and paths of the API hold: kinds of values that all operations share."""

from typing import Annotated, Any

from ninja import Path, Schema
from pydantic import ConfigDict, Field

__all__ = ["LARGEST_KEY", "Body", "Currency", "Key", "KeyInPath", "Line"]

LARGEST_KEY = 2**63 - 1

Key = Annotated[int, Field(ge=1, le=LARGEST_KEY, description="Key of a record.")]
"""The key of a record, in a body."""

KeyInPath = Annotated[int, Path(ge=1, le=LARGEST_KEY, description="Key of the record.")]
"""The key of a record, in an address."""

Line = Annotated[str, Field(max_length=200)]
"""A line of text."""

Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", description="ISO 4217.", examples=["DKK"])]
"""A currency by its code."""


class Body(Schema):
    """What is sent. A name that means nothing here is refused, so that no wish is lost in silence."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    def given(self) -> dict[str, Any]:
        """What was sent, and nothing that was not."""
        return self.model_dump(exclude_unset=True)
