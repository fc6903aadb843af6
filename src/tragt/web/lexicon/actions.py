"""Describing events and properties, hiding them, and saying which names are one. No event of the log is changed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.utils import timezone

from tragt.errors import InvalidDefinition, NotFound
from tragt.events.units import CLOSING
from tragt.web.accounts.models import Organisation, User
from tragt.web.lexicon import queries
from tragt.web.lexicon.meaning import root
from tragt.web.lexicon.models import NAME_LENGTH, Apart, Entry, Merge
from tragt.web.lexicon.signals import merged
from tragt.web.log.actions import touch
from tragt.web.shell.acting import Act, Who, acting

__all__ = ["Said", "describe", "hide", "keep_apart", "merge", "show", "unmerge"]

_PERMISSION = "lexicon.edit"


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says of an event or a property.

    Attributes:
        display: What to call it on pages; empty calls it by its name.
        description: What it means.
        owner: Who knows more.
    """

    display: str = ""
    description: str = ""
    owner: User | None = None


def describe(who: Who, name: str, said: Said, of: str = "") -> None:
    """Say what an event or one of its properties means, and what to call it.

    Args:
        who: Who says it.
        name: Of the event.
        said: What is said.
        of: The property; empty is the event itself.

    Raises:
        NotAllowed: The role does not allow it.
        NotFound: The log holds no such event.
        InvalidDefinition: Another event is called that already.
    """
    with _entry(who, name, of, "described") as (entry, act):
        if not of:
            _check_display(name, said.display)
        before = entry.display, entry.description, entry.owner
        entry.display, entry.description, entry.owner = said.display, said.description, said.owner
        changed = zip(("display", "description", "owner"), before, strict=True)
        act.details["fields"] = [field for field, old in changed if getattr(entry, field) != old]


def hide(who: Who, name: str) -> None:
    """Offer an event nowhere; figures that name it stay as they are.

    Raises:
        NotAllowed: The role does not allow it.
        NotFound: The log holds no such event.
    """
    with _entry(who, name, "", "hidden") as (entry, _act):
        entry.hidden = True


def show(who: Who, name: str) -> None:
    """Offer an event again.

    Raises:
        NotAllowed: The role does not allow it.
        NotFound: The log holds no such event.
    """
    with _entry(who, name, "", "shown") as (entry, _act):
        entry.hidden = False


def merge(who: Who, spelling: str, kept: str) -> Merge:
    """Let a spelling count as another name from now on, wherever a definition names either.

    Args:
        who: Who says so.
        spelling: The name that is another spelling.
        kept: The name that it counts as.

    Raises:
        NotAllowed: The role does not allow it.
        NotFound: The log holds no event of one of the names.
        InvalidDefinition: They are one already, or the spelling counts as another name.
    """
    with acting(who, _PERMISSION, what="merged") as act:
        _wait_for_others()
        _check_names(spelling, kept)
        merges = dict(queries.lexicon().merges)
        if spelling == kept or root(kept, merges) == spelling:
            raise InvalidDefinition(
                "lexicon.same", f"{spelling!r} and {kept!r} are one name already.", spelling=spelling, kept=kept
            )
        if spelling in merges:
            raise InvalidDefinition(
                "lexicon.merged",
                f"{spelling!r} counts as {merges[spelling]!r} already. Undo that first.",
                spelling=spelling,
                kept=merges[spelling],
            )
        row = Merge.objects.create(spelling=spelling, kept=kept)
        act.target = f"merge {row.pk}"
        _tell(row)
    return row


def unmerge(who: Who, key: int) -> Merge:
    """Let a spelling count as a name of its own again.

    Raises:
        NotAllowed: The role does not allow it.
        NotFound: There is no such merge, or it was undone.
    """
    with acting(who, _PERMISSION, f"merge {key}", what="unmerged"):
        row = queries.merge_of(key)
        _tell(row)
        row.undone = timezone.now()
        row.save(update_fields=["undone"])
    return row


def keep_apart(who: Who, one: str, other: str) -> None:
    """Say that two names are not one; they are not proposed again.

    Raises:
        NotAllowed: The role does not allow it.
        NotFound: The log holds no event of one of the names.
    """
    with acting(who, _PERMISSION, what="kept apart"):
        _check_names(one, other)
        first, second = sorted((one, other))
        Apart.objects.get_or_create(first=first, second=second)


@contextmanager
def _entry(who: Who, name: str, of: str, what: str) -> Iterator[tuple[Entry, Act]]:
    """The entry of an event or a property, kept as the block leaves it; one that says nothing goes."""
    with acting(who, _PERMISSION, what=what) as act:
        _wait_for_others()
        _check_names(name)
        entry = Entry.objects.filter(event=name, property=of).first() or Entry(event=name, property=of)
        yield entry, act
        if entry.display or entry.description or entry.hidden or entry.owner:
            entry.save()
            act.target = f"entry {entry.pk}"
        elif entry.pk:
            entry.delete()


def _tell(standing: Merge) -> None:
    """Let figures be worked out anew: every one where a merge says what closes a deal, for any may rest on that."""
    merged.send(Merge)
    words = queries.lexicon()
    if {standing.spelling, standing.kept}.intersection(one for name in CLOSING for one in words.spellings(name)):
        touch()


def _wait_for_others() -> None:
    """Change the lexicon one after another: two merges at once could make a circle, two descriptions two entries."""
    list(Organisation.objects.select_for_update().filter(pk=1))


def _check_names(*names: str) -> None:
    there = set(queries.event_names())
    for name in names:
        if name not in there:
            raise NotFound("lexicon.unknown", f"The log holds no event {name!r}.", name=name)
        if len(name) > NAME_LENGTH:
            raise InvalidDefinition(
                "lexicon.long", f"A name of more than {NAME_LENGTH} characters cannot be noted here.", most=NAME_LENGTH
            )


def _check_display(name: str, display: str) -> None:
    """Two events that are called the same could not be told apart where somebody chooses one."""
    words = queries.lexicon()
    for other in queries.event_names():
        if display and words.kept(other) != words.kept(name) and display in (other, words.called_as(other)):
            raise InvalidDefinition(
                "lexicon.called", f"Another event is called {display!r}: {other!r}.", display=display, other=other
            )
