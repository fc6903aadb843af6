"""What the firm says about its visitors, as those read it who collect and settle."""

from collections.abc import Iterable, Mapping
from ipaddress import ip_address

from django.conf import settings
from django.db.models import QuerySet

from tragt.errors import NotFound
from tragt.events.tracking.addresses import Addresses, network
from tragt.events.tracking.ranges import Ranges
from tragt.web.collect.models import KeptAddress, NetworkList, Visitors
from tragt.web.shell.remembered import Remembered

__all__ = ["VISITORS", "address_of", "addresses", "network_list", "network_list_names", "network_lists", "visitors"]

VISITORS = 1

_machines: Remembered[Ranges] = Remembered()


def visitors() -> Visitors:
    """What the firm says; the defaults where it has said nothing yet."""
    return Visitors.objects.filter(pk=VISITORS).first() or Visitors(pk=VISITORS)


def addresses(said: Visitors) -> Addresses:
    """What is done with addresses."""
    return Addresses(said.address == KeptAddress.NETWORK, tuple(map(network, said.networks)), _ranges())


def network_lists() -> QuerySet[NetworkList]:
    """The lists of networks of data centres and scanners, by name; without their ranges."""
    return NetworkList.objects.defer("ranges").order_by("name")


def network_list(key: int) -> NetworkList:
    """One of these lists.

    Raises:
        NotFound: There is none of this key.
    """
    found = network_lists().filter(pk=key).first()
    if found is None:
        raise NotFound("collect.no_list", "There is no such list; somebody may have removed it.", key=key)
    return found


def network_list_names(keys: Iterable[int]) -> Mapping[int, str]:
    """What some lists are called, by key."""
    return dict(NetworkList.objects.filter(pk__in=keys).values_list("pk", "name"))


def _ranges() -> Ranges:
    """The addresses of all lists, read again where one of them changed."""
    lists = NetworkList.objects.order_by("pk")
    state = (str(settings.TRAGT.home), tuple(lists.values_list("pk", "changed")))
    return _machines.of(state, lambda: Ranges.together(map(_unpacked, lists.values_list("ranges", flat=True))))


def _unpacked(packed: bytes | memoryview) -> Ranges:
    return Ranges.unpacked(bytes(packed))


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
