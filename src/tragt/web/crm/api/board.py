"""The operation that reads the board of a pipeline: what stands in its stages now."""

from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from tragt.errors import NotFound
from tragt.web.accounts.models import User
from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.schemas import KeyInPath
from tragt.web.crm.api.values import Key
from tragt.web.crm.models import Pipeline, Stage
from tragt.web.crm.queries.board import FIRST, Card, Column, Wanted, columns
from tragt.web.crm.queries.pipelines import pipelines, stages_of

__all__ = ["router"]

router = Router(tags=["Pipelines"])

MOST = 1_000


class BoardAsked(Schema):
    """Which deals a board shows."""

    owner: Annotated[str, Field(pattern="^(mine|team|[0-9]{1,18})$")] | None = Field(
        None, description="`mine`, `team`, or the key of a user."
    )
    market: Literal["small", "mid", "enterprise"] | None = Field(None, description="Of the company.")
    text: Annotated[str, Field(min_length=1, max_length=100)] | None = Field(
        None, description="What the name of the deal or of its company has in it."
    )
    stage: list[Key] | None = Field(None, max_length=100, description="Only these of its stages.")
    cards: int = Field(FIRST, ge=1, le=MOST, description="How many cards of a stage are given.")

    def wanted(self, user: User) -> Wanted:
        """What is asked for by somebody."""
        return Wanted(_owners(self.owner, user), self.market or "", self.text or "")


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
            owner=card.owner.pk if card.owner else None,
            days=card.days,
            rotting=card.rotting,
            task=task,
        )


class BoardAmount(Schema):
    """A sum of one currency."""

    value: int = Field(description="In minor units.")
    currency: str


class BoardColumn(Schema):
    """A stage with what stands in it."""

    stage: int
    name: str
    number: int = Field(description="How many deals.")
    rotting: int = Field(description="How many of them rot.")
    amounts: list[BoardAmount] = Field(description="What they are worth, a sum for each currency.")
    valued: int = Field(description="How many of them have a value.")
    cards: list[BoardCard] = Field(description="What is due next first, then what stands there longest.")
    more: int = Field(description="How many deals are not among the cards.")

    @classmethod
    def of(cls, column: Column) -> "BoardColumn":
        """A column, as it is answered."""
        return cls(
            stage=column.stage.pk,
            name=column.stage.name,
            number=column.number,
            rotting=column.rotting,
            amounts=[BoardAmount(value=one.minor, currency=one.currency) for one in column.amounts],
            valued=column.valued,
            cards=[BoardCard.of(card) for card in column.cards],
            more=column.more,
        )


class Board(Schema):
    """The open deals of a pipeline by their stages."""

    pipeline: int
    at: datetime
    columns: list[BoardColumn] = Field(description="In the order of the stages.")


@operation(router, "GET /{pipeline}/board", permission="deals.see", gives=Board)
def read_board(request: HttpRequest, pipeline: KeyInPath, asked: Annotated[BoardAsked, Query()]) -> Board:
    """The board of a pipeline of deals that is in use."""
    user, at = user_of(request), timezone.now()
    row = _in_use(pipeline)
    stages = _stages(row, asked.stage)
    shown = {stage.pk: asked.cards for stage in stages}
    found = columns(user, row, stages, asked.wanted(user), at, shown)
    return Board(pipeline=row.pk, at=at, columns=[BoardColumn.of(column) for column in found])


def _stages(pipeline: Pipeline, asked: list[int] | None) -> list[Stage]:
    rows = list(stages_of(pipeline))
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
