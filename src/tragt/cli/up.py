"""``tragt up`` and ``tragt web``: the application, with its workers or without."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from tragt.cli.application import Home, configured

if TYPE_CHECKING:
    from tragt.web.project.configuration import Configuration

__all__ = ["up", "web"]

DEMONSTRATION = "demonstration"

console = Console(highlight=False, soft_wrap=True)

Host = Annotated[str | None, typer.Option(help="Address to listen on; 0.0.0.0 opens it to the network.")]
Port = Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")]


def up(
    home: Home = None,
    host: Host = None,
    port: Port = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Show the demonstration firm, in a home of its own beside yours.")
    ] = False,
) -> None:
    """Start everything, pages and workers, over one home folder."""
    configuration = configured(home, host=host, port=port)
    if demo:
        configuration = configured(configuration.home / DEMONSTRATION)
    _serve(configuration, workers=configuration.workers, demo=demo)


def web(home: Home = None, host: Host = None, port: Port = None) -> None:
    """Start the pages alone; workers run elsewhere ([b]tragt worker[/b])."""
    _serve(configured(home, host=host, port=port), workers=0)


def _serve(configuration: "Configuration", workers: int, *, demo: bool = False) -> None:
    from tragt.web.project.home import furnish, hold, prepare
    from tragt.web.project.nursery import Nursery
    from tragt.web.project.server import Crew, free_port, serve

    hold(configuration)
    port = free_port(configuration.host, configuration.port)
    configuration = configured(configuration.home, port=port)
    furnish(configuration)
    nursery = Nursery()
    prepare(configuration)
    if demo:
        from tragt.web.demonstration.actions import stand_ready

        stand_ready()
    crew = Crew(nursery, workers, settler=workers > 0)
    crew.start()
    try:
        serve(configuration, nursery, lambda: _greet(configuration))
    finally:
        crew.stop()
        nursery.close()
    if crew.lost:
        raise typer.Exit(1)


def _greet(configuration: "Configuration") -> None:
    from tragt.web.accounts.actions import setup_code

    console.print(f"Tragt is ready: [b]{configuration.public_address}[/b]  (home: {configuration.home})")
    code = setup_code()
    if code:
        console.print(f"First run: open the page and enter the code [b]{code}[/b] to become its owner.")
    console.print("Stop with Ctrl-C.", style="dim")
