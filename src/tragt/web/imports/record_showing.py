"""What the pages of a file of records show, ready for the templates. The unit of observation is the file."""

from dataclasses import dataclass
from typing import Any

from tragt.errors import TragtError
from tragt.events.rows import ROW
from tragt.web.imports import queries
from tragt.web.imports.answers import Answers
from tragt.web.imports.exports import titled
from tragt.web.imports.lacking import Lacking, lacking
from tragt.web.imports.models import Import
from tragt.web.imports.outline import Head
from tragt.web.imports.record_columns import TRAITS, title_for
from tragt.web.imports.record_form import RecordsForm
from tragt.web.imports.record_rows import rows_of
from tragt.web.imports.sentences import fault_of, reason
from tragt.web.imports.showing import kept_fault
from tragt.web.imports.targets import targets

__all__ = ["RecordsPreview", "asked_of_records", "records_previewed"]

_ROWS = 12


@dataclass(frozen=True, slots=True)
class RecordsPreview:
    """The first rows as records.

    Attributes:
        titles: What their fields are called.
        rows: Their values, as text.
        rejected: How many of the first rows cannot be used.
        why: Why the first of them cannot.
        trouble: Why nothing can be shown.
        lacking: The fields that must be filled in and that no column fills.
    """

    titles: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    rejected: int = 0
    why: str = ""
    trouble: str = ""
    lacking: tuple[Lacking, ...] = ()


def records_previewed(head: Head, answers: Answers) -> RecordsPreview:
    """The first rows as the records they will be.

    Args:
        head: The file at first sight.
        answers: What is said about it.

    Raises:
        InvalidFile: They cannot be read so.
    """
    read = rows_of(head.rows.head(_ROWS * 20).with_row_index(ROW, 2), answers, head.table())
    used = [use for use in answers.uses if use.to]
    fields = read.target.by_code
    titles = tuple(
        str(fields[use.to].title) if use.to in fields else title_for(use.to.removeprefix(TRAITS)) for use in used
    )
    rejected = read.rejections()
    first = next(iter(rejected.first), None)
    rows = tuple(tuple(_text(row.values.get(use.to)) for use in used) for row in read.rows[:_ROWS])
    why = f"{first.field}: {reason(first.reason)}" if first else ""
    return RecordsPreview(titles, rows, rejected.total, why, lacking=lacking(answers))


def asked_of_records(
    one: Import, head: Head, answers: Answers, form: RecordsForm | None = None, *, may_make: bool
) -> dict[str, Any]:
    """What the page of the columns needs.

    Args:
        one: The import.
        head: The file at first sight.
        answers: What is known so far.
        form: The form as it was sent; None to make one of the answers.
        may_make: Whether the user may make custom fields.
    """
    seen = RecordsPreview()
    if form is None:
        form = RecordsForm(head, answers, may_make=may_make)
        try:
            seen = records_previewed(head, answers)
        except TragtError as error:
            seen = RecordsPreview(trouble=str(fault_of(error)))
    return {
        "one": one,
        "form": form,
        "preview": seen,
        "target": form.target,
        "targets": targets(),
        "export": titled(one.known_export),
        "memory": queries.remembered(one.fingerprint),
        "same": queries.earlier_same(one),
        "fault": kept_fault(one),
    }


def _text(value: object) -> str:
    return "" if value is None else str(value)
