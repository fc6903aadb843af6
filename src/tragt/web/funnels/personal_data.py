"""What saved funnels hold of persons: who saved them, and what people wrote in a name or a condition.

A condition that compares with the person, as a whole value, is blanked, and the funnel is called by its steps where
its name tells of the person. The definition is gone through as the JSON it is kept in, so that one of another version
is not left out.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from django.utils.translation import gettext_noop

from tragt.errors import TragtError
from tragt.funnel.condition import Operator
from tragt.web.funnels.actions import usual_name
from tragt.web.funnels.definition import from_json
from tragt.web.funnels.models import SavedFunnel
from tragt.web.shell.personal import Store, Subject

__all__ = ["STORES"]

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


def _found(subject: Subject) -> Iterator[tuple[SavedFunnel, str, str]]:
    """The funnels that tell of a person, deleted ones too, each with its name and definition without the person."""
    sought = _Sought(subject)
    for row in SavedFunnel.objects.order_by("pk"):
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
    for row, _name, _definition in _found(subject):
        yield {"funnel": row.pk, "name": row.name, "definition": row.definition}


def _erase(subject: Subject) -> int:
    found = list(_found(subject))
    for row, name, definition in found:
        SavedFunnel.objects.filter(pk=row.pk).update(name=name, definition=definition)
    return len(found)


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
        name="file:cache",
        other=frozenset(
            {
                "counts, rates and times of funnels, names of steps, and attempts under numbers that name nobody",
                "how often each event happened on each day",
            }
        ),
    ),
)
