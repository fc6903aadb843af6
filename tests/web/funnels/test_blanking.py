"""Definitions for readers outside: which of them name somebody, and what stands in place of that."""

from datetime import date

import pytest

from tragt import AllOf, AnyOf, Compare, Exclude, Funnel, Match, Member, Step
from tragt.funnel.condition import Condition
from tragt.funnel.sentence import sentence
from tragt.web.crm.models import Segment
from tragt.web.funnels.blanking import blanked, names_somebody


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        (Compare("email", "equals", "p1"), True),
        (Compare("contactEmail", "contains", "p1"), True),
        (Compare("Work e-mail", "in", ("p1",)), True),
        (Compare("phone_2", "equals", 4_512_345_678), True),
        (Compare("name", "equals", "Ann"), True),
        (Compare("First name", "greater", "A"), True),
        (Compare("owner", "not_equals", "Ann"), True),
        (Compare("said", "in", ("DK", "p1@customer.dk")), True),
        (AnyOf((Compare("plan", "equals", "pro"), AllOf((Compare("email", "equals", "p1"),)))), True),
        (Compare("email", "is_set"), False),
        (Compare("is_mobile", "equals", True), False),
        (Compare("email", "greater", date(2026, 1, 1)), False),
        (Compare("product_name", "equals", "Chair"), False),
        (Compare("email_campaign", "equals", "Spring"), False),
        (Compare("amount", "greater", 3), False),
    ],
    ids=str,
)
def test_condition_on_a_person_names_somebody_wherever_it_stands(condition: Condition, names: bool) -> None:
    assert names_somebody(Funnel.of("A", "B", where=condition)) == names
    assert names_somebody(Funnel.of("A", Step("B", condition))) == names
    assert names_somebody(Funnel.of("A", "B", exclude=Exclude("X", where=condition))) == names
    assert names_somebody(Funnel.of("A", "B", lost=Match("L", condition))) == names
    assert names_somebody(Funnel.of("A", "B", lost="L", reopen=Match("R", condition))) == names


def test_blanked_funnel_tells_its_rules_and_no_person() -> None:
    funnel = Funnel.of(
        Step("A", Compare("email", "equals", "ann@x.dk")),
        Step("B", Compare("plan", "equals", "pro")),
        exclude=Exclude("A", where=Compare("email", "equals", "bo@x.dk")),
        where=Compare("name", "in", ("Ann", "Bo")),
    )
    said = sentence(blanked(funnel))
    assert "email is “…”" in said
    assert "email is “… 2”" in said
    assert "plan is “pro”" in said
    assert not any(one in said for one in ("ann", "Ann", "bo@", "“Bo"))
    plain = Funnel.of("A", "B", where=Compare("plan", "equals", "pro"))
    assert blanked(plain) is plain


@pytest.mark.django_db
def test_address_in_the_name_of_a_segment_names_somebody() -> None:
    by_address, plain = (
        Segment.objects.create(kind="person", name=name, live=False) for name in ("Of p1@customer.dk", "Friends")
    )
    assert names_somebody(Funnel.of("A", "B", where=Member(str(by_address.pk))))
    assert not names_somebody(Funnel.of("A", "B", where=Member(str(plain.pk))))
    both = AllOf((Member(str(by_address.pk)), Member(str(plain.pk))))
    assert blanked(Funnel.of("A", "B", where=both)).where == AllOf((Member("…"), Member(str(plain.pk))))
