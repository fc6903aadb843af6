"""The tags of a record. The unit of observation is the tag."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from tragt.web.accounts.models import User
from tragt.web.accounts.reach import visible_owners
from tragt.web.records.kinds import Kind, kinds
from tragt.web.records.models import Tag

__all__ = ["tag_seen", "tags_of", "tags_seen"]


def tags_seen(user: User | None) -> QuerySet[Tag]:
    """The tags that a user may know of: those on a record that they see, and those on none.

    Args:
        user: Who looks; None is a command line or a job, which sees everything.
    """
    if user is None or visible_owners(user) is None:
        return Tag.objects.all()
    seen, marked = Q(), Q()
    for kind in kinds():
        if kind.tags:
            through: Any = getattr(kind.model, kind.tags).through
            marks = through.objects.filter(tag=OuterRef("pk"))
            marked |= Q(Exists(marks))
            if user.has_perm(kind.see):
                # Mark by mark until one is seen: a list of all that a team sees costs half a second.
                sees = Exists(kind.visible(user).filter(pk=OuterRef(kind.link)))
                seen |= Q(Exists(marks.filter(sees)))
    return Tag.objects.filter(seen | ~marked)


def tag_seen(name: str, user: User | None) -> Tag | None:
    """The tag of a name, capitals aside, if a user may know of it; None else.

    Args:
        name: What it is called.
        user: Who looks, as of `tags_seen`.
    """
    spelled = " ".join(name.replace("\0", "").split()).casefold()
    return next((one for one in tags_seen(user) if one.name.casefold() == spelled), None)


def tags_of(kind: Kind, key: int) -> list[Tag]:
    """The tags of a record by name.

    Args:
        kind: Of which record.
        key: Key of the record.
    """
    through: Any = getattr(kind.model, kind.tags).through
    return list(Tag.objects.filter(pk__in=through.objects.filter(**{kind.link: key}).values("tag")).order_by("name"))
