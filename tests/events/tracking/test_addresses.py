"""Addresses of senders: what is kept of them, and which are one's own."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tragt.errors import InvalidDefinition
from tragt.events.tracking.addresses import Addresses, Seen, network, truncated

IPS = st.ip_addresses()
WIDTHS = st.integers(0, 128)


@given(IPS)
def test_of_an_address_the_network_is_kept(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    bare = getattr(address, "ipv4_mapped", None) or address
    bits = 24 if bare.version == 4 else 48
    kept = Addresses().seen(str(address)).kept
    assert kept == truncated(str(address))
    assert int(ipaddress.ip_address(kept)) == int(bare) >> (bare.max_prefixlen - bits) << (bare.max_prefixlen - bits)
    assert Addresses(kept=False).seen(str(address)).kept == ""


@given(IPS, IPS, WIDTHS)
def test_own_is_what_has_the_bits_of_a_network(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
    other: ipaddress.IPv4Address | ipaddress.IPv6Address,
    width: int,
) -> None:
    other = getattr(other, "ipv4_mapped", None) or other
    width = min(max(width, 8 if other.version == 4 else 16), other.max_prefixlen)
    own = Addresses(own=[network(f"{other}/{width}")])
    assert own.seen(str(other)).own
    bare = getattr(address, "ipv4_mapped", None) or address
    same = bare.version == other.version and int(bare) >> (other.max_prefixlen - width) == int(other) >> (
        other.max_prefixlen - width
    )
    assert own.seen(str(address)).own == same


@pytest.mark.parametrize("text", ["", "unknown", "203.0.113", "203.0.113.7:80", "1" * 40_000])
def test_what_is_no_address_is_nobodys_and_kept_nowhere(text: str) -> None:
    assert Addresses(own=[network("203.0.113.0/24")]).seen(text) == Seen("", own=False)
    assert truncated(text) == ""


def test_address_in_other_spellings_is_the_same() -> None:
    assert network("::ffff:203.0.113.0/120") == network("203.0.113.0/24")
    own = Addresses(own=[network("203.0.113.7"), network(" 2001:DB8:0::/33 ")])
    for text in ("203.0.113.7", " 203.0.113.7 ", "::ffff:203.0.113.7", "::ffff:cb00:7107"):
        assert own.seen(text) == Seen("203.0.113.0", own=True)
    assert own.seen("2001:0db8:0000:0000::1") == Seen("2001:db8::", own=True)
    assert own.seen("2001:db8:8000::1").own is False


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("10.1", "tracking.network"),
        ("203.0.113.7/33", "tracking.network"),
        ("example.org", "tracking.network"),
        ("0.0.0.0/0", "tracking.wide_network"),
        ("128.0.0.0/7", "tracking.wide_network"),
        ("2000::/3", "tracking.wide_network"),
    ],
)
def test_network_that_is_none_or_too_wide_is_refused_by_name(text: str, code: str) -> None:
    with pytest.raises(InvalidDefinition, match=text.split("/", maxsplit=1)[0]) as refused:
        network(text)
    assert refused.value.code == code


def test_addresses_that_were_looked_at_are_forgotten_in_the_end() -> None:
    seen = Addresses()
    for number in range(25_000):
        seen.seen(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(seen._known) <= 10_000
