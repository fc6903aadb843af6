"""``tragt funnel FILE``: the funnel of a file, as a table, a drawing, a picture or JSON."""

import difflib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from tragt.cli import options
from tragt.cli.json_report import report_json
from tragt.cli.options import Reading, load, note
from tragt.cli.presenting import Output, check_png, present
from tragt.errors import InvalidDefinition, NotFound
from tragt.events import EventLog
from tragt.funnel import Breakdown, Funnel, Period, Report
from tragt.funnel.proposal import propose, usual_unit
from tragt.funnel.stock import Stock, stock

__all__ = ["funnel"]

RULES = "How attempts count"
SHOW = "What to show"

console = Console()


def funnel(
    file: options.File,
    steps: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME ...", help="The steps in order; [b]B|C[/b] is either of two. Left out: one is proposed."
        ),
    ] = None,
    window: Annotated[
        str | None,
        typer.Option(
            metavar="14d",
            help="Longest time from the first step to the last: 30min, 36h, 14d, session, none. "
            "By default 30d for people and companies, the session for sessions, none for deals.",
        ),
    ] = None,
    unit: Annotated[
        str | None,
        typer.Option(
            metavar="person|company|deal|session",
            help="What is counted; by default people, or the deals of a file with a row a deal.",
        ),
    ] = None,
    by: Annotated[str | None, typer.Option(metavar="PROPERTY", help="Break down by a property of the entry.")] = None,
    trend: Annotated[str | None, typer.Option(metavar="day|week|month", help="Break down by date of entry.")] = None,
    order: Annotated[
        str,
        typer.Option(metavar="ordered|adjacent|any", help="How the steps follow each other.", rich_help_panel=RULES),
    ] = "ordered",
    count: Annotated[
        str,
        typer.Option(
            metavar="best|first|first_ever|every",
            help="Which attempts count: each unit's furthest, its first, or all.",
            rich_help_panel=RULES,
        ),
    ] = "best",
    lost: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME ...", help="Events that end an attempt as lost.", rich_help_panel=RULES),
    ] = None,
    reopen: Annotated[
        list[str] | None, typer.Option(metavar="NAME ...", help="Events that make a loss void.", rich_help_panel=RULES)
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME ...", help="Events that end an attempt before its last step.", rich_help_panel=RULES
        ),
    ] = None,
    hold: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PROPERTY ...", help="Properties that keep the entry's value on every step.", rich_help_panel=RULES
        ),
    ] = None,
    skips: Annotated[
        str | None,
        typer.Option(
            metavar="fill|drop",
            help="The steps are stages; a skipped one is reached with the later, or not.",
            rich_help_panel=RULES,
        ),
    ] = None,
    start: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], metavar="DAY", help="First day of entry.", rich_help_panel=RULES),
    ] = None,
    end: Annotated[
        datetime | None,
        typer.Option(
            "--to", formats=["%Y-%m-%d"], metavar="DAY", help="First day after the period.", rich_help_panel=RULES
        ),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="Look from this moment; by default from the last event.", rich_help_panel=RULES
        ),
    ] = None,
    show_stock: Annotated[
        bool,
        typer.Option("--stock", help="Show how many are in each stage now, beside the flow.", rich_help_panel=SHOW),
    ] = False,
    svg: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the picture as SVG.", rich_help_panel=SHOW)
    ] = None,
    png: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the picture as PNG (extra [b]app[/b]).", rich_help_panel=SHOW),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.", rich_help_panel=SHOW)] = False,
    language: Annotated[
        str, typer.Option(metavar="en|da|sv|nb", help="Language of the result.", rich_help_panel=SHOW)
    ] = "en",
    person: options.Person = None,
    company: options.Company = None,
    deal: options.Deal = None,
    session: options.Session = None,
    time: options.Time = None,
    event: options.EventName = None,
    id: options.Identifier = None,
    wide: options.Wide = None,
    zone: options.Zone = "UTC",
    dates: options.Dates = None,
    delimiter: options.Delimiter = None,
    encoding: options.Encoding = None,
    sheet: options.Sheet = None,
    rejected: options.Rejected = None,
) -> None:
    """Show how people pass a funnel, from a file of events or deals.

    [b]tragt funnel events.csv --steps Visited "Signed up|Registered" Paid --window 14d[/b]
    """
    if png is not None:
        check_png()
    needed = tuple(hold or ()) + ((by,) if by else ())
    reading = Reading(
        person=person,
        company=company,
        deal=deal,
        session=session,
        time=time,
        event=event,
        id=id,
        wide=tuple(wide) if wide else None,
        zone=zone,
        date_order=dates,
        delimiter=delimiter,
        encoding=encoding,
        sheet=sheet,
        properties=needed,
    )
    log = load(file, reading, rejected, with_reasons=bool(lost))
    rules = {"order": order, "count": count, "skips": skips, "hold": tuple(hold or ()), "exclude": tuple(exclude or ())}
    rules |= {"lost": tuple(lost or ()), "reopen": tuple(reopen or ())}
    asked = defined(log, steps or [], unit, window, rules)
    period = Period(_day(start), _day(end), _moment(as_of))
    by_property = Breakdown(by) if by else None
    with options.errors.status(f"Counting {len(log):,} events …"):
        report = asked.run(log, period=period, by=by_property, trend=trend)
    in_stages = _stock(log, report) if show_stock else None
    if as_json:
        print(report_json(report, in_stages))
    present(report, Output(svg=svg, png=png, quiet=as_json, language=language), in_stages)


def defined(
    log: EventLog, steps: Sequence[str], unit: str | None, window: str | None, rules: Mapping[str, Any]
) -> Funnel:
    """The funnel that was asked for, or one proposed from the log."""
    if not steps:
        proposed = propose(log, unit)
        note("No --steps given; proposed from the file, in the order people usually meet them.")
        named = " ".join(f'"{"|".join(step.names)}"' for step in proposed.steps)
        days = proposed.length.total_seconds() / 86_400 if proposed.length else 0
        window = f" --window {days:g}d" if days >= 1 else f" --window {days * 24:g}h" if days else ""
        note(f"Say it your way: --steps {named}{window}")
        return proposed
    asked = Funnel.of(*steps, unit=unit or usual_unit(log), window="default" if window is None else window, **rules)
    _check_names(log, asked)
    return asked


def _check_names(log: EventLog, asked: Funnel) -> None:
    """Refuse a step that the file does not have, and name each other event that it does not have."""
    have: list[str] = log.names()["name"].to_list()
    for step in asked.steps:
        if not set(step.names) & set(have):
            raise NotFound("cli.unknown_step", _unknown(step.names[0], have), step=step.title)
    matches = [step.match for step in asked.steps] + [x.match for x in asked.exclude] + [*asked.lost, *asked.reopen]
    for name in dict.fromkeys(name for match in matches for name in match.names):
        if name not in have:
            note(_unknown(name, have))


def _unknown(name: str, have: list[str]) -> str:
    near = [one for one in have if one.casefold() == name.casefold()] or difflib.get_close_matches(name, have, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else f"; it has {options.known(have)}."
    return f"The file has no event {name!r}{hint}"


def _day(given: datetime | None) -> date | None:
    return None if given is None else given.date()


def _moment(given: str | None) -> datetime | None:
    if given is None:
        return None
    try:
        return datetime.fromisoformat(given)
    except ValueError:
        raise InvalidDefinition(
            "cli.as_of", f"--as-of {given!r} is not a moment; write 2026-03-31 or 2026-03-31T17:00+02:00.", given=given
        ) from None


def _stock(log: EventLog, report: Report) -> Stock:
    """The stock over the funnel's stages; what the file holds without a date comes first."""
    steps = [name for step in report.funnel.steps for name in step.names]
    lost = [name for match in report.funnel.lost for name in match.names]
    undated = log.undated["name"].cast(str).unique(maintain_order=True).to_list() if log.undated.height else []
    last = report.funnel.steps[-1].names
    stages = [name for name in dict.fromkeys([*undated, *steps]) if name not in (*last, *lost)]
    return stock(log, stages, ends=[*last, *lost], unit=report.funnel.unit, as_of=report.as_of)
