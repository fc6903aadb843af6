"""What is known of names: which spellings are one, what people call them, which are not offered.

A definition keeps the names that somebody chose. When it is read, `Lexicon.meant` gives what it means: each name with
all its spellings. When figures are shown, `Lexicon.shown_report` gives the report with names as people call them. The
events of the log are never changed.

The unit of observation is the name of an event. What this does not answer: what an event means, which its entry says.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

from tragt.errors import InvalidDefinition
from tragt.funnel import Exclude, Funnel, Match, Report, Step
from tragt.web.lexicon.own import OWN, OWN_PROPERTIES

__all__ = ["NOTHING", "Lexicon", "root"]

_Rule = TypeVar("_Rule", Exclude, Match)
_Names = Callable[[Iterable[str]], tuple[str, ...]]


@dataclass(frozen=True)
class Lexicon:
    """What is known of names.

    Attributes:
        merges: Pairs of a spelling and the name that it counts as, which may itself count as another.
        called: Pairs of a name and what people call it.
        hidden: Names that are not offered.
        properties: Pairs of a property and what people call it at one of its events.
    """

    merges: tuple[tuple[str, str], ...] = ()
    called: tuple[tuple[str, str], ...] = ()
    hidden: frozenset[str] = frozenset()
    properties: tuple[tuple[str, str], ...] = ()

    @cached_property
    def _kept(self) -> Mapping[str, str]:
        merged = dict(self.merges)
        return {spelling: root(spelling, merged) for spelling in merged}

    @cached_property
    def _spellings(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        for spelling, kept in sorted(self._kept.items()):
            found.setdefault(kept, [kept]).append(spelling)
        return found

    @cached_property
    def _called(self) -> Mapping[str, str]:
        return dict(self.called)

    def kept(self, name: str) -> str:
        """The name that a name counts as; itself, where it is no other spelling."""
        return self._kept.get(name, name)

    def spellings(self, name: str) -> Sequence[str]:
        """All spellings of a name, the kept one first."""
        kept = self.kept(name)
        return self._spellings.get(kept, (kept,))

    def called_as(self, name: str) -> str:
        """What people call a name: as they call the one that it counts as; else as Tragt does, or that one itself."""
        kept = self.kept(name)
        return self._called.get(kept) or str(OWN.get(kept, kept))

    def property_as(self, name: str) -> str:
        """What people call a property, as a heading.

        It is what they said of it, where that is the same at all events of which they said it; else as Tragt calls it;
        else its own name: ``utm_source`` is “Utm source”.
        """
        said = {called for of, called in self.properties if of == name}
        if len(said) == 1:
            return said.pop()
        if name in OWN_PROPERTIES:
            return str(OWN_PROPERTIES[name])
        words = " ".join(name.replace("_", " ").split()) or name
        return words[:1].upper() + words[1:]

    def is_offered(self, name: str) -> bool:
        """Whether a name is offered where somebody chooses one: hidden names and merged spellings are not."""
        return name not in self._kept and name not in self.hidden

    def all_spellings(self, names: Iterable[str]) -> tuple[str, ...]:
        """Names with all their spellings, each once, in the order in which they were given."""
        return tuple(dict.fromkeys(spelling for name in names for spelling in (name, *self.spellings(name))))

    def all_called(self, names: Iterable[str]) -> tuple[str, ...]:
        """What people call names, each once, in the order in which they were given."""
        return tuple(dict.fromkeys(map(self.called_as, names)))

    def meant(self, funnel: Funnel) -> Funnel:
        """What a definition means: each name with all its spellings; the same where none has another.

        A step without a label of its own is called by the kept spellings.

        Args:
            funnel: The definition as it was saved.

        Raises:
            InvalidDefinition: With all spellings two of its rules contradict each other.
        """
        return _renamed(funnel, self.all_spellings, self._label_meant) if self.merges else funnel

    def shown(self, funnel: Funnel) -> Funnel:
        """A definition for readers, with names as people call them; it is not for counting.

        Args:
            funnel: The definition, as it was saved or as it is meant.
        """
        try:
            return _renamed(funnel, self.all_called, self._label_shown)
        except InvalidDefinition:
            # Two events are called the same, so that the definition would say something else.
            return funnel

    def shown_report(self, report: Report) -> Report:
        """A report for readers, with steps called as people call their events.

        Args:
            report: The report.
        """
        funnel = self.shown(report.funnel)
        if funnel is report.funnel:
            return report
        titles = self.titles(report.funnel)
        lines = tuple(replace(line, name=titles.get(line.name, line.name)) for line in report.steps)
        return replace(report, funnel=funnel, steps=lines)

    def titles(self, funnel: Funnel) -> Mapping[str, str]:
        """What readers see for the title of each step.

        Args:
            funnel: The definition.
        """
        return {step.title: shown.title for step, shown in zip(funnel.steps, self.shown(funnel).steps, strict=True)}

    def _label_meant(self, step: Step) -> str:
        return _joined(dict.fromkeys(map(self.kept, step.names))) if step.label == _joined(step.names) else step.label

    def _label_shown(self, step: Step) -> str:
        by_names = step.label in (_joined(step.names), _joined(dict.fromkeys(map(self.kept, step.names))))
        return "" if by_names else step.label


NOTHING = Lexicon()


def root(name: str, merged: Mapping[str, str]) -> str:
    """The name that a name counts as in the end.

    Args:
        name: The name.
        merged: Of each merged spelling the name that it counts as.
    """
    seen = {name}
    while merged.get(name, name) not in seen:
        name = merged[name]
        seen.add(name)
    return name


def _joined(names: Iterable[str]) -> str:
    """What a step without a label is called."""
    return " or ".join(names)


def _renamed(funnel: Funnel, names: _Names, label: Callable[[Step], str]) -> Funnel:
    """A definition with other names; those that stay leave their step as it is."""

    def rule(given: _Rule) -> _Rule:
        return replace(given, names=names(given.names))

    def step(given: Step) -> Step:
        changed = names(given.names)
        return given if changed == given.names else replace(given, names=changed, label=label(given))

    return replace(
        funnel,
        steps=tuple(map(step, funnel.steps)),
        exclude=tuple(map(rule, funnel.exclude)),
        lost=tuple(map(rule, funnel.lost)),
        reopen=tuple(map(rule, funnel.reopen)),
        among=names(funnel.among),
    )
