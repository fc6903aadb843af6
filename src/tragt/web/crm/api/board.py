"""The operation that reads the board of a pipeline: what stands in its stages now."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from tragt.errors import NotFound
from tragt.web.accounts.models import User
from tragt.web.api.authentication import user_of
from tragt.web.api.limits import spend_rows
from tragt.web.api.operations import operation
from tragt.web.api.schemas import KeyInPath
from tragt.web.crm.api.values import Key
from tragt.web.crm.models import Pipeline, Stage
from tragt.web.crm.queries.board import Card, Column, Wanted, columns
from tragt.web.crm.queries.going_on import GoneOn, going_on
from tragt.web.crm.queries.pipelines import pipelines, stages_of
from tragt.web.money.conversion import Part, Total
from tragt.web.money.queries import totals
from tragt.web.shell import formats

__all__ = ["router"]

router = Router(tags=["Pipelines"])

USUAL, MOST = 50, 1_000


class BoardAsked(Schema):
    """Which deals a board shows."""

    owner: Annotated[str, Field(pattern="^(mine|team|[0-9]{1,18})$")] | None = Field(
        None, description="`mine`, `team`, or the key of a user."
    )
    market: Literal["small", "mid", "enterprise"] | None = Field(None, description="Of the company.")
    text: Annotated[str, Field(min_length=1, max_length=100)] | None = Field(
        None, description="What the name of the deal or of its company has in it."
    )
    tag: Key | None = Field(None, description="Key of a tag that they are marked with.")
    stage: list[Key] | None = Field(None, max_length=100, description="Only these of its stages.")
    cards: int = Field(USUAL, ge=1, le=MOST, description="How many cards of a stage are given.")

    def wanted(self, user: User) -> Wanted:
        """What is asked for by somebody."""
        return Wanted(_owners(self.owner, user), self.market or "", self.text or "", self.tag)


class BoardTask(Schema):
    """What is to be done next about a deal."""

    title: str
    due: datetime | None
    whole_day: bool


class BoardCard(Schema):
    """A deal on the board."""

    id: int
    version: int
    name: str
    company: str = Field(description="Name of its company; empty where it has none.")
    value: int | None = Field(description="In minor units.")
    currency: str
    owner: int | None
    days: int = Field(description="Whole days since it came to its stage.")
    rotting: bool = Field(description="Whether nothing was done about it for longer than the stage allows.")
    task: BoardTask | None = Field(description="What is to be done next.")
    tags: list[str] = Field(description="By name.")

    @classmethod
    def of(cls, card: Card) -> "BoardCard":
        """A card, as it is answered."""
        planned = card.task
        task = BoardTask(title=planned.title, due=planned.due, whole_day=planned.whole_day) if planned else None
        return cls(
            id=card.key,
            version=card.version,
            name=card.name,
            company=card.company,
            value=card.value,
            currency=card.currency,
            owner=card.owner.key if card.owner else None,
            days=card.days,
            rotting=card.rotting,
            task=task,
            tags=[tag.name for tag in card.tags],
        )


class BoardAmount(Schema):
    """A sum of one currency."""

    value: int = Field(description="In minor units.")
    currency: str


class BoardColumn(Schema):
    """A stage with what stands in it."""

    stage: int
    name: str
    level: str = Field(description="Which part of the funnel it belongs to: `tofu`, `mofu`, `bofu` or empty.")
    team: str = Field(description="Name of the team that works in it; empty for none.")
    probability: int | None = Field(description="Per cent of its deals that are expected to be won.")
    target: int | None = Field(description="Per cent that should go on from it; null where nobody set a target.")
    left_lately: int | None = Field(
        description="How many deals left it in the last 90 days; counted for stages with a target, else null."
    )
    went_on_lately: int | None = Field(description="How many of those went on to a later stage, or were won.")
    number: int = Field(description="How many deals.")
    rotting: int = Field(description="How many of them rot.")
    amounts: list[BoardAmount] = Field(description="What they are worth, a sum for each currency.")
    together: BoardAmount | None = Field(
        description="All of them in the organisation's currency, by the rates of today; null where none has a rate."
    )
    left_out: list[BoardAmount] = Field(description="What is not in that sum, since there is no rate for it.")
    weighted: list[BoardAmount] = Field(
        description="These times the probability of winning; empty where nobody said what that is."
    )
    valued: int = Field(description="How many of them have a value.")
    cards: list[BoardCard] = Field(description="What is due next first, then what stands there longest.")
    more: int = Field(description="How many deals are not among the cards.")

    @classmethod
    def of(cls, column: Column, total: Total, gone_on: GoneOn | None) -> "BoardColumn":
        """A column, as it is answered, with what it is worth in one currency."""
        return cls(
            **_worth(total),
            target=column.stage.target,
            left_lately=gone_on.left if gone_on else None,
            went_on_lately=gone_on.on if gone_on else None,
            stage=column.stage.pk,
            name=column.stage.name,
            level=column.stage.level,
            team=str(column.stage.team or ""),
            probability=column.stage.probability,
            number=column.number,
            rotting=column.rotting,
            amounts=[BoardAmount(value=one.minor, currency=one.currency) for one in column.amounts],
            weighted=[BoardAmount(value=one.minor, currency=one.currency) for one in column.weighted],
            valued=column.valued,
            cards=[BoardCard.of(card) for card in column.cards],
            more=column.more,
        )


class Board(Schema):
    """The open deals of a pipeline by their stages."""

    pipeline: int
    at: datetime
    together: BoardAmount | None = Field(description="All columns that are shown, as `together` of each.")
    left_out: list[BoardAmount] = Field(description="What is not in that sum, since there is no rate for it.")
    columns: list[BoardColumn] = Field(description="In the order of the stages.")


@operation(router, "GET /{pipeline}/board", permission="deals.see", gives=Board)
def read_board(request: HttpRequest, pipeline: KeyInPath, asked: Annotated[BoardAsked, Query()]) -> Board:
    """The board of a pipeline of deals that is in use."""
    user, at = user_of(request), timezone.now()
    row = _in_use(pipeline)
    stages = _stages(row, asked.stage)
    shown = {stage.pk: asked.cards for stage in stages}
    found = columns(user, row, stages, asked.wanted(user), at, shown)
    *each, whole = _totals(found, at)
    gone_on = going_on(user, row, stages, at)
    shown_columns = [
        BoardColumn.of(column, total, gone_on.get(column.stage.pk)) for column, total in zip(found, each, strict=True)
    ]
    spend_rows(request, sum(len(column.cards) for column in found))
    return Board(pipeline=row.pk, at=at, columns=shown_columns, **_worth(whole))


def _totals(found: Sequence[Column], at: datetime) -> list[Total]:
    """What each column is worth in the organisation's currency by the rates of the day, and last all together."""
    today = at.astimezone(formats.zone()).date()
    parts = [[Part(one.minor, one.currency, today) for one in column.amounts] for column in found]
    return totals([*parts, [part for some in parts for part in some]])


def _worth(total: Total) -> dict[str, Any]:
    together = None if total.minor is None else BoardAmount(value=total.minor, currency=total.currency)
    left = [BoardAmount(value=one.minor, currency=one.currency) for one in total.left_out]
    return {"together": together, "left_out": left}


def _stages(pipeline: Pipeline, asked: list[int] | None) -> list[Stage]:
    rows = list(stages_of(pipeline).select_related("team"))
    return rows if asked is None else [row for row in rows if row.pk in asked]


def _in_use(key: int) -> Pipeline:
    found = pipelines().filter(pk=key).first()
    if found is None:
        raise NotFound("crm.no_pipeline", f"There is no pipeline {key} of deals in use.", pipeline=key)
    return found


def _owners(owner: str | None, user: User) -> frozenset[int] | None:
    match owner:
        case None:
            return None
        case "mine":
            return frozenset({user.pk})
        case "team":
            mine = (
                User.objects.filter(team=user.team_id) if user.team_id is not None else User.objects.filter(pk=user.pk)
            )
            return frozenset(mine.values_list("pk", flat=True))
    return frozenset({int(owner)})
