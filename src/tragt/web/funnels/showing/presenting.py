"""What the page of a funnel shows, made of its figures: words, chips, rows, lines of the table."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from django.utils.functional import cached_property
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, pgettext

from tragt.funnel import Funnel, Period, Report
from tragt.funnel.figures import Kind, kind, line_names, noun
from tragt.funnel.notes import notes
from tragt.funnel.picture.labels import Marks
from tragt.funnel.sentence import finding, sentence
from tragt.funnel.table import ABSENT, Table, table
from tragt.funnel.words import Words, words
from tragt.stats.intervals import Difference, Rate
from tragt.web.funnels.counting.comparing import Beside, Step, steps_of
from tragt.web.funnels.counting.figures import Figures
from tragt.web.funnels.counting.units import with_names
from tragt.web.funnels.marks import Marked
from tragt.web.funnels.periods import PeriodKind, SavedPeriod
from tragt.web.funnels.showing.picture import Row, open_shown, rows, small_picture
from tragt.web.shell import formats
from tragt.web.shell.language import spoken

__all__ = ["Line", "Page", "Sentence", "Waiting", "language", "period_in_words", "sentence_of", "window_in_words"]


def language() -> str:
    """The reader's language, as the library names it."""
    return spoken(get_language() or "") or "en"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A definition in words, its names set bold.

    Attributes:
        question: What is asked.
        rules: What a reader would not take for granted.
    """

    question: SafeString
    rules: SafeString


def sentence_of(what: Report | Funnel, period: Period | None = None) -> Sentence:
    """A definition in words.

    Args:
        what: A report or a definition.
        period: The period, where only the definition is given.
    """
    said = words(language())
    shown = replace(what, funnel=with_names(what.funnel)) if isinstance(what, Report) else with_names(what)
    text = sentence(shown, said.language, period=None if period == Period() else period)
    question, mark, rules = text.partition("?")
    return Sentence(_emphasised(question + mark, said), _emphasised(rules.strip(), said))


def _emphasised(text: str, said: Words) -> SafeString:
    """The text with what stands in quotation marks set bold instead."""
    opening, closing = (re.escape(str(conditional_escape(mark))) for mark in said.quotes)
    marked = re.sub(f"{opening}(.+?){closing}", r"<b>\1</b>", str(conditional_escape(text)))
    return mark_safe(marked)


def window_in_words(funnel: Funnel) -> str:
    """The window for a chip."""
    if isinstance(funnel.window, timedelta):
        return words(language()).calendar.exactly(funnel.window)
    if funnel.window == "session":
        return gettext("the session")
    return gettext("no limit") if funnel.length is None else words(language()).calendar.exactly(funnel.length)


def period_in_words(saved: SavedPeriod, period: Period) -> str:
    """The period in words: its days, and before them its name where it ends with the data."""
    if saved.kind == PeriodKind.ALL:
        return str(PeriodKind.ALL.label)
    said = words(language()).calendar
    last = None if period.end is None else period.end - timedelta(days=1)
    if period.start and last:
        days = said.span(period.start, last)
        if saved.kind == PeriodKind.FIXED:
            return days
        return gettext("%(period)s of the data, %(days)s") % {"period": PeriodKind(saved.kind).label, "days": days}
    if period.start:
        return gettext("from %(day)s") % {"day": said.date(period.start)}
    return gettext("up to %(day)s") % {"day": said.date(last)} if last else gettext("All time")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the table.

    Attributes:
        text: What stands in it.
        column: Which column.
        head: What the column is called.
        outcome: The list it leads to; empty where it leads nowhere.
    """

    text: str
    column: str
    head: str
    outcome: str = ""

    @property
    def wraps(self) -> bool:
        """Whether it may take several lines: a share and its interval, a time, a reason."""
        return self.column in _WRAPPED

    @property
    def shown(self) -> SafeString:
        """Its text; where it may take several lines, an interval stays whole."""
        text = conditional_escape(self.text)
        if not self.wraps:
            return text
        return format_html("<span>{}</span>", mark_safe(_INTERVAL.sub(r'<span class="whole">\g<0></span>', text)))


@dataclass(frozen=True, slots=True)
class _Column:
    """A column that stands beside those of the report.

    Attributes:
        name: Which.
        head: What it is called.
        texts: Its cells, one a step.
    """

    name: str
    head: str
    texts: Sequence[str]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table."""

    number: int
    name: str
    cells: tuple[Cell, ...]
    leaks: bool = False


@dataclass(frozen=True, slots=True)
class OtherRates:
    """The rates of a step that do not lead."""

    name: str
    from_previous: str
    from_first: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many stand at a place now."""

    name: str
    count: int
    undated: int = 0
    step: int = 0


class Page:
    """Everything the page says about a funnel's figures, in the reader's language.

    Args:
        figures: The figures.
        targets: What share should come to each step from the one before, 0 to 1; None where nobody said, empty where
            the page does not show them.
        marked: The step that is to be looked at; None where none is.
        beside: What the figures stand beside; None where that is nothing.
    """

    def __init__(
        self,
        figures: Figures,
        targets: Sequence[float | None] = (),
        marked: Marked | None = None,
        beside: Beside | None = None,
    ) -> None:
        self.figures = figures
        self.beside = beside
        self.marked = marked if marked is not None and 0 < marked.place < len(figures.report.steps) else None
        self.targets = targets if any(one is not None for one in targets) else ()
        self.report = figures.shown
        self.said = words(language())

    @cached_property
    def sentence(self) -> Sentence:
        """The definition in words."""
        return sentence_of(self.report)

    @cached_property
    def finding(self) -> str:
        """The most notable thing: the leak that costs most, where one is known."""
        return self.marked.sentence if self.marked else finding(self.report, self.said.language)

    @cached_property
    def rows(self) -> list[Row]:
        """The picture."""
        return rows(self.report, self.said.language, self.marks)

    @cached_property
    def marks(self) -> Marks:
        """What the picture leads the eye to."""
        aimed = enumerate(self.targets[: len(self.report.steps)])
        targets = {place: share for place, share in aimed if share is not None and place}
        marks = Marks(targets=targets, beside_notes=dict(self._beside_notes()))
        if self.marked:
            marks = replace(marks, highlight=self.marked.place, note=self.marked.note, finding=self.finding)
        if self.beside and self.beside.even(self.report):
            marks = replace(marks, beside=self.beside.report, beside_name=self.beside.words)
        return marks

    @cached_property
    def beside_steps(self) -> list[Step]:
        """Each step beside the same step of what the figures stand beside; nothing where that is not there."""
        if self.beside is None or self.beside.report is None:
            return []
        return steps_of(self.report, self.beside.report, part=self.beside.part, aged=self.beside.aged)

    def _beside_notes(self) -> Iterator[tuple[int, str]]:
        for place, step in enumerate(self.beside_steps):
            if not place or step.rate is None or step.aged is not None:
                continue
            share = self.said.numbers.percent(step.rate.rate)
            text = gettext("there %(share)s") if self.beside and self.beside.part else gettext("was %(share)s")
            yield place, text % {"share": share}

    @property
    def shown_at(self) -> int:
        """Of when the figures are, in milliseconds since 1970; 0 where they are only the first."""
        return 0 if self.figures.first else self.figures.stamp

    @property
    def fewer(self) -> int:
        """How many fewer entered on days that were over than was known before."""
        return -self.figures.recomputed.entered if self.figures.recomputed else 0

    @property
    def small(self) -> SafeString:
        """The picture's shapes alone."""
        return small_picture(self.report, self.marked.place if self.marked else None)

    @property
    def some_open(self) -> bool:
        """Whether the picture needs a key for those still open."""
        return open_shown(self.report)

    @property
    def key(self) -> tuple[str, str]:
        """What the full and the pale shapes mean."""
        return self.said.picture.passed, self.said.picture.still_open

    @cached_property
    def nobody(self) -> bool:
        """Whether nobody entered."""
        return self.report.attempts == 0

    @property
    def unit(self) -> str:
        """What is counted, for a chip."""
        return self.said.nouns[self.report.funnel.unit].one

    @property
    def many(self) -> str:
        """What is counted, more than one of it."""
        return self.said.nouns[self.report.funnel.unit].many

    @property
    def rates(self) -> str:
        """Which rates lead, for a chip."""
        return kind(self.report).label(self.said)

    @property
    def window(self) -> str:
        """The window, for a chip."""
        return window_in_words(self.report.funnel)

    @cached_property
    def table(self) -> Table:
        """The same as a table."""
        return table(self.report, self.said.language)

    @cached_property
    def shown(self) -> list[int]:
        """Which columns of the table the page shows: of the two kinds of rates the one that leads."""
        leads_expected = kind(self.report) is Kind.EXPECTED
        observed = ("from_previous", "from_first")
        columns = enumerate(self.table.columns)
        return [place for place, name in columns if place and not (leads_expected and name in observed)]

    @property
    def broad(self) -> bool:
        """Whether the table has so many columns that it needs a wide page."""
        return len(self.heads) > _MANY

    @property
    def heads(self) -> list[str]:
        """Heads of the table after the first; beside what came from the step before stands what should and what did."""
        heads = [self.table.heads[place] for place in self.shown]
        return [*heads[: self._beside], *(one.head for one in self._added), *heads[self._beside :]]

    @cached_property
    def _added(self) -> list[_Column]:
        """Columns beside what came from the step before: what should, what did there, how much more that is here."""
        found, places = [], range(len(self.report.steps))
        if self.targets:
            shares = [self.targets[place] if place < len(self.targets) else None for place in places]
            texts = [ABSENT if share is None else self.said.numbers.round_percent(share) for share in shares]
            found.append(_Column("target", pgettext("of a step", "Target"), texts))
        if self.beside_steps and self.beside is not None:
            there = [self._rate(step.rate) if place else ABSENT for place, step in enumerate(self.beside_steps)]
            more = [self._change(step.change) if place else ABSENT for place, step in enumerate(self.beside_steps)]
            if self.beside.aged:
                now = [self._rate(step.aged) if place else ABSENT for place, step in enumerate(self.beside_steps)]
                age = formats.duration(self.beside.aged.age)
                found.append(_Column("aged", gettext("After %(age)s") % {"age": age}, now))
            found += [_Column("beside", self.beside.words, there), _Column("change", gettext("Change"), more)]
        return found

    def _change(self, change: Difference | None) -> str:
        """A difference in percentage points with its interval."""
        if change is None:
            return ABSENT

        def points(value: float) -> str:
            written = self.said.numbers.number(100 * value, 1)
            return f"+{written}" if value > 0 and written.strip("0.,") else written

        middle, low, high = map(points, (change.difference, change.low, change.high))
        text = gettext("%(points)s points (%(low)s to %(high)s)") % {"points": middle, "low": low, "high": high}
        return text if change.beyond_chance else gettext("%(change)s, may be chance") % {"change": text}

    @property
    def _beside(self) -> int:
        """Where among the shown columns targets stand."""
        names = [self.table.columns[place] for place in self.shown]
        return next(place for place, name in enumerate(names, start=1) if name.endswith("from_previous"))

    @property
    def other_kind(self) -> str:
        """What the rates are that do not lead."""
        if kind(self.report) is not Kind.EXPECTED:
            return gettext("The expected shares")
        return gettext("The shares so far") if self.report.observed_so_far else gettext("The observed shares")

    @cached_property
    def other_rates(self) -> list[OtherRates]:
        """The rates that do not lead, step by step; none where there are none."""
        prefix = "" if kind(self.report) is Kind.EXPECTED else "expected_"
        found = [
            OtherRates(name, *(self._rate(getattr(line, f"{prefix}from_{since}")) for since in ("previous", "first")))
            for name, line in zip(self.step_names, self.report.steps, strict=True)
            if not (prefix and line.optional)
        ]
        return found if any(one.from_first != ABSENT for one in found) else []

    def _rate(self, rate: Rate | None) -> str:
        return ABSENT if rate is None else self.said.numbers.rate(rate)

    @cached_property
    def lines(self) -> list[Line]:
        """Lines of the table, whose counts lead to the lists behind them."""
        return [
            Line(
                number + 1,
                row[0],
                self._beside_cells(number, [self._cell(row[place], place, number) for place in self.shown]),
                leaks=self.marked is not None and self.marked.place == number,
            )
            for number, row in enumerate(self.table.rows)
        ]

    def _beside_cells(self, number: int, cells: Sequence[Cell]) -> tuple[Cell, ...]:
        """The cells of a line, with those that stand beside them."""
        added = [Cell(one.texts[number], one.name, one.head) for one in self._added]
        return (*cells[: self._beside], *added, *cells[self._beside :])

    def _cell(self, text: str, place: int, number: int) -> Cell:
        column, line = self.table.columns[place], self.report.steps[number]
        count = getattr(line, column) if column in _LISTS else 0
        if column == "median_time" and text != ABSENT:
            text = self._with_overall(text, number)
        return Cell(text, column, self.table.heads[place], column if count else "")

    def _with_overall(self, text: str, number: int) -> str:
        """The time of a step; at the last one with that of the whole way, where that is more than the step."""
        overall = self.report.steps[number].time_from_first
        last = number == len(self.report.steps) - 1 and len(self.report.funnel.required) > _ONE_WAY
        if not last or overall is None:
            return text
        return gettext("%(time)s; in all %(overall)s") % {
            "time": text,
            "overall": self.said.calendar.about(overall.median),
        }

    @cached_property
    def notes(self) -> list[str]:
        """What must stand below the figures; what the shares divide is said at more length than below a picture."""
        sums, _basis, *others = notes(self.report, self.said.language)
        as_of = self.said.sentence.as_of.format(moment=self.said.calendar.moment(self.report.as_of))
        undated = self.said.picture.undated.format(count=self.said.numbers.number(self.report.undated))
        told_elsewhere = {undated, self._times_of_all} if self.figures.first else {undated}
        return [sums, f"{self.basis} {as_of}", *(note for note in others if note not in told_elsewhere)]

    @property
    def _times_of_all(self) -> str:
        """The note that times allow for those still under way, which those of a first answer do not."""
        basis = self.said.picture.expected_from.get(self.report.expected_from, self.report.expected_from)
        return self.said.picture.times.format(basis=basis)

    @property
    def basis(self) -> str:
        """What the shares divide by what, in plain words."""
        report, number = self.report, self.said.numbers.number
        counted = noun(report.funnel, self.said).many
        match kind(report):
            case Kind.EXPECTED:
                length = self.said.calendar.about(report.horizon_seconds or 0)
                return gettext(
                    "The shares are estimates: how many of those who entered will have passed after %(length)s, if "
                    "those still open go on as the others did."
                ) % {"length": length}
            case Kind.SO_FAR:
                return gettext(
                    "Each share is those who have passed so far, divided by all who entered the step before. There is "
                    "no time limit, so those still open may yet pass."
                )
        share = gettext("Each share is those who passed, divided by those who entered the step before.")
        if report.mature == report.attempts:
            return share
        rest = gettext(
            "It counts only the %(mature)s %(many)s of %(all)s who entered early enough to have had the full time, "
            "%(window)s, so that all had the same chance."
        )
        filled = {"mature": number(report.mature), "all": number(report.attempts), "many": counted}
        return f"{share} {rest % {**filled, 'window': self.window}}"

    @property
    def over_stages(self) -> bool:
        """Whether the stock of a pipeline stands beside."""
        return self.figures.stock is not None

    @cached_property
    def standing(self) -> list[Waiting]:
        """How many are in each stage now; where there is no pipeline, how many are still open at each step."""
        if self.figures.stock is not None:
            stages = self.figures.stock.stages
            return [Waiting(self._called(stage.name), stage.units, stage.undated) for stage in stages]
        names = line_names(self.report.funnel, self.said)
        lines = zip(names, self.report.steps, strict=True)
        return [
            Waiting(name, line.open, step=place + 1) for place, (name, line) in enumerate(lines) if not line.optional
        ][:-1]

    @cached_property
    def in_stages(self) -> int:
        """How many are in any stage now."""
        return sum(one.count for one in self.standing)

    @cached_property
    def ended(self) -> list[Waiting]:
        """How many have left the pipeline, by what ended them."""
        stock = self.figures.stock
        return [] if stock is None else [Waiting(self._called(name), count) for name, count in stock.ended.items()]

    def _called(self, stage: str) -> str:
        """What people call a stage, or an end, that is named after a step or a loss."""
        names, funnel = self.figures.names, self.figures.report.funnel
        losses = {" | ".join(match.names): " | ".join(names.all_called(match.names)) for match in funnel.lost}
        return {**losses, **names.titles(funnel)}.get(stage) or names.called_as(stage)

    @cached_property
    def step_names(self) -> tuple[str, ...]:
        """What each step is called."""
        return line_names(self.report.funnel, self.said)

    def count(self, step: int, outcome: str) -> int:
        """How many stand so at a step, from 0."""
        number: int = getattr(self.report.steps[step], outcome)
        return number


_ONE_WAY = 2
_MANY = 8
_INTERVAL = re.compile(r"\([^()]+\)")
_WRAPPED = frozenset({"from_previous", "expected_from_previous", "median_time", "aged", "beside", "change"})
_LISTS = ("entered", "passed", "lost", "excluded", "expired", "open")
