"""What every language must give: the words, by the place where they are used.

A word in braces is filled in. Names of steps, events and properties come from the reader's own data; they are
quoted and never bent, so every sentence is built to take them as they are.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tragt.funnel.words.calendar import Calendar
from tragt.funnel.words.numbers import Numbers

__all__ = [
    "ChartWords",
    "ConditionWords",
    "DriverWords",
    "FindingWords",
    "LeakWords",
    "Noun",
    "PictureWords",
    "SentenceWords",
    "TableWords",
    "Words",
]


@dataclass(frozen=True, slots=True)
class Noun:
    """What is counted.

    Args:
        one: person.
        many: people.
        the_many: the people.
        each: each person.
        who: The word that joins *who reached*; empty where the language needs none.
    """

    one: str
    many: str
    the_many: str
    each: str
    who: str = ""

    def of(self, count: int) -> str:
        """The form that follows a number."""
        return self.one if count == 1 else self.many


@dataclass(frozen=True, slots=True)
class TableWords:
    """Heads of the table's columns, and the rule that its counts keep."""

    step: str
    entered: str
    passed: str
    lost: str
    excluded: str
    expired: str
    open: str
    from_previous: str
    from_first: str
    median_time: str
    optional: str
    observed: str
    so_far: str
    expected: str
    rule: str
    none: str


@dataclass(frozen=True, slots=True)
class ConditionWords:
    """A condition on properties."""

    equals: str
    not_equals: str
    contains: str
    greater: str
    less: str
    after: str
    before: str
    is_set: str
    segment: str
    true: str
    false: str


@dataclass(frozen=True, slots=True)
class SentenceWords:
    """The definition in plain words."""

    question: str
    question_any_entry: str
    then: str
    in_any_order: str
    within: str
    all_within: str
    same_session: str
    however_long: str
    from_to: str
    from_on: str
    up_to: str
    step_within: str
    where: str
    optional: str
    each_best: str
    each_first: str
    each_first_in_period: str
    each_first_ever: str
    each_first_ever_in_period: str
    every: str
    adjacent: str
    among: str
    lines_any: str
    anchored: str
    hold: str
    exclude: str
    exclude_anywhere: str
    lost: str
    unless: str
    tolerance: str
    fill: str
    drop: str
    in_pipeline: str
    of_pipeline: str
    unit_where: str
    robots: str
    own: str
    as_of: str


@dataclass(frozen=True, slots=True)
class FindingWords:
    """The most notable thing, in one sentence."""

    stop: str
    stand: str
    two_steps: str
    go: str
    have_gone: str
    expected_to_go: str
    all_reached: str
    nobody: str


@dataclass(frozen=True, slots=True)
class PictureWords:
    """What stands beside the shapes, and below them."""

    title: str
    entered: str
    median: str
    of_all: str
    target: str
    still_open: str
    passed: str
    steps_done: str
    named: str
    skipped: str
    caption: str
    sum: str
    reached_end: str
    observed: str
    so_far: str
    expected: str
    expected_from: Mapping[str, str]
    times: str
    not_stationary: str
    of_those_closed: str
    undated: str
    rejected: str
    unseen: str
    identifiers: str
    as_table: str


@dataclass(frozen=True, slots=True)
class ChartWords:
    """Titles and labels of the charts."""

    reach: str
    by: str
    parts: str
    best_and_worst: str
    all: str
    other: str
    unset: str
    trend: str
    rose: str
    fell: str
    still_growing: str
    times: str
    took: str
    half: str
    curve: str
    since: str
    stock: str
    more: str
    fewer: str
    as_many: str
    by_week: str
    interval: str


@dataclass(frozen=True, slots=True)
class DriverWords:
    """What is told of drivers, by the words of `tragt.funnel.drivers`.

    Args:
        absences: Why there is no answer. Takes ``before`` and ``after``, the steps, and ``fewest``, how many it takes.
        notices: What must be told beside an answer. Takes ``before`` and ``landmark``, the length of time after it.
    """

    absences: Mapping[str, str]
    notices: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LeakWords:
    """What is told of a leak.

    Those of a comparison take ``before`` and ``after``, the steps, ``of``, which part of those who come there, ``rate``
    and ``reference``; those of money ``cost``, ``low`` and ``high``.
    """

    target: str
    previous: str
    others: str
    stuck_previous: str
    stuck_others: str
    of: str
    cost: str
    gain: str
    conversions: str
    note: str
    upper: str


@dataclass(frozen=True, slots=True)
class Words:
    """Everything Tragt says about a funnel in one language.

    Args:
        language: Code of the language.
        quotes: Opening and closing quotation mark.
        both: The word between the last two of a list.
        either: The word between the last two of a choice.
        numbers: How numbers are written.
        calendar: How dates and lengths of time are written.
        nouns: What is counted, by unit, and ``attempt``.
        table: Words of the table.
        condition: Words of a condition.
        sentence: Words of the definition.
        finding: Words of the finding.
        picture: Words of the picture.
        chart: Words of the charts.
        driver: Words of drivers.
        leak: Words of leaks.
        reasons: Why a figure is absent, by the English words the report gives.
    """

    language: str
    quotes: tuple[str, str]
    both: str
    either: str
    numbers: Numbers
    calendar: Calendar
    nouns: Mapping[str, Noun]
    table: TableWords
    condition: ConditionWords
    sentence: SentenceWords
    finding: FindingWords
    picture: PictureWords
    chart: ChartWords
    driver: DriverWords
    leak: LeakWords
    reasons: Mapping[str, str]

    def quoted(self, name: str) -> str:
        """A name between the language's quotation marks."""
        return name.join(self.quotes)

    def all_of(self, parts: Iterable[str]) -> str:
        """A list: ``a, b and c``."""
        return _listed(parts, self.both)

    def any_of(self, parts: Iterable[str]) -> str:
        """A choice: ``a, b or c``."""
        return _listed(parts, self.either)

    def reason(self, given: str | None) -> str:
        """Why a figure is absent, in this language; a reason it does not know is given as it came."""
        return "" if given is None else self.reasons.get(given, given)


def _listed(parts: Iterable[str], word: str) -> str:
    *others, last = parts
    return f"{', '.join(others)} {word} {last}" if others else last
