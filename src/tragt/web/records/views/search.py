"""All that a text finds, kind by kind; what one kind has more of stands in its list, searched for the same text."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from tragt.web.accounts.models import User
from tragt.web.accounts.views.asking import asker
from tragt.web.records.finding import find_records
from tragt.web.records.kinds import Kind, kinds
from tragt.web.records.listing import LONGEST_TEXT, TEXT
from tragt.web.records.queries.names import beside, leave_out_unseen
from tragt.web.records.queries.search import found_of
from tragt.web.shell.palette import plain
from tragt.web.shell.rooms import hits

__all__ = ["results"]

MOST = 10
"""How many of a kind the page shows; the others stand in the list of the kind."""


@dataclass(frozen=True, slots=True)
class Line:
    """A record that was found.

    Attributes:
        label: What it is called.
        hint: What tells it from others of its name; empty where nothing does.
        url: Its page.
    """

    label: str
    hint: str
    url: str


@dataclass(frozen=True, slots=True)
class Part:
    """What was found of a kind.

    Attributes:
        kind: The kind.
        lines: The best, at most `MOST`.
        more: Whether there are others.
        url: The list of all of them.
        rank: How well the best is found, as `Found` has it.
    """

    kind: Kind
    lines: Sequence[Line]
    more: bool
    url: str
    rank: int


@require_GET
@never_cache
def results(request: HttpRequest) -> HttpResponse:
    """What a text finds that the user may see: records kind by kind, the best first, then what else there is."""
    text, user = plain(request.GET.get(TEXT, "")), asker(request)
    parts = [_part(kind, text, user) for kind in kinds() if text and kind.searched and user.has_perm(kind.see)]
    inputs = {
        "text": text,
        "parts": sorted((part for part in parts if part.lines), key=lambda part: part.rank),
        "others": hits(request, text, without=find_records) if text else [],
        "longest": LONGEST_TEXT,
    }
    return render(request, "records/results.html", inputs)


def _part(kind: Kind, text: str, user: User) -> Part:
    found = found_of(kind, text, user, MOST + 1)
    shown = [one.record for one in found[:MOST]]
    leave_out_unseen(beside(kind, shown), user)
    lines = [_line(kind, record) for record in shown]
    return Part(
        kind,
        lines,
        len(found) > MOST,
        f"{kind.address}?{urlencode({TEXT: text})}",
        min(one.rank for one in found) if found else 0,
    )


def _line(kind: Kind, record: object) -> Line:
    label, hint = kind.label(record), kind.hint(record)
    return Line(label, hint if hint != label else "", kind.url(record.pk))  # type: ignore[attr-defined] # a record
