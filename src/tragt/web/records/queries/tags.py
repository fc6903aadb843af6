"""The tags of a record. The unit of observation is the tag."""

from typing import Any

from tragt.web.records.kinds import Kind
from tragt.web.records.models import Tag

__all__ = ["tags_of"]


def tags_of(kind: Kind, key: int) -> list[Tag]:
    """The tags of a record by name.

    Args:
        kind: Of which record.
        key: Key of the record.
    """
    through: Any = getattr(kind.model, kind.tags).through
    return list(Tag.objects.filter(pk__in=through.objects.filter(**{kind.link: key}).values("tag")).order_by("name"))
