"""What a saved funnel asked, version by version, and what each of them changed. The unit is the version."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tragt.errors import NotFound, TragtError
from tragt.funnel import Funnel
from tragt.web.funnels.asked import Asked
from tragt.web.funnels.definition import from_json
from tragt.web.funnels.models import SavedFunnel, SavedFunnelVersion
from tragt.web.funnels.queries import days_of
from tragt.web.funnels.showing.presenting import Sentence, period_in_words, sentence_of
from tragt.web.lexicon.meaning import Lexicon
from tragt.web.lexicon.queries import lexicon

__all__ = ["Version", "as_saved", "version_of", "versions_of"]


@dataclass
class Version:
    """A version of a funnel, and what came before it.

    Attributes:
        row: What is kept of it.
        before: What is kept of the version before; None of the first.
        names: What is known of names.
    """

    row: SavedFunnelVersion
    before: SavedFunnelVersion | None
    names: Lexicon

    @property
    def number(self) -> int:
        """Its number, from 1."""
        return self.row.number

    @property
    def name(self) -> str:
        """What the funnel was called."""
        return self.row.name

    @property
    def at(self) -> datetime:
        """When it was saved."""
        return self.row.at

    @property
    def who(self) -> str:
        """Who saved it; empty where that was a program, or is not known."""
        return str(self.row.by) if self.row.by else ""

    @cached_property
    def funnel(self) -> Funnel | None:
        """The definition; None where a newer Tragt wrote it."""
        return _funnel(self.row)

    @cached_property
    def sentence(self) -> Sentence | None:
        """The definition in words; None where a newer Tragt wrote it."""
        return None if self.funnel is None else sentence_of(self.names.shown(self.funnel))

    @property
    def period(self) -> str:
        """The period in words."""
        asked = Asked.read(self.row.asked).period
        try:
            return period_in_words(asked, days_of(asked, self.names.meant(self.funnel))) if self.funnel else ""
        except TragtError:
            return str(asked.kind.label)

    @property
    def changed(self) -> list[Promise]:
        """What it changed, in a few words each; nothing of the first."""
        return [] if self.before is None else list(_differences(self.before, self.row))


def versions_of(saved: SavedFunnel) -> list[Version]:
    """The versions of a funnel, the newest first; its own state where none is kept yet.

    Args:
        saved: The funnel.
    """
    rows = [*saved.versions.select_related("by").order_by("-number")]
    if not rows or rows[0].number != saved.version:
        rows.insert(0, _unkept(saved))
    names = lexicon()
    return [Version(row, before, names) for row, before in zip(rows, [*rows[1:], None], strict=True)]


def version_of(saved: SavedFunnel, number: int) -> Version:
    """One version of a funnel.

    Args:
        saved: The funnel.
        number: Number of the version.

    Raises:
        NotFound: There is none.
    """
    kept = saved.versions.select_related("by")
    row = kept.filter(number=number).first()
    if row is None and number == saved.version:
        row = _unkept(saved)
    if row is None:
        raise NotFound("funnels.no_version", f"The funnel has no version {number}.", number=number)
    return Version(row, kept.filter(number__lt=number).order_by("-number").first(), lexicon())


def as_saved(row: SavedFunnelVersion, saved: SavedFunnel) -> SavedFunnel:
    """The funnel as it was in a version, to be looked at and not to be saved.

    Args:
        row: What is kept of the version.
        saved: The funnel.
    """
    then = SavedFunnel(pk=saved.pk, name=row.name, definition=row.definition, version=row.number)
    Asked.read(row.asked).put(then)
    then.targets = row.asked.get("targets", {})
    return then


def _unkept(saved: SavedFunnel) -> SavedFunnelVersion:
    """The state of a funnel that was saved before versions were kept."""
    return SavedFunnelVersion(
        funnel=saved,
        number=saved.version,
        name=saved.name,
        definition=saved.definition,
        asked={**Asked.of(saved).written(), "targets": saved.targets},
        by=saved.owner if saved.version == 1 else None,
        at=saved.updated,
    )


_ASKED: tuple[tuple[Promise, tuple[str, ...]], ...] = (
    (_("Period"), ("period", "start", "end")),
    (_("Comparison"), ("compare", "compare_start", "compare_end", "compare_segment")),
    (_("Targets"), ("targets",)),
    (_("What a conversion is worth"), ("value",)),
    (_("Compare by"), ("breakdowns",)),
)


def _differences(before: SavedFunnelVersion, after: SavedFunnelVersion) -> Iterator[Promise]:
    if before.name != after.name:
        yield _("Name")
    if before.definition != after.definition:
        one, other = _funnel(before), _funnel(after)
        steps = one is None or other is None or one.steps != other.steps
        if steps:
            yield _("Steps")
        if one and other and (_rules(one) != _rules(other) or not steps):
            yield _("Rules")
    for words, names in _ASKED:
        if any(before.asked.get(name) != after.asked.get(name) for name in names):
            yield words


def _rules(funnel: Funnel) -> list[object]:
    rules = ("unit", "window", "order", "count", "hold", "exclude", "lost", "reopen", "among", "entry", "tolerance")
    return [getattr(funnel, name) for name in (*rules, "where", "skips", "robots", "own")]


def _funnel(row: SavedFunnelVersion) -> Funnel | None:
    try:
        return from_json(row.definition)
    except TragtError:
        return None
