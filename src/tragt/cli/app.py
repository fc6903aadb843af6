"""The command line: commands on files (``tragt funnel``) and commands of the application (``tragt up``)."""

import os
import sys

import typer

from tragt.cli import (
    application,
    backup,
    demo,
    doctor,
    erase,
    events,
    funnel,
    imports,
    networks,
    restore,
    settle,
    up,
    worker,
)
from tragt.cli.arguments import spread
from tragt.cli.options import as_options, errors
from tragt.errors import TragtError

__all__ = ["app", "main"]

app = typer.Typer(
    name="tragt",
    help="Where does your funnel leak? Read a file of events or deals and see.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
)
FILES = "On files"
APPLICATION = "The application"

app.command("funnel", rich_help_panel=FILES)(funnel.funnel)
app.command("events", rich_help_panel=FILES)(events.events)
app.command("demo", rich_help_panel=FILES)(demo.demo)
app.command("up", rich_help_panel=APPLICATION)(up.up)
app.command("web", rich_help_panel=APPLICATION)(up.web)
app.command("worker", rich_help_panel=APPLICATION)(worker.worker)
app.command("settle", rich_help_panel=APPLICATION)(settle.settle)
app.command("import", rich_help_panel=APPLICATION)(imports.import_)
app.command("networks", rich_help_panel=APPLICATION)(networks.networks)
app.command("erase", rich_help_panel=APPLICATION)(erase.erase)
app.command("backup", rich_help_panel=APPLICATION)(backup.backup)
app.command("restore", rich_help_panel=APPLICATION)(restore.restore)
app.command("doctor", rich_help_panel=APPLICATION)(doctor.doctor)

FAILED = 1
INTERRUPTED = 130


def tell(error: TragtError) -> None:
    """Say in one sentence what is wrong."""
    errors.print(f"tragt: {as_options(str(error))}", style="red", highlight=False, markup=False, soft_wrap=True)


def main() -> None:
    """Run the command line; errors that Tragt raises on purpose are one sentence on standard error."""
    try:
        app(args=spread(sys.argv[1:]))
    except TragtError as error:
        tell(error)
        sys.exit(FAILED)
    except application.database_errors() as error:
        tell(application.as_trouble(error))
        sys.exit(FAILED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILED)


if __name__ == "__main__":
    main()
