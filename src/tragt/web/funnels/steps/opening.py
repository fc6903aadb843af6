"""A step that is looked at: between which two steps its people go on, and for whom it is told. The unit is the step."""

from dataclasses import dataclass, replace

from tragt.errors import NotEnoughData
from tragt.funnel import Funnel, Period, Report
from tragt.funnel.definition import Order
from tragt.funnel.figures import line_names
from tragt.funnel.words import Words, words
from tragt.web.funnels.counting.figures import Asked, Figures
from tragt.web.funnels.showing.presenting import language

__all__ = ["Gap", "Opened"]


@dataclass(frozen=True, slots=True)
class Gap:
    """The way from one required step to the next.

    Attributes:
        before: Place of the step where they stand, from 0 among all steps.
        after: Place of the step to which they go on.
    """

    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Opened:
    """A step of a counted funnel, as somebody looks at it.

    Attributes:
        asked: What was asked of the log.
        figures: What it answered.
        place: Place of the step among all, from 0.
        all_seen: Whether the reader sees everyone's records.
    """

    asked: Asked
    figures: Figures
    place: int
    all_seen: bool

    @property
    def report(self) -> Report:
        """The report as it was counted, names as the log has them."""
        return self.figures.report

    @property
    def funnel(self) -> Funnel:
        """The definition as it was counted."""
        return self.asked.funnel

    @property
    def period(self) -> Period:
        """Which entries count, and the moment that was looked from."""
        return replace(self.asked.period, as_of=self.report.as_of)

    @property
    def gap(self) -> Gap:
        """The way that is looked at: from here to the next required step; at the last step, the way that leads there.

        Of an optional step it is the way on which it lies.
        """
        required = self.report.funnel.required
        later = [place for place in required if place > self.place]
        earlier = [place for place in required if place <= self.place]
        return Gap(earlier[-1], later[0]) if later else Gap(earlier[-2], earlier[-1])

    @property
    def ordered(self) -> bool:
        """Whether the steps come one after the other, so that there is a way between two of them."""
        return self.report.funnel.order is not Order.ANY

    @property
    def said(self) -> Words:
        """The words of the reader's language."""
        return words(language())

    @property
    def names(self) -> tuple[str, ...]:
        """What each step is called."""
        return line_names(self.figures.shown.funnel, self.said)

    @property
    def many(self) -> str:
        """What is counted, more than one of it."""
        return self.said.nouns[self.report.funnel.unit].many

    @property
    def before(self) -> str:
        """What the step is called where they stand."""
        return self.names[self.gap.before]

    @property
    def after(self) -> str:
        """What the step is called to which they go on."""
        return self.names[self.gap.after]

    def short(self, value: float) -> str:
        """A number with one decimal, where that is not nought."""
        return self.said.numbers.number(value, 0 if round(value, 1) == round(value) else 1)

    def refuse_any_order(self) -> None:
        """Refuse to tell of a way where there is none.

        Raises:
            NotEnoughData: The steps come in any order.
        """
        if not self.ordered:
            raise NotEnoughData(
                "steps.any_order", "These steps come in any order, so there is no way from one to the next."
            )
