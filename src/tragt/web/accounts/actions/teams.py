"""What is done to teams. A user is in one team at most, so joining one leaves another."""

from collections.abc import Collection

from django.db import IntegrityError, transaction

from tragt.errors import InvalidDefinition, NotFound
from tragt.web.accounts.models import Team, User
from tragt.web.shell.acting import Who, acting

__all__ = ["change_team", "make_team", "remove_team"]


def make_team(who: Who, name: str, members: Collection[int] = ()) -> Team:
    """Make a team.

    Args:
        who: Who makes it.
        name: What it is called.
        members: Keys of the users in it.

    Raises:
        InvalidDefinition: It has no name, or another team has it.
    """
    with acting(who, "users.edit") as act:
        act.verb = "teams.edit"
        team = Team()
        _save(team, name, members)
        act.target = f"team {team.pk}"
    return team


def change_team(who: Who, key: int, name: str, members: Collection[int]) -> None:
    """Give a team another name or other members.

    Args:
        who: Who changes it.
        key: Key of the team.
        name: What it is called.
        members: Keys of the users in it; those who were in it and are not named leave it.

    Raises:
        NotFound: There is no such team.
        InvalidDefinition: It has no name, or another team has it.
    """
    with acting(who, "users.edit", f"team {key}") as act:
        act.verb = "teams.edit"
        _save(_locked(key), name, members)


def remove_team(who: Who, key: int) -> None:
    """Remove a team; its members are in none then.

    Args:
        who: Who removes it.
        key: Key of the team.

    Raises:
        NotFound: There is no such team.
    """
    with acting(who, "users.edit", f"team {key}") as act:
        act.verb = "teams.remove"
        _locked(key).delete()


def _locked(key: int) -> Team:
    team = Team.objects.select_for_update().filter(pk=key).first()
    if team is None:
        raise NotFound("accounts.no_team", "There is no such team. Perhaps somebody removed it.")
    return team


def _save(team: Team, name: str, members: Collection[int]) -> None:
    team.name = name.strip()
    if not team.name:
        raise InvalidDefinition("accounts.team_name", "A team needs a name.")
    try:
        with transaction.atomic():
            team.save()
    except IntegrityError:
        raise InvalidDefinition("accounts.team_taken", "Another team has this name. Choose another one.") from None
    User.objects.filter(team=team).exclude(pk__in=members).update(team=None)
    User.objects.filter(pk__in=members).update(team=team)
