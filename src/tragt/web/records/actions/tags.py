"""Marking records with tags, and taking tags away."""

from collections.abc import Sequence
from typing import Any

from tragt.errors import InvalidDefinition, NotFound
from tragt.web.records.actions.reaching import changeable
from tragt.web.records.kinds import Kind
from tragt.web.records.models import Colour, Tag
from tragt.web.shell.acting import Who, acting

__all__ = ["LONGEST", "tag", "untag"]

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
    spelled = " ".join(name.replace("\0", "").split())
    if not spelled or len(spelled) > LONGEST:
        raise InvalidDefinition(
            "records.tag", f"A tag has a name of one to {LONGEST} letters; this has {len(spelled)}."
        )
    with acting(who, kind.edit, act="tag", kind=kind.code, records=len(keys)) as act:
        rows = changeable(kind, keys, who)
        # Of names that differ in letters beyond A to Z alone SQLite would not know that they are one.
        known = {one.name.casefold(): one for one in Tag.objects.all()}
        found = known.get(spelled.casefold()) or Tag.objects.create(
            name=spelled, colour=_COLOURS[len(known) % len(_COLOURS)]
        )
        act.target = f"tag {found.pk}"
        through: Any = getattr(kind.model, kind.tags).through
        marks = [through(**{f"{kind.link}_id": key, "tag_id": found.pk}) for key in rows.values_list("pk", flat=True)]
        through.objects.bulk_create(marks, ignore_conflicts=True)
    return found


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
    with acting(who, kind.edit, f"tag {tag}", act="untag", kind=kind.code, records=len(keys)):
        if not Tag.objects.filter(pk=tag).exists():
            raise NotFound("records.no_tag", "There is no such tag any more.")
        through: Any = getattr(kind.model, kind.tags).through
        through.objects.filter(**{f"{kind.link}__in": changeable(kind, keys, who).values("pk")}, tag=tag).delete()
