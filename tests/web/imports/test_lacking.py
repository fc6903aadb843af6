"""Which fields that must be filled in a file leaves empty."""

import pytest
from django.utils import timezone

from tragt.web.imports.answers import Answers, ColumnUse, Shape
from tragt.web.imports.lacking import lacking
from tragt.web.records.models import Field

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fields() -> None:
    """Of companies one that must be filled in, one that need not, and one that is retired; of deals one that must."""
    Field.objects.create(kind="company", code="vat", title="VAT number", required=True)
    Field.objects.create(kind="company", code="floor", title="Floor")
    Field.objects.create(kind="company", code="fax", title="Fax", required=True, retired=timezone.now())
    Field.objects.create(kind="deal", code="term", title="Term", required=True)


def found(answers: Answers) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.kind, one.fields) for one in lacking(answers)]


def records(*uses: ColumnUse) -> Answers:
    return Answers(shape=Shape.RECORDS, target="company", uses=uses)


@pytest.mark.parametrize("use", [ColumnUse("a", "traits.floor"), ColumnUse("vat", ""), ColumnUse("vat", "vat")])
def test_file_of_records_lacks_what_no_column_of_it_fills(use: ColumnUse) -> None:
    assert found(records(use)) == [("Companies", ("VAT number",))]


def test_file_of_records_lacks_nothing_where_a_column_fills_it() -> None:
    assert found(records(ColumnUse("Number", "traits.vat"))) == []


def test_file_of_users_has_no_fields() -> None:
    assert found(Answers(shape=Shape.RECORDS, target="user")) == []


@pytest.mark.parametrize("shape", [Shape.LONG, Shape.WIDE])
def test_file_of_events_lacks_the_fields_of_those_whose_they_are(shape: Shape) -> None:
    company, deal = ("Companies", ("VAT number",)), ("Deals", ("Term",))
    assert found(Answers(shape=shape, columns={"company": "firm", "deal": "deal"})) == [company, deal]
    assert found(Answers(shape=shape, columns={"deal": "deal", "company": ""})) == [deal]
    assert found(Answers(shape=shape, columns={"person": "user"})) == []
