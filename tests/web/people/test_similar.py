"""Names that may be one person's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tragt.web.people.similar import MOST_ALIKE, is_close, is_one_slip, similar, words

CLOSE = [
    ("Anna Holm", "anna  HOLM"),
    ("Anna Holm", "Holm, Anna"),
    ("Anna Maria Holm", "Anna Holm"),
    ("A. Holm", "Anna Holm"),
    ("Søren Kjær", "Soren Kjaer"),
    ("Åse Kirkegård", "Ase Kirkegaard"),
    ("Bo Müller", "Bo Muller"),
    ("Anna Holm", "Ana Holm"),
    ("Anna Holm", "Anan Holm"),
    ("Jens-Peter Lund", "Jens Peter Lund"),
]
APART = [
    ("Anna Holm", "Anna Berg"),
    ("Anna", "Anna"),
    ("Anna Holm", "Bent Holm"),
    ("B. Holm", "Anna Holm"),
    ("Bo Li", "Bo Lu"),
    ("Anna Holm", ""),
    ("Jens Hansen", "Jan Hansson"),
]


@pytest.mark.parametrize(("one", "other"), CLOSE)
def test_names_that_may_be_one_persons_are_close_in_either_order(one: str, other: str) -> None:
    assert is_close(words(one), words(other))
    assert is_close(words(other), words(one))
    assert similar(["Nobody Else", one, other]) == [(1, 2)]


@pytest.mark.parametrize(("one", "other"), APART)
def test_names_that_are_others_are_not_close(one: str, other: str) -> None:
    assert not is_close(words(one), words(other))
    assert not is_close(words(other), words(one))


def test_similar_word_that_very_many_share_compares_nobody_but_the_same_names() -> None:
    many = [f"Anna {chr(97 + number // 26)}{chr(97 + number % 26)}berg" for number in range(MOST_ALIKE + 1)]
    assert similar(many) == []
    assert similar([*many, many[3]]) == [(3, len(many))]


letters = st.text("abc", min_size=6, max_size=9)


@given(letters, letters)
def test_one_slip_is_a_restricted_edit_distance_of_at_most_one(one: str, other: str) -> None:
    """Against Damerau's four errors tried one by one (A technique for computer detection…, 1964)."""
    alphabet = "abc"
    cuts = [(one[:place], one[place:]) for place in range(len(one) + 1)]
    missing = {left + right[1:] for left, right in cuts if right}
    wrong = {left + letter + right[1:] for left, right in cuts if right for letter in alphabet}
    added = {left + letter + right for left, right in cuts for letter in alphabet}
    swapped = {left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1}
    assert is_one_slip(one, other) == (min(len(one), len(other)) >= 6 and other in missing | wrong | added | swapped)
