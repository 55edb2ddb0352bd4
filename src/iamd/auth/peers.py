"""
Peers, as what is counted against them: what one customer of a provider has.

Whoever has an address of IPv6 has 64 bits of them, and could ask from another one each time.
"""

import ipaddress
from functools import lru_cache
from typing import Final

_BITS: Final = 64


@lru_cache(maxsize=1024)
def network_of(peer: str) -> str:
    """Return the network that *peer* stands for: an address of IPv4, 64 bits of IPv6; anything else is itself."""
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return peer
    if isinstance(address, ipaddress.IPv4Address):
        return peer
    # A socket of both families shows addresses of version 4 so.
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address), _BITS), strict=False))
