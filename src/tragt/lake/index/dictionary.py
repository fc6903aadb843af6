"""Property codes on disk: one dictionary a property, which only grows, and a file of codes for each name.

``codes/<property>/tokens.parquet`` holds the values as the log writes them, ``codes/<property>/<name>.codes`` for each
event of the posting 0 or the place of its value, counted from 1, in 8, 16 or 32 bits. ``<name>.used`` tells which
places these are (32 bits each), ``<name>.unmatched`` the units whose events had changed by then, so that their codes
cannot be read (64 bits each). ``sessions/<name>.codes`` holds numbers of sessions alike, without a dictionary. Property
and name are hashed for their files.
"""

from collections.abc import Collection
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from tragt.lake.index.arrays import I64, U32, mapped, stored
from tragt.lake.index.disk import replaced

__all__ = ["Meanings", "code_file", "dictionary", "store_codes", "stored_codes", "unmatched", "used"]

_WIDTHS: tuple[type[np.unsignedinteger], ...] = (np.uint8, np.uint16, np.uint32)


@dataclass(frozen=True, slots=True)
class Meanings:
    """What the written values of a property mean.

    Attributes:
        names: Of the events of these names.
        codes: For each place in the dictionary, 0 for absence first, the code of the value.
        values: The values, by code less one, each once.
    """

    names: Collection[str]
    codes: U32
    values: pl.Series


def code_file(generation: Path, name: str, property: str | None) -> Path:  # noqa: A002
    """Where the codes of a property of a name are.

    Args:
        generation: The generation.
        name: The name.
        property: The property; None is the session.
    """
    folder = generation / "sessions" if property is None else generation / "codes" / _file(property)
    return folder / f"{_file(name)}.codes"


def dictionary(generation: Path, property: str) -> pl.Series:  # noqa: A002 - the field's word
    """The values of a property as the log writes them.

    Args:
        generation: The generation.
        property: The property.
    """
    path = generation / "codes" / _file(property) / "tokens.parquet"
    return pl.read_parquet(path)["token"] if path.exists() else pl.Series("token", dtype=pl.String)


def store_codes(path: Path, codes: U32, tokens: pl.Series | None, units: I64) -> None:
    """Write codes; the file of codes comes last, so that whoever finds it finds the rest.

    Args:
        path: Where.
        codes: The codes.
        tokens: The dictionary, which begins with what it was; None for sessions.
        units: Units whose codes are wrong.
    """
    if tokens is not None:
        with replaced(path.with_name("tokens.parquet")) as aside:
            tokens.rename("token").to_frame().write_parquet(aside, statistics=False)
        with replaced(path.with_suffix(".used")) as aside:
            stored(aside, np.flatnonzero(np.bincount(codes, minlength=1)[1:]).astype(np.uint32) + np.uint32(1))
    if len(units):
        with replaced(path.with_suffix(".unmatched")) as aside:
            stored(aside, units.astype(np.int64))
    width = next(each for each in _WIDTHS if int(codes.max(initial=0)) <= np.iinfo(each).max)
    with replaced(path) as aside:
        stored(aside, codes.astype(width))


def stored_codes(
    generation: Path,
    name: str,
    property: str | None,  # noqa: A002 - the field's word
    count: int,
) -> npt.NDArray[np.unsignedinteger]:
    """The codes of a property of a name.

    Args:
        generation: The generation.
        name: The name.
        property: The property.
        count: How many events the name has.
    """
    if count == 0:
        return np.zeros(0, np.uint8)
    path = code_file(generation, name, property)
    width = path.stat().st_size // count
    return mapped(path, next(each for each in _WIDTHS if np.dtype(each).itemsize == width))


def used(generation: Path, name: str, property: str) -> I64:  # noqa: A002 - the field's word
    """The codes that any event of a name has, ascending, without 0.

    Args:
        generation: The generation.
        name: The name.
        property: The property.
    """
    path = code_file(generation, name, property).with_suffix(".used")
    return mapped(path, np.uint32).astype(np.int64) if path.exists() else np.zeros(0, np.int64)


def unmatched(generation: Path, name: str, property: str | None) -> I64:  # noqa: A002 - the field's word
    """Places in `Generation.wholes` of the units whose codes cannot be read.

    Args:
        generation: The generation.
        name: The name.
        property: The property.
    """
    path = code_file(generation, name, property).with_suffix(".unmatched")
    return np.array(mapped(path, np.int64)) if path.exists() else np.zeros(0, np.int64)


def _file(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()
