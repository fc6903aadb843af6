"""What events tell of deals, as histories. The unit of observation is the deal; nothing here reads or writes a table.

Events name stages and pipelines in words. Of a deal that nobody says a pipeline of, the pipeline is empty; of one that
is won or lost without ever having entered a stage, the stage is.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
import polars as pl
from babel.numbers import get_currency_precision

from tragt.web.crm.models import MoveKind

__all__ = ["KINDS", "OWNERS", "PRODUCTS", "History", "Step", "histories", "owner_in", "stage_order", "standing"]

KINDS: Mapping[str, MoveKind] = {
    "Deal Created": MoveKind.CREATED,
    "Deal Stage Entered": MoveKind.ENTERED,
    "Deal Won": MoveKind.WON,
    "Deal Lost": MoveKind.LOST,
    "Deal Reopened": MoveKind.REOPENED,
}
"""What the events of deals tell."""

_VALUES = ("value", "amount", "deal_value", "close_value", "deal - value", "amount in company currency")
OWNERS = ("owner", "deal_owner", "deal owner", "sales_agent", "owner name", "opportunity owner", "deal - owner")
PRODUCTS = ("product", "product name", "product_name", "deal - product", "produkt", "produktnavn", "produktnamn")
_TITLES = ("deal_name", "deal name", "opportunity name", "deal - title", "title")
"""What properties are called, in small letters, by the systems whose exports are known."""

_LARGEST = 10**15
_LONGEST_NAME, _LONGEST_STAGE, _LONGEST_PRODUCT = 300, 100, 200


@dataclass(frozen=True, slots=True)
class Step:
    """A move of a deal.

    Attributes:
        kind: What it is.
        at: When.
        pipeline: Name of the pipeline; empty where nobody said.
        stage: Name of the stage that the deal is in afterwards; empty where nobody said.
        value: What the deal was worth, in minor units; None where nobody said.
        currency: Of the value; empty where nobody said.
        reason: Why it was lost; empty where nobody said.
    """

    kind: MoveKind
    at: datetime
    pipeline: str
    stage: str
    value: int | None
    currency: str
    reason: str = ""


@dataclass(slots=True)
class History:
    """What events tell of a deal.

    Attributes:
        key: What the log calls it.
        name: What it is called; empty where nobody said.
        company: The company, as named last; empty where none was.
        owner: Whose it is, in words; empty where nobody said.
        product: What is sold in it, in words; empty where nobody said.
        contacts: The actors beside it, the earliest first.
        steps: How it moved, in the order of time.
    """

    key: str
    name: str = ""
    company: str = ""
    owner: str = ""
    product: str = ""
    contacts: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)


def histories(events: pl.DataFrame, currency: str) -> list[History]:
    """What events tell of deals.

    Args:
        events: ``id``, ``time``, ``name`` (as in `KINDS`; others tell of contacts only), ``actor``, ``company``,
            ``deal`` and ``properties`` (JSON).
        currency: Of values that name none.

    Returns:
        A history a deal. An entry into the stage that the deal is in already is no step; one by which a deal that
        nobody told of before comes in created it.
    """
    columns = ("deal", "time", "name", "actor", "company", "properties")
    rows = events.filter(pl.col("deal").is_not_null()).sort("deal", "time", "id")
    texts = rows.select(pl.col(name) if name == "time" else pl.col(name).cast(pl.String) for name in columns)
    return [_history(deal, group, currency) for deal, group in itertools.groupby(texts.iter_rows(), lambda row: row[0])]


def standing(key: str, stage: str, company: str, told: Mapping[str, object], at: datetime, currency: str) -> History:
    """The history of a deal of which nothing is known but the stage that it stands in.

    Args:
        key: What the log calls it.
        stage: Name of the stage.
        company: Its company; empty where it has none.
        told: What else is told of it, as the properties of an event.
        at: When it is taken to have come there.
        currency: Of a value that names none.
    """
    found, plain = History(key, company=company), {name.casefold(): value for name, value in told.items()}
    _describe(found, plain)
    value = _value(plain, currency)
    found.steps = [Step(MoveKind.CREATED, at, "", stage[:_LONGEST_STAGE], value, currency)]
    return found


def owner_in(told: Mapping[str, object]) -> str:
    """Whose a deal is, as properties of its events say; empty where they do not."""
    return _text({name.casefold(): value for name, value in told.items()}, *OWNERS)


def stage_order(found: Iterable[History]) -> dict[str, list[str]]:
    """The stages of each pipeline in the order in which deals come to them, on average.

    Args:
        found: Deals.

    Returns:
        Names of stages by the name of their pipeline.
    """
    places: defaultdict[str, defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for one in found:
        entered = [(step.pipeline, step.stage) for step in one.steps if step.stage]
        for place, (pipeline, stage) in enumerate(dict.fromkeys(entered)):
            places[pipeline][stage].append(place)
        for step in one.steps:
            places[step.pipeline]
    return {
        pipeline: sorted(stages, key=lambda name: sum(stages[name]) / len(stages[name]))
        for pipeline, stages in places.items()
    }


def _history(deal: str, rows: Iterable[tuple[Any, ...]], currency: str) -> History:
    found = History(deal)
    pipeline = stage = ""
    for _, time, name, actor, company, text in rows:
        told = _decoded(text)
        if actor and actor not in found.contacts:
            found.contacts.append(actor)
        found.company = company or found.company
        _describe(found, told)
        kind = KINDS.get(name)
        if kind is None:
            continue
        pipeline = _text(told, "pipeline")[:_LONGEST_STAGE] or pipeline
        entered = _stage(kind, told)
        if kind == MoveKind.ENTERED and found.steps and entered == stage:
            continue
        stage = entered or stage
        paid = _text(told, "currency").upper()
        paid = paid if len(paid) == 3 and paid.isalpha() else currency
        value = _value(told, paid)
        kind = MoveKind.CREATED if kind == MoveKind.ENTERED and not found.steps else kind
        found.steps.append(Step(kind, time, pipeline, stage, value, paid, _text(told, "reason")[:_LONGEST_STAGE]))
    found.steps = list(_told_on(found.steps, pipeline))
    return found


def _describe(found: History, told: Mapping[str, object]) -> None:
    """Take what is told of a deal besides its moves."""
    found.owner = _text(told, *OWNERS) or found.owner
    found.product = _text(told, *PRODUCTS)[:_LONGEST_PRODUCT] or found.product
    found.name = _text(told, *_TITLES)[:_LONGEST_NAME] or found.name


def _told_on(steps: list[Step], pipeline: str) -> Iterator[Step]:
    """The steps, each with the value that was told last, and the pipeline that was told first where it tells none."""
    first = next((step.pipeline for step in steps if step.pipeline), pipeline)
    value: int | None = None
    currency = ""
    for step in steps:
        if step.value is not None:
            value, currency = step.value, step.currency
        yield Step(
            step.kind, step.at, step.pipeline or first, step.stage, value, currency or step.currency, step.reason
        )


def _stage(kind: MoveKind, told: Mapping[str, object]) -> str:
    """The stage that an event says a deal is in; of a closed deal its ``stage`` only says so again."""
    names = ("to", "stage") if kind in (MoveKind.CREATED, MoveKind.ENTERED, MoveKind.REOPENED) else ("from",)
    return _text(told, *names)[:_LONGEST_STAGE]


def _text(told: Mapping[str, object], *names: str) -> str:
    return next((found.strip() for name in names if isinstance(found := told.get(name), str) and found.strip()), "")


def _value(told: Mapping[str, object], currency: str) -> int | None:
    return _minor(next((told[name] for name in _VALUES if told.get(name) not in (None, "")), None), currency)


def _minor(value: object, currency: str) -> int | None:
    """An amount in minor units, rounded; None where it is none, below zero or beyond all amounts."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        exact = Decimal(str(value)).scaleb(get_currency_precision(currency))
        return int(exact.to_integral_value()) if 0 <= exact < _LARGEST else None
    except (InvalidOperation, ValueError):
        return None


def _decoded(text: str | None) -> dict[str, object]:
    try:
        told = msgspec.json.decode(text or "{}")
    except msgspec.DecodeError:
        return {}
    return {name.casefold(): value for name, value in told.items()} if isinstance(told, dict) else {}
