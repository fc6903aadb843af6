"""The properties of an event, and which of their values nobody may see."""

import json
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tragt.web.lexicon.describing import Described, Kind, described
from tragt.web.lexicon.masking import is_personal_name, is_personal_text

PERSONAL = [
    "ann@example.org",
    "Ann <ann@example.org>",
    "ann%40example.org",
    "+45 12 34 56 78",
    "(020) 7946-0958",
    "12345678",
    "010190-1234",
    "192.0.2.7",
    "2001:db8::1",
    "2026-01-31 ann@example.org",
    "She called and asked whether her brother could have the same price as last year",
]
INSIDE = [["+45 12 34 56 78"], [["x"]], [{"first": "Ann"}], {"first": "Ann"}, ["ann@example.org", "pro"]]
HARMLESS = ["pro", "Order 17", "2026-01-31", "2026-01-31T09:00:00Z", "1200", "/pricing", "DKK", "v2.1.0"]


def of(values: Sequence[object], name: str = "plan", people: int = 9) -> Described:
    events = [(f"u:{place % people}", json.dumps({name: value})) for place, value in enumerate(values)]
    (found,) = described(events)
    return found


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("pro", Kind.TEXT),
        (1, Kind.NUMBER),
        (1.5, Kind.NUMBER),
        (True, Kind.TRUTH),
        ("2026-01-31", Kind.DAY),
        ("2026-01-31T09:00:00.000000Z", Kind.MOMENT),
        ([1, 2], Kind.LIST),
        ({"a": 1}, Kind.OBJECT),
    ],
)
def test_property_has_the_kind_of_its_values(value: object, kind: Kind) -> None:
    assert of([value] * 3).kind is kind
    assert of(["2026-01-31T09:00 with Ann"] * 3).kind is Kind.TEXT
    assert of([value, "x y", 7] if kind not in (Kind.TEXT, Kind.NUMBER) else [value, [1]]).kind is Kind.MIXED


def test_property_counts_events_that_fill_it_and_different_values() -> None:
    events = [("u:1", "{}"), ("u:1", '{"a":null,"b":2}'), ("u:2", '{"a":"x"}'), ("u:3", '{"a":"y","b":2}')]
    found = {one.name: (one.filled, one.different, one.many) for one in described(events)}
    assert found == {"a": (2, 2, False), "b": (2, 1, False)}


@pytest.mark.parametrize("value", PERSONAL)
def test_example_that_looks_like_a_person_is_never_shown(value: str) -> None:
    found = of([value] * 9)
    assert found.examples == ()
    assert found.masked
    assert is_personal_text(value)


@pytest.mark.parametrize("value", INSIDE, ids=str)
@pytest.mark.parametrize("other", [None, "pro"], ids=["alone", "mixed"])
def test_list_or_object_that_may_tell_of_a_person_is_never_shown(value: object, other: object) -> None:
    found = of([value] * 9 + [other] * 9)
    assert found.examples == (("pro",) if other else ())


def test_list_of_harmless_values_is_shown() -> None:
    assert of([["a", 1]] * 9).examples == ('["a",1]',)


@pytest.mark.parametrize("value", HARMLESS)
def test_example_that_three_people_have_is_shown(value: str) -> None:
    assert of([value] * 9).examples == (value,)


def test_example_that_fewer_than_three_people_have_is_not_shown() -> None:
    assert of(["Åse Kvalheim"] * 9, people=2).examples == ()
    assert of(["pro"] * 9, people=3).examples == ("pro",)
    assert of([17] * 9, people=1).examples == ("17",)
    assert of([["Åse"]] * 9, people=1).examples == ()


@pytest.mark.parametrize("number", ["1e400", "9" * 5000], ids=len)
def test_number_that_no_computer_has_is_described_as_a_number(number: str) -> None:
    (found,) = described([("u:1", f'{{"amount":{number}}}')])
    assert (found.name, found.kind, found.filled) == ("amount", Kind.NUMBER, 1)


def test_number_that_may_be_a_telephone_is_not_shown() -> None:
    assert of([4512345678] * 9).examples == ()


@pytest.mark.parametrize(
    "name",
    [
        "email",
        "E-Mail",
        "userEmail",
        "first_name",
        "lastName",
        "name",
        "phone",
        "contact.phone",
        "ip",
        "Navn",
        "user",
        "Message",
        "Adressen",
        "fødselsdato",
        "phoneNumber",
    ],
)
def test_property_named_after_a_person_shows_no_example(name: str) -> None:
    assert is_personal_name(name)
    assert of(["pro"] * 9, name).examples == ()


@pytest.mark.parametrize(
    "name", ["plan", "product_name", "campaignName", "amount", "stage", "mailing", "page", "user_role"]
)
def test_property_named_after_a_thing_may_show_examples(name: str) -> None:
    assert not is_personal_name(name)


@given(st.emails(), st.sampled_from(["plan", "note", "campaign_name"]))
def test_address_is_never_an_example_under_any_name(address: str, name: str) -> None:
    held: Mapping[str, object] = {name: address, "list": [address], "object": {"who": address}}
    events = [(f"u:{number}", json.dumps(held)) for number in range(5)]
    assert all(one.examples == () for one in described(events))
