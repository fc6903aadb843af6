"""Names that may be one name in several spellings. The unit of observation is the pair of names.

Names are *alike* where they differ in capitals, blanks, marks, plural or tense alone: ``Signed Up``, ``sign_up`` and
``signUp``. They are *near* where one letter is wrong, missing or too many, or two are swapped.

What this does not answer: whether they mean the same; that is for a person to say.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

__all__ = ["Likeness", "Proposal", "normal_form", "one_letter_apart", "proposals"]

_LEAST_WORD, _LEAST_NAME = 5, 10
"""Shorter words are often others when one letter differs: ``Signed In`` and ``Signed On``."""
_LEAST_STEM = 3
_VOWELS = "aeiouy"
_IRREGULAR = {
    "began": "begin",
    "begun": "begin",
    "bought": "buy",
    "built": "build",
    "chose": "choose",
    "chosen": "choose",
    "gave": "give",
    "given": "give",
    "got": "get",
    "held": "hold",
    "left": "leave",
    "lost": "lose",
    "made": "make",
    "met": "meet",
    "paid": "pay",
    "sent": "send",
    "sold": "sell",
    "spent": "spend",
    "took": "take",
    "taken": "take",
    "won": "win",
    "wrote": "write",
    "written": "write",
}
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NOT_OF_A_WORD = re.compile(r"[\W_]+")


class Likeness(StrEnum):
    """How much two names are alike."""

    ALIKE = "alike"
    NEAR = "near"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A name that is probably another spelling of one.

    Attributes:
        spelling: The rarer name.
        kept: The name that it probably means.
        likeness: How much they are alike.
    """

    spelling: str
    kept: str
    likeness: Likeness


def words_of(name: str) -> list[str]:
    """The words of a name, without capitals and marks: those of ``signUp_v2`` are ``sign``, ``up`` and ``v2``."""
    plain = unicodedata.normalize("NFKC", name)
    return [word.casefold() for word in _NOT_OF_A_WORD.split(_HUMP.sub(" ", plain)) if word]


def normal_form(name: str) -> str:
    """What names have in common that differ in capitals, blanks, marks, plural or tense alone.

    Args:
        name: Of an event.

    Returns:
        Its words, each in its plainest form; empty where it has no letter.

    Example:
        >>> normal_form("Signed Up") == normal_form("sign_up") == normal_form("SignUps")
        True
    """
    return "".join(map(_stem, words_of(name)))


def _stem(word: str) -> str:
    """A word without what tells its number and its tense; not always a word, but the same for all its forms."""
    word = _IRREGULAR.get(word, word)
    for ending, instead in (("ies", "y"), ("ied", "y"), ("ing", ""), ("ed", ""), ("s", "")):
        bare = word.removesuffix(ending)
        if bare != word and _may_end(bare, ending):
            return _plainer(bare + instead, doubled=ending in ("ing", "ed"))
    return _plainer(word, doubled=False)


def _may_end(bare: str, ending: str) -> bool:
    """Whether an ending says number or tense of what stands before it, and is no part of the word."""
    if ending == "s":
        return len(bare) >= 2 and bare[-1] not in "sui"
    return len(bare) >= _LEAST_STEM and any(letter in _VOWELS for letter in bare)


def _plainer(stem: str, *, doubled: bool) -> str:
    if doubled and len(stem) > _LEAST_STEM and stem[-1] == stem[-2] and stem[-1] not in "aeiouslz":
        stem = stem[:-1]
    return stem.removesuffix("e") if len(stem) > _LEAST_STEM else stem


def proposals(counts: Mapping[str, int], preferred: Iterable[str] = ()) -> list[Proposal]:
    """Names that are probably spellings of one, the surest first.

    Args:
        counts: How often each name occurs.
        preferred: Names that are kept before others, however rare.

    Returns:
        Each name at most once as a spelling of another; what is kept is no spelling of a third.
    """
    first = set(preferred)
    kept: dict[str, str] = {}
    found: list[Proposal] = []

    def weight(name: str) -> tuple[bool, int, str]:
        return name not in first, -counts[name], name

    for group in _alike(counts):
        best, *others = sorted(group, key=weight)
        kept |= dict.fromkeys(group, best)
        found += [Proposal(other, best, Likeness.ALIKE) for other in others]
    for pair in _near(counts):
        best, other = sorted(pair, key=lambda name: (name not in kept, weight(name)))
        if other not in kept:
            kept[other] = kept.setdefault(best, best)
            found.append(Proposal(other, kept[best], Likeness.NEAR))
    return found


def _alike(names: Iterable[str]) -> Iterator[set[str]]:
    groups: dict[str, set[str]] = defaultdict(set)
    for name in sorted(names):
        groups[normal_form(name)].add(name)
    yield from (group for form, group in groups.items() if form and len(group) > 1)


def _near(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pairs that one letter parts. Such have a text in common from which one letter is left out at most."""
    words = {name: words_of(name) for name in sorted(names)}
    groups: dict[str, list[str]] = defaultdict(list)
    for name, parts in words.items():
        text = "".join(parts)
        for form in {text, *(text[:place] + text[place + 1 :] for place in range(len(text)))}:
            groups[form].append(name)
    pairs = {pair for group in groups.values() for pair in combinations(group, 2)}
    yield from ((one, other) for one, other in sorted(pairs) if _misspelled(words[one], words[other]))


def _misspelled(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether one letter parts two names, and that within a word that is long enough."""
    if not one_letter_apart("".join(one), "".join(other)):
        return False
    if len(one) != len(other):
        return len("".join(one)) >= _LEAST_NAME
    parted = [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]]
    return len(parted) == 1 and min(map(len, parted[0])) >= _LEAST_WORD


def one_letter_apart(one: str, other: str) -> bool:
    """Whether one letter is another, missing or too many, or two neighbours are swapped; digits are never mistaken.

    Args:
        one: A text.
        other: Another.
    """
    if one == other or [letter for letter in one if letter.isdigit()] != [x for x in other if x.isdigit()]:
        return False
    short, long = sorted((one, other), key=len)
    start = next((place for place, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) == len(long):
        rest, swapped = (
            short[start + 2 :] == long[start + 2 :],
            short[start : start + 2] == long[start : start + 2][::-1],
        )
        return short[start + 1 :] == long[start + 1 :] or (swapped and rest)
    return len(long) == len(short) + 1 and short[start:] == long[start + 1 :]
