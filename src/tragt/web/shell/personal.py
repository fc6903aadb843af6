"""The vocabulary of the register of personal data.

Each app has a module ``personal_data`` whose ``STORES`` declare, for every model and kind of file of the app, which
fields hold something personal and how that is exported, erased and anonymised. The register in `people` collects
them, and a test of the repository fails for a field that nobody declared.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

__all__ = ["Store", "Subject"]


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


def _nothing(_: Subject) -> int:
    return 0


def _no_rows(_: Subject) -> Iterable[dict[str, object]]:
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
    """

    name: str
    personal: Mapping[str, str] = field(default_factory=dict)
    other: frozenset[str] = frozenset()
    export: Callable[[Subject], Iterable[dict[str, object]]] = _no_rows
    erase: Callable[[Subject], int] = _nothing
    anonymise: Callable[[Subject], int] = _nothing
