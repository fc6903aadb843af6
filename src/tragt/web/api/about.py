"""Operations on who asks, and on whom and what the organisation has: users, teams, currencies."""

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from tragt.errors import NotFound
from tragt.web.accounts.models import Team, User
from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.paging import Cursor, Page, pages
from tragt.web.api.schemas import KeyInPath

__all__ = ["router"]

router = Router(tags=["Organisation"])

SEE = "users.see"


class Member(Schema):
    """A user of the organisation."""

    id: int
    name: str
    team: int | None = Field(description="Key of the team.")
    email: str | None = Field(description="Null for a key that may not see users.")
    role: str | None = Field(
        description="`owner`, `manager`, `marketing`, `seller` or `viewer`; null for a key that may not see users."
    )
    active: bool = Field(description="Whether the user can sign in.")

    @classmethod
    def of(cls, user: User, *, whole: bool) -> "Member":
        """A user, as it is answered.

        Args:
            user: The user.
            whole: Whether the address and the role are told, which are for those who may see users.
        """
        return cls(
            id=user.pk,
            name=user.name,
            team=user.team_id,
            email=user.email if whole else None,
            role=user.role if whole else None,
            active=user.is_active,
        )


class TeamShown(Schema):
    """A team."""

    id: int
    name: str

    @classmethod
    def of(cls, row: Team) -> "TeamShown":
        """A team, as it is answered."""
        return cls(id=row.pk, name=row.name)


@operation(router, "GET /me", permission="", gives=Member)
def read_me(request: HttpRequest) -> Member:
    """The user a key acts for.

    The role is the one that the key reaches: the lesser of its own and its user's.
    """
    user = user_of(request)
    return Member.of(user, whole=True).model_copy(update={"role": user.reaching})


@operation(router, "GET /users", permission="people.see", gives=Page[Member])
def list_users(request: HttpRequest, paging: Cursor) -> Page[Member]:
    """Users of the organisation, who own records and do tasks.

    Addresses, roles and those who cannot sign in any more are for keys that may see users (`users.see`).
    """
    asks = user_of(request)
    rows, following = pages(_members(asks), paging)
    return Page[Member](items=[Member.of(row, whole=asks.has_perm(SEE)) for row in rows], next=following)


@operation(router, "GET /users/{user}", permission="people.see", gives=Member)
def read_user(request: HttpRequest, user: KeyInPath) -> Member:
    """A user, as the list tells of them."""
    asks = user_of(request)
    found = _members(asks).filter(pk=user).first()
    if found is None:
        raise NotFound("accounts.no_user", f"There is no user {user}.", user=user)
    return Member.of(found, whole=asks.has_perm(SEE))


@operation(router, "GET /teams", permission="people.see", gives=Page[TeamShown])
def list_teams(request: HttpRequest, paging: Cursor) -> Page[TeamShown]:  # noqa: ARG001
    """Teams of users."""
    rows, following = pages(Team.objects.all(), paging)
    return Page[TeamShown](items=[TeamShown.of(row) for row in rows], next=following)


@operation(router, "GET /teams/{team}", permission="people.see", gives=TeamShown)
def read_team(request: HttpRequest, team: KeyInPath) -> TeamShown:  # noqa: ARG001
    """A team. Who belongs to it, the users say."""
    found = Team.objects.filter(pk=team).first()
    if found is None:
        raise NotFound("accounts.no_team", f"There is no team {team}.", team=team)
    return TeamShown.of(found)


def _members(asks: User) -> QuerySet[User]:
    """The users whom a user may know of: those who work here, and for who may see users all that there were."""
    return User.objects.all() if asks.has_perm(SEE) else User.objects.filter(is_active=True)
