"""The firm's own people, as far as they can be told: by their e-mail, and by the devices that they signed in on.

The unit of observation is the event. Their networks are looked at when a request comes, for its whole address is
known only then. One that a person has in common with strangers, such as a shared tablet, stays the firm's own from the
first sign-in on.
"""

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from django.db.models import Model, Q, QuerySet, Value
from django.db.models.functions import StrIndex, Substr

from tragt.web.accounts import queries as accounts
from tragt.web.collect.visitors import visitors
from tragt.web.people import traits
from tragt.web.people.bulk import chunks
from tragt.web.people.models import Edge, EdgeKind, Identifier

__all__ = ["Insiders"]

PACE_SECONDS = 10.0
_SHARE = 0.01
_MOST = 100_000
_DEVICES = pl.Schema({"actor": pl.String(), "since": pl.Datetime("us", "UTC")})

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Mail:
    """The e-mail addresses of the firm's own people.

    Attributes:
        addresses: Those of the staff that signs in to Tragt, in small letters.
        domains: Those that stand after the sign @ in all others.
    """

    addresses: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()

    @property
    def ends(self) -> list[str]:
        """One of these stands in every text that holds such an address."""
        return sorted({*self.addresses, *(f"@{domain}" for domain in self.domains)})

    def own(self, texts: pl.Series) -> pl.Series:
        """Those of some texts that are such an address, or a user who is called by one."""
        small = texts.str.strip_prefix("u:").str.strip_chars().str.to_lowercase()
        domain = small.str.extract(r"@([^@]+)$")
        known = small.is_in(pl.Series(sorted(self.addresses), dtype=pl.String).implode())
        return texts.filter(known | domain.is_in(pl.Series(sorted(self.domains), dtype=pl.String).implode()))

    def among(self, table: type[Model], field: str, before: str = "") -> QuerySet[Any, Any]:
        """The rows of a table in whose field such an address stands, after a word that all of them begin with."""
        domain = Substr(field, StrIndex(field, Value("@")) + 1)
        addresses = [before + address for address in self.addresses]
        rows: QuerySet[Any, Any] = table._default_manager.alias(domain=domain)  # noqa: SLF001 - Django's public name
        return rows.filter(Q(domain__in=self.domains) | Q(**{f"{field}__in": addresses}))


class Insiders:
    """Who is one's own; read again every ten seconds, but never for more than a hundredth of the time."""

    def __init__(self) -> None:
        self._mail = _Mail()
        self._users = pl.Series(dtype=pl.String)
        self._devices = _DEVICES.to_frame()
        self._again = float("-inf")

    def own(self, rows: pl.DataFrame, touches: pl.DataFrame) -> pl.Series:
        """Which events are of the firm's own people.

        Args:
            rows: Events, with ``actor`` and ``time``.
            touches: What their calls tell of who is who; what they tell holds for these events too.

        Returns:
            Boolean.
        """
        if time.monotonic() >= self._again:
            self._read()
        if not self._mail.ends:
            return pl.repeat(value=False, n=rows.height, dtype=pl.Boolean, eager=True)
        self._learn(rows["actor"], touches)
        own = rows["actor"].is_in(self._users.implode()).fill_null(value=False)
        if self._devices.is_empty():
            return own
        anywhere = rows["actor"].is_in(self._devices["actor"].implode()).fill_null(value=False)
        if not anywhere.any():
            return own
        times = rows.select("actor", "time").join(self._devices, on="actor", how="left", maintain_order="left")
        return own | (times["time"] >= times["since"]).fill_null(value=False)

    def _learn(self, actors: pl.Series, touches: pl.DataFrame) -> None:
        """Whom a batch tells of, until all are read again."""
        named = actors.filter(actors.str.contains_any(self._mail.ends, ascii_case_insensitive=True)).unique()
        told = list(self._told(touches))
        users = self._mail.own(named.filter(named.str.starts_with("u:")))
        users = pl.concat([users, pl.Series([one for one, _ in told], dtype=pl.String)])
        if len(users):
            self._users = pl.concat([self._users, users]).unique()
        signed_in = touches.filter(
            pl.col("anonymous").is_not_null() & pl.col("user").is_in(self._users.implode())
        ).select(actor="anonymous", since="at")
        alone = _frame([one for one in told if one[0].startswith("a:")])
        if signed_in.height or alone.height:
            self._devices = _earliest([self._devices, signed_in, alone])

    def _told(self, touches: pl.DataFrame) -> Iterator[tuple[str, datetime]]:
        """Who told an e-mail address of one's own as a trait, and when.

        What a public key tells of somebody who is known under another address may not hold, so it waits to be read.
        """
        told = pl.col("traits").str.contains_any(self._mail.ends, ascii_case_insensitive=True)
        some = touches.filter(kind="identify").filter(told)
        found = []
        for user, visitor, given, at, trusted in some.select(
            "user", "anonymous", "traits", "at", "trusted"
        ).iter_rows():
            email = traits.decoded(given).get("email")
            if isinstance(email, str) and len(self._mail.own(pl.Series([email]))):
                found.append((user or visitor, at, trusted))
        others = _with_an_address([actor for actor, _, trusted in found if not trusted])
        yield from ((actor, at) for actor, at, trusted in found if trusted or actor not in others)

    def _read(self) -> None:
        began = time.monotonic()
        staff = accounts.users().filter(is_active=True).values_list("email", flat=True)
        self._mail = _Mail(frozenset(email.lower() for email in staff), frozenset(visitors().domains))
        if self._mail.ends:
            described = self._mail.among(Identifier, "person__email")
            rows = list(described.values_list("actor", "person__created")[:_MOST])
            if len(rows) == _MOST:
                log.warning("More than %d persons have an e-mail address of your own; the others are left out.", _MOST)
            called = self._mail.among(Edge, "user", "u:").values_list("user", flat=True).distinct()
            known = _with_merged({actor for actor, _ in rows if actor.startswith("u:")} | set(called[:_MOST]))
            self._users = pl.Series(sorted(known), dtype=pl.String)
            alone = [row for row in rows if row[0].startswith("a:")]
            self._devices = _earliest([_frame(alone), _frame(_devices_of(known))])
        ended = time.monotonic()
        self._again = ended + max(PACE_SECONDS, (ended - began) / _SHARE)


def _with_an_address(actors: Sequence[str]) -> set[str]:
    """Those of some actors of whom an e-mail address is known."""
    known = Identifier.objects.exclude(person__email="")
    return {actor for part in chunks(actors) for actor in known.filter(actor__in=part).values_list("actor", flat=True)}


def _devices_of(known: set[str]) -> list[tuple[str, datetime]]:
    """The devices that users signed in on, and since when."""
    claims = Edge.objects.filter(kind=EdgeKind.CLAIM, undone=None)
    asked = (claims.filter(user__in=part) for part in chunks(sorted(known)))
    return [row for some in asked for row in some.values_list("actor", "at")]


def _with_merged(known: set[str]) -> set[str]:
    """Users with those who are one person with them."""
    merges = Edge.objects.filter(kind=EdgeKind.MERGE, undone=None)
    new = known
    while new:
        ends: set[str] = set()
        for part in chunks(sorted(new)):
            for pair in merges.filter(Q(actor__in=part) | Q(user__in=part)).values_list("actor", "user"):
                ends.update(pair)
        new = ends - known
        known = known | new
    return known


def _frame(rows: Sequence[tuple[str, datetime]]) -> pl.DataFrame:
    return pl.DataFrame(rows, _DEVICES, orient="row")


def _earliest(devices: Iterable[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat([one.cast(_DEVICES) for one in devices]).group_by("actor").agg(pl.col("since").min())
