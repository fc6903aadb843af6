"""Marking a deal with tags, and taking tags away, as its next version."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from tragt.errors import NotFound
from tragt.web.accounts.models import User
from tragt.web.crm.actions.deals import locked
from tragt.web.crm.models import Deal
from tragt.web.records.actions.tags import tag, untag
from tragt.web.records.kinds import kind_of
from tragt.web.records.models import Tag
from tragt.web.records.queries.tags import tag_seen
from tragt.web.shell.acting import Who

__all__ = ["count_marks", "tag_deal", "untag_deal"]


def tag_deal(key: int, name: str, *, who: Who, version: int | None = None) -> Deal:
    """Mark a deal with a tag; one of a new name is made. One that has it already stays as it is.

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
        deal.refresh_from_db(fields=["version", "touched"])
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
        deal.refresh_from_db(fields=["version", "touched"])
    return deal


def count_marks(deals: Collection[int]) -> None:
    """Count it as a change of deals that they were marked or a mark was taken away, wherever that was done.

    A part of the acts that mark records.

    Args:
        deals: Keys of the deals whose marks are others now.
    """
    # One after another, so that two who mark the same ones do not wait for each other.
    list(Deal.objects.select_for_update(no_key=True).filter(pk__in=deals).order_by("pk").values_list("pk"))
    Deal.objects.filter(pk__in=deals).update(version=F("version") + 1, touched=timezone.now())


def _tag(name: str, who: Who) -> Tag:
    found = tag_seen(name, who.user if isinstance(who.user, User) else None)
    if found is None:
        raise NotFound("records.no_tag", f"There is no tag '{name}'.")
    return found
