"""Marking a deal with tags, and taking tags away, as its next version."""

from django.db import transaction

from tragt.errors import NotFound
from tragt.web.accounts.models import User
from tragt.web.crm.actions.deals import changed, locked
from tragt.web.crm.models import Deal
from tragt.web.records.actions.tags import tag, untag
from tragt.web.records.kinds import kind_of
from tragt.web.records.models import Tag
from tragt.web.records.queries.tags import tag_seen
from tragt.web.shell.acting import Who

__all__ = ["tag_deal", "untag_deal"]


def tag_deal(key: int, name: str, *, who: Who, version: int | None = None) -> Deal:
    """Mark a deal with a tag; one of a new name is made.

    Args:
        key: Key of the deal.
        name: What the tag is called.
        who: Who marks it.
        version: The version they saw; None marks it whatever happened since.

    Raises:
        NotFound: There is no such deal, or it is not theirs to see.
        NotAllowed: It is not theirs to change.
        Conflict: Somebody changed it since.
        InvalidDefinition: The name is empty or too long.
    """
    with transaction.atomic():
        deal = locked(key, who, version)
        tag(kind_of("deal"), [key], name, who=who)
        changed(deal)
    return deal


def untag_deal(key: int, name: str, *, who: Who, version: int | None = None) -> Deal:
    """Take a tag away from a deal.

    Args:
        key: Key of the deal.
        name: What the tag is called; capitals do not make another one.
        who: Who takes it away.
        version: The version they saw; None does it whatever happened since.

    Raises:
        NotFound: There is no such deal or tag, or the deal is not theirs to see.
        NotAllowed: It is not theirs to change.
        Conflict: Somebody changed it since.
    """
    with transaction.atomic():
        deal = locked(key, who, version)
        untag(kind_of("deal"), [key], _tag(name, who).pk, who=who)
        changed(deal)
    return deal


def _tag(name: str, who: Who) -> Tag:
    found = tag_seen(name, who.user if isinstance(who.user, User) else None)
    if found is None:
        raise NotFound("records.no_tag", f"There is no tag '{name}'.")
    return found
