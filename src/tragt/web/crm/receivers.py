"""What deals do when files come in or go."""

from collections.abc import Mapping

import msgspec
import polars as pl

from tragt.web.crm.actions.learning import Undated, learn_deals, undo_deals
from tragt.web.crm.histories import KINDS
from tragt.web.crm.models import MoveKind
from tragt.web.imports.models import Import, PipelineUnit
from tragt.web.lexicon.queries import lexicon
from tragt.web.log.queries import lake
from tragt.web.shell.acting import SYSTEM, Who

__all__ = ["after_import", "after_undo"]

_COLUMNS = ("id", "time", "name", "actor", "company", "deal", "batch", "properties")
_EVENTS = {kind: name for name, kind in KINDS.items()}
_STAGES = {"open": MoveKind.ENTERED, "won": MoveKind.WON, "lost": MoveKind.LOST}


def after_import(sender: object, *, key: int, batch: str, who: Who | None = None, **_rest: object) -> None:  # noqa: ARG001
    """Learn what a file tells of deals: by events that are called so, or by a table of deals with their stages."""
    stages = _stages_told(key)
    words = lexicon()
    meant = {spelling: name for name in KINDS for spelling in words.spellings(name)} | stages
    events = lake().read(columns=_COLUMNS, names=[*meant], having=["deal"]).filter(pl.col("batch") == batch)
    name = pl.col("name").cast(pl.String)
    if stages:
        entered = pl.struct(name, pl.col("properties").cast(pl.String)).map_elements(_with_stage, pl.String)
        events = events.with_columns(properties=entered)
    units = PipelineUnit.objects.filter(origin=key).exclude(deal="").values_list("deal", "stage", "company")
    learn_deals(
        events.with_columns(name.replace(meant)),
        cause=batch,
        who=who or SYSTEM,
        undated=[Undated(*unit) for unit in units],
        order=[*stages],
    )


def after_undo(sender: object, *, batch: str, who: Who | None = None, **_rest: object) -> None:  # noqa: ARG001
    """Take back what a file told of deals."""
    undo_deals(cause=batch, who=who or SYSTEM)


def _stages_told(key: int) -> dict[str, str]:
    """Of a table of deals, what entering each stage means, by its name; nothing for another file."""
    kept = Import.objects.filter(pk=key).values_list("stages", flat=True).first()
    if not isinstance(kept, Mapping) or kept.get("unit") != "deal":
        return {}
    return {name: _EVENTS[kind] for end, kind in _STAGES.items() for name in kept.get(end, ())}


def _with_stage(row: Mapping[str, str | None]) -> str:
    """The properties of an entry into a stage, with the stage that its name tells."""
    told = msgspec.json.decode(row["properties"] or "{}")
    return msgspec.json.encode({**told, "to": row["name"]}).decode()
