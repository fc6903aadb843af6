"""How an act is done: permission, transaction, write, audit, in this order.

Every action wraps its writes in `acting`. Apps below the accounts cannot write audit rows themselves; they publish
the act, and the accounts keep it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from django.db import transaction
from django.dispatch import Signal

from tragt.errors import NotAllowed

__all__ = ["COMMAND_LINE", "SYSTEM", "Act", "Who", "acted", "acting"]

acted = Signal()
"""Sent inside the transaction of an act, with ``act``: an `Act`."""


class Account(Protocol):
    """What an act needs to know of a user."""

    pk: int
    bound: str
    program: int | None

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Whether the user's role allows it."""


@dataclass(frozen=True, slots=True)
class Who:
    """Who does an act.

    Attributes:
        kind: ``user``, ``key`` (a program that acts for a user), ``command line`` or ``system`` (a job that nobody
            asked for).
        user: The user; None for the others, who may do everything.
    """

    kind: str
    user: Account | None = None

    @classmethod
    def of(cls, user: Account) -> "Who":
        """A signed-in user, or the one that a program acts for."""
        return cls("key" if user.bound else "user", user)

    def may(self, permission: str) -> bool:
        """Whether this one has the permission."""
        return self.user is None or self.user.has_perm(permission)


COMMAND_LINE = Who("command line")
SYSTEM = Who("system")


@dataclass(slots=True)
class Act:
    """What was done.

    Attributes:
        who: Who did it.
        verb: Permission-like name of the act, for example ``imports.undo``.
        target: What it was done to, as kind and key: ``import 12``; never a name of a person.
        details: What else the audit keeps: names of fields, counts; never personal values.
    """

    who: Who
    verb: str
    target: str = ""
    details: dict[str, object] = field(default_factory=dict)


@contextmanager
def acting(who: Who, permission: str, target: str = "", **details: object) -> Iterator[Act]:
    """Do what the block does as one act: all of it or nothing, and never unseen.

    Args:
        who: Who acts.
        permission: What this one must be allowed to do; also the verb in the audit.
        target: What it is done to; may be set on the act inside the block, once it is known.
        **details: What the audit keeps besides.

    Yields:
        The act, to which the block may add.

    Raises:
        NotAllowed: The permission is missing.
    """
    if not who.may(permission):
        raise NotAllowed(
            "accounts.not_allowed",
            f"Your role does not include '{permission}'. Ask an owner or manager of your organisation.",
            permission=permission,
        )
    act = Act(who, permission, target, dict(details))
    with transaction.atomic():
        yield act
        acted.send(Act, act=act)
