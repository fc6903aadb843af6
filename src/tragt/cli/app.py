"""The command line: ``tragt funnel``, ``tragt events``, ``tragt demo``, ``tragt doctor``."""

import os
import sys

import typer

from tragt.cli import demo, doctor, events, funnel
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
app.command("funnel")(funnel.funnel)
app.command("events")(events.events)
app.command("demo")(demo.demo)
app.command("doctor")(doctor.doctor)

FAILED = 1
INTERRUPTED = 130


def main() -> None:
    """Run the command line; errors that Tragt raises on purpose are one sentence on standard error."""
    try:
        app(args=spread(sys.argv[1:]))
    except TragtError as error:
        errors.print(f"tragt: {as_options(str(error))}", style="red", highlight=False, markup=False, soft_wrap=True)
        sys.exit(FAILED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILED)


if __name__ == "__main__":
    main()
