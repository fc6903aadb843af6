"""Which names may be one person's. The unit of observation is the pair of names.

Only names within one company are compared: among strangers a similar name tells nothing. Nothing here says that two
persons are one; that is for people to say.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Hashable, Sequence
from itertools import combinations

__all__ = ["is_close", "similar", "words"]

MOST_ALIKE = 50
"""A word that more names of a company share than this tells nobody apart, and its names are not compared."""

_SHORTEST = 6
_LETTERS = str.maketrans({"æ": "ae", "ø": "o", "œ": "oe", "đ": "d", "ð": "d", "ł": "l", "þ": "th"})


def words(name: str) -> tuple[str, ...]:
    """The words of a name in small letters without accents."""
    plain = unicodedata.normalize("NFKD", name.casefold().translate(_LETTERS))
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return tuple(re.findall(r"[^\W\d_]+", bare))


def similar(names: Sequence[str]) -> list[tuple[int, int]]:
    """The places of each two names that are close, the smaller one first.

    Args:
        names: Names of persons of one company.
    """
    spelled = [words(name) for name in names]
    blocks: dict[Hashable, list[int]] = defaultdict(list)
    for place, own in enumerate(spelled):
        if len(own) > 1:
            for key in {tuple(sorted(own)), *own}:
                blocks[key].append(place)
    pairs = {pair for places in blocks.values() if len(places) <= MOST_ALIKE for pair in combinations(places, 2)}
    return sorted(pair for pair in pairs if is_close(spelled[pair[0]], spelled[pair[1]]))


def is_close(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two names, as `words` gives them, may be one person's.

    They may where they have the same words in any order; the same last name and the same first name or its initial,
    whatever stands between; or, of six letters or more, where one letter is missing, wrong or swapped with its
    neighbour. A single word tells too little.
    """
    if min(len(one), len(other)) < 2:
        return False
    if sorted(one) == sorted(other):
        return True
    first, second = sorted((one[0], other[0]), key=len)
    if one[-1] == other[-1] and (first == second or (len(first) == 1 and second.startswith(first))):
        return True
    return is_one_slip(" ".join(one), " ".join(other))


def is_one_slip(one: str, other: str) -> bool:
    """Whether two long texts differ by one letter that is missing or wrong, or by two neighbours that are swapped."""
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) < _SHORTEST or len(longer) - len(shorter) > 1:
        return False
    same = next((place for place, pair in enumerate(zip(shorter, longer, strict=False)) if pair[0] != pair[1]), None)
    if same is None:
        return True
    rest, left = shorter[same:], longer[same:]
    if len(shorter) < len(longer):
        return rest == left[1:]
    return rest[1:] == left[1:] or (rest[:2] == left[1::-1] and rest[2:] == left[2:])
