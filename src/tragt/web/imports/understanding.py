"""What Tragt understood of a file, as one paragraph a person can nod at. The unit of observation is the file."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from tragt.web.imports.answers import Answers, Shape
from tragt.web.imports.outline import Head

__all__ = ["Understood", "understood"]

_ROWS = {
    "deal": _("One row is a deal."),
    "person": _("One row is a person."),
    "company": _("One row is a company."),
}
_READ = {
    "event": _("what happened from %(columns)s"),
    "time": _("time from %(columns)s"),
    "deal": _("deal number from %(columns)s"),
    "person": _("person from %(columns)s"),
    "company": _("company from %(columns)s"),
    "session": _("session from %(columns)s"),
    "email": _("e-mail address from %(columns)s"),
    "name": _("name from %(columns)s"),
    "phone": _("telephone from %(columns)s"),
}
_STAGE = _("stage it is in now from %(columns)s")
_AND = _("%(some)s and %(last)s")
_AND_MORE = _("%(some)s and %(number)s more")
_MOST_COLUMNS = 4


@dataclass(frozen=True, slots=True)
class Understood:
    """What was understood.

    Attributes:
        row: What a row of the file is.
        readings: What is read from which columns, in one sentence.
        rows: How many rows the file has; None where that was not counted.
    """

    row: Promise | str
    readings: SafeString
    rows: int | None


def understood(head: Head, answers: Answers) -> Understood | None:
    """What was understood of a file; None where nothing was.

    Args:
        head: The file at first sight.
        answers: What is said about it, or recognised.
    """
    wide = answers.shape is Shape.WIDE
    roles = [role for role in _READ if role in answers.columns and not (wide and role in ("event", "time"))]
    found = [_read(_READ[role], [answers.columns[role]]) for role in roles]
    dated = [one.column for one in answers.wide] if wide else []
    if dated:
        place = sum(role in ("deal", "person", "company", "session") for role in roles)
        found.insert(place, _read(_dates(len(dated)), dated))
    if not found:
        return None
    if wide and answers.stage:
        found.append(_read(_STAGE, [answers.stage]))
    row = _ROWS.get(answers.unit, "") if wide else _("One row is an event.")
    return Understood(row, SafeString(capfirst(", ".join(found)) + "."), head.outline.rows)


def _dates(number: int) -> str:
    return ngettext("stage date from %(columns)s", "stage dates from %(columns)s", number)


def _read(sentence: Promise | str, columns: list[str]) -> SafeString:
    shown = [format_html("<b>{}</b>", column) for column in columns[:_MOST_COLUMNS]]
    more = len(columns) - len(shown)
    return _filled(sentence, columns=_listed(shown, more))


def _listed(shown: list[SafeString], more: int) -> SafeString:
    if more:
        return _filled(_AND_MORE, some=SafeString(", ".join(shown)), number=SafeString(more))
    if len(shown) == 1:
        return shown[0]
    return _filled(_AND, some=SafeString(", ".join(shown[:-1])), last=shown[-1])


def _filled(sentence: Promise | str, **parts: SafeString) -> SafeString:
    """A translated sentence with parts that are escaped already."""
    return SafeString(conditional_escape(str(sentence)) % parts)
