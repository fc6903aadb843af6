"""What keys of users, tags and other records are called. The unit of observation is the key."""

from collections.abc import Iterable, Iterator

from tragt.web.accounts.models import User
from tragt.web.records.kinds import ColumnType, Kind, Record, kind_of
from tragt.web.records.listing import Listing, Operator
from tragt.web.records.models import Field, Tag
from tragt.web.records.queries.narrowing import sees_all

__all__ = [
    "active_users",
    "beside",
    "field_names",
    "leave_out_unseen",
    "others_named",
    "tag_names",
    "users_named",
]


def users_named() -> dict[int, str]:
    """All users by key, those who can sign in first, by name."""
    rows = User.objects.order_by("-is_active", "name", "email").values_list("pk", "name", "email")
    return {key: name or email for key, name, email in rows}


def active_users() -> list[User]:
    """The users who can sign in, by name."""
    return list(User.objects.filter(is_active=True).order_by("name", "email"))


def others_named(listing: Listing, user: User) -> dict[tuple[str, int], str]:
    """The records of other kinds that filters name by key, as far as the user sees them."""
    named = {}
    for one in listing.filters:
        if one.column.type == ColumnType.RECORD and one.operator == Operator.IS:
            kind = kind_of(one.column.kind)
            for record in kind.visible(user).filter(pk__in=one.values):
                named[kind.code, record.pk] = kind.label(record)
    return named


def beside(kind: Kind, records: Iterable[Record]) -> Iterator[tuple[Record, str, str]]:
    """Records, each with the fields that name another one, and of which kind that is."""
    fields = [(column.field, column.kind) for column in kind.columns if column.type == ColumnType.RECORD]
    return ((record, field, code) for record in records for field, code in fields)


def leave_out_unseen(named: Iterable[tuple[Record, str, str]], user: User | None) -> None:
    """Let no record that is shown name one that the user does not see, such as the company of a person.

    Args:
        named: Records, each with a field that may name another one, and of which kind that is, as `beside` gives them.
            They are there to be shown: saved, they would lose what they name.
        user: Who looks; None sees everything.
    """
    by_kind: dict[str, list[tuple[Record, str]]] = {}
    for record, field, code in named:
        if getattr(record, f"{field}_id") is not None:
            by_kind.setdefault(code, []).append((record, field))
    for code, naming in by_kind.items():
        kind = kind_of(code)
        if not kind.gone and (user is None or (user.has_perm(kind.see) and sees_all(kind, user))):
            continue
        keys = {getattr(record, f"{field}_id") for record, field in naming}
        seen = set(kind.visible(user).filter(pk__in=keys).values_list("pk", flat=True))
        for record, field in naming:
            if getattr(record, f"{field}_id") not in seen:
                setattr(record, field, None)


def tag_names(keys: Iterable[int]) -> dict[int, str]:
    """What some tags are called, by key, for the audit."""
    return dict(Tag.objects.filter(pk__in=list(keys)).values_list("pk", "name"))


def field_names(keys: Iterable[int]) -> dict[int, str]:
    """What some custom fields are called, by key, for the audit."""
    return dict(Field.objects.filter(pk__in=list(keys)).values_list("pk", "title"))
