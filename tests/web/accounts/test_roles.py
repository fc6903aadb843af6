"""What each role may do."""

import pytest

from tragt.web.accounts.models import Role, User


def test_has_perm_of_owner():
    assert User(role=Role.OWNER).has_perm("organisation.edit")


@pytest.mark.django_db
def test_x(owner_client):
    assert User.objects.count() == 1
