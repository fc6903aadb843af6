"""What saved funnels hold of persons: who saved them, and what people wrote in a name, a condition or a note.

A condition that compares with the person, as a whole value, is blanked, and the funnel is called by its steps where
its name tells of the person; so it is with what a funnel asked before. The definition is gone through as the JSON it is
kept in, so that one of another version is not left out.
"""

import re
from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec
from django.utils.translation import gettext_noop

from tragt.errors import TragtError
from tragt.funnel.condition import Operator
from tragt.web.funnels.actions import usual_name
from tragt.web.funnels.definition import from_json
from tragt.web.funnels.models import Annotation, SavedFunnel, SavedFunnelVersion
from tragt.web.people.queries import telling_of
from tragt.web.shell.personal import Store, Subject

__all__ = ["STORES"]

_Row = TypeVar("_Row", SavedFunnel, SavedFunnelVersion)

_BLANK = "…"
_LEAST_DIGITS = 4
_ALIKE = (Operator.EQUALS, Operator.NOT_EQUALS, Operator.IN)


class _Sought:
    """What leads to a person, looked for in texts."""

    def __init__(self, subject: Subject) -> None:
        bare = {actor.partition(":")[2] for actor in subject.actors}
        self.whole = {text.casefold() for text in (*bare, *subject.emails, *subject.phones) if text}
        # A short number is a rating or an amount before it is a person; as a text of its own it still counts.
        words = [text for text in self.whole if not text.isdecimal() or len(text) >= _LEAST_DIGITS]
        either = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
        self.words = re.compile(rf"(?<![\w.+@-])(?:{either})(?![\w@+-]|\.\w)") if words else None

    def in_name(self, name: str) -> bool:
        """Whether a name tells of the person in one of its words."""
        return self.words is not None and self.words.search(name.casefold()) is not None

    def is_value(self, value: object, operator: str) -> bool:
        """Whether a condition compares with the person."""
        if isinstance(value, str):
            return value.strip().casefold() in self.whole
        if isinstance(value, int) and not isinstance(value, bool) and operator in _ALIKE:
            return len(str(value)) >= _LEAST_DIGITS and str(value) in self.whole
        return False

    def without(self, held: Any) -> Any:
        """A part of a definition without the person; the same where it does not tell of it."""
        if isinstance(held, list):
            return [self.without(one) for one in held]
        if not isinstance(held, dict):
            return held
        operator = held.get("operator") if held.get("type") == "compare" else None
        if operator is None:
            return {name: self.without(part) for name, part in held.items()}
        blanked = dict(held)
        if "value" in held and self.is_value(held["value"], operator):
            blanked["value"] = _BLANK
        if held.get("values"):
            blanked["values"] = [_BLANK if self.is_value(one, operator) else one for one in held["values"]]
        return blanked


def _found(rows: type[_Row], subject: Subject) -> Iterator[tuple[_Row, str, str]]:
    """The rows that tell of a person, deleted ones too, each with its name and definition without the person."""
    sought = _Sought(subject)
    for row in rows._default_manager.order_by("pk").iterator():  # noqa: SLF001 - Django's public name
        definition = _definition(row.definition, sought)
        name = _usual(definition, sought) if sought.in_name(row.name) else row.name
        if (name, definition) != (row.name, row.definition):
            yield row, name, definition


def _definition(text: str, sought: _Sought) -> str:
    try:
        held = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
    without = sought.without(held)
    return text if without == held else msgspec.json.encode(without).decode()


def _usual(definition: str, sought: _Sought) -> str:
    try:
        usual = usual_name(from_json(definition))
    except TragtError:
        return _BLANK
    return _BLANK if sought.in_name(usual) else usual


def _export(subject: Subject) -> Iterator[dict[str, object]]:
    for row, _name, _definition in _found(SavedFunnel, subject):
        yield {"funnel": row.pk, "name": row.name, "definition": row.definition}


def _export_versions(subject: Subject) -> Iterator[dict[str, object]]:
    for row, _name, _definition in _found(SavedFunnelVersion, subject):
        yield {"funnel": row.funnel_id, "number": row.number, "name": row.name, "definition": row.definition}


def _erase(subject: Subject) -> int:
    return _without(SavedFunnel, subject)


def _erase_versions(subject: Subject) -> int:
    return _without(SavedFunnelVersion, subject)


def _without(rows: type[_Row], subject: Subject) -> int:
    found = list(_found(rows, subject))
    for row, name, definition in found:
        rows._default_manager.filter(pk=row.pk).update(name=name, definition=definition)  # noqa: SLF001
    return len(found)


def _annotations(subject: Subject) -> list[Annotation]:
    """The notes on days that tell of a person, deleted ones too."""
    tells = telling_of(subject)
    return [row for row in Annotation.objects.order_by("pk").iterator() if tells(row.text)]


def _export_annotations(subject: Subject) -> Iterator[dict[str, object]]:
    for row in _annotations(subject):
        yield {"kind": row.kind, "day": row.day, "text": row.text}


def _erase_annotations(subject: Subject) -> int:
    """Empty what was written; that something happened on the day stays, for figures are read with it."""
    rows = [row.pk for row in _annotations(subject)]
    return Annotation.objects.filter(pk__in=rows).update(text=_BLANK)


STORES: tuple[Store, ...] = (
    Store(
        name="tragt_funnels.SavedFunnel",
        personal={
            "name": gettext_noop("what a funnel is called, which may name a person"),
            "definition": gettext_noop("what its conditions compare with, which may be a person"),
        },
        other=frozenset(
            {
                "id",
                "period",
                "start",
                "end",
                "proposed",
                "pipeline",
                "targets",
                "value",
                "breakdowns",
                "compare",
                "compare_start",
                "compare_end",
                "compare_segment",
                "version",
                "owner",
                "created",
                "updated",
                "deleted",
            }
        ),
        export=_export,
        erase=_erase,
        anonymise=_erase,
    ),
    Store(
        name="tragt_funnels.SavedFunnelVersion",
        personal={
            "name": gettext_noop("what a funnel was called, which may name a person"),
            "definition": gettext_noop("what its conditions compared with, which may be a person"),
        },
        other=frozenset({"id", "funnel", "number", "asked", "by", "at"}),
        export=_export_versions,
        erase=_erase_versions,
        anonymise=_erase_versions,
    ),
    Store(
        name="tragt_funnels.SharedLink",
        other=frozenset({"id", "funnel", "digest", "by", "created", "expires", "revoked", "seen"}),
    ),
    Store(
        name="tragt_funnels.StepTarget",
        other=frozenset({"id", "funnel", "step", "share", "since", "by", "at"}),
    ),
    Store(
        name="tragt_funnels.Annotation",
        personal={"text": gettext_noop("what somebody wrote about a day, which may name a person")},
        other=frozenset({"id", "funnel", "kind", "day", "until", "by", "version", "created", "deleted"}),
        export=_export_annotations,
        erase=_erase_annotations,
        anonymise=_erase_annotations,
    ),
    Store(
        name="file:cache",
        other=frozenset(
            {
                "counts, rates and times of funnels, names of steps, and attempts under numbers that name nobody",
                "how often each event happened on each day",
            }
        ),
    ),
)
