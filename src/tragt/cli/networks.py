"""``tragt networks NAME FILE``: a list of networks of data centres or scanners into a home, as the page does it."""

from typing import Annotated

import typer
from rich.console import Console

from tragt.cli.application import Home, enter

__all__ = ["networks"]

console = Console(highlight=False, soft_wrap=True, markup=False)


def networks(
    name: Annotated[str, typer.Argument(help="What the list is called. One that is called so already is replaced.")],
    file: Annotated[
        typer.FileBinaryRead, typer.Argument(help="The list as its maker publishes it; - reads the input.")
    ],
    home: Home = None,
) -> None:
    """Keep a list of networks of data centres or scanners: what comes from there is marked as probably no human's."""
    enter(home)
    from tragt.web.collect.actions import keep_list
    from tragt.web.collect.network_lists import LARGEST, read
    from tragt.web.shell.acting import COMMAND_LINE

    found = read(file.read(LARGEST + 1))
    kept = keep_list(COMMAND_LINE, name, found)
    console.print(f"Networks kept as {kept.name!r}: {kept.number}.")
    for one in found.wrong:
        console.print(f"Not taken, {one.place}: {one.text}")
    if found.wrong_number > len(found.wrong):
        console.print(f"And {found.wrong_number - len(found.wrong)} more.")
