"""Addresses of senders: what is kept of them, and which are one's own. The unit of observation is the address."""

import ipaddress
from collections.abc import Container, Sequence
from dataclasses import dataclass, field

from tragt.errors import InvalidDefinition

__all__ = ["Addresses", "Network", "Seen", "network", "truncated"]

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_KEPT = {4: 24, 6: 48}
_WIDEST = {4: 8, 6: 16}
_MAPPED = 96
_REMEMBERED = 10_000
_LONGEST = 100


def truncated(address: str) -> str:
    """An address without the part that tells one household from another.

    Args:
        address: IPv4 or IPv6, as text.

    Returns:
        The first 24 or 48 bits, the rest zero; empty where it is no address.
    """
    found = _parsed(address)
    return "" if found is None else _cut(found)


def network(text: str) -> Network:
    """A network as people write it: an address alone, or with the number of bits that its addresses have in common.

    Args:
        text: Such as ``203.0.113.7``, ``203.0.113.0/24`` or ``2001:db8::/32``; of an address within a network the
            rest does not matter.

    Raises:
        InvalidDefinition: It is none, or holds so much of all addresses that it can hardly be meant.
    """
    try:
        found = _unmapped(ipaddress.ip_network(text.strip(), strict=False))
    except ValueError:
        raise InvalidDefinition(
            "tracking.network",
            f"'{text[:60]}' is no address and no network. Write 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32.",
            given=text[:60],
        ) from None
    if found.prefixlen < _WIDEST[found.version]:
        least = _WIDEST[found.version]
        raise InvalidDefinition(
            "tracking.wide_network",
            f"'{text[:60]}' is too wide: it holds strangers too. The number after the slash is at least {least}.",
            given=text[:60],
            least=least,
        )
    return found


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of an address once it was looked at.

    Attributes:
        kept: What may be written down of it; empty where that is nothing, or it is no address.
        own: Whether it is one of one's own.
        machine: Whether it is in a network of data centres or scanners.
    """

    kept: str
    own: bool
    machine: bool = False


_NOTHING = Seen("", own=False)


@dataclass(frozen=True, slots=True)
class Addresses:
    """What is done with addresses.

    Attributes:
        kept: Whether their network is written down; else nothing is.
        own: One's own networks.
        machines: The addresses of data centres and scanners, as somebody listed them; compared as the object it is.
    """

    kept: bool = True
    own: Sequence[Network] = ()
    machines: Container[ipaddress.IPv4Address | ipaddress.IPv6Address] = frozenset()
    _known: dict[str, Seen] = field(default_factory=dict, init=False, repr=False, compare=False)

    def seen(self, address: str) -> Seen:
        """Look at an address; the last ten thousand that were looked at are known.

        Args:
            address: As text, whole.
        """
        if len(address) > _LONGEST:
            return _NOTHING
        found = self._known.get(address)
        if found is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            found = self._known[address] = self._look(address)
        return found

    def _look(self, address: str) -> Seen:
        found = _parsed(address)
        if found is None:
            return _NOTHING
        own = any(found.version == one.version and found in one for one in self.own)
        return Seen(_cut(found) if self.kept else "", own, found in self.machines)


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        given = ipaddress.ip_address(address.strip())
    except ValueError:
        return None
    return getattr(given, "ipv4_mapped", None) or given


def _unmapped(found: Network) -> Network:
    """The network of IPv4 that one of IPv6 stands for, as servers write it that speak both; else itself."""
    mapped = getattr(found.network_address, "ipv4_mapped", None)
    if mapped is None or found.prefixlen < _MAPPED:
        return found
    return ipaddress.ip_network((mapped, found.prefixlen - _MAPPED))


def _cut(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    return str(ipaddress.ip_network((address.packed, _KEPT[address.version]), strict=False).network_address)
