"""The vocabulary of the register of personal data.

Each app has a module ``personal_data`` whose ``STORES`` declare, for every model and kind of file of the app, which
fields hold something personal and how that is exported, erased and anonymised. The register in `people` collects
them, and a test of the repository fails for a field that nobody declared.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Document", "Store", "Subject", "leading_to"]

# u:1 is not named by u:12, nor a@x.dk by ana@x.dk; but u:1 is by the file u:1.csv.
_BEFORE, _AFTER = r"(?<![\w.%+@-])", r"(?![\w@])"
_IDS = "userId|user_id|anonymousId|anonymous_id|previousId|previous_id"
_SHORT_ID, _TOLD_APART = 6, 8
_SEPARATORS = re.compile(r"[\s()./-]+")


@dataclass(frozen=True, slots=True)
class Subject:
    """The person whose data are meant, by everything that leads to them.

    Attributes:
        person: Key of the person's row; None for one who has only actors.
        actors: Actors of the log that are this person, ``u:…`` and ``a:…``.
        emails: E-mail addresses, as normalised.
        phones: Telephone numbers, E.164.
        pseudonyms: What each actor is called once it is anonymised; empty where it is not.
        secret: What the pseudonyms are made with, for stores that make them themselves; forgotten afterwards.
    """

    person: int | None
    actors: frozenset[str]
    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    pseudonyms: Mapping[str, str] = field(default_factory=dict)
    secret: bytes = b""


@dataclass(frozen=True, slots=True)
class Document:
    """A file that is held of a person and given to them as it is.

    Attributes:
        name: How it is called among what they are given: a path without a root.
        path: Where it lies.
    """

    name: str
    path: Path


def _nothing(_: Subject) -> int:
    return 0


def _no_rows(_: Subject) -> Iterable[dict[str, object]]:
    return ()


def _no_documents(_: Subject) -> Iterable[Document]:
    return ()


@dataclass(frozen=True, slots=True)
class Store:
    """A place where data lie.

    Attributes:
        name: A model by its label (``tragt_people.Person``), or a kind of file (``file:uploads``).
        personal: Fields that hold something personal, each with what it holds, in a few English words.
        other: Fields that hold nothing personal.
        export: Gives everything the store holds of a person, as rows.
        erase: Removes it so that its bytes go too; returns the number of rows or files touched.
        anonymise: Removes who it was and leaves what is counted; returns the number touched.
        documents: Gives the files of a person whose bytes belong to what is exported.
    """

    name: str
    personal: Mapping[str, str] = field(default_factory=dict)
    other: frozenset[str] = frozenset()
    export: Callable[[Subject], Iterable[dict[str, object]]] = _no_rows
    erase: Callable[[Subject], int] = _nothing
    anonymise: Callable[[Subject], int] = _nothing
    documents: Callable[[Subject], Iterable[Document]] = _no_documents


def leading_to(subject: Subject) -> Callable[[str], bool]:
    """Tells of a text in which anything may stand whether something in it leads to a person.

    An address leads there in any capitals, a number however its digits are set apart and with or without its country.
    An identifier does where it stands by itself; a short one only between quotes or as what a call names, since it may
    be a word or a number of its own.

    Args:
        subject: The person.
    """
    ids = sorted({bare for actor in subject.actors if (bare := actor.partition(":")[2])})
    long = [re.escape(one) for one in ids if len(one) >= _SHORT_ID]
    short = [re.escape(one) for one in ids if len(one) < _SHORT_ID]
    by_id = [f"{_BEFORE}(?:{'|'.join(long)}){_AFTER}"] if long else []
    by_id += [rf'"(?:{"|".join(short)})"|"(?:{_IDS})"\s*:\s*(?:{"|".join(short)})\b'] if short else []
    addresses = "|".join(re.escape(one) for one in sorted(subject.emails) if one)
    named = [re.compile("|".join(by_id))] if by_id else []
    named += [re.compile(f"{_BEFORE}(?:{addresses}){_AFTER}", re.IGNORECASE)] if addresses else []
    digits = {"".join(filter(str.isdigit, phone))[-_TOLD_APART:] for phone in subject.phones} - {""}

    def leads(text: str) -> bool:
        if any(pattern.search(text) for pattern in named):
            return True
        together = _SEPARATORS.sub("", text) if digits else ""
        return any(number in together for number in digits)

    return leads
