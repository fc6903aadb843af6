"""Names that may be one name in several spellings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tragt.web.lexicon.spelling import Likeness, Proposal, normal_form, one_letter_apart, proposals

ALIKE = [
    ("Signed Up", "Sign Up", "signed_up", "sign-up", "signUp", "SIGN UP", "Signing Up", "signed  up"),
    ("Order Completed", "orderCompleted", "order_complete", "Orders Completed", "order.completes"),
    ("Email Sent", "email_send", "Emails Sent", "EmailSending"),
    ("Deal Won", "deal_win", "Deals Won"),
    ("Plan Dropped", "plan drop", "plan_dropping"),
    ("Category Viewed", "categories viewed", "category_view"),
    ("PDF Opened", "pdfOpen", "pdf-opened"),
    ("Bestilling Åbnet", "bestilling_åbnet", "BESTILLING ÅBNET"),
]
OTHERS = [
    ("Signed Up", "Signed In"),
    ("Signed In", "Signed On"),
    ("Deal Opened", "Deal Reopened"),
    ("Step 1 Viewed", "Step 2 Viewed"),
    ("Deal Won", "Deal Lost"),
    ("Email Sent", "Email Seen"),
    ("Plan Upgraded", "Plan Downgraded"),
]
TEXTS = st.text("abcd1", max_size=6)


@pytest.mark.parametrize("names", ALIKE, ids=lambda names: names[0])
def test_spellings_that_differ_in_capitals_marks_plural_or_tense_have_one_normal_form(names: tuple[str, ...]) -> None:
    assert len({normal_form(name) for name in names}) == 1, {name: normal_form(name) for name in names}


@pytest.mark.parametrize("pair", OTHERS, ids=" / ".join)
def test_names_that_mean_something_else_are_not_proposed(pair: tuple[str, str]) -> None:
    assert proposals(dict.fromkeys(pair, 1)) == []


def test_proposals_keep_the_most_frequent_and_attach_misspellings_to_what_is_kept() -> None:
    counts = {"Signed Up": 90, "sign_up": 10, "Sigend Up": 2, "Paid": 50, "Webinar Joined": 3, "Webinar Joind": 9}
    assert proposals(counts) == [
        Proposal("sign_up", "Signed Up", Likeness.ALIKE),
        Proposal("Sigend Up", "Signed Up", Likeness.NEAR),
        Proposal("Webinar Joined", "Webinar Joind", Likeness.NEAR),
    ]


def test_proposals_keep_preferred_names_however_rare() -> None:
    assert proposals({"deal_won": 900, "Deal Won": 1}, ["Deal Won"]) == [
        Proposal("deal_won", "Deal Won", Likeness.ALIKE)
    ]


@given(st.dictionaries(st.text("aAbB_ d", min_size=1, max_size=12), st.integers(1, 9), max_size=8))
def test_proposals_name_each_spelling_once_and_keep_no_spelling(counts: dict[str, int]) -> None:
    found = proposals(counts)
    spellings = [one.spelling for one in found]
    assert len(spellings) == len(set(spellings))
    assert not {one.kept for one in found} & set(spellings)
    assert {*spellings, *(one.kept for one in found)} <= set(counts)


def one_edit(text: str) -> set[str]:
    """Every text that one letter parts from a text, made by doing each edit."""
    letters = "abcd1"
    parts = [(text[:place], text[place:]) for place in range(len(text) + 1)]
    left = {a + b[1:] for a, b in parts if b}
    swapped = {a + b[1] + b[0] + b[2:] for a, b in parts if len(b) > 1}
    other = {a + letter + b[1:] for a, b in parts if b for letter in letters}
    added = {a + letter + b for a, b in parts for letter in letters}
    return {*left, *swapped, *other, *added} - {text}


@given(TEXTS, TEXTS)
def test_one_letter_apart_is_one_edit_away_with_the_same_digits(one: str, other: str) -> None:
    expected = other in one_edit(one) and [x for x in one if x == "1"] == [x for x in other if x == "1"]
    assert one_letter_apart(one, other) is expected
    for near in one_edit(one):
        assert one_letter_apart(one, near) is (one.count("1") == near.count("1"))
