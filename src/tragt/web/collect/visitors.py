"""What the firm says about its visitors, as those read it who collect and settle."""

from ipaddress import ip_address

from tragt.events.tracking.addresses import Addresses, network
from tragt.web.collect.models import KeptAddress, Visitors

__all__ = ["VISITORS", "address_of", "addresses", "visitors"]

VISITORS = 1


def visitors() -> Visitors:
    """What the firm says; the defaults where it has said nothing yet."""
    return Visitors.objects.filter(pk=VISITORS).first() or Visitors(pk=VISITORS)


def addresses(said: Visitors) -> Addresses:
    """What is done with addresses."""
    return Addresses(said.address == KeptAddress.NETWORK, tuple(map(network, said.networks)))


def address_of(peer: str, forwarded: str) -> str:
    """Where a request came from: the last that a proxy on this machine names, else the peer.

    Args:
        peer: Address of the other end.
        forwarded: The header ``X-Forwarded-For``; empty where there is none.
    """
    last = forwarded.rpartition(",")[2].strip()
    try:
        return last if last and ip_address(peer).is_loopback else peer
    except ValueError:
        return peer
