"""Who asks besides the owner of the firm: a seller who sees what the team has, or their own alone, and a program."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.test import Client

from benchmarks.crm_parts.questions import Home
from tragt.web.accounts.models import ApiKey, Organisation, Reach, Role, Team, User
from tragt.web.accounts.tokens import digest, new_key

__all__ = ["program", "seller", "signed_in"]

HOST = "localhost"
_TEAM, _MEMBERS = "Benchmark", 5


def signed_in(user: User) -> Client:
    """A browser in which a user is signed in."""
    client = Client(SERVER_NAME=HOST)
    client.force_login(user)
    return client


@contextmanager
def seller(home: Home, reach: Reach) -> Iterator[Client]:
    """A browser of the last user, who is a seller meanwhile, in a team of the last five.

    Args:
        home: Whose users they are; afterwards all are what they were.
        reach: Whose records sellers see.
    """
    members = User.objects.filter(pk__in=home.users[-_MEMBERS:])
    before = list(members.values_list("pk", "role", "team"))
    seen = Organisation.objects.values_list("sellers_see", flat=True).get()
    team, _new = Team.objects.get_or_create(name=_TEAM)
    try:
        members.update(team=team)
        User.objects.filter(pk=home.users[-1]).update(role=Role.SELLER)
        Organisation.objects.update(sellers_see=reach)
        yield signed_in(User.objects.get(pk=home.users[-1]))
    finally:
        Organisation.objects.update(sellers_see=seen)
        for key, role, its_team in before:
            User.objects.filter(pk=key).update(role=role, team=its_team)
        team.delete()


@contextmanager
def program() -> Iterator[Client]:
    """A program with a key of the first user."""
    key, prefix = new_key("api")
    user = User.objects.order_by("pk")[0]
    made = ApiKey.objects.create(user=user, name="bench", role=user.role, prefix=prefix, digest=digest(key))
    try:
        yield Client(SERVER_NAME=HOST, headers={"Authorization": f"Bearer {key}"})
    finally:
        made.delete()
