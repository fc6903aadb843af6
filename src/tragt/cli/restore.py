"""``tragt restore FILE``: a home made of a backup, without those who were erased since."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from tragt.cli.application import configured
from tragt.cli.options import note
from tragt.errors import NotAllowed

if TYPE_CHECKING:
    from tragt.web.backup.actions import Replayed
    from tragt.web.backup.restoring import Restored
    from tragt.web.project.configuration import Configuration

__all__ = ["restore"]

console = Console(highlight=False, soft_wrap=True, markup=False)


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup, as tragt backup wrote it.")],
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FOLDER", help="The home to make (default: TRAGT_HOME).")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Move aside the home that is there; nothing of it is deleted.")
    ] = False,
    erasures: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="The list erasures.jsonl of the home that was lost, where it is not in its place.",
        ),
    ] = None,
) -> None:
    """Make a home of a backup; who was erased since it was taken is erased again."""
    configuration = configured(to)
    target = configuration.home
    from tragt.web.backup.restoring import check_place, put_in_place, unpack_home
    from tragt.web.backup.workplace import explained, workplace
    from tragt.web.project.home import UP_LOCK, hold

    check_place(target, replace=replace)
    if any((target / name).exists() for name in ("tragt.sqlite3", UP_LOCK)):
        hold(configuration, alone=True)
    with explained(target.parent), workplace(target.parent, ".tragt-restore-") as folder:
        restored = unpack_home(file, folder / "home", target, erasures or [])
        done = _made_ready(configured(restored.home), restored)
        aside = put_in_place(restored.home, target, datetime.now(UTC))
    _say(target, aside, restored, done)


def _made_ready(configuration: "Configuration", restored: "Restored") -> "Replayed":
    """Bring the tables up to date, and erase again whom the backup brought back, before anybody can look."""
    server = not configuration.database.startswith("sqlite")
    if server is not (restored.manifest.database == "postgresql"):
        kinds = {True: "PostgreSQL", False: "SQLite"}
        raise NotAllowed(
            "backup.other_database",
            f"The backup is of an installation on {kinds[not server]}, and the settings name {kinds[server]}. A backup "
            "is restored to the kind of database that it came from: correct TRAGT_DATABASE_URL; nothing was changed.",
        )
    if not server and configuration.database_url:
        raise NotAllowed(
            "backup.database_elsewhere",
            "A database in files is restored into the home, and the settings, perhaps the backup's, name another "
            "place. Set TRAGT_DATABASE_URL to nothing (TRAGT_DATABASE_URL= tragt restore ...), and take database_url "
            "out of the tragt.toml of the new home before you start it; nothing was changed.",
        )
    from django.db import connections

    from tragt.web.project.home import prepare, set_up_django

    keyless = not configuration.secret_key and not (restored.home / "secret").exists()
    set_up_django()
    from tragt.web.backup.loading import check_age, load

    check_age(restored.manifest)
    _tell_of_address(configuration)
    if server:
        load(restored, configuration.database)
    prepare(configuration)
    from tragt.web.backup.actions import replay, tell

    done = replay(restored)
    tell(restored.manifest, done)
    connections.close_all()
    if keyless:
        note("The backup holds no secret key, so a new one was made: people sign in anew, and sealed secrets are lost.")
    return done


def _tell_of_address(configuration: "Configuration") -> None:
    """The settings that came along may name the database of before, and only the environment another one."""
    from tragt.web.project.configuration import FILE, load

    named = load({"TRAGT_HOME": str(configuration.home)}).database_url
    if named and named != configuration.database_url:
        note(
            f"The settings file {FILE} of the new home names another database than was restored to. Correct "
            "database_url there before you start Tragt without TRAGT_DATABASE_URL: it would put the events of one "
            "moment beside the people of another."
        )


def _say(target: Path, aside: Path | None, restored: "Restored", done: "Replayed") -> None:
    manifest = restored.manifest
    console.print(f"{target} is as it was at {manifest.made:%Y-%m-%d %H:%M:%S} UTC. Start it: tragt up --home {target}")
    if aside:
        console.print(f"The home before stands in {aside}; remove it when you no longer need it.")
    if done.asked:
        console.print(f"Erasures since the backup: {done.asked}; {done.persons} were in it and are erased again.")
    if not restored.listed and not aside:
        note(
            "No list of erasures was found. Who was erased after the backup was taken is back: restore again with "
            "--erasures and the file erasures.jsonl of the home that was lost."
        )
    if done.waits:
        note(f"Their bytes go in the coming night: {done.waits}")
