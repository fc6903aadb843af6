"""Files of sales teams: users by their names, with their teams. Who is not a user becomes one who cannot sign in."""

from collections import defaultdict
from collections.abc import Container, Mapping, Sequence

from django.db.models import ForeignObjectRel
from django.utils.text import slugify

from tragt.web.accounts.models import Role, Team, User
from tragt.web.imports.targets import Change, Fate, Row, Undone
from tragt.web.people.bulk import chunks
from tragt.web.shell.acting import Who, acting

__all__ = ["NOWHERE", "add_sleeping", "look_at_users", "undo_users", "user_of_row", "write_users"]

PERMISSION = "users.edit"
NOWHERE = "users.invalid"
"""The domain of addresses that lead nowhere (RFC 2606), of users of whom no address is known."""

_SEVERAL = "several users are called so; give their e-mail address in a column"


def user_of_row(values: Mapping[str, object]) -> str:
    """What tells two rows of one user: the e-mail address, else the name."""
    return str(values.get("email") or values.get("name", "")).casefold()


def look_at_users(rows: Sequence[Row]) -> list[Fate | str]:
    """What would become of the users of rows; a name that several have cannot be used."""
    known, teams = _Known(), {team.pk: team.name for team in Team.objects.all()}
    return [_fate(row, known.of(row.values), teams) for row in rows]


def write_users(rows: Sequence[Row], cause: str, who: Who) -> list[Change]:
    """Make users of rows who cannot sign in until somebody lets them in; put those without a team into theirs."""
    with acting(who, PERMISSION, cause.replace(":", " "), act="users from a file") as act:
        known = _Known()
        changes: list[Change] = []
        teams = _teams([_team_of(row.values) for row in rows], changes)
        for row in rows:
            found = known.of(row.values)
            team = teams.get(_team_of(row.values).casefold())
            if not found:
                user = add_sleeping(str(row.values["name"]), str(row.values.get("email", "")), team)
                known.add(user)
                changes.append(Change("user", user.pk, created=True, after=_state(user)))
            elif team is not None and found[0].team_id is None:
                User.objects.filter(pk=found[0].pk, team=None).update(team=team)
                changes.append(Change("user", found[0].pk, before={"team": None}, after={"team": team.pk}))
        act.details.update(users=sum(one.created and one.kind == "user" for one in changes))
    return changes


def add_sleeping(name: str, email: str, team: Team | None) -> User:
    """A user who cannot sign in: inactive, without a password. A part of an act."""
    user = User(name=name, email=email.lower() or _address(name), role=Role.SELLER, is_active=False, team=team)
    user.set_unusable_password()
    user.save()
    return user


def undo_users(changes: Sequence[Change], who: Who) -> list[Undone]:
    """Take back users and teams: whoever was let in since, or did something, stays; so does a team with members."""
    with acting(who, "imports.undo", act="users from a file"):
        made = [one.key for one in changes if one.created and one.kind == "user"]
        needed = {key for part in chunks(made) for key in _referred(User, part)}
        return [_undo(one, needed) for one in changes]


class _Known:
    """The users there are, by their addresses and names."""

    def __init__(self) -> None:
        self._by_email: dict[str, User] = {}
        self._by_name: defaultdict[str, list[User]] = defaultdict(list)
        for user in User.objects.order_by("pk"):
            self.add(user)
            self._by_name[user.name.casefold()].append(user)

    def add(self, user: User) -> None:
        """Let a user be known by the address; of two new users of one name, each is somebody."""
        self._by_email[user.email.casefold()] = user

    def of(self, values: Mapping[str, object]) -> list[User]:
        """Those whom a row means: by the address where one is a user's, else by the name."""
        user = self._by_email.get(str(values.get("email", "")).casefold())
        return [user] if user else self._by_name.get(str(values.get("name", "")).casefold(), [])


def _fate(row: Row, found: Sequence[User], teams: Mapping[int, str]) -> Fate | str:
    if len(found) > 1:
        return _SEVERAL
    if not found:
        return Fate.CREATED
    return Fate.CHANGED if _team_of(row.values) and found[0].team_id not in teams else Fate.SAME


def _team_of(values: Mapping[str, object]) -> str:
    """The name of a row's team: the place and who leads it, as far as they are told."""
    return " / ".join(str(values[code]) for code in ("team", "manager") if values.get(code))[:100]


def _teams(names: Sequence[str], changes: list[Change]) -> dict[str, Team]:
    found = {team.name.casefold(): team for team in Team.objects.all()}
    for name in dict.fromkeys(names):
        if name and name.casefold() not in found:
            team = found[name.casefold()] = Team.objects.create(name=name)
            changes.append(Change("team", team.pk, created=True, after={"name": name}))
    return found


def _address(name: str) -> str:
    stem = slugify(name)[:60] or "user"
    taken = set(User.objects.filter(email__startswith=stem).values_list("email", flat=True))
    tried = f"{stem}@{NOWHERE}"
    number = 2
    while tried in taken:
        tried, number = f"{stem}-{number}@{NOWHERE}", number + 1
    return tried


def _state(user: User) -> dict[str, object]:
    return {"name": user.name, "email": user.email, "role": user.role, "is_active": user.is_active}


def _undo(change: Change, needed: Container[int]) -> Undone:
    if change.kind == "team":
        return _undo_team(change)
    user = User.objects.select_for_update().filter(pk=change.key).first()
    if user is None:
        return Undone.REMOVED
    if not change.created:
        held = User.objects.filter(pk=change.key, team=change.after["team"])  # type: ignore[misc]
        return Undone.RESTORED if held.update(team=None) else Undone.KEPT
    if _state(user) != change.after or user.last_login is not None or user.pk in needed:
        return Undone.KEPT
    user.delete()
    return Undone.REMOVED


def _undo_team(change: Change) -> Undone:
    team = Team.objects.select_for_update().filter(pk=change.key).first()
    if team is None:
        return Undone.REMOVED
    if team.name != change.after["name"] or _referred(Team, [team.pk]):
        return Undone.KEPT
    team.delete()
    return Undone.REMOVED


def _referred(model: type[User | Team], keys: Sequence[int]) -> set[int]:
    """The users or teams to which anything refers but records that files brought, which lose their owner."""
    found: set[int] = set()
    for link in model._meta.get_fields(include_hidden=True):  # noqa: SLF001 - Django's public name
        if not isinstance(link, ForeignObjectRel) or link.related_model._meta.auto_created:  # noqa: SLF001
            continue
        name, others = link.field.name, link.field.model
        rows = others._base_manager.filter(**{f"{name}__in": keys})  # noqa: SLF001
        if name == "owner" and any(one.name == "cause" for one in others._meta.fields):  # noqa: SLF001
            rows = rows.exclude(cause__startswith="import:")
        found.update(rows.values_list(name, flat=True))
    return found
