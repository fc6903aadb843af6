"""Operations on what the firm knows of the markets that it sells in. The unit is the market."""

from typing import Annotated, Literal

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Path, Router, Schema
from pydantic import Field

from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.versions import check_tag, digest_of, mark
from tragt.web.crm.actions.deals import LARGEST
from tragt.web.crm.actions.markets import describe_market
from tragt.web.crm.api.values import Exact
from tragt.web.crm.models import MarketProfile
from tragt.web.crm.queries.markets import profiles
from tragt.web.shell.acting import Who

__all__ = ["router"]

router = Router(tags=["Markets"])

EDIT = "pipelines.edit"
_LARGEST_SMALL = 32_767

MarketName = Literal["small", "mid", "enterprise"]
MarketInPath = Annotated[MarketName, Path(description="The market, by the size of its firms.")]
_Text = Annotated[str, Field(max_length=200)]
_Number = Annotated[int, Field(ge=0, le=_LARGEST_SMALL)]
_Size = Annotated[int, Field(ge=0, le=LARGEST)]
_DECIDERS = "How many people decide; null where nobody knows."
_CYCLE = "Typical days from the first talk to the close; null where nobody knows."
_SIZE = "Typical size of a deal, in minor units of the organisation's currency; null where nobody knows."


class MarketShown(Schema):
    """How customers of a market buy; what nobody has said is empty or null."""

    market: MarketName
    organisation: str = Field(description="How their firms are organised.")
    deciders: int | None = Field(description=_DECIDERS)
    procurement: str = Field(description="How they procure.")
    cycle_days: int | None = Field(description=_CYCLE)
    deal_size: int | None = Field(description=_SIZE)
    sensitivity: str = Field(description="How much the price decides: `low`, `medium`, `high`.")
    approach: str = Field(description="Who speaks first: `inbound`, `outbound`, `both`.")
    touch: str = Field(description="How much a seller is there: `none`, `inside`, `field`.")

    @classmethod
    def of(cls, row: MarketProfile) -> "MarketShown":
        """A market, as it is answered."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class Markets(Schema):
    """All markets."""

    items: list[MarketShown] = Field(description="By the size of their firms.")


class MarketChange(Exact):
    """What is said of a market; an empty text or null takes back what was said."""

    organisation: _Text = ""
    deciders: _Number | None = Field(None, description=_DECIDERS)
    procurement: _Text = ""
    cycle_days: _Number | None = Field(None, description=_CYCLE)
    deal_size: _Size | None = Field(None, description=_SIZE)
    sensitivity: Literal["", "low", "medium", "high"] = ""
    approach: Literal["", "inbound", "outbound", "both"] = ""
    touch: Literal["", "none", "inside", "field"] = ""


@operation(router, "GET", permission="deals.see", gives=Markets)
def list_markets(request: HttpRequest) -> Markets:  # noqa: ARG001
    """The markets, with what is known of each."""
    return Markets(items=[MarketShown.of(row) for row in profiles()])


@operation(router, "GET /{market}", permission="deals.see", gives=MarketShown)
def read_market(request: HttpRequest, market: MarketInPath, response: HttpResponse) -> MarketShown:  # noqa: ARG001
    """What is known of a market."""
    return _answer(market, response)


@operation(router, "PATCH /{market}", permission=EDIT, gives=MarketShown, versioned=True)
def change_market(
    request: HttpRequest, market: MarketInPath, body: MarketChange, response: HttpResponse
) -> MarketShown:
    """Say how customers of a market buy."""
    with transaction.atomic():
        # The first to speak of a market makes its row, so that there is one to hold.
        MarketProfile.objects.get_or_create(market=market)
        MarketProfile.objects.select_for_update().get(market=market)
        check_tag(request, digest_of(_shown(market)))
        describe_market(market, body.given(), who=Who.of(user_of(request)))
    return _answer(market, response)


def _answer(market: str, response: HttpResponse) -> MarketShown:
    shown = _shown(market)
    mark(response, digest_of(shown))
    return shown


def _shown(market: str) -> MarketShown:
    return next(MarketShown.of(row) for row in profiles() if row.market == market)
