"""What the application must do with the tables of a backup before it can use them."""

import shutil
from itertools import chain

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from tragt.errors import NotAllowed, TragtError
from tragt.web.backup.held import MAIN
from tragt.web.backup.manifest import Manifest
from tragt.web.backup.restoring import TABLES, Restored

__all__ = ["check_age", "load"]


def check_age(manifest: Manifest) -> None:
    """See that this Tragt knows all that the backup's databases have been through.

    Args:
        manifest: Of the backup.

    Raises:
        TragtError: A newer Tragt made it.
    """
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    strange = [one for one in chain(*manifest.migrations.values()) if one.startswith("tragt_") and one not in known]
    if strange:
        raise TragtError(
            "backup.newer",
            f"This backup was made by Tragt {manifest.tragt}, which is newer than this one (it knows {strange[-1]}, "
            "which this one does not). Install that version, or a later one, and restore again; nothing was changed.",
        )


def load(restored: Restored, address: str) -> None:
    """Bring rows into a database on a server.

    Args:
        restored: The home that was unpacked.
        address: Of the database, which must be empty.

    Raises:
        NotAllowed: It is not empty.
    """
    from tragt.web.backup.server import fill, is_empty  # noqa: PLC0415 - only the extra brings what it needs

    if not is_empty(address):
        raise NotAllowed(
            "backup.database_not_empty",
            "The database that TRAGT_DATABASE_URL names holds tables. Make a new, empty database, name it there, and "
            "restore again; nothing was changed, and the database before stays as it is.",
        )
    manifest = restored.manifest
    executor = MigrationExecutor(connection)
    executor.migrate(_newest(executor, set(manifest.migrations[MAIN])))
    folder = restored.home / TABLES
    fill(address, folder, manifest.tables[MAIN], manifest.sequences)
    shutil.rmtree(folder)


def _newest(executor: MigrationExecutor, had: set[str]) -> list[tuple[str, str | None]]:
    """Those of some migrations that no other of them follows: who has them has them all."""
    known = executor.loader.graph.node_map
    nodes = [node for node in known.values() if ".".join(node.key) in had]
    return [node.key for node in nodes if not any(".".join(child.key) in had for child in node.children)]
