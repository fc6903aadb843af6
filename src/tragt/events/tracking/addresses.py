"""Addresses of senders, cut to the network they are in."""

import ipaddress

__all__ = ["truncated"]

_KEPT = {4: 24, 6: 48}


def truncated(address: str) -> str:
    """An address without the part that tells one household from another.

    Args:
        address: IPv4 or IPv6, as text.

    Returns:
        The first 24 or 48 bits, the rest zero; empty where it is no address.
    """
    try:
        given = ipaddress.ip_address(address.strip())
    except ValueError:
        return ""
    mapped = getattr(given, "ipv4_mapped", None)
    given = mapped or given
    return str(ipaddress.ip_network((given, _KEPT[given.version]), strict=False).network_address)
