"""What segments hold of persons: who is in a fixed one, and what people wrote in a name or a filter."""

from collections.abc import Callable, Iterable, Iterator

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_noop

from tragt.web.crm.models import Segment, SegmentMember
from tragt.web.people.queries import rows_of, telling_of
from tragt.web.shell.personal import Store, Subject

__all__ = ["SEGMENT_STORES"]

_BLANK = "…"


def _members(subject: Subject) -> QuerySet[SegmentMember]:
    return SegmentMember.objects.filter(Q(person__in=rows_of(subject)) | Q(key__in=subject.actors))


def _export_members(subject: Subject) -> Iterable[dict[str, object]]:
    for row in _members(subject).order_by("pk").values("segment__name", "key"):
        yield dict(row)


def _anonymise_members(subject: Subject) -> int:
    """They are still counted, under another name."""
    rows = list(_members(subject))
    for row in rows:
        row.key = subject.pseudonyms.get(row.key, row.key)
    return SegmentMember.objects.bulk_update(rows, ["key"], batch_size=500)


def _telling(subject: Subject) -> Iterator[tuple[Segment, str, str]]:
    """The segments that tell of a person, removed ones too, each with its name and filter without the person."""
    tells = telling_of(subject)
    for row in Segment.objects.order_by("pk"):
        name = _BLANK if tells(row.name) else row.name
        query = _without(row.query, tells)
        if (name, query) != (row.name, row.query):
            yield row, name, query


def _without(query: str, tells: Callable[[str], bool]) -> str:
    """A filter without the values that tell of somebody; it leaves nobody where they stood."""
    asked = QueryDict(query, mutable=True)
    found = [(name, values) for name, values in asked.lists() if any(map(tells, values))]
    for name, values in found:
        asked.setlist(name, [_BLANK if tells(value) else value for value in values])
    return asked.urlencode() if found else query


def _export_segments(subject: Subject) -> Iterable[dict[str, object]]:
    for row, _name, _query in _telling(subject):
        yield {"segment": row.pk, "name": row.name, "filter": row.query}


def _blank_segments(subject: Subject) -> int:
    found = list(_telling(subject))
    for row, name, query in found:
        Segment.objects.filter(pk=row.pk).update(name=name, query=query, version=row.version + 1)
    return len(found)


SEGMENT_STORES: tuple[Store, ...] = (
    Store(
        "tragt_crm.Segment",
        personal={
            "name": gettext_noop("what a segment is called, which may name a person"),
            "query": gettext_noop("what the filter of a segment compares with, which may be a person"),
        },
        other=frozenset({"id", "kind", "live", "owner", "shared", "version", "created", "deleted"}),
        export=_export_segments,
        erase=_blank_segments,
        anonymise=_blank_segments,
    ),
    Store(
        "tragt_crm.SegmentMember",
        personal={
            "person": gettext_noop("who is in a segment"),
            "key": gettext_noop("what the event log calls somebody who is in a segment"),
        },
        other=frozenset({"id", "segment", "company", "deal"}),
        export=_export_members,
        erase=lambda subject: _members(subject).delete()[0],
        anonymise=_anonymise_members,
    ),
)
