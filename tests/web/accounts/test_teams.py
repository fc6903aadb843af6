"""Teams: who is in them, and how far sellers reach."""

from collections.abc import Callable

import pytest
from django.test import Client

from tragt.web.accounts.models import AuditRow, Organisation, Reach, Role, Team, User
from tragt.web.accounts.reach import changeable_owners, visible_owners

pytestmark = pytest.mark.django_db

MakeUser = Callable[..., User]


def test_team_is_made_changed_and_removed_and_nobody_is_in_two(owner_client: Client, make_user: MakeUser) -> None:
    anna, bo = make_user(Role.SELLER, "anna@example.org"), make_user(Role.SELLER, "bo@example.org")
    owner_client.post("/settings/teams/new/", {"new-name": "North", "new-members": [anna.pk, bo.pk]})
    owner_client.post("/settings/teams/new/", {"new-name": "South", "new-members": [bo.pk]})
    north, south = Team.objects.get(name="North"), Team.objects.get(name="South")
    assert (list(north.members.all()), list(south.members.all())) == ([anna], [bo])
    given = {f"team{north.pk}-name": "Far North", f"team{north.pk}-members": [bo.pk]}
    owner_client.post(f"/settings/teams/{north.pk}/", given)
    north.refresh_from_db()
    assert (north.name, list(north.members.all()), list(south.members.all())) == ("Far North", [bo], [])
    page = owner_client.get("/settings/teams/").content.decode()
    assert "Far North" in page
    owner_client.post(f"/settings/teams/{north.pk}/remove/")
    assert not User.objects.exclude(team=None).exists()
    verbs = list(AuditRow.objects.filter(verb__startswith="teams.").order_by("pk").values_list("verb", flat=True))
    assert verbs == ["teams.edit", "teams.edit", "teams.edit", "teams.remove"]


@pytest.mark.parametrize(("name", "said"), [("", "A team needs a name."), ("North", "Another team has this name.")])
def test_team_without_a_name_of_its_own_is_refused(owner_client: Client, name: str, said: str) -> None:
    Team.objects.create(name="North")
    answer = owner_client.post("/settings/teams/new/", {"new-name": name}, follow=True)
    assert said in answer.content.decode()
    assert Team.objects.count() == 1


def test_seller_neither_sees_nor_changes_teams(make_user: MakeUser, client_of: Callable[[User], Client]) -> None:
    seller = client_of(make_user(Role.SELLER))
    assert seller.get("/settings/teams/").status_code == 403
    assert seller.post("/settings/teams/new/", {"new-name": "Mine"}).status_code == 403


def test_owner_of_the_organisation_sets_how_far_sellers_reach(owner_client: Client, organisation: Organisation) -> None:
    given = {"name": "Nordlys", "time_zone": "Europe/Copenhagen", "week_start": 1, "fiscal_year_start": 1}
    given |= {"currency": "DKK", "language": "en", "sellers_see": "team", "sellers_change": "own"}
    owner_client.post("/settings/organisation/", given)
    organisation.refresh_from_db()
    assert (organisation.sellers_see, organisation.sellers_change) == (Reach.TEAM, Reach.OWN)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("sees", list(Reach))
@pytest.mark.parametrize("changes", list(Reach))
def test_reach_of_each_role_is_what_the_organisation_says_and_no_change_goes_beyond_what_is_seen(
    make_user: MakeUser, organisation: Organisation, role: Role, sees: Reach, changes: Reach
) -> None:
    team = Team.objects.create(name="North")
    user, mate = make_user(role, "me@example.org"), make_user(Role.SELLER, "mate@example.org")
    make_user(Role.SELLER, "other@example.org")
    User.objects.filter(pk__in=[user.pk, mate.pk]).update(team=team)
    user.refresh_from_db()
    organisation.sellers_see, organisation.sellers_change = sees, changes
    organisation.save()
    if role != Role.SELLER:
        assert (visible_owners(user), changeable_owners(user)) == (None, None)
        return
    reached = {Reach.OWN: frozenset({user.pk}), Reach.TEAM: frozenset({user.pk, mate.pk}), Reach.ALL: None}
    narrower = min(sees, changes, key=list(Reach).index)
    assert (visible_owners(user), changeable_owners(user)) == (reached[sees], reached[narrower])
