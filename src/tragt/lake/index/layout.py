"""What a generation is on disk: names of its files, and what its description says."""

from pathlib import Path
from typing import Final

import msgspec

from tragt.errors import TragtError
from tragt.lake.index.disk import synchronise

__all__ = [
    "DESCRIPTION",
    "FORMAT",
    "NO_FLAGS",
    "Description",
    "Name",
    "described",
    "write_description",
]

FORMAT: Final = 4
DESCRIPTION: Final = "generation.json"
NO_FLAGS: Final = -1


class Name(msgspec.Struct, frozen=True):
    """Where the events of a name stand.

    Attributes:
        name: The name.
        start: Place of its first event in ``keys``.
        count: How many there are.
        flags: Place of its first event's flags in ``flags``; −1 where no event has any.
    """

    name: str
    start: int
    count: int
    flags: int


class Description(msgspec.Struct, frozen=True):
    """What a generation says of itself.

    Attributes:
        format: Version of the format.
        kind: What is counted.
        version: Version of the lake that it covers.
        events: How many events of units it holds.
        units: How many units.
        shift: Bits of the moment in a key.
        origin: The moment that is 0, ms since 1970 in UTC.
        last: The latest moment of any event, ms since 1970 in UTC.
        key: Key of the hashes in the locator, hexadecimal.
        hidden: Batches that were hidden.
        names: Where the events of each name stand, by name.
    """

    format: int
    kind: str
    version: int
    events: int
    units: int
    shift: int
    origin: int
    last: int
    key: str
    hidden: tuple[str, ...]
    names: tuple[Name, ...]


def described(folder: Path) -> Description:
    """What a generation says of itself.

    Args:
        folder: The generation.

    Raises:
        TragtError: It was made by another version of Tragt.
    """
    text = (folder / DESCRIPTION).read_bytes()
    given = msgspec.json.decode(text)["format"]
    if given != FORMAT:
        raise TragtError(
            "index.format",
            f"The index {folder} has format {given}, this Tragt knows {FORMAT}. Build it again.",
            found=given,
            known=FORMAT,
        )
    return msgspec.json.decode(text, type=Description)


def write_description(folder: Path, description: Description) -> None:
    """Write what a generation says of itself, after everything else.

    Args:
        folder: The generation.
        description: What it says.
    """
    (folder / DESCRIPTION).write_bytes(msgspec.json.format(msgspec.json.encode(description)))
    for path in folder.iterdir():
        synchronise(path)
    synchronise(folder)
