"""What is said about a file: which column means what, and how it is written. The unit of observation is the file."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

from tragt.events import DateColumn, Mapping, Options

__all__ = [
    "PERSONAL_ROLES",
    "ROLES",
    "Answers",
    "ColumnUse",
    "Shape",
    "Stage",
    "StageKind",
    "fingerprint",
    "usual_source",
]

ROLES = ("time", "event", "person", "person_else", "company", "deal", "session", "id", "precision", "human", "traffic")
PERSONAL_ROLES = ("email", "name", "last_name", "phone")
_NOISE = re.compile(r"(?i)\b(?:copy|kopi|kopia|final|export|exports|crm)\b|\d+|\(\d*\)")


class Shape(StrEnum):
    """What a row of a file is: one event, one unit with dates in its columns, or one record without any time."""

    LONG = "long"
    WIDE = "wide"
    RECORDS = "records"


class StageKind(StrEnum):
    """What a stage of a pipeline is."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the pipeline that a wide file tells of; their order is that of the list they stand in."""

    name: str
    kind: StageKind = StageKind.OPEN


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """What a column of a file of records is.

    Attributes:
        column: Its name.
        to: Code of the field that it fills; ``traits.<code>`` for a custom field or a trait; empty leaves it out.
        make: Type of the custom field that is made for it where there is none of that code; empty makes none.
    """

    column: str
    to: str = ""
    make: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """How one file is to be read. An empty text means: no such column, or as the file itself shows.

    Attributes:
        shape: What a row is.
        columns: Role → column, for `ROLES` and `PERSONAL_ROLES`; a role that is not there has no column.
        wide: For a wide file, the events its date columns tell of.
        stage: For a wide file, the column with the stage that each unit is in now.
        stages: The stages in their order.
        left_out: Columns that are not kept.
        source: Where the file comes from. Events are told apart within a source: files of one source that
            overlap bring nothing twice.
        zone: Time zone of times that name none.
        date_order: ``dmy``, ``mdy``, ``ymd`` or empty.
        decimal: ``.``, ``,`` or empty.
        sheet: Name of the sheet of a workbook.
        delimiter: What parts the cells.
        encoding: Encoding of the text.
        target: For a file of records, the code of their kind.
        uses: For a file of records, what its columns are.
    """

    shape: Shape = Shape.LONG
    columns: dict[str, str] = field(default_factory=dict)
    wide: tuple[DateColumn, ...] = ()
    stage: str = ""
    stages: tuple[Stage, ...] = ()
    left_out: tuple[str, ...] = ()
    source: str = ""
    zone: str = "UTC"
    date_order: str = ""
    decimal: str = ""
    sheet: str = ""
    delimiter: str = ""
    encoding: str = ""
    target: str = ""
    uses: tuple[ColumnUse, ...] = ()

    @classmethod
    def of(cls, kept: Any) -> "Answers":
        """The answers that `as_json` gave."""
        return msgspec.convert(kept, cls)

    def as_json(self) -> Any:
        """Plain values that a database keeps."""
        return msgspec.to_builtins(self)

    def options(self, progress: Any = None) -> Options:
        """How the library is to open and read the file."""
        return Options(
            zone=self.zone,
            date_order=self.date_order or None,
            decimal=self.decimal or None,
            sheet=self.sheet or None,
            delimiter=self.delimiter or None,
            encoding=self.encoding or None,
            progress=progress,
        )

    def mapping(self, columns: Sequence[str]) -> Mapping:
        """What the columns mean, in the words of the library.

        Args:
            columns: All columns of the file. Those without a meaning are kept as properties; those that describe
                the person are not: they are learned beside the events.
        """
        wide = self.wide if self.shape is Shape.WIDE else ()
        said = {role: column for role, column in self.columns.items() if role in ROLES}
        if wide:
            said = {role: column for role, column in said.items() if role not in ("time", "event")}
        found = replace(Mapping(wide=wide, stage=self.stage or None if wide else None), **said)  # type: ignore[arg-type]
        apart = {*found.used, *self.left_out, *(self.columns.get(role) for role in PERSONAL_ROLES)} - {
            found.person_else
        }
        return replace(found, properties=tuple(name for name in columns if name not in apart))

    @property
    def unit(self) -> str:
        """What moves through the stages: deal, else person, else company."""
        return next((unit for unit in ("deal", "person", "company") if self.columns.get(unit)), "deal")


def fingerprint(columns: Sequence[str]) -> str:
    """The same for files with the same columns, whatever their order."""
    return hashlib.sha256("\n".join(sorted(columns)).encode()).hexdigest()


def usual_source(file_name: str) -> str:
    """What a file's name says of where it comes from, without dates and numbers: ``deals_2024-05.csv`` → ``deals``."""
    stem = Path(file_name).name.split(".", 1)[0]
    words = re.sub(r"[\W_]+", " ", _NOISE.sub(" ", re.sub(r"[_\W]+", " ", stem))).split()
    return " ".join(words).casefold()[:60] or "file"
