"""Operations on the targets of a funnel, and on its trend. The unit is the step."""

from datetime import date, datetime
from typing import Annotated, Literal

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router, Schema
from pydantic import Field

from tragt.errors import NotEnoughData, NotFound
from tragt.funnel.question import Every
from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.schemas import LARGEST_KEY, KeyInPath
from tragt.web.api.versions import mark, version_seen
from tragt.web.crm.api.refusals import heeding
from tragt.web.crm.api.values import Day, Exact
from tragt.web.funnels import queries
from tragt.web.funnels.actions.targets import forget_target, set_targets
from tragt.web.funnels.api.funnels import EDIT, SEE
from tragt.web.funnels.counting.failing import refuse_failed
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.trends import trends
from tragt.web.funnels.trends.attainment import Attained, attained
from tragt.web.funnels.trends.targets import Change, targets_of
from tragt.web.funnels.trends.trending import ask_for_trend
from tragt.web.funnels.trends.trends import Trend
from tragt.web.shell.acting import Who

__all__ = ["router"]

router = Router(tags=["Funnels"])

Title = Annotated[str, Field(min_length=1, max_length=20_000)]
"""A step without a label is called by all the names of events that reach it."""

Share = Annotated[float, Field(gt=0, lt=1)]
ChangeInPath = Annotated[int, Path(ge=1, le=LARGEST_KEY, description="Key of what was said.")]


class TargetSaid(Schema):
    """From a day on, this is asked of a step."""

    id: int | None = Field(description="Null where the pipeline says it that the funnel follows.")
    step: str = Field(description="Title of the step.")
    share: float | None = Field(description="What share should come from the step before, 0 to 1; null is nothing.")
    since: date | None = Field(description="First day; null is from the beginning.")

    @classmethod
    def of(cls, change: Change) -> "TargetSaid":
        """What was said, as it is answered."""
        return cls(id=change.key, step=change.step, share=change.share, since=change.since)


class TargetsShown(Schema):
    """The targets of a funnel."""

    steps: list[str] = Field(description="Titles of the steps that may have a target.")
    now: dict[str, float] = Field(description="The share that is asked for now, by title of the step.")
    said: list[TargetSaid] = Field(description="What was said, from which day on, the latest last.")

    @classmethod
    def of(cls, saved: SavedFunnel) -> "TargetsShown":
        """The targets, as they are answered."""
        known = targets_of(saved)
        said = sorted(known.changes, key=lambda one: one.rank)
        return cls(steps=list(known.steps), now=known.at(known.today), said=[TargetSaid.of(one) for one in said])


class TargetsSent(Exact):
    """What share should come to steps from a day on."""

    shares: dict[Title, Share | None] = Field(
        min_length=1, max_length=100, description="By title of the step; null asks nothing of it from then on."
    )
    since: Day | None = Field(None, description="First day; null is from the beginning.")


class TrendAsked(Schema):
    """Which trend is asked for."""

    every: Literal["day", "week", "month"] = Field("week", description="How long the stretches are.")
    step: int | None = Field(
        None, ge=2, le=100, description="Number of the step that is reached; none is the whole way."
    )


class StretchShown(Schema):
    """Those who entered in a stretch of days."""

    start: date
    until: date = Field(description="The last day.")
    came: int = Field(description="How many came to the step before; for the whole way, how many entered.")
    passed: int
    rate: float | None = Field(
        description="The share, so far where the stretch may not be over; null where nobody came."
    )
    low: float | None
    high: float | None
    over: bool | None = Field(description="Whether all have had their full time; null where that is not known.")
    target: float | None = Field(description="What was asked for on the first day.")
    attainment: float | None = Field(description="The share divided by the target; null without both.")
    verdict: str | None = Field(
        description="`met`, `short` (below, within chance), `missed` (the whole interval below); null without both."
    )

    @classmethod
    def of(cls, one: Attained) -> "StretchShown":
        """A stretch, as it is answered."""
        names = ("start", "until", "came", "passed", "rate", "low", "high", "over", "target")
        return cls(
            **{name: getattr(one, name) for name in names},
            attainment=one.ratio,
            verdict=None if one.verdict is None else str(one.verdict),
        )


class TrendShown(Schema):
    """The last stretches, in their order."""

    every: str
    stretches: list[StretchShown]
    cut: bool = Field(description="Whether there are earlier ones.")
    as_of: datetime = Field(description="The moment that was looked from.")
    computed: datetime


@operation(router, "GET /{funnel}/targets", permission=SEE, gives=TargetsShown)
def read_targets(request: HttpRequest, funnel: KeyInPath, response: HttpResponse) -> TargetsShown:  # noqa: ARG001
    """Read the targets of a funnel, with those of before."""
    return _marked(queries.saved_funnel(funnel), response)


@operation(router, "POST /{funnel}/targets", permission=EDIT, gives=TargetsShown, versioned=True)
def say_targets(request: HttpRequest, funnel: KeyInPath, body: TargetsSent, response: HttpResponse) -> TargetsShown:
    """Say what share should come to steps, from a day on.

    What was asked for before that day stays, so that the past is measured by what was asked then. A funnel that follows
    a pipeline has the targets of its stages.
    """
    saved, who = queries.saved_funnel(funnel), Who.of(user_of(request))
    with heeding(request), transaction.atomic():
        row = set_targets(who, saved, body.shares, body.since, version=version_seen(request))
    return _marked(row, response)


@operation(router, "DELETE /{funnel}/targets/{change}", permission=EDIT, gives=TargetsShown)
def take_back_target(
    request: HttpRequest, funnel: KeyInPath, change: ChangeInPath, response: HttpResponse
) -> TargetsShown:
    """Take back what was said of a step from a day on; what was said before holds on."""
    saved = queries.saved_funnel(funnel)
    if change not in {one.key for one in targets_of(saved).changes}:
        raise NotFound("targets.unknown", f"Nothing was said under {change}.", key=change)
    return _marked(forget_target(Who.of(user_of(request)), saved, change), response)


@operation(router, "GET /{funnel}/trend", permission=SEE, gives=TrendShown)
def read_trend(request: HttpRequest, funnel: KeyInPath, asked: Annotated[TrendAsked, Query()]) -> TrendShown:
    """Read the trend of a funnel: shares and entries by day, week or month, beside the targets.

    Of a large log it is counted by a job; until then the answer is what was counted last, or 409 with
    `funnels.counting`. Where that job failed and nothing was counted before, it is 422 with what went wrong; asked
    again after an hour, it is tried anew.
    """
    saved, every = queries.saved_funnel(funnel), Every(asked.every)
    place = _place(saved, asked.step)
    known = queries.ask(saved.funnel, saved.saved_period)
    found: Trend | None = trends.trend_at_hand(known, every)
    if found is None and trends.works_at_once(known):
        found = trends.reckoned(known, every)
    if found is None:
        job = ask_for_trend(saved, every, known.key, Who.of(user_of(request)))
        found = trends.trend_before(known, every)
        if found is None:
            refuse_failed(job)
    if found is None:
        raise NotEnoughData("funnels.counting", "The trend is being counted. Ask again in a minute.")
    stretches = attained(found, saved.funnel, place, targets_of(saved))
    return TrendShown(
        every=str(found.every),
        stretches=[StretchShown.of(one) for one in stretches],
        cut=found.cut,
        as_of=found.as_of,
        computed=found.computed,
    )


def _place(saved: SavedFunnel, step: int | None) -> int | None:
    if step is None:
        return None
    if step - 1 not in saved.funnel.required[1:]:
        raise NotFound("funnels.no_step", f"The funnel has no step {step} that must be reached.", step=step)
    return step - 1


def _marked(saved: SavedFunnel, response: HttpResponse) -> TargetsShown:
    mark(response, saved.version)
    return TargetsShown.of(saved)
