"""Owners and tags in bodies: who is meant, and marking a record. The unit of observation is the record."""

from typing import Annotated

from ninja import Path
from pydantic import Field, StringConstraints

from tragt.errors import InvalidDefinition, NotFound
from tragt.web.accounts.models import User
from tragt.web.records.actions.tags import LONGEST, tag, untag
from tragt.web.records.kinds import Kind
from tragt.web.records.queries.tags import tag_seen
from tragt.web.shell.acting import Who

__all__ = ["TagInPath", "TagName", "TagNames", "check_owner", "mark_record", "unmark_record"]

_NAME = StringConstraints(min_length=1, max_length=LONGEST, pattern=r"\S")
TagName = Annotated[str, _NAME]
TagNames = Annotated[
    list[TagName], Field(max_length=20, description="Names of tags; one of a new name is made, capitals make no other.")
]
TagInPath = Annotated[str, Path(min_length=1, max_length=LONGEST, pattern=r"\S", description="Name of the tag.")]


def check_owner(owner: int | None) -> None:
    """Make sure that somebody may own records.

    Raises:
        InvalidDefinition: There is no such user, or they cannot sign in any more.
    """
    if owner is not None and not User.objects.filter(pk=owner, is_active=True).exists():
        raise InvalidDefinition("accounts.no_user", f"There is no user {owner} who can sign in.", field="owner")


def mark_record(kind: Kind, key: int, name: str, who: Who) -> None:
    """Mark a record with a tag; one of a new name is made."""
    tag(kind, [key], name, who=who)


def unmark_record(kind: Kind, key: int, name: str, who: Who) -> None:
    """Take a tag away from a record, by its name.

    Raises:
        NotFound: There is no such tag, or none that this one may know of.
    """
    found = tag_seen(name, who.user if isinstance(who.user, User) else None)
    if found is None:
        raise NotFound("records.no_tag", f"There is no tag '{name}'.")
    untag(kind, [key], found.pk, who=who)
