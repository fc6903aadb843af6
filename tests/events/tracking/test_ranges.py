"""Many networks asked for an address: they hold what each of them holds."""

import ipaddress

from hypothesis import given
from hypothesis import strategies as st

from tragt.events.tracking.addresses import Addresses, Seen, network
from tragt.events.tracking.ranges import Ranges

NEAR = st.integers(0, 2**12 - 1)
"""Few addresses, so that networks meet."""
FOUR = st.tuples(NEAR, st.integers(20, 32)).map(lambda one: ipaddress.ip_network((one[0] << 4, one[1]), strict=False))
SIX = st.tuples(NEAR, st.integers(112, 128)).map(
    lambda one: ipaddress.ip_network((ipaddress.IPv6Address(one[0] << 4), one[1]), strict=False)
)
NETWORKS = st.lists(FOUR | SIX, max_size=8)
ADDRESSES = NEAR.map(lambda number: ipaddress.IPv4Address(number << 4)) | NEAR.map(
    lambda number: ipaddress.IPv6Address(number << 4)
)


@given(NETWORKS, NETWORKS, st.lists(ADDRESSES, max_size=20))
def test_ranges_hold_what_any_of_their_networks_holds(
    some: list[ipaddress.IPv4Network], more: list[ipaddress.IPv4Network], asked: list[ipaddress.IPv4Address]
) -> None:
    whole = Ranges.together([Ranges.of(some), Ranges.unpacked(Ranges.of(more).packed())])
    ends = [address for one in [*some, *more] for address in (one[0], one[-1])]
    for address in [*asked, *ends]:
        expected = any(address.version == one.version and address in one for one in [*some, *more])
        assert (address in whole) == expected


def test_networks_that_touch_are_one_range() -> None:
    written = ["203.0.113.0/25", "203.0.113.128/25", "203.0.113.7", "255.255.255.255", "::/128"]
    assert len(Ranges.of(map(network, written)).starts) == 3
    assert ipaddress.ip_address("203.0.114.0") not in Ranges.of(map(network, written))


def test_address_is_looked_at_whole_before_it_is_cut() -> None:
    addresses = Addresses(own=[network("203.0.113.8")], machines=Ranges.of([network("203.0.113.8/31")]))
    assert addresses.seen("203.0.113.9") == Seen("203.0.113.0", own=False, machine=True)
    assert addresses.seen("203.0.113.8") == Seen("203.0.113.0", own=True, machine=True)
    assert addresses.seen("::ffff:203.0.113.9").machine
    assert not addresses.seen("203.0.113.10").machine
