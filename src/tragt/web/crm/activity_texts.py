"""Notes, calls, meetings, mails and tasks by a text in them: for the command palette and the page of all results."""

from collections.abc import Iterable, Sequence

from django.db import connection
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tragt.web.accounts.models import User
from tragt.web.crm.models import Activity, ActivityKind
from tragt.web.crm.queries.activities import visible_activities
from tragt.web.records.expressions import listed
from tragt.web.records.kinds import Column, Kind
from tragt.web.records.listing import LEAST_CONTAINED
from tragt.web.records.queries.narrowing import matching
from tragt.web.shell.rooms import Hit

__all__ = ["ACTIVITY_TEXTS", "find_activities"]

MOST = 12
"""How many are found at most, the newest first."""

_LONGEST = 80
_LOOKED_AT = (500, 10_000)
"""How many of the newest with the words are looked at, and how many more where most of these are others'."""

ACTIVITY_TEXTS = Kind(
    code="activity",
    title=_("Notes and tasks"),
    one=_("Activity"),
    icon="list-checks",
    model=Activity,
    columns=(Column("title", _("Title"), searched=True), Column("text", _("Text"), searched=True)),
    list_url="today",
    url=lambda key: reverse("activity", args=[key]),
    tags="",
    values="",
    see="deals.see",
    edit="activities.edit",
)
"""What the search index holds of activities. They are no kind of record: who sees one, what it is about decides."""

_ICONS = {
    ActivityKind.NOTE: "sticky-note",
    ActivityKind.CALL: "phone",
    ActivityKind.MEETING: "calendar",
    ActivityKind.EMAIL: "mail",
    ActivityKind.TASK: "square-check",
}


def find_activities(request: HttpRequest, text: str) -> Iterable[Hit]:
    """The newest activities with all words of a text, of those that the user sees.

    Args:
        request: Who asks.
        text: What was typed; words of one or two letters find nothing.
    """
    user = request.user
    words = [word for word in text.replace("\0", " ").lower().split() if len(word) >= LEAST_CONTAINED]
    if not words or not isinstance(user, User) or not user.has_perm("deals.see"):
        return []
    seen = visible_activities(user).filter(person__struck=None)
    found: list[Activity] = []
    below: int | None = None
    for number in _LOOKED_AT:
        newest = _newest(words, number, below)
        found += seen.filter(pk__in=listed(newest)).order_by("-pk")[: MOST - len(found)] if newest else []
        if len(found) == MOST or len(newest) < number:
            break
        below = newest[-1]
    return [_hit(row) for row in found]


def _newest(words: Sequence[str], number: int, below: int | None) -> list[int]:
    """Keys of the newest activities with all of some words, so many of them, of those below a key.

    SQLite's index gives them in that order by itself, and so stops in time.
    """
    if connection.vendor == "postgresql":
        there = Activity.objects.all() if below is None else Activity.objects.filter(pk__lt=below)
        rows = matching(ACTIVITY_TEXTS, there, [(None, one) for one in words])
        return list(rows.order_by("-pk").values_list("pk", flat=True)[:number])
    asked = " ".join('"' + one.replace('"', '""') + '"' for one in words)
    index = connection.ops.quote_name(ACTIVITY_TEXTS.search_table)
    given: list[str | int] = [asked] if below is None else [asked, below]
    place = "" if below is None else " AND rowid < %s"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT rowid FROM {index} WHERE {index} MATCH %s{place} ORDER BY rowid DESC LIMIT {number}", given
        )
        return [key for (key,) in cursor.fetchall()]


def _hit(row: Activity) -> Hit:
    title = row.title or row.text.strip().partition("\n")[0]
    short = title if len(title) <= _LONGEST else f"{title[: _LONGEST - 1]}…"
    return Hit(short, reverse("activity", args=[row.pk]), row.get_kind_display(), _ICONS[ActivityKind(row.kind)])
