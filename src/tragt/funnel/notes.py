"""What must stand below the figures of a report: how the counts add up, and what the shares rest on."""

from collections.abc import Iterator

from tragt.funnel.definition import Order
from tragt.funnel.figures import Kind, kind, step_name
from tragt.funnel.report import Report
from tragt.funnel.table import table
from tragt.funnel.words import Words, words

__all__ = ["notes"]


def notes(report: Report, language: str = "en") -> Iterator[str]:
    """The lines below a picture or a table, each one or two sentences.

    Args:
        report: The report.
        language: en, da, sv or nb.

    Raises:
        InvalidDefinition: There are no words in this language.
    """
    said = words(language)
    yield f"{_sum(report, said)} {table(report, said.language).rule}"
    yield f"{_basis(report, said)} {said.sentence.as_of.format(moment=said.calendar.moment(report.as_of))}"
    if report.funnel.order is Order.ANY:
        yield said.picture.named.format(steps=", ".join(_by_name(report, said)))
    if report.of_those_closed is not None:
        yield said.picture.of_those_closed.format(rate=said.numbers.rate(report.of_those_closed))
    if kind(report) is not Kind.EXPECTED and any(line.time_from_previous for line in report.steps):
        basis = said.picture.expected_from.get(report.expected_from, report.expected_from)
        yield said.picture.times.format(basis=basis)
    if kind(report) is Kind.EXPECTED and report.stationary is False:
        yield said.picture.not_stationary
    if report.unseen:
        yield said.picture.unseen.format(
            names=", ".join(f"{said.quoted(one.name)} ({said.reason(one.reason)})" for one in report.unseen)
        )
    if report.identifiers:
        yield said.picture.identifiers
    if report.rejected:
        yield said.picture.rejected.format(count=said.numbers.number(report.rejected))
    if report.undated:
        yield said.picture.undated.format(count=said.numbers.number(report.undated))


def _by_name(report: Report, said: Words) -> Iterator[str]:
    for step, line in zip(report.funnel.steps, report.steps, strict=True):
        yield f"{said.quoted(step_name(step, said))} {said.numbers.number(line.named or 0)}"


def _sum(report: Report, said: Words) -> str:
    """What became of all who entered, in one sum."""
    lines = [line for line in report.steps if not line.optional]
    number = said.numbers.number
    parts = [said.picture.reached_end.format(count=number(lines[-1].entered))]
    for name in ("lost", "excluded", "expired", "open"):
        ended = sum(getattr(line, name) for line in lines)
        if ended:
            parts.append(f"{number(ended)} {getattr(said.table, name).lower()}")
    return said.picture.sum.format(entered=number(lines[0].entered), parts=" + ".join(parts))


def _basis(report: Report, said: Words) -> str:
    attempts = said.nouns["attempt"]
    match kind(report):
        case Kind.EXPECTED:
            horizon = said.calendar.about(report.horizon_seconds or 0)
            basis = said.picture.expected_from.get(report.expected_from, report.expected_from)
            return said.picture.expected.format(attempts=attempts.many, basis=basis, horizon=horizon)
        case Kind.SO_FAR:
            return said.picture.so_far
    mature = said.numbers.number(report.mature)
    return said.picture.observed.format(mature=mature, attempts=attempts.of(report.mature))
