"""Whose records a user sees and changes. The unit of observation is the owner of a record.

Owners, managers and marketing reach everyone's, and so do viewers, who change nothing; a seller as far as the
organisation lets sellers. A record that nobody owns is within everyone's reach, for somebody must take it up.
"""

from collections.abc import Callable

from django.db.models import Q

from tragt.errors import NotAllowed
from tragt.web.accounts.models import Organisation, Reach, Role, User
from tragt.web.accounts.queries import ORGANISATION
from tragt.web.shell.acting import Who
from tragt.web.shell.organisation import once

__all__ = ["changeable_by", "changeable_owners", "check_change", "owned_by", "seen_by", "visible_owners"]


def visible_owners(user: User) -> frozenset[int] | None:
    """The owners whose records a user sees; None where it is everyone's.

    Args:
        user: Who looks.
    """
    return _owners(user, "sellers_see")


def changeable_owners(user: User) -> frozenset[int] | None:
    """The owners whose records a user may change, as far as their role allows changes; None where it is everyone's.

    Args:
        user: Who wants to change something. They never change what they do not see.
    """
    seen, changed = visible_owners(user), _owners(user, "sellers_change")
    if seen is None or changed is None:
        return changed if seen is None else seen
    return seen & changed


def seen_by(user: User | None, owner: str = "owner") -> Q:
    """The condition that a record is one a user sees, for a query.

    Args:
        user: Who looks; None is a command line or a job, which sees everything.
        owner: The field of the owner, from where the query stands.
    """
    return _condition(user, owner, visible_owners)


def changeable_by(user: User | None, owner: str = "owner") -> Q:
    """The condition that a record is one a user may change, for a query.

    Args:
        user: Who wants to change it; None is a command line or a job.
        owner: The field of the owner, from where the query stands.
    """
    return _condition(user, owner, changeable_owners)


def owned_by(owners: frozenset[int] | None, owner: int | None) -> bool:
    """Whether a record is within a reach.

    Args:
        owners: The reach, as `visible_owners` gives it.
        owner: Key of the record's owner; None where it has none.
    """
    return owners is None or owner is None or owner in owners


def check_change(who: Who, owner: int | None) -> None:
    """Make sure that this one may change a record of an owner.

    Args:
        who: Who wants to.
        owner: Key of the record's owner; None where it has none.

    Raises:
        NotAllowed: The record is seen, but not theirs to change.
    """
    user = who.user
    if isinstance(user, User) and not owned_by(changeable_owners(user), owner):
        raise NotAllowed(
            "accounts.not_yours",
            "This belongs to somebody else. Ask its owner or a manager to change it or to hand it over.",
        )


def _condition(user: User | None, owner: str, reach: Callable[[User], frozenset[int] | None]) -> Q:
    owners = reach(user) if user is not None else None
    return Q() if owners is None else Q(**{f"{owner}__isnull": True}) | Q(**{f"{owner}__in": sorted(owners)})


def _owners(user: User, setting: str) -> frozenset[int] | None:
    if Role.SELLER not in (user.role, user.bound):
        return None
    reach = once("reach", _reaches).get(setting) or Reach.ALL
    if reach == Reach.ALL:
        return None
    if reach == Reach.TEAM and user.team_id is not None:
        team = user.team_id
        return once(("team", team), lambda: _members(team)) | {user.pk}
    return frozenset({user.pk})


def _reaches() -> dict[str, str]:
    found = Organisation.objects.filter(pk=ORGANISATION).values_list("sellers_see", "sellers_change").first()
    return dict(zip(("sellers_see", "sellers_change"), found, strict=True)) if found else {}


def _members(team: int) -> frozenset[int]:
    return frozenset(User.objects.filter(team=team).values_list("pk", flat=True))
