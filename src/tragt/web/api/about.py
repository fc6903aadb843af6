"""Operations on who asks, and on whom and what the organisation has: users, teams, currencies."""

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from tragt.web.accounts.models import Team, User
from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.paging import Cursor, Page, pages

__all__ = ["router"]

router = Router(tags=["Organisation"])


class Member(Schema):
    """A user of the organisation."""

    id: int
    name: str
    email: str
    role: str = Field(description="`owner`, `manager`, `marketing`, `seller` or `viewer`.")
    team: int | None = Field(description="Key of the team.")
    active: bool

    @classmethod
    def of(cls, user: User) -> "Member":
        """A user, as it is answered."""
        return cls(
            id=user.pk, name=user.name, email=user.email, role=user.role, team=user.team_id, active=user.is_active
        )


class TeamShown(Schema):
    """A team."""

    id: int
    name: str


@operation(router, "GET /me", permission="", gives=Member)
def read_me(request: HttpRequest) -> Member:
    """The user a key acts for.

    The role is the one that the key reaches: the lesser of its own and its user's.
    """
    user = user_of(request)
    return Member.of(user).model_copy(update={"role": user.reaching})


@operation(router, "GET /users", permission="people.see", gives=Page[Member])
def list_users(request: HttpRequest, paging: Cursor) -> Page[Member]:  # noqa: ARG001
    """Users of the organisation, who own records and do tasks."""
    rows, following = pages(User.objects.all(), paging)
    return Page[Member](items=[Member.of(row) for row in rows], next=following)


@operation(router, "GET /teams", permission="people.see", gives=Page[TeamShown])
def list_teams(request: HttpRequest, paging: Cursor) -> Page[TeamShown]:  # noqa: ARG001
    """Teams of users."""
    rows, following = pages(Team.objects.all(), paging)
    return Page[TeamShown](items=[TeamShown(id=row.pk, name=row.name) for row in rows], next=following)
