"""What imports keep that grows old: the files that were uploaded, and the rows of them that were turned away."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_noop

from tragt.web.imports.actions import remove_old_files
from tragt.web.imports.queries import OLD_FILES, with_old_files
from tragt.web.shell.retention import Kind

__all__ = ["KINDS"]


def _count(before: datetime) -> int:
    return with_old_files(before).count()


def _remove(before: datetime, _way: str) -> Iterator[int]:
    return remove_old_files(before)


KINDS: tuple[Kind, ...] = (
    Kind(
        OLD_FILES,
        gettext_noop("Imported files"),
        gettext_noop("The files that were uploaded, with the rows that were left out, from the day of the import."),
        count=_count,
        remove=_remove,
        default=30,
        least=1,
        longest=366,
        effect=gettext_noop("What they brought stays."),
        order=50,
    ),
)
