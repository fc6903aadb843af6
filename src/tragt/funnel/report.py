"""The report of a funnel: counts that sum up, rates with intervals, times.

The unit of observation is the attempt. A figure that is undefined is None and the step's
``reason`` says why; it is never 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

import polars as pl

from tragt.errors import InvalidDefinition, NotAllowed
from tragt.funnel.definition import Funnel
from tragt.funnel.question import Breakdown, Period
from tragt.funnel.step_report import StepReport
from tragt.stats.intervals import Rate
from tragt.stats.progressive import Progress

if TYPE_CHECKING:
    import altair as alt

    from tragt.funnel.drivers import Among, Drivers
    from tragt.funnel.leaks import Leaks, Rules

OPEN_SHARE = 0.2
"""Above this share of open attempts the expected rates are shown first."""

ROUNDING = 1e-9

NO_SUCH_EVENT = "the source holds no such event"
"""Why a count is 0: nothing of this name ever happened."""

NO_SUCH_PROPERTY = "no event has this property"
"""Why a condition never holds, or a breakdown has but one part."""

__all__ = [
    "NO_SUCH_EVENT",
    "NO_SUCH_PROPERTY",
    "Curve",
    "Origin",
    "Part",
    "Report",
    "Unseen",
]

_POINTS = 200


@dataclass(frozen=True, slots=True)
class Part:
    """The steps of one part of the attempts: a value of a breakdown, or a stretch of the period.

    Args:
        value: The value, or the first day of the stretch; None where the property is absent.
        other: Whether this part gathers the values that do not stand alone.
        mature: Whether every attempt of the part is mature; None without a window.
        steps: The lines of the part.
    """

    value: object
    steps: tuple[StepReport, ...]
    other: bool = False
    mature: bool | None = None


@dataclass(frozen=True, slots=True)
class Curve:
    """Expected conversion by age: the share that has reached each required step by then, open attempts allowed for.

    Args:
        ages: Ages since the entry in seconds, rising from 0 to the horizon.
        reached: One row a required step, the first included: the share at each age, 0 to 1, never falling.
    """

    ages: tuple[float, ...]
    reached: tuple[tuple[float, ...], ...]

    @classmethod
    def of(cls, estimate: Progress) -> "Curve":
        """The curve of an estimate, at 201 ages.

        Args:
            estimate: The estimate, on its grid of 1,000 cells.
        """
        cells = estimate.curve.shape[1] - 1
        kept = range(0, cells + 1, max(cells // _POINTS, 1))
        ages = tuple(estimate.horizon * cell / cells / 1000 for cell in kept)
        return cls(ages, tuple(tuple(float(row[cell]) for cell in kept) for row in estimate.curve))


@dataclass(frozen=True, slots=True)
class Unseen:
    """Something the definition names and the source never had. It counts as never having happened.

    Args:
        name: The event, or the property.
        reason: `NO_SUCH_EVENT` or `NO_SUCH_PROPERTY`.
    """

    name: str
    reason: str


class Origin(Protocol):
    """What a report was made of, so that it can be asked on."""

    def units(self, step: int, outcome: str) -> pl.DataFrame:
        """Those behind a count."""

    def leaks(self, by: Sequence[Breakdown | str], rules: "Rules | None") -> "Leaks":
        """Where the funnel leaks."""

    def drivers(self, step: int, among: "Among | None") -> "Drivers":
        """What separates those who pass a step from those who do not."""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a funnel says about a log.

    Args:
        funnel: The definition.
        steps: One line a step, optional ones in their place.
        as_of: The moment up to which the log was read, in the organisation's zone.
        observed_so_far: Whether the observed rates are "so far", for want of a window.
        mature: How many attempts the observed rates rest on.
        attempts: How many attempts there are.
        expected_from: Which attempts the expected rates and the times rest on: ``first``, ``first_ever`` or ``every``.
        horizon_seconds: Age since entry up to which the expected rates look; None where they are absent.
        of_those_closed: Of those converted or lost, the share converted; None without losses.
        stationary: Whether young cohorts behave as old ones did; None where it cannot be tested.
        loss_reasons: Reasons of those lost, most frequent first.
        backwards: In a funnel over stages, how many moves to an earlier stage there were.
        reopened: How many losses a later event made void.
        breakdown: How it was split, or None.
        parts: The parts of the breakdown, largest first.
        trend: The same by entry date, in order of time.
        undated: Units that have a stage but no date: in the pipeline, not in the flow.
        rejected: Rows of the source that could not be read, and were left out; None where that is not known.
        period: Which entries count; None is all.
        currency: What the values are in; None where none were asked for or their currency is not known.
        curve: Expected conversion by age; None where it was not worked out, or no expected rate could be.
        unseen: Events and properties that the definition or the breakdown names and the source never had.
        identifiers: Whether every identifier counts as a person of its own, since who is who was not at hand.
    """

    funnel: Funnel
    steps: tuple[StepReport, ...]
    as_of: datetime
    observed_so_far: bool
    mature: int
    attempts: int
    expected_from: str
    horizon_seconds: float | None = None
    of_those_closed: Rate | None = None
    stationary: bool | None = None
    loss_reasons: Mapping[str, int] | None = None
    backwards: int | None = None
    reopened: int | None = None
    breakdown: Breakdown | None = None
    parts: tuple[Part, ...] = ()
    trend: tuple[Part, ...] = ()
    undated: int = 0
    rejected: int | None = None
    period: Period | None = None
    currency: str | None = None
    curve: Curve | None = None
    unseen: tuple[Unseen, ...] = ()
    identifiers: bool = False
    _origin: Origin | None = field(default=None, compare=False, repr=False)

    @property
    def expected_leads(self) -> bool:
        """Whether to show the expected rates first: more than a fifth of those entered are still open.

        Not where an expected rate lies below the share that has already passed. That happens where the best
        attempts count and the first ones do worse, or where many pass later than enough have been watched.
        """
        required = [step for step in self.steps if not step.optional]
        entered = required[0].entered
        return sum(step.open for step in required) > OPEN_SHARE * entered and all(
            step.expected_from_first is not None and step.expected_from_first.rate >= step.entered / entered - ROUNDING
            for step in required
        )

    def units(self, step: int | str, outcome: str = "entered") -> pl.DataFrame:
        """The units behind a count, the latest first.

        Args:
            step: The step, counted from 0 as in `steps`, or its name.
            outcome: ``entered`` (all), ``passed``, ``lost``, ``excluded``, ``expired`` or ``open``.

        Returns:
            As many rows as the report counts: ``unit``; ``started`` and ``reached``, when it entered the funnel and
            when it reached the step (UTC; missing for an optional step); ``outcome``.

        Raises:
            InvalidDefinition: There is no such step or outcome.
            NotAllowed: The report has been kept apart from its source, such as in a file.
        """
        return self._source("units").units(self._place(step), outcome)

    def leaks(
        self, by: Sequence[Breakdown | str] | Breakdown | str | None = None, rules: "Rules | None" = None
    ) -> "Leaks":
        """Where the funnel leaks, and what that costs; see `tragt.funnel.leaks.leaks`, which this calls.

        Args:
            by: One or several properties, or full breakdowns, whose values are compared; None takes that of the report.
            rules: Targets, what a conversion is worth, what counts as a leak.

        Raises:
            InvalidDefinition: A target or a rule cannot mean anything.
            NotAllowed: The report has been kept apart from its source.
        """
        own = () if self.breakdown is None else (self.breakdown,)
        asked = (by,) if isinstance(by, str | Breakdown) else by
        return self._source("leaks").leaks(own if asked is None else asked, rules)

    def drivers(self, step: int | str, among: "Among | None" = None) -> "Drivers":
        """What separates those who pass a step from those who do not; see `tragt.funnel.drivers.drivers`.

        Args:
            step: The step that is passed or not, a required one after the first; counted from 0, or its name.
            among: Which properties and events are looked at, and how; None looks at all.

        Raises:
            InvalidDefinition: There is no such step, property or event.
            NotAllowed: The report has been kept apart from its source.
        """
        return self._source("drivers").drivers(self._place(step), among)

    def to_frame(self) -> pl.DataFrame:
        """The report as a table: a row a step, then the steps of each part, then those of each stretch of the trend.

        Returns:
            The columns that `tragt.funnel.report_frame` lists: counts as Int64, rates and their limits as Float64 from
            0 to 1, times in seconds as Float64; what is undefined is null.
        """
        from tragt.funnel.report_frame import frame_of  # noqa: PLC0415 - it stands above the report

        return frame_of(self)

    def to_json(self) -> str:
        """The report as one JSON object, whose documented fields change only with the number in ``version``.

        Returns:
            Rates from 0 to 1 rounded to six decimals, times in seconds to three; what is undefined is null, with the
            reason beside it.
        """
        from tragt.funnel.report_json import json_of  # noqa: PLC0415 - it stands above the report

        return json_of(self)

    def chart(
        self, kind: str = "steps", *, step: int | str | None = None, language: str = "en", theme: str = "light"
    ) -> "alt.LayerChart":
        """The report as an Altair chart, which a notebook shows and ``chart.save("x.svg")`` writes.

        Args:
            kind: ``steps``, conversion by step; ``parts``, by the values of the breakdown; ``trend``, by date of entry;
                ``times``, how long a step took; ``curve``, expected conversion by age.
            step: For ``parts``, ``trend`` and ``curve`` the step that should be reached, by default the last; for
                ``times`` the step whose time from the one before is shown, by default the slowest. Counted from 0, or
                its name.
            language: en, da, sv or nb.
            theme: light, dark or print.

        Raises:
            InvalidDefinition: There is no such kind, step, language or theme.
            NotEnoughData: The report does not have what is to be shown; the message says what to ask for.
        """
        from tragt.funnel.charts import Look, chart  # noqa: PLC0415 - it stands above the report

        place = None if step is None else self._place(step)
        return chart(self, kind, place, Look(language, theme))

    def _repr_html_(self) -> str:
        """The picture of the funnel and its table, as notebooks show a report."""
        from tragt.funnel.notebook import html_of  # noqa: PLC0415 - it stands above the report

        return html_of(self)

    def _place(self, step: int | str) -> int:
        """The place of a step that was named or numbered."""
        names = [line.name for line in self.steps]
        written = ["|".join(defined.names) for defined in self.funnel.steps]
        if isinstance(step, int) and 0 <= step < len(names):
            return step
        for known in (names, written):
            if step in known:
                return known.index(str(step))
        raise InvalidDefinition(
            "report.no_such_step",
            f"There is no step {step!r}; the steps are 0 to {len(names) - 1}: {', '.join(names)}.",
            step=step,
        )

    def _source(self, asked: str) -> Origin:
        if self._origin is None:
            raise NotAllowed(
                "report.no_source",
                f"This report no longer knows its source, so that it cannot tell its {asked}; count again: "
                "report = funnel.run(source).",
            )
        return self._origin
