"""What a text finds among all records that somebody may see. The unit of observation is the record.

A record whose name, address or number is the text stands first, then those that begin with it, then those in which a
word does, then those that contain it. Texts of one or two letters find beginnings only. Of a text that very many hold,
not all are looked at.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import F

from tragt.web.accounts.models import User
from tragt.web.records.expressions import ByLetters, variants
from tragt.web.records.kinds import Kind, Record, Rows, kinds
from tragt.web.records.listing import LEAST_CONTAINED
from tragt.web.records.queries.narrowing import matching

__all__ = ["Found", "found", "found_of"]

_LOOKED_AT = 100


@dataclass(frozen=True, slots=True)
class Found:
    """A record that a text finds.

    Attributes:
        kind: What it is.
        record: The record.
        rank: How well it is found: 0 it is the text, 1 it begins so, 2 a word does, 3 it contains it.
    """

    kind: Kind
    record: Record
    rank: int


def found(text: str, user: User, most: int) -> list[Found]:
    """The records that a text finds, the best first, and of equals the shorter.

    Args:
        text: As somebody typed it; words may stand in any order.
        user: Who looks: only what they may see is found, by them.
        most: How many at most.
    """
    wanted = _plain(text)
    hits = [one for kind in kinds() if kind.searched and wanted for one in _of_kind(kind, wanted, user, most)]
    return sorted(hits, key=_place)[:most]


def found_of(kind: Kind, text: str, user: User, most: int) -> list[Found]:
    """The records of one kind that a text finds, in the same order.

    Args:
        kind: Which kind; one that is searched.
        text: As somebody typed it.
        user: Who looks.
        most: How many at most.
    """
    wanted = _plain(text)
    return sorted(_of_kind(kind, wanted, user, most), key=_place)[:most] if wanted else []


def _plain(text: str) -> str:
    return " ".join(text.replace("\0", " ").lower().split())


def _place(one: Found) -> tuple[int, int]:
    return one.rank, len(one.kind.label(one.record))


def _of_kind(kind: Kind, wanted: str, user: User, most: int) -> Iterator[Found]:
    keys = list(dict.fromkeys([*_beginning(kind, wanted, user, most), *_containing(kind, wanted, user)]))
    spelled = [column.spelled(wanted).lower() for column in kind.searched]
    rows = kind.visible(user).filter(pk__in=keys).select_related(*kind.related)
    for record in rows:
        texts = [str(getattr(record, column.field) or "").lower() for column in kind.searched]
        begun = any(text.startswith(start) for text, start in zip(texts, spelled, strict=True) if start)
        rank = _rank(texts, wanted, begun=begun)
        if rank is not None:
            yield Found(kind, record, rank)


def _beginning(kind: Kind, wanted: str, user: User, most: int) -> Iterator[int]:
    """Keys of those that begin with the text: for each column the first of its index, so what is equal is there."""
    for column in kind.searched:
        spelled = column.spelled(wanted)
        if not spelled:
            continue
        rows = kind.visible(user, aside=True).alias(beginning=column.compared())
        order = "beginning" if column.folded else ByLetters(F("beginning"))
        for one in variants(spelled) if column.folded else [spelled]:
            begun = rows.filter(beginning__begins=one).order_by(order)
            yield from begun.values_list("pk", flat=True)[:most]


def _containing(kind: Kind, wanted: str, user: User) -> Sequence[int]:
    words = [word for word in wanted.split() if len(word) >= LEAST_CONTAINED]
    if not words:
        return []
    rows = kind.visible(user, aside=True)
    found = _in_one_column(kind, rows, words) if len(words) > 1 and connection.vendor == "postgresql" else []
    if len(found) < _LOOKED_AT:
        rows = matching(kind, rows, [(None, word) for word in words])
        found = [*found, *rows.values_list("pk", flat=True)[:_LOOKED_AT]]
    return found


def _in_one_column(kind: Kind, rows: Rows, words: Sequence[str]) -> list[int]:
    """Keys of those of which one column holds all words.

    Of words that any column may hold PostgreSQL would rather look through the table than ask the index, which answers
    at once what one column holds.
    """
    found: list[int] = []
    for column in kind.searched:
        if len(found) < _LOOKED_AT:
            held = matching(kind, rows, [(column, word) for word in words])
            found += held.values_list("pk", flat=True)[: _LOOKED_AT - len(found)]
    return found


def _rank(texts: Sequence[str], wanted: str, *, begun: bool) -> int | None:
    """How well the texts of a record hold what is wanted; None where they do not."""
    if wanted in texts:
        return 0
    if begun:
        return 1
    together = " ".join(texts)
    words = wanted.split()
    if not all(word in together or _digits(word) in together for word in words):
        return None
    return 2 if all(f" {word}" in f" {together}" for word in words) else 3


def _digits(word: str) -> str:
    digits = "".join(letter for letter in word if letter.isdigit())
    return digits if len(digits) >= LEAST_CONTAINED else word
