"""``tragt import FILE``: a file into the event log of a home, as the page does it."""

from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from tragt.cli import options
from tragt.cli.application import Home, enter
from tragt.cli.options import errors, note
from tragt.events import Options

__all__ = ["import_"]

console = Console(highlight=False, soft_wrap=True)


def import_(
    file: options.File,
    home: Home = None,
    source: Annotated[
        str, typer.Option(help="Where the file comes from; files of one source bring nothing twice.")
    ] = "",
    person: options.Person = None,
    company: options.Company = None,
    deal: options.Deal = None,
    session: options.Session = None,
    time: options.Time = None,
    event: options.EventName = None,
    id: options.Identifier = None,
    wide: options.Wide = None,
    zone: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Time zone of times without one (default: the organisation's).",
            rich_help_panel=options.FORMAT,
        ),
    ] = None,
    dates: options.Dates = None,
    delimiter: options.Delimiter = None,
    encoding: options.Encoding = None,
    sheet: options.Sheet = None,
) -> None:
    """Bring a file into a home: by its worker where Tragt runs, else by this command itself."""
    configuration = enter(home)
    from tragt.web.imports.actions import import_file
    from tragt.web.imports.models import State
    from tragt.web.shell import organisation
    from tragt.web.shell.acting import COMMAND_LINE

    said = Options(
        person=person,
        company=company,
        deal=deal,
        session=session,
        time=time,
        event=event,
        id=id,
        wide=wide,
        zone=zone or organisation.current().time_zone,
        date_order=dates,
        delimiter=delimiter,
        encoding=encoding,
        sheet=sheet,
    )
    with Progress(
        TextColumn("{task.description}"), BarColumn(), console=errors, transient=True, disable=not errors.is_terminal
    ) as bar:
        task = bar.add_task("Reading the file", total=None)
        one = import_file(
            file,
            COMMAND_LINE,
            said,
            source=source,
            report=lambda done, total, text: bar.update(task, completed=done, total=total, description=text),
        )
    if one.state == State.DONE:
        _show(one.file_name, one.result)
        note(f"Home: {configuration.home}")
    else:
        note(f"Tragt runs on {configuration.home} and imports {one.file_name} now; the page Data shows how far it is.")


def _show(name: str, result: dict[str, int]) -> None:
    console.print(f"[b]{name}[/b]: {result['added']:,} new events, {result['known']:,} here already.")
    if result.get("undated"):
        console.print(f"{result['undated']:,} rows have no date: in the pipeline, not in the flow.")
    persons, companies = result["persons_new"], result["companies_new"]
    console.print(
        f"{persons:,} new {'person' if persons == 1 else 'persons'}, "
        f"{companies:,} new {'company' if companies == 1 else 'companies'}."
    )
    if result["rejected"]:
        console.print(f"{result['rejected']:,} rows could not be used; the page Data has them as a file.")
