"""Writing many rows at once fails as any other write fails."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from tragt.web.people.bulk import Row, insert
from tragt.web.people.models import Company

pytestmark = pytest.mark.django_db


def test_insert_of_rows_that_the_database_refuses_is_an_error_of_django() -> None:
    rows: list[Row] = [("nordlys", "Nordlys", "", {}, timezone.now())] * 2
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(Company, ("key", "name", "domain", "traits", "created"), rows)
    assert not Company.objects.exists()
