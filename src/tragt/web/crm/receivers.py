"""What deals do when files come in or go, and when records are marked."""

from collections.abc import Mapping, Sequence

import msgspec
import polars as pl

from tragt.web.crm.actions.giving import give_deals
from tragt.web.crm.actions.learning import Undated, learn_deals, undo_deals
from tragt.web.crm.actions.tagging import count_marks
from tragt.web.crm.histories import KINDS, owner_in
from tragt.web.crm.models import MoveKind
from tragt.web.imports.models import Import, PipelineUnit, State
from tragt.web.lexicon.queries import lexicon
from tragt.web.log.queries import lake
from tragt.web.shell.acting import SYSTEM, Who

__all__ = ["after_import", "after_tagging", "after_undo", "give_owners"]

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
    units = PipelineUnit.objects.filter(origin=key).exclude(deal="").values_list("deal", "stage", "company", "told")
    learn_deals(
        events.with_columns(name.replace(meant)),
        cause=batch,
        who=who or SYSTEM,
        undated=[Undated(*unit) for unit in units],
        order=[*stages],
    )
    if _brought_users(key):
        for other in Import.objects.filter(state=State.DONE, result__counted__has_key="owner"):
            give_owners(other, who or SYSTEM)


def give_owners(one: Import, who: Who) -> int:
    """Give the deals of an import that nobody owns to the users whom its file names, by now.

    Args:
        one: The import.
        who: Who gives them.

    Returns:
        How many deals have an owner now.
    """
    units = PipelineUnit.objects.filter(origin=one).exclude(deal="").values_list("deal", "told")
    named = {deal: owner for deal, told in units if (owner := owner_in(told))}
    events = lake().read(columns=["id", "time", "name", "deal", "batch", "properties"], having=["deal"])
    rows = events.filter(pl.col("batch") == one.batch).sort("time", "id").select("deal", "properties")
    for deal, text in rows.select(pl.all().cast(pl.String)).iter_rows():
        if owner := owner_in(msgspec.json.decode(text or "{}")):
            named[deal] = owner
    return give_deals(named, cause=one.batch, who=who)


def _brought_users(key: int) -> bool:
    return Import.objects.filter(pk=key, answers__target="user").exists()


def after_undo(sender: object, *, batch: str, who: Who | None = None, **_rest: object) -> None:  # noqa: ARG001
    """Take back what a file told of deals."""
    undo_deals(cause=batch, who=who or SYSTEM)


def after_tagging(sender: object, *, kind: str, records: Sequence[int], **_rest: object) -> None:  # noqa: ARG001
    """Count new marks of deals as changes of them: whoever has one open sees that somebody changed it."""
    if kind == "deal" and records:
        count_marks(records)


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
