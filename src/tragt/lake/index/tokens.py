"""Properties as they are written in the log, told apart by their letters; typed when it is known what is asked."""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from tragt.lake.json_properties import UNUSUAL, tokens, typed

__all__ = ["behind", "meanings", "written"]

_objects: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


def behind(properties: Sequence[str]) -> list[pl.Expr]:
    """What is read of the log so that `written` gives the properties.

    Args:
        properties: Their names.
    """
    return tokens(properties) if properties else []


def written(events: pl.DataFrame, properties: Sequence[str]) -> dict[str, pl.Series]:
    """The properties of events as they are written: JSON's numbers, truths and quoted text; missing where absent.

    Args:
        events: The columns of `behind`.
        properties: Their names.
    """
    return {name: _written(events[str(place)], events[UNUSUAL], name) for place, name in enumerate(properties)}


def meanings(texts: pl.Series, used: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.uint32], pl.Series]:
    """What written values mean, of the one type that all that are used have.

    Args:
        texts: Values as they are written, each once.
        used: Which of them anything asked for has.

    Returns:
        For each text the code of its value (0 where it is not used), and the values by code less one, each once.
    """
    those = np.flatnonzero(used)
    values = _typed(texts.gather(those))
    distinct = values.drop_nulls().unique(maintain_order=True)
    numbered = pl.DataFrame({"v": distinct, "code": np.arange(1, len(distinct) + 1, dtype=np.uint32)})
    found = values.to_frame("v").join(numbered, on="v", how="left", maintain_order="left")["code"]
    codes = np.zeros(len(texts), np.uint32)
    codes[those] = found.fill_null(0).to_numpy()
    return codes, distinct


def _typed(texts: pl.Series) -> pl.Series:
    values = typed(texts, pl.repeat(None, len(texts), dtype=pl.String, eager=True), texts.name)
    return values.fill_nan(None) if values.dtype.is_float() else values


def _written(found: pl.Series, unusual: pl.Series, name: str) -> pl.Series:
    if unusual.null_count() < len(unusual):
        places = unusual.is_not_null().arg_true()
        found = found.scatter(places, [_one(text, name) for text in unusual.gather(places).to_list()])
    return found.set(found == "null", None).alias(name)


def _one(text: str, name: str) -> str | None:
    value = _objects.decode(text).get(name)
    return None if value is None else bytes(value).decode()
