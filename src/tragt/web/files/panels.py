"""What the page of a person, a company, a deal or an activity shows of files."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Model
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from tragt.errors import NotFound
from tragt.web.accounts.models import User
from tragt.web.files.holders import Holder
from tragt.web.files.models import File
from tragt.web.files.queries import changes, files_of, record_of, removed_of
from tragt.web.files.store import limit_bytes, there
from tragt.web.people.panels import Panel, Place

__all__ = ["MOST", "panels", "rendered"]

MOST = 20
"""How many files stand on the page of a record; the others stand on a page of their own."""

_MOST_REMOVED = 10


@dataclass(frozen=True, slots=True)
class Shown:
    """A file as it stands in a list.

    Attributes:
        row: The file.
        there: Whether its bytes are on the disk.
    """

    row: File
    there: bool


def panels(request: HttpRequest, kind: str, key: int) -> Iterator[Panel]:
    """The files of a record.

    Args:
        request: Of the user who looks.
        kind: Code of the kind.
        key: Key of the record.
    """
    try:
        found, record = record_of(kind, key, _user(request))
    except NotFound:
        return
    yield Panel(Place.ASIDE, rendered(request, found, record), ("files/files.css",), ("files/files.js",))


def rendered(
    request: HttpRequest, kind: Holder, record: Model, troubles: Sequence[str] = (), most: int = MOST
) -> SafeString:
    """The part of a page that shows the files of a record.

    Args:
        request: Of the user who looks.
        kind: The kind of the record.
        record: The record, which the user sees.
        troubles: What could not be done just now, in sentences.
        most: How many files are shown at most.
    """
    user = _user(request)
    rows = list(files_of(kind.code, record.pk).select_related("by")[: most + 1])
    may = changes(kind, record, user)
    inputs = {
        "files": [Shown(row, there(row.place)) for row in rows[:most]],
        "more": len(rows) > most,
        "removed": list(removed_of(kind.code, record.pk)[:_MOST_REMOVED]) if may else [],
        "kind": kind.code,
        "key": record.pk,
        "may": may,
        "limit": limit_bytes(),
        "megabytes": limit_bytes() // 10**6,
        "troubles": troubles,
    }
    return render_to_string("files/panel.html", inputs, request)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
