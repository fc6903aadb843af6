"""What keys of users, tags and other records are called. The unit of observation is the key."""

from collections.abc import Iterable

from tragt.web.accounts.models import User
from tragt.web.records.kinds import ColumnType, kind_of
from tragt.web.records.listing import Listing, Operator
from tragt.web.records.models import Field, Tag

__all__ = ["field_names", "others_named", "tag_names", "tags", "users_named"]


def users_named() -> dict[int, str]:
    """All users by key, those who can sign in first, by name."""
    rows = User.objects.order_by("-is_active", "name", "email").values_list("pk", "name", "email")
    return {key: name or email for key, name, email in rows}


def tags() -> list[Tag]:
    """All tags by name."""
    return list(Tag.objects.order_by("name"))


def others_named(listing: Listing, user: User) -> dict[tuple[str, int], str]:
    """The records of other kinds that filters name by key, as far as the user sees them."""
    named = {}
    for one in listing.filters:
        if one.column.type == ColumnType.RECORD and one.operator == Operator.IS:
            kind = kind_of(one.column.kind)
            for record in kind.visible(user).filter(pk__in=one.values):
                named[kind.code, record.pk] = kind.label(record)
    return named


def tag_names(keys: Iterable[int]) -> dict[int, str]:
    """What some tags are called, by key, for the audit."""
    return dict(Tag.objects.filter(pk__in=list(keys)).values_list("pk", "name"))


def field_names(keys: Iterable[int]) -> dict[int, str]:
    """What some custom fields are called, by key, for the audit."""
    return dict(Field.objects.filter(pk__in=list(keys)).values_list("pk", "title"))
