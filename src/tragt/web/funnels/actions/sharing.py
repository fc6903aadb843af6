"""Sharing the figures of a funnel by a link, and taking that back."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from tragt.errors import InvalidDefinition, NotFound
from tragt.web.accounts.tokens import digest, new_link
from tragt.web.funnels.actions.versions import held
from tragt.web.funnels.blanking import names_somebody
from tragt.web.funnels.models import SavedFunnel, SharedLink
from tragt.web.shell.acting import Who, acting

__all__ = ["DAYS", "Shared", "revoke_link", "share", "touch_link"]

DAYS = (7, 30, 90)
"""For how many days a link may be good."""

MOST_LINKS = 100
_LOOK = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Shared:
    """A link that was just made.

    Attributes:
        link: Its row.
        token: The part of the link that is secret, shown this once.
    """

    link: SharedLink
    token: str


def share(who: Who, saved: SavedFunnel, days: int) -> Shared:
    """Make a link by which people without an account see the figures of a funnel.

    Args:
        who: Who shares it.
        saved: The funnel.
        days: For how many days the link is good: one of `DAYS`.

    Raises:
        NotAllowed: The role does not allow it.
        NotFound: The funnel was deleted meanwhile.
        InvalidDefinition: The link cannot be good for so long, the funnel has too many links, or its conditions name
            somebody, whom readers outside would see.
    """
    if days not in DAYS:
        allowed = ", ".join(map(str, DAYS))
        raise InvalidDefinition(
            "funnels.link_days", f"A link is good for one of {allowed} days; {days} is given.", days=days
        )
    with acting(who, "funnels.share", f"funnel {saved.pk}", what="shared", days=days):
        row, now = held(saved), timezone.now()
        if names_somebody(row.funnel):
            raise InvalidDefinition(
                "funnels.names_somebody",
                "A condition of this funnel names a person: it compares a name, an e-mail address or a telephone "
                "number. Whoever has a link would read that. Ask for a segment in its place, then share the funnel.",
                field="definition",
            )
        if row.links.filter(revoked=None, expires__gt=now).count() >= MOST_LINKS:
            raise InvalidDefinition(
                "funnels.many_links", f"A funnel has at most {MOST_LINKS} links at a time. Take one back first."
            )
        token = new_link()
        by = None if who.user is None else who.user.pk
        link = SharedLink.objects.create(funnel=row, digest=digest(token), by_id=by, expires=now + timedelta(days=days))
    return Shared(link, token)


def revoke_link(who: Who, saved: SavedFunnel, key: int) -> SharedLink:
    """Take a link back: whoever has it sees nothing any more. One that was taken back stays so.

    Args:
        who: Who takes it back.
        saved: The funnel.
        key: Key of the link.

    Raises:
        NotAllowed: The role does not allow it.
        NotFound: The funnel has no such link.
    """
    with acting(who, "funnels.share", f"funnel {saved.pk}", what="taken back"):
        link = held(saved).links.filter(pk=key).first()
        if link is None:
            raise NotFound("funnels.no_link", f"The funnel has no link {key}.", key=key)
        if link.revoked is None:
            link.revoked = timezone.now()
            link.save(update_fields=["revoked"])
    return link


def touch_link(link: SharedLink) -> None:
    """Remember that somebody looked, to the minute: a link that many follow must not be a busy row."""
    now = timezone.now()
    if link.seen is None or link.seen < now - _LOOK:
        SharedLink.objects.filter(pk=link.pk).update(seen=now)
