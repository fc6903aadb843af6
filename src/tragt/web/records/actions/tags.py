"""Marking records with tags, and taking tags away."""

from collections.abc import Sequence
from typing import Any

from tragt.errors import InvalidDefinition, NotFound
from tragt.web.records.actions.reaching import changeable, named
from tragt.web.records.kinds import Kind
from tragt.web.records.models import Colour, Tag
from tragt.web.records.signals import tagged
from tragt.web.shell.acting import Who, acting

__all__ = ["LONGEST", "tag", "tag_name", "tag_named", "untag"]

LONGEST = 60
_COLOURS = Colour.values


def tag(kind: Kind, keys: Sequence[int], name: str, *, who: Who) -> Tag:
    """Mark records with a tag; one of a new name is made.

    Args:
        kind: Of which records.
        keys: Of the records; who has the tag already keeps it.
        name: What the tag is called; capitals do not make another one.
        who: Who marks them.

    Raises:
        InvalidDefinition: The name is empty or too long.
        NotFound: A record is not there, or not seen.
        NotAllowed: A record belongs to somebody else.
    """
    with acting(who, kind.edit, act="tag", fields=["tags"], **named(kind, keys)) as act:
        rows = changeable(kind, keys, who)
        found = tag_named(name)
        act.details["tag"] = found.pk
        through: Any = getattr(kind.model, kind.tags).through
        marked = through.objects.filter(tag=found, **{f"{kind.link}__in": list(keys)}).values(kind.link)
        new = list(rows.exclude(pk__in=marked).values_list("pk", flat=True))
        marks = [through(**{f"{kind.link}_id": key, "tag_id": found.pk}) for key in new]
        through.objects.bulk_create(marks, ignore_conflicts=True)
        tagged.send(Kind, kind=kind.code, records=new)
    return found


def tag_named(name: str) -> Tag:
    """The tag of a name; it is made where there is none. A part of the acts that mark records.

    Raises:
        InvalidDefinition: The name is empty or too long.
    """
    spelled = tag_name(name)
    known = _by_name()
    if spelled.casefold() not in known:
        # Another request may make it at the same moment.
        new = Tag(name=spelled, colour=_COLOURS[len(known) % len(_COLOURS)])
        Tag.objects.bulk_create([new], ignore_conflicts=True)
        known = _by_name()
    return known[spelled.casefold()]


def tag_name(name: str) -> str:
    """The name of a tag in the one spelling.

    Raises:
        InvalidDefinition: The name is empty or too long.
    """
    spelled = " ".join(name.replace("\0", "").split())
    if not spelled or len(spelled) > LONGEST:
        raise InvalidDefinition(
            "records.tag", f"A tag has a name of one to {LONGEST} letters; this has {len(spelled)}."
        )
    return spelled


def _by_name() -> dict[str, Tag]:
    """All tags. Of names that differ in letters beyond A to Z alone SQLite would not know that they are one."""
    return {one.name.casefold(): one for one in Tag.objects.all()}


def untag(kind: Kind, keys: Sequence[int], tag: int, *, who: Who) -> None:
    """Take a tag away from records.

    Args:
        kind: Of which records.
        keys: Of the records.
        tag: Key of the tag.
        who: Who takes it away.

    Raises:
        NotFound: There is no such tag, or a record is not there, or not seen.
        NotAllowed: A record belongs to somebody else.
    """
    with acting(who, kind.edit, act="untag", fields=["tags"], tag=tag, **named(kind, keys)):
        if not Tag.objects.filter(pk=tag).exists():
            raise NotFound("records.no_tag", "There is no such tag any more.")
        through: Any = getattr(kind.model, kind.tags).through
        marks = through.objects.filter(**{f"{kind.link}__in": changeable(kind, keys, who).values("pk")}, tag=tag)
        had = list(marks.values_list(kind.link, flat=True))
        marks.delete()
        tagged.send(Kind, kind=kind.code, records=had)
