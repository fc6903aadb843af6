"""Whether a text leads to a person: neither too little, nor what only looks so."""

import pytest

from tragt.web.shell.personal import Subject, leading_to

ANNA = Subject(
    1, frozenset({"u:7", "u:crm-4711", "a:visitor-77"}), frozenset({"anna@nordlys.dk"}), frozenset({"+4577665544"})
)


@pytest.mark.parametrize(
    "text",
    [
        '{"userId":"7"}',
        '{"userId": 7, "event": "A"}',
        '{"user_id":7}',
        "asked by crm-4711.",
        '["a:visitor-77"]',
        "Anna@Nordlys.DK",
        "<anna@nordlys.dk>",
        "+45 77 66 55 44",
        "(45) 7766-5544",
        "77665544",
    ],
)
def test_text_that_names_a_person_leads_there(text: str) -> None:
    assert leading_to(ANNA)(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"amount":7}',
        '{"userId":"77"}',
        '{"userId":71}',
        "crm-47110",
        "xcrm-4711",
        "diana@nordlys.dk",
        "anna@nordlys.dkk",
        "+45 77 66 55 45",
        "",
    ],
)
def test_text_that_names_somebody_else_does_not(text: str) -> None:
    assert not leading_to(ANNA)(text)


def test_nobody_is_led_to_by_anything() -> None:
    assert not leading_to(Subject(None, frozenset(), frozenset(), frozenset()))("anything +45 1 2 3 u:1 a@x.dk")
