"""What each role may do."""

import pytest

from tragt.web.accounts.models import Role, User
from tragt.web.accounts.roles import MAKE_OWNERS, PERMISSIONS, assignable, meaning, permissions

# The table as it was agreed, role by role; every role has what the one before it has.
AGREED = {
    Role.VIEWER: "deals.see overview.see funnels.see hypotheses.see leaks.see lexicon.see people.see profile.edit "
    "reports.own",
    Role.SELLER: "activities.edit deals.edit hypotheses.edit people.edit segments.edit",
    Role.MARKETING: "forms.see forms.edit "
    "funnels.edit funnels.share imports.see imports.run imports.undo jobs.see jobs.cancel lexicon.edit people.export "
    "keys.see keys.edit leaks.edit reports.edit",
    Role.MANAGER: "people.erase mail.see mail.test organisation.see users.see users.edit audit.see "
    "demonstration.load demonstration.remove log.upkeep webhooks.see webhooks.edit pipelines.edit records.edit "
    "deals.remove",
    Role.OWNER: "organisation.edit users.owners",
}


def test_roles_table_is_the_agreed_one() -> None:
    expected: set[str] = set()
    for role, more in AGREED.items():
        expected |= set(more.split())
        assert permissions(role) == expected, role
        assert str(meaning(role))


def test_has_perm_follows_role_and_activity() -> None:
    assert User(role=Role.OWNER).has_perm("organisation.edit")
    assert not User(role=Role.MANAGER).has_perm("organisation.edit")
    assert not User(role=Role.OWNER, is_active=False).has_perm("overview.see")
    assert not User(role="emperor").has_perm("overview.see")
    assert User(role=Role.VIEWER).has_perms(["overview.see", "people.see"])
    assert not User(role=Role.VIEWER).has_perms(["overview.see", "people.edit"])


@pytest.mark.parametrize("role", Role)
def test_assignable_roles_never_exceed_the_giver(role: Role) -> None:
    given = assignable(role)
    assert all(PERMISSIONS[one] <= PERMISSIONS[role] for one in given)
    assert (Role.OWNER in given) == (MAKE_OWNERS in PERMISSIONS[role])
    assert bool(given) == (role in (Role.OWNER, Role.MANAGER))
