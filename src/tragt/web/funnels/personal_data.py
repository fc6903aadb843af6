"""What saved funnels hold of persons: who saved them, and what people wrote in a name, a step, a condition or a note.

A condition that compares with the person, as a whole value, is blanked. Where what they are called tells of the person,
a step is called by its events and the funnel by its steps; so it is with what a funnel asked before. Targets go along
with their steps. The definition is gone through as the JSON it is kept in, so that one of another version is not left
out.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
from django.utils.translation import gettext_noop

from tragt.errors import TragtError
from tragt.funnel.condition import Operator
from tragt.web.funnels.actions import usual_name
from tragt.web.funnels.definition import from_json
from tragt.web.funnels.models import Annotation, SavedFunnel, SavedFunnelVersion, StepTarget
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
        self.tells = telling_of(subject)
        bare = {actor.partition(":")[2] for actor in subject.actors}
        self.whole = {text.casefold() for text in (*bare, *subject.emails, *subject.phones) if text}
        # A short number is a rating or an amount before it is a person; as a text of its own it still counts.
        words = [text for text in self.whole if not text.isdecimal() or len(text) >= _LEAST_DIGITS]
        either = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
        self.words = re.compile(rf"(?<![\w.+@-])(?:{either})(?![\w@+-]|\.\w)") if words else None

    def in_name(self, name: str) -> bool:
        """Whether a name tells of the person in its words."""
        return self.tells(name) or (self.words is not None and self.words.search(name.casefold()) is not None)

    def is_value(self, value: object, operator: str) -> bool:
        """Whether a condition compares with the person."""
        if isinstance(value, str):
            return value.strip().casefold() in self.whole or self.tells(value)
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


@dataclass(frozen=True, slots=True)
class _Without:
    """What a row says without the person.

    Attributes:
        name: What it is called.
        definition: What it asks.
        targets: What share should come to its steps, by their titles.
        titles: What steps are called now, by what they were called, where that told of the person.
    """

    name: str
    definition: str
    targets: dict[str, Any]
    titles: Mapping[str, str]


def _found(rows: type[_Row], subject: Subject) -> Iterator[tuple[_Row, _Without]]:
    """The rows that tell of a person, deleted ones too, each with what it says without the person."""
    sought = _Sought(subject)
    for row in rows._default_manager.order_by("pk").iterator():  # noqa: SLF001 - Django's public name
        definition, titles = _definition(row.definition, sought)
        name = _usual(definition, sought) if sought.in_name(row.name) else row.name
        targets = _retitled(_targets(row), titles, sought)
        if (name, definition, targets) != (row.name, row.definition, _targets(row)):
            yield row, _Without(name, definition, targets, titles)


def _targets(row: SavedFunnel | SavedFunnelVersion) -> dict[str, Any]:
    return dict(row.targets if isinstance(row, SavedFunnel) else row.asked.get("targets", {}))


def _retitled(targets: Mapping[str, Any], titles: Mapping[str, str], sought: _Sought) -> dict[str, Any]:
    """Targets by what their steps are called without the person; of a step that is gone since, by a blank."""
    return {titles.get(step, _BLANK if sought.in_name(step) else step): share for step, share in targets.items()}


def _definition(text: str, sought: _Sought) -> tuple[str, dict[str, str]]:
    """A definition without the person, and what its steps are called then, by what they were called."""
    try:
        held = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text, {}
    without = sought.without(held)
    if isinstance(without, dict) and sought.in_name(str(without.get("name", ""))):
        del without["name"]
    titles = _titles(without, sought)
    return text if without == held else msgspec.json.encode(without).decode(), titles


def _titles(held: Any, sought: _Sought) -> dict[str, str]:
    """Call the steps of a definition by their events where their labels tell of the person, each by a title of its own.

    A step that is called by its events is left alone: what an event is called, the log says.
    """
    steps = held.get("steps", []) if isinstance(held, dict) else []
    taken, titles = {step.get("label", "") for step in steps}, dict[str, str]()
    for number, step in enumerate(steps, start=1):
        label, events = step.get("label", ""), " or ".join(step.get("names", []))
        if label == events or not sought.in_name(label):
            continue
        plain = _BLANK if sought.in_name(events) else events
        step["label"] = titles.setdefault(label, f"{plain} ({number})" if plain in taken else plain)
        taken.add(step["label"])
    return titles


def _usual(definition: str, sought: _Sought) -> str:
    try:
        usual = usual_name(from_json(definition))
    except TragtError:
        return _BLANK
    return _BLANK if sought.in_name(usual) else usual


def _export(subject: Subject) -> Iterator[dict[str, object]]:
    for row, _rest in _found(SavedFunnel, subject):
        yield {"funnel": row.pk, "name": row.name, "definition": row.definition, "targets": row.targets}


def _export_versions(subject: Subject) -> Iterator[dict[str, object]]:
    for row, _rest in _found(SavedFunnelVersion, subject):
        told = {"name": row.name, "definition": row.definition, "targets": _targets(row)}
        yield {"funnel": row.funnel_id, "number": row.number, **told}


def _erase(subject: Subject) -> int:
    found = list(_found(SavedFunnel, subject))
    for row, rest in found:
        kept = SavedFunnel.objects.filter(pk=row.pk)
        kept.update(name=rest.name, definition=rest.definition, targets=rest.targets)
        _retitle_targets(row.pk, rest.titles)
    return len(found)


def _erase_versions(subject: Subject) -> int:
    found = list(_found(SavedFunnelVersion, subject))
    for row, rest in found:
        asked = {**row.asked, "targets": rest.targets} if "targets" in row.asked else row.asked
        kept = SavedFunnelVersion.objects.filter(pk=row.pk)
        kept.update(name=rest.name, definition=rest.definition, asked=asked)
        _retitle_targets(row.funnel_id, rest.titles)
    return len(found)


def _retitle_targets(funnel: int, titles: Mapping[str, str]) -> None:
    """Let targets that have a day go along with their steps."""
    for title, plain in titles.items():
        StepTarget.objects.filter(funnel=funnel, step=title).update(step=plain)


def _dated(subject: Subject) -> list[StepTarget]:
    """The targets with a day whose step is called so that it tells of a person, and that went along with no step."""
    sought = _Sought(subject)
    return [row for row in StepTarget.objects.order_by("pk").iterator() if sought.in_name(row.step)]


def _export_dated(subject: Subject) -> Iterator[dict[str, object]]:
    for row in _dated(subject):
        yield {"funnel": row.funnel_id, "step": row.step}


def _erase_dated(subject: Subject) -> int:
    return StepTarget.objects.filter(pk__in=[row.pk for row in _dated(subject)]).update(step=_BLANK)


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
            "definition": gettext_noop(
                "what its conditions compare with and its steps are called, which may be a person"
            ),
            "targets": gettext_noop("what the steps with a target are called, which may name a person"),
        },
        other=frozenset(
            {
                "id",
                "period",
                "start",
                "end",
                "proposed",
                "pipeline",
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
            "definition": gettext_noop(
                "what its conditions compared with and its steps were called, which may be a person"
            ),
            "asked": gettext_noop("what the steps with a target were called, which may name a person"),
        },
        other=frozenset({"id", "funnel", "number", "by", "at"}),
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
        personal={"step": gettext_noop("what a step with a target is called, which may name a person")},
        other=frozenset({"id", "funnel", "share", "since", "by", "at"}),
        export=_export_dated,
        erase=_erase_dated,
        anonymise=_erase_dated,
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
