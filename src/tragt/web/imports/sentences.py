"""Errors of reading a file as sentences in the reader's language, and the field each belongs to.

An error whose code is not listed here is shown in the library's own English words.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tragt.errors import TragtError

__all__ = ["FOR_JOBS", "Fault", "fault_of", "reason"]

_SENTENCES: Mapping[str, Promise] = {
    "events.empty_file": _("%(file)s is empty: it has no header and no rows."),
    "events.no_rows": _("%(file)s has a header and no rows."),
    "events.not_a_table": _("%(file)s is not a table. Save or export the data as CSV, Excel, JSON lines or Parquet."),
    "events.not_what_it_says": _("%(file)s is something else than its name says. Give the right file, or rename it."),
    "events.not_json": _("%(file)s is not valid JSON. Export it again."),
    "events.too_large": _("%(file)s is one very large JSON document. Write one object a line (JSON lines) instead."),
    "events.too_many_columns": _("The records have too many different fields. Export fewer of them."),
    "events.broken_table": _("%(file)s is damaged or cut off. Write or download it again."),
    "events.broken_archive": _(
        "%(file)s is damaged, cut off, or protected by a password. Save it again without a password."
    ),
    "events.broken_workbook": _(
        "%(file)s cannot be read as a workbook: it may be damaged or protected by a password. Save it again without "
        "one, or as CSV."
    ),
    "events.wrong_archive": _(
        "%(file)s is an archive that does not hold exactly one readable file. Unpack it and give one file."
    ),
    "events.inflates_too_far": _("%(file)s unpacks to far more than it should and was refused. Unpack it first."),
    "events.no_such_sheet": _("There is no sheet “%(given)s” in the file. Choose another one."),
    "events.wrong_delimiter": _("The columns are not separated by “%(given)s”. Choose another sign."),
    "events.unknown_encoding": _("The encoding “%(given)s” is not known. Choose another one, such as utf-8."),
    "events.no_time_column": _("Choose the column that tells when it happened."),
    "events.no_event_column": _("Choose the column that names the event."),
    "events.no_person_column": _("Choose the column that tells whose it is: a person, company, deal or session."),
    "events.ambiguous_column": _("Several columns could be meant: %(found)s. Choose one."),
    "events.no_such_column": _("The file has no column “%(given)s”. Choose another one."),
    "events.ambiguous_dates": _("Dates such as %(either)s can be read in two ways. Say what comes first."),
    "events.contradicting_dates": _(
        "Some dates can only be day first (%(dmy)s), others only month first (%(mdy)s). Say what comes first; the "
        "others are left out."
    ),
    "events.no_good_row": _("None of the rows can be used. See the first of them, and choose other columns."),
    "events.wrong_date_column": _("The date column “%(given)s” is not understood. Choose another one."),
    "imports.too_large": _(
        "The file is larger than %(limit)s MB, the most that can be uploaded here. Split it, or compress it with gzip."
    ),
    "imports.disk_full": _(
        "The disk is full: nothing of the file was kept, and nothing else is lost. Make room and upload it again."
    ),
    "imports.cannot_store": _("The file could not be stored (%(why)s). Ask whoever runs this installation."),
    "imports.no_file": _("Choose a file first."),
    "imports.file_removed": _("%(file)s is no longer kept here. Upload it again."),
    "imports.demonstration": _("The demonstration firm stands here. Remove it first; then bring your own data."),
    "imports.no_name_column": _("Choose the column that fills “%(field)s”."),
    "imports.interrupted": _("It was interrupted. Nothing of the file counts yet; try again."),
    "imports.waits": _(
        "%(file)s holds some of the same rows and is not finished. Finish or remove it first; then try again."
    ),
    "imports.trouble": _("Something went wrong that should not. Nothing of the file counts; try again."),
    "imports.wrong_state": _("This can no longer be done with this import. See how far it has come."),
    "records.fields": _("There may be %(most)s custom fields at most. Let the file make fewer, or retire some first."),
    "accounts.not_allowed": _("Your role does not include this. Ask an owner or manager of your organisation."),
}

FOR_JOBS: dict[str, str | Promise] = {
    "imports.waits": _("%(file)s holds some of the same rows and is imported first. This file follows by itself."),
    "imports.interrupted": _("Another process is importing this file. It is looked at again in a moment."),
}
"""What these errors mean while a job tries again by itself."""

_FIELDS: Mapping[str, str] = {
    "events.ambiguous_dates": "date_order",
    "events.contradicting_dates": "date_order",
    "events.no_such_sheet": "sheet",
    "events.wrong_delimiter": "delimiter",
    "events.unknown_encoding": "encoding",
    "events.no_time_column": "time",
    "events.no_event_column": "event",
    "events.no_person_column": "person",
}

_REASONS: Mapping[str, Promise] = {
    "a time is needed": _("a time is needed"),
    "the name of an event is needed": _("the name of an event is needed"),
    "a person, company, deal or session is needed": _("a person, company, deal or session is needed"),
    "a date, or a stage, is needed": _("a date, or a stage, is needed"),
    "the same id stands in an earlier row": _("the same id stands in an earlier row"),
    "a date or a time is needed, such as 2024-03-13 or 2024-03-13 10:21:14": _(
        "a date or a time is needed, such as 2024-03-13 or 2024-03-13 10:21:14"
    ),
    "years from 1900 to 2199 are allowed": _("years from 1900 to 2199 are allowed"),
    "day and month could change places; say which comes first": _(
        "day and month could change places; say which comes first"
    ),
    "there is no such day": _("there is no such day"),
    "there is no such time of day": _("there is no such time of day"),
    "there is no such offset from UTC": _("there is no such offset from UTC"),
    "an identifier may have 398 characters at most": _("an identifier may have 398 characters at most"),
    "a number of zero or more is needed, such as 1250 or 1250.50": _(
        "a number of zero or more is needed, such as 1250 or 1250.50"
    ),
    "the number could be read in two ways; say which sign stands before decimals": _(
        "the number could be read in two ways; say which sign stands before decimals"
    ),
    "an earlier row is of the same record": _("an earlier row is of the same record"),
    "the field 'name' is needed": _("a name is needed"),
    "several users are called so; give their e-mail address in a column": _(
        "several users are called so; give their e-mail address in a column"
    ),
    "a domain is needed, such as example.org": _("a domain is needed, such as example.org"),
    "small, mid or enterprise is needed": _("small, mid or enterprise is needed"),
    "an e-mail address is needed": _("an e-mail address is needed"),
    "a currency of three letters is needed, such as EUR": _("a currency of three letters is needed, such as EUR"),
    "there is a zero byte in it; text has none": _("there is a zero byte in it; text has none"),
}
_MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where.

    Attributes:
        code: Of the error.
        field: Field of the form that settles it; empty where none does.
        fields: What the sentence is made from, as text.
        message: The library's own words.
    """

    code: str
    field: str = ""
    fields: Mapping[str, str] | None = None
    message: str = ""

    def __str__(self) -> str:
        sentence = _SENTENCES.get(self.code)
        if sentence is None:
            return self.message
        try:
            return str(sentence) % (self.fields or {})
        except KeyError:
            return self.message


def fault_of(error: TragtError) -> Fault:
    """An error as it can be shown and kept.

    Args:
        error: As it was raised. Rows that it carries are not taken along: they hold data of persons.
    """
    option = str(error.fields.get("option", ""))
    fields = {name: _said(value) for name, value in error.fields.items() if name != "rejected"}
    if error.code == "events.ambiguous_dates" and not fields.get("either"):
        fields["either"] = fields.get("short", "")
    kept = error.message if error.code not in _SENTENCES else ""
    return Fault(error.code, _FIELDS.get(error.code, option), fields, kept or _without_rows(error))


def reason(english: str) -> str:
    """Why a row was left out, in the reader's language where it is one of the usual reasons."""
    found = _REASONS.get(english)
    return english if found is None else str(found)


def _without_rows(error: TragtError) -> str:
    return "" if "rejected" in error.fields else error.message


def _said(value: object) -> str:
    if isinstance(value, tuple | list):
        shown = ", ".join(str(one) for one in value[:_MOST_SHOWN])
        return f"{shown} …" if len(value) > _MOST_SHOWN else shown
    return str(value)
