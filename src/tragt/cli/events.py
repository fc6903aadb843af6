"""``tragt events FILE``: what a file holds, before anyone asks for a funnel."""

import json
from typing import Annotated, Any

import polars as pl
import typer
from rich.console import Console
from rich.table import Table

from tragt.cli import options
from tragt.cli.options import Reading, load
from tragt.events import EventLog

__all__ = ["events"]

EXAMPLES = 3
PLURALS = {"person": "people", "company": "companies", "deal": "deals", "session": "sessions"}

console = Console()


def events(
    file: options.File,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
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
    """Show the events of a file: names, how often, first and last seen, and their properties."""
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
    )
    log = load(file, reading, rejected)
    if as_json:
        print(json.dumps(_content(log), ensure_ascii=False, indent=2, default=str))
        return
    _show(log, file.name)


def _show(log: EventLog, name: str) -> None:
    counts = {unit: log.frame[unit].drop_nulls().n_unique() for unit in log.units}
    units = ", ".join(f"{count:,} {PLURALS[unit] if count != 1 else unit}" for unit, count in counts.items())
    console.print(f"[b]{name}[/b]: {len(log):,} events{' of ' + units if units else ''}", highlight=False)
    if log.undated.height:
        console.print(f"{log.undated.height:,} rows have no date: in the pipeline, not in the flow.", highlight=False)
    table = Table("Event", "Count", "First seen", "Last seen", box=None, pad_edge=False, header_style="dim")
    for column in table.columns[1:]:
        column.justify = "right"
    for event, count, first, last in log.names().iter_rows():
        table.add_row(event, f"{count:,}", *(f"{seen.astimezone(log.zone):%Y-%m-%d %H:%M}" for seen in (first, last)))
    console.print(table)
    if log.property_names:
        console.print(_properties(log))


def _properties(log: EventLog) -> Table:
    table = Table("Property", "Type", "Set on", "For example", box=None, pad_edge=False, header_style="dim")
    for described in _described(log):
        examples = ", ".join(str(value) for value in described["examples"])
        table.add_row(described["name"], described["type"], f"{described['set']:.0%}", examples)
    return table


def _described(log: EventLog) -> list[dict[str, Any]]:
    found = []
    for name in log.property_names:
        column = log.frame[f"properties.{name}"]
        values = column.drop_nulls()
        common = values.value_counts(sort=True).head(EXAMPLES)[column.name].to_list()
        share = len(values) / max(len(column), 1)
        found.append({"name": name, "type": _type(column.dtype), "set": share, "examples": common})
    return found


def _type(dtype: pl.DataType) -> str:
    if dtype.is_numeric():
        return "number"
    if dtype == pl.Boolean:
        return "yes/no"
    return "time" if dtype.is_temporal() else "text"


def _content(log: EventLog) -> dict[str, Any]:
    names = [
        {"name": name, "count": count, "first": first, "last": last}
        for name, count, first, last in log.names().iter_rows()
    ]
    units = {unit: log.frame[unit].drop_nulls().n_unique() for unit in log.units}
    rejected = len(log.rejected)
    return {
        "events": len(log),
        "units": units,
        "undated": log.undated.height,
        "rejected_rows": rejected,
        "names": names,
        "properties": _described(log),
    }
