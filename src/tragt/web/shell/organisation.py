"""The organisation as pages need it: its name, its zone, its money, and whether it is the demonstration firm.

The organisation's row belongs to the accounts, which stand above; they say how it is read.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar, cast

from django.conf import settings

__all__ = ["OrganisationInfo", "current", "forget", "known", "once", "remembered", "set_provider"]


@dataclass(frozen=True, slots=True)
class OrganisationInfo:
    """What pages know of the organisation.

    Attributes:
        name: What it is called.
        time_zone: IANA name of the zone in which its days begin.
        week_start: First day of the week, 1 Monday to 7 Sunday.
        fiscal_year_start: First month of its year, 1 to 12.
        currency: ISO 4217 code of its money.
        language: en, da, sv or nb.
        demonstration: Whether it is the demonstration firm, whose data are invented.
    """

    name: str = ""
    time_zone: str = "UTC"
    week_start: int = 1
    fiscal_year_start: int = 1
    currency: str = "EUR"
    language: str = ""
    demonstration: bool = False


Provider = Callable[[], OrganisationInfo | None]

_Found = TypeVar("_Found")


def _nobody() -> OrganisationInfo | None:
    return None


_provider: Provider = _nobody
_memory: ContextVar[list[OrganisationInfo | None] | None] = ContextVar("organisation", default=None)
_besides: ContextVar[dict[Hashable, object] | None] = ContextVar("besides", default=None)


def set_provider(provider: Provider) -> None:
    """Say how the organisation is read; the provider gives None until there is one."""
    global _provider  # noqa: PLW0603 - the one place where the application learns of its organisation
    _provider = provider


def known() -> OrganisationInfo | None:
    """The organisation; None before the first run. Read once a request."""
    memory = _memory.get()
    if memory is None:
        return _provider()
    if not memory:
        memory.append(_provider())
    return memory[0]


def current() -> OrganisationInfo:
    """The organisation, or what holds until there is one."""
    return known() or OrganisationInfo(language=settings.LANGUAGE_CODE)


def once(what: Hashable, read: Callable[[], _Found]) -> _Found:
    """What is read of how the organisation works, such as who is in a team; read once a request.

    Args:
        what: What is read; the same name gives the same.
        read: Reads it.
    """
    memory = _besides.get()
    if memory is None:
        return read()
    if what not in memory:
        memory[what] = read()
    return cast("_Found", memory[what])


def forget() -> None:
    """Read it anew when it is next asked for: it has been changed."""
    for memory in (_memory.get(), _besides.get()):
        if memory is not None:
            memory.clear()


@contextmanager
def remembered() -> Iterator[None]:
    """Inside, the organisation is read at most once."""
    token, besides = _memory.set([]), _besides.set({})
    try:
        yield
    finally:
        _memory.reset(token)
        _besides.reset(besides)
