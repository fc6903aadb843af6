"""What the commands of the application share: is it installed, what was it told, is its home ready."""

import importlib.util
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tragt.cli.options import note
from tragt.errors import NotFound, TragtError

if TYPE_CHECKING:
    from tragt.web.project.configuration import Configuration

__all__ = ["Home", "as_trouble", "configured", "database_errors", "enter", "furnished"]

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


def furnished(home: Path | None = None) -> "Configuration":
    """Make the folder of the home, so that the application can be loaded."""
    configuration = configured(home)
    from tragt.web.project.home import furnish

    if not configuration.home.exists():
        note(f"Making a new home in {configuration.home}. Name another with --home or TRAGT_HOME.")
    furnish(configuration)
    return configuration


def enter(home: Path | None = None) -> "Configuration":
    """Make the home ready and load the application in this process."""
    configuration = furnished(home)
    from tragt.web.project.home import prepare

    prepare(configuration)
    return configuration


def database_errors() -> tuple[type[Exception], ...]:
    """The errors of a database; none where no command has loaded the application."""
    if "django.db" not in sys.modules:
        return ()
    from django.db.utils import Error

    return (Error,)


def as_trouble(error: Exception) -> TragtError:
    """What an error of the database means and what to do."""
    from tragt.web.project.configuration import load
    from tragt.web.project.home import database_trouble

    return database_trouble(error, load())
