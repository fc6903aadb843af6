"""Operations on the figures of a funnel, and on those who stand at its steps. The unit is the step."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal

from django.http import HttpRequest
from ninja import Path, Query, Router, Schema
from pydantic import Field

from tragt.errors import InvalidDefinition, NotAllowed, NotEnoughData, NotFound, TragtError
from tragt.funnel.members import Members
from tragt.funnel.step_report import StepReport, Times
from tragt.stats.intervals import Difference, Rate
from tragt.web.accounts.models import User
from tragt.web.accounts.reach import visible_owners
from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.paging import Page, Paging, cursor_of
from tragt.web.api.schemas import KeyInPath
from tragt.web.crm.api.values import Day
from tragt.web.funnels import queries
from tragt.web.funnels.api.funnels import SEE
from tragt.web.funnels.api.shapes import PeriodCode
from tragt.web.funnels.counting.answering import Asking
from tragt.web.funnels.counting.comparing import Comparison, Step, steps_of
from tragt.web.funnels.counting.failing import refuse_failed
from tragt.web.funnels.counting.figures import Figures
from tragt.web.funnels.counting.one_age import at_one_age, uneven
from tragt.web.funnels.counting.sources import names_of
from tragt.web.funnels.counting.standing import kept_members, members_of
from tragt.web.funnels.definition import to_json
from tragt.web.funnels.models import Compared, SavedFunnel
from tragt.web.funnels.periods import PeriodKind, SavedPeriod
from tragt.web.funnels.showing.mistakes import Mistake
from tragt.web.jobs.models import Job
from tragt.web.shell.acting import Who

__all__ = ["router"]

router = Router(tags=["Funnels"])

Outcome = Literal["entered", "passed", "lost", "excluded", "expired", "open"]
StepNumber = Annotated[int, Path(ge=1, le=100, description="Number of the step, from 1.")]


class PeriodAsked(Schema):
    """Which entries are asked for; without a period those of the funnel's own."""

    period: PeriodCode | None = Field(None, description="Stretches end with the data.")
    start: Day | None = Field(None, description="With `fixed`, the first day.")
    end: Day | None = Field(None, description="With `fixed`, the last day, included.")

    def of(self, saved: SavedFunnel) -> SavedPeriod:
        """The period that is asked for.

        Raises:
            InvalidDefinition: Days are missing or in the wrong order, or stand beside a period that takes none.
        """
        fixed = self.period == "fixed"
        if not fixed and (self.start or self.end):
            raise InvalidDefinition("funnels.days", "'start' and 'end' go with the period 'fixed'.", field="start")
        if fixed and not (self.start or self.end):
            raise InvalidDefinition("funnels.days", "Give the first day, the last day, or both.", field="start")
        if self.start and self.end and self.end < self.start:
            raise InvalidDefinition("period.empty", "The last day comes before the first.", field="end")
        if self.period is None:
            return saved.saved_period
        return SavedPeriod(PeriodKind(self.period), self.start, self.end)


class UnitsAsked(PeriodAsked, Paging):
    """Which of those who stand at a step are asked for."""

    outcome: Outcome = Field("entered", description="What became of them there; `entered` is all who came to it.")


class RateShown(Schema):
    """A share with its interval."""

    rate: float = Field(description="0 to 1.")
    low: float
    high: float
    level: float
    numerator: int | None = Field(description="Null where it is an estimate.")
    denominator: int | None = Field(description="Null where it is an estimate.")

    @classmethod
    def of(cls, rate: Rate | None) -> "RateShown | None":
        """A share, as it is answered."""
        if rate is None:
            return None
        return cls(**{name: getattr(rate, name) for name in cls.model_fields})


class ChangeShown(Schema):
    """How much a share exceeds the one beside it."""

    difference: float = Field(description="-1 to 1.")
    low: float
    high: float
    level: float

    @classmethod
    def of(cls, change: Difference | None) -> "ChangeShown | None":
        """A difference, as it is answered."""
        if change is None:
            return None
        return cls(**{name: getattr(change, name) for name in cls.model_fields})


class TimesShown(Schema):
    """Quantiles of a time, in seconds."""

    quarter: float
    median: float
    three_quarters: float
    ninety: float

    @classmethod
    def of(cls, times: Times | None) -> "TimesShown | None":
        """Quantiles, as they are answered."""
        if times is None:
            return None
        return cls(**{name: getattr(times, name) for name in cls.model_fields})


class BesideShown(Schema):
    """The same step of what the figures stand beside."""

    entered: int
    from_previous: RateShown | None
    change: ChangeShown | None = Field(description="Null where one of the shares is not known.")
    age_seconds: float | None = Field(
        description="Where the younger stretch has had less time, both shares are those at this age, of those who "
        "entered at least so long ago; else null."
    )
    here: RateShown | None = Field(description="With `age_seconds`, the share here at that age; else null.")

    @classmethod
    def of(cls, step: Step) -> "BesideShown":
        """A step beside, as it is answered."""
        return cls(
            entered=step.entered,
            from_previous=RateShown.of(step.rate),
            change=ChangeShown.of(step.change),
            age_seconds=None if step.age is None else step.age.total_seconds(),
            here=RateShown.of(step.aged),
        )


class StepFigures(Schema):
    """A step: `entered` = `passed` + `lost` + `excluded` + `expired` + `open`."""

    _AS_THEY_ARE: ClassVar = (
        *("name", "optional", "entered", "passed", "lost", "excluded", "expired", "open"),
        *("reason", "expected_reason"),
    )
    _RATES: ClassVar = ("from_previous", "from_first", "expected_from_previous", "expected_from_first")
    _TIMES: ClassVar = ("time_from_previous", "time_from_first")

    number: int
    name: str
    optional: bool
    entered: int
    passed: int
    lost: int
    excluded: int
    expired: int
    open: int
    from_previous: RateShown | None = Field(description="Of those who entered early enough.")
    from_first: RateShown | None
    expected_from_previous: RateShown | None = Field(description="With those still open allowed for.")
    expected_from_first: RateShown | None
    time_from_previous: TimesShown | None
    time_from_first: TimesShown | None
    reason: str | None = Field(description="Why observed shares are absent.")
    expected_reason: str | None = Field(description="Why expected shares are absent.")
    target: float | None = Field(description="What share should come here from the step before, 0 to 1.")
    beside: BesideShown | None = Field(description="Null where the funnel is compared with nothing, or it is counting.")

    @classmethod
    def of(cls, number: int, line: StepReport, target: float | None, beside: Step | None) -> "StepFigures":
        """A step, as it is answered."""
        told: dict[str, Any] = {name: getattr(line, name) for name in cls._AS_THEY_ARE}
        told |= {name: RateShown.of(getattr(line, name)) for name in cls._RATES}
        told |= {name: TimesShown.of(getattr(line, name)) for name in cls._TIMES}
        return cls(number=number, target=target, beside=None if beside is None else BesideShown.of(beside), **told)


class FiguresShown(Schema):
    """What a funnel says of the log as it is."""

    state: Literal["ready", "counting"] = Field(description="`counting`: a job works it out; ask again.")
    first_day: date | None = Field(description="Of the period; null is from the beginning.")
    last_day: date | None = Field(description="Of the period, included; null is to the end.")
    as_of: datetime | None = Field(description="The moment that is looked from.")
    computed: datetime | None
    attempts: int | None
    mature: int | None = Field(description="How many of them the observed shares rest on.")
    horizon_seconds: float | None = Field(description="Age up to which expected shares look.")
    steps: list[StepFigures] = Field(description="Empty while it is counting.")


class UnitShown(Schema):
    """One who stands at a step."""

    unit: str = Field(description="As the log calls it.")
    id: int | None = Field(description="Key of its record; null where it has none.")
    name: str
    outcome: str = Field(description="What became of it there.")
    entered_step: datetime | None = Field(description="Null at an optional step.")
    entered_funnel: datetime


@operation(router, "GET /{funnel}/figures", permission=SEE, gives=FiguresShown)
def read_funnel_figures(
    request: HttpRequest, funnel: KeyInPath, asked: Annotated[PeriodAsked, Query()]
) -> FiguresShown:
    """The figures of a funnel: counts that sum up, shares with intervals, times, targets, and what they stand beside.

    Where counting takes long a job does it, and `state` says so. Where that job failed, the answer is 422 with what
    went wrong; asked again after an hour, it is tried anew.
    """
    saved, who = queries.saved_funnel(funnel), Who.of(user_of(request))
    asking = Asking(saved.definition, asked.of(saved), saved.name, who)
    figures = _counted(asking)
    days = asking.asked.period
    last = None if days.end is None else days.end - timedelta(days=1)
    if figures is None:
        nothing = dict.fromkeys(("as_of", "computed", "attempts", "mature", "horizon_seconds"))
        return FiguresShown(state="counting", first_day=days.start, last_day=last, steps=[], **nothing)
    report = figures.shown
    beside = _beside(saved, asking, figures, who)
    lines = zip(report.steps, saved.step_targets, beside, strict=True)
    return FiguresShown(
        state="ready",
        first_day=days.start,
        last_day=last,
        as_of=report.as_of,
        computed=figures.computed,
        attempts=report.attempts,
        mature=report.mature,
        horizon_seconds=report.horizon_seconds,
        steps=[StepFigures.of(place + 1, *line) for place, line in enumerate(lines)],
    )


@operation(router, "GET /{funnel}/steps/{step}/units", permission="people.see", gives=Page[UnitShown])
def list_funnel_units(
    request: HttpRequest, funnel: KeyInPath, step: StepNumber, asked: Annotated[UnitsAsked, Query()]
) -> Page[UnitShown]:
    """Those who stand at a step: people, companies, deals or sessions.

    It names records of every owner, so it is for keys that see all of them. While the funnel is being counted the
    answer is 409; ask again. A cursor holds as long as the log does not change.
    """
    user = user_of(request)
    _check_reach(user)
    saved = queries.saved_funnel(funnel)
    if step > len(saved.funnel.steps):
        raise NotFound("funnels.no_step", f"The funnel has no step {step}.", step=step)
    asking = Asking(saved.definition, asked.of(saved), saved.name, Who.of(user))
    frame = _members(asking).at(step - 1, asked.outcome)
    begin = asked.after or 0
    rows = frame[begin : begin + asked.limit]
    named = names_of(asking.asked.funnel.unit, rows["unit"].to_list())
    told = rows.select("outcome", "reached", "started").iter_rows()
    items = [
        UnitShown(
            unit=one.id, id=one.key, name=one.label, outcome=outcome, entered_step=reached, entered_funnel=started
        )
        for one, (outcome, reached, started) in zip(named, told, strict=True)
    ]
    end = begin + len(items)
    return Page[UnitShown](items=items, next=cursor_of(end) if end < frame.height else None)


def _check_reach(user: User) -> None:
    if visible_owners(user) is not None:
        raise NotAllowed(
            "funnels.all_records",
            "Those at a step are of every owner, and this key does not see the records of all. Use one that does.",
        )


def _counted(asking: Asking) -> Figures | None:
    """The figures; None where a job works them out.

    Raises:
        InvalidDefinition: They cannot be counted, or the job that was to do so failed within the hour.
    """
    match asking.exactly():
        case Mistake() as mistake:
            raise InvalidDefinition("funnels.not_counted", mistake.text)
        case Job() as job:
            refuse_failed(job)
            return None
        case Figures() as figures:
            return figures


def _members(asking: Asking) -> Members:
    figures = _counted(asking)
    found = None if figures is None else kept_members(asking.asked, figures)
    if figures is not None and found is None and queries.is_quick(asking.asked):
        found = members_of(asking.asked, figures)
    if found is None:
        refuse_failed(asking.job())
        raise NotEnoughData("funnels.counting", "The funnel is being counted. Ask again in a minute.")
    return found


def _beside(saved: SavedFunnel, asking: Asking, figures: Figures, who: Who) -> list[Step | None]:
    """What each step stands beside; None where that is nothing, or is not known."""
    report = figures.shown
    nothing: list[Step | None] = [None] * len(report.steps)
    chosen = Comparison.of(saved)
    if chosen.kind == Compared.NOTHING:
        return nothing
    try:
        period = chosen.period(asking.period, asking.asked.period)
        beside = Asking(to_json(chosen.funnel(saved.funnel)), period, saved.name, who)
        other = beside.exactly()
    except TragtError:
        return nothing
    if not isinstance(other, Figures):
        return nothing
    part = chosen.segment is not None
    age = None if part or not uneven(report, other.report) else at_one_age(asking.asked, figures, beside.asked, other)
    return [*steps_of(report, other.report, part=part, aged=age)]
