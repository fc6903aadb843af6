"""What the commands of the application share: is it installed, what was it told, is its home ready."""

import importlib.util
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tragt.errors import NotFound

if TYPE_CHECKING:
    from tragt.web.project.configuration import Configuration

__all__ = ["Home", "configured", "enter"]

Home = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="Folder that holds everything (default: the setting [b]TRAGT_HOME[/b])."),
]


def configured(home: Path | None = None, **given: object) -> "Configuration":
    """The settings of the installation; what a command was given goes before them, also for the processes it starts.

    Args:
        home: The home folder; None leaves it to the settings.
        **given: Other settings by name; None leaves one to the settings.

    Raises:
        NotFound: The application is not installed.
        InvalidSetting: A setting is wrong.
    """
    if importlib.util.find_spec("django") is None or importlib.util.find_spec("granian") is None:
        raise NotFound(
            "cli.no_application",
            "The application is not installed; only the library and the commands on files are. "
            "Install it: pip install 'tragt[app]'.",
        )
    from tragt.web.project.configuration import PREFIX, load

    for name, value in {"home": home, **given}.items():
        if value is not None:
            os.environ[PREFIX + name.upper()] = str(value)
    return load()


def enter(home: Path | None = None) -> "Configuration":
    """Make the home ready and load the application in this process."""
    configuration = configured(home)
    from tragt.web.project.home import prepare

    prepare(configuration)
    return configuration
