"""Networks of others, tens of thousands of them, asked for one address after another. The unit is the address."""

import ipaddress
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tragt.events.tracking.addresses import Network

__all__ = ["Ranges"]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_SIX: Final = 1 << 128
"""Where the numbers of IPv6 begin: all addresses of IPv4 come before them."""
_BYTES = 17


@dataclass(frozen=True, slots=True, eq=False)
class Ranges:
    """The addresses of many networks, as ranges that neither touch nor overlap: looked up by halving.

    Attributes:
        starts: The number of the first address of each, in their order.
        ends: Those of the last.
    """

    starts: Sequence[int] = ()
    ends: Sequence[int] = ()

    def __contains__(self, address: object) -> bool:
        if not isinstance(address, Address):
            return False
        number = _number(address)
        place = bisect_right(self.starts, number)
        return place > 0 and number <= self.ends[place - 1]

    @classmethod
    def of(cls, networks: Iterable[Network]) -> "Ranges":
        """The addresses of networks, which may come in any order and overlap."""
        numbered = ((_number(one.network_address), one.num_addresses) for one in networks)
        return cls(*_merged((first, first + size - 1) for first, size in numbered))

    @classmethod
    def together(cls, parts: Iterable["Ranges"]) -> "Ranges":
        """The addresses that any of the parts holds."""
        return cls(*_merged(pair for part in parts for pair in zip(part.starts, part.ends, strict=True)))

    @classmethod
    def unpacked(cls, packed: bytes) -> "Ranges":
        """Ranges as `packed` gave them."""
        numbers = [int.from_bytes(packed[at : at + _BYTES]) for at in range(0, len(packed), _BYTES)]
        return cls(numbers[::2], numbers[1::2])

    def packed(self) -> bytes:
        """As `unpacked` reads them: 34 bytes a range."""
        pairs = zip(self.starts, self.ends, strict=True)
        return b"".join(number.to_bytes(_BYTES) for pair in pairs for number in pair)


def _number(address: Address) -> int:
    return int(address) + (_SIX if address.version == 6 else 0)


def _merged(pairs: Iterable[tuple[int, int]]) -> tuple[Sequence[int], Sequence[int]]:
    starts: list[int] = []
    ends: list[int] = []
    for start, end in sorted(pairs):
        if ends and start <= ends[-1] + 1:
            ends[-1] = max(ends[-1], end)
        else:
            starts.append(start)
            ends.append(end)
    return starts, ends
