"""What the lexicon holds of persons: what people wrote of events, in which an address or a number may stand."""

import re
from collections.abc import Iterator

from django.utils.translation import gettext_noop

from tragt.web.lexicon.models import Entry
from tragt.web.shell.personal import Store, Subject

__all__ = ["STORES"]

_BLANK = "…"
_LEAST = 4
_FIELDS = ("display", "description")


def _found(subject: Subject) -> Iterator[tuple[Entry, dict[str, str]]]:
    """The entries that tell of a person, each with its texts without the person."""
    bare = {actor.partition(":")[2] for actor in subject.actors}
    told = [text for text in (*bare, *subject.emails, *subject.phones) if len(text) >= _LEAST]
    if not told:
        return
    either = "|".join(map(re.escape, sorted(told, key=len, reverse=True)))
    words = re.compile(rf"(?<![\w.+@-])(?:{either})(?![\w@+-]|\.\w)", re.IGNORECASE)
    for entry in Entry.objects.order_by("pk"):
        texts = {field: words.sub(_BLANK, getattr(entry, field)) for field in _FIELDS}
        if any(texts[field] != getattr(entry, field) for field in _FIELDS):
            yield entry, texts


def _export(subject: Subject) -> Iterator[dict[str, object]]:
    for entry, _texts in _found(subject):
        yield {"event": entry.event, "property": entry.property, **{one: getattr(entry, one) for one in _FIELDS}}


def _erase(subject: Subject) -> int:
    found = list(_found(subject))
    for entry, texts in found:
        Entry.objects.filter(pk=entry.pk).update(**texts)
    return len(found)


STORES: tuple[Store, ...] = (
    Store(
        name="tragt_lexicon.Entry",
        personal={
            "display": gettext_noop("what an event is called on pages, which may name a person"),
            "description": gettext_noop("what an event means, in words that may name a person"),
        },
        other=frozenset({"id", "event", "property", "hidden", "owner", "updated"}),
        export=_export,
        erase=_erase,
        anonymise=_erase,
    ),
    Store("tragt_lexicon.Merge", other=frozenset({"id", "spelling", "kept", "made", "undone"})),
    Store("tragt_lexicon.Apart", other=frozenset({"id", "first", "second", "since"})),
)
