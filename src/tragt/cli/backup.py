"""``tragt backup FILE``: everything that a home holds into one file, while it is at work."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from tragt.cli.application import Home, configured
from tragt.cli.options import note

if TYPE_CHECKING:
    from tragt.web.backup.moment import Places
    from tragt.web.project.configuration import Configuration

__all__ = ["backup", "places_of"]

console = Console(highlight=False, soft_wrap=True, markup=False)


def backup(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="Where to; a folder gets a file named after the moment (default: here)."),
    ] = None,
    home: Home = None,
    without_key: Annotated[
        bool,
        typer.Option("--without-key", help="Leave out the secret key and the settings file; keep them elsewhere."),
    ] = False,
) -> None:
    """Write everything that a home holds into one file; Tragt may be at work meanwhile."""
    configuration = configured(home)
    from tragt.web.backup.taking import take

    now = datetime.now(UTC)
    target = file or Path.cwd()
    if target.is_dir():
        target /= f"tragt-{now:%Y-%m-%d-%H%M%S}.tar"
    taken = take(places_of(configuration), target.absolute(), now, secrets=not without_key)
    size = taken.file.stat().st_size
    events = taken.manifest.lake.events
    console.print(f"{taken.file}: {size / 1e6:,.1f} MB, as of {taken.manifest.made:%Y-%m-%d %H:%M:%S} UTC.")
    console.print(f"In it: {events:,} events in the event log, and every table of the database.")
    if taken.key:
        note("The secret key is in it: whoever has the file can read everything. Only you may read it; keep it so.")
    else:
        note("The secret key is not in it. Keep the key elsewhere: without it the secrets in the backup stay sealed.")


def places_of(configuration: "Configuration") -> "Places":
    """Where an installation keeps what it has."""
    from tragt.web.backup.moment import Places

    return Places(configuration.home, configuration.lake, configuration.database, configuration.inbox)
