"""What hypotheses hold of persons: what people write may name somebody, and a value of a breakdown may be somebody."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext_noop

from tragt.web.hypotheses.models import Entry, Hypothesis, Link, Remedy, StageOfStep
from tragt.web.people.queries import telling_of
from tragt.web.shell.personal import Store, Subject

__all__ = ["STORES"]

_BLANK = "…"


@dataclass(frozen=True, slots=True)
class _Written:
    """Fields of a model in which people write.

    Attributes:
        model: The model.
        called: What a row is called among what a person is given.
        fields: The fields.
        names: Those of them that hold what a funnel or a step is called.
    """

    model: type[Model]
    called: str
    fields: tuple[str, ...]
    names: tuple[str, ...] = ()

    def telling(self, subject: Subject) -> Iterator[tuple[Any, dict[str, str]]]:
        """The rows that tell of a person, removed ones too, each with the fields that do and their texts.

        Where the value of a breakdown is somebody's identifier, however short, the texts that name it tell of them.
        """
        tells = telling_of(subject)
        values = {actor.partition(":")[2].casefold() for actor in subject.actors} - {""}
        for row in self.model._base_manager.order_by("pk").iterator():  # noqa: SLF001 - Django's public name
            found = {name: getattr(row, name) for name in self.fields}
            value = found.get("value", "").strip()
            whole = value if value.casefold() in values else ""
            told = {
                name: text
                for name, text in found.items()
                if tells(text) or (whole and whole in text and name not in self.names)
            }
            if told:
                yield row, told

    def export(self, subject: Subject) -> Iterable[dict[str, object]]:
        """What tells of a person, as rows."""
        for row, told in self.telling(subject):
            yield {self.called: row.pk, **told}

    def erase(self, subject: Subject) -> int:
        """Empty each text that tells of a person; the card and its log stay, for they are the firm's."""
        rows = []
        for row, told in self.telling(subject):
            for name in told:
                setattr(row, name, _BLANK)
            rows.append(row)
        return self.model._base_manager.bulk_update(rows, list(self.fields), batch_size=500)  # noqa: SLF001

    def store(self, personal: dict[str, str], other: frozenset[str]) -> Store:
        """The store of the model."""
        name = f"tragt_hypotheses.{self.model.__name__}"
        return Store(name, personal, other, export=self.export, erase=self.erase, anonymise=self.erase)


def _without(lines: list[str], tells: Callable[[str], bool]) -> list[str]:
    return [line for line in lines if not tells(line)]


def _remedies(subject: Subject) -> Iterator[tuple[Remedy, list[str], list[str]]]:
    """The texts that tell of a person, each with its questions and proposals without them."""
    tells = telling_of(subject)
    for row in Remedy.objects.order_by("pk"):
        questions, proposals = _without(row.questions, tells), _without(row.proposals, tells)
        if (questions, proposals) != (row.questions, row.proposals):
            yield row, questions, proposals


def _export_remedies(subject: Subject) -> Iterable[dict[str, object]]:
    for row, questions, proposals in _remedies(subject):
        told = {*row.questions, *row.proposals} - {*questions, *proposals}
        yield {"remedy": row.pk, "lines": sorted(told)}


def _erase_remedies(subject: Subject) -> int:
    found = list(_remedies(subject))
    for row, questions, proposals in found:
        row.questions, row.proposals = questions, proposals
    return Remedy.objects.bulk_update([row for row, _q, _p in found], ["questions", "proposals"], batch_size=500)


def _kinds(subject: Subject) -> list[StageOfStep]:
    """What was said of steps that are called so that it tells of a person."""
    tells = telling_of(subject)
    return [row for row in StageOfStep.objects.order_by("pk") if tells(row.step)]


def _export_kinds(subject: Subject) -> Iterable[dict[str, object]]:
    for row in _kinds(subject):
        yield {"funnel": row.funnel_id, "step": row.step}


def _erase_kinds(subject: Subject) -> int:
    """Remove what was said of the steps: they are called otherwise by now, and it is guessed again what they are."""
    return StageOfStep.objects.filter(pk__in=[row.pk for row in _kinds(subject)]).delete()[0]


_NAMES = ("funnel_name", "before", "step")
_HYPOTHESES = _Written(Hypothesis, "hypothesis", ("belief", "why", "attempt", "value", *_NAMES), _NAMES)
_LOG = _Written(Entry, "entry", ("text",))
_LINKS = _Written(Link, "link", ("title",))

STORES: tuple[Store, ...] = (
    _HYPOTHESES.store(
        {
            "belief": gettext_noop("what is believed about a leak, where it names a person"),
            "why": gettext_noop("why it is believed, where it names a person"),
            "attempt": gettext_noop("what is tried about a leak, where it names a person"),
            "value": gettext_noop("a value of a property by which a funnel is divided, which may name a person"),
            "funnel_name": gettext_noop("what a funnel is called, which may name a person"),
            "before": gettext_noop("what the step before is called, which may name a person"),
            "step": gettext_noop("what the step of a funnel is called, which may name a person"),
        },
        frozenset(
            {
                *("id", "funnel", "by", "found", "gain", "gain_low", "gain_high"),
                *("currency", "owner", "state", "version", "created", "touched", "deleted"),
            }
        ),
    ),
    _LOG.store(
        {"text": gettext_noop("what was noted about a hypothesis, where it names a person")},
        frozenset({"id", "hypothesis", "kind", "fields", "origin", "state", "version", "at", "by"}),
    ),
    _LINKS.store(
        {"title": gettext_noop("what is called that hangs on a hypothesis, where it names a person")},
        frozenset({"id", "hypothesis", "kind", "key", "at"}),
    ),
    Store(
        "tragt_hypotheses.Remedy",
        personal={
            "questions": gettext_noop("questions about leaks in the firm's words, where they name a person"),
            "proposals": gettext_noop("proposals about leaks in the firm's words, where they name a person"),
        },
        other=frozenset({"id", "leak", "stage", "aside", "version", "at", "by"}),
        export=_export_remedies,
        erase=_erase_remedies,
        anonymise=_erase_remedies,
    ),
    Store(
        "tragt_hypotheses.StageOfStep",
        personal={"step": gettext_noop("what the step of a funnel is called, which may name a person")},
        other=frozenset({"id", "funnel", "stage"}),
        export=_export_kinds,
        erase=_erase_kinds,
        anonymise=_erase_kinds,
    ),
)
