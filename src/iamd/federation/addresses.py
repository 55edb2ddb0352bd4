"""
To which addresses iamd connects by itself.

Whoever may create a provider chooses where iamd sends requests.  So only addresses of the public internet are taken,
unless the operator allows private ones; and never those at which clouds and hosts give out credentials (R-51).
"""

import ipaddress
from collections.abc import Iterator

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_METADATA = frozenset(map(ipaddress.ip_address, ("169.254.169.254", "100.100.100.200", "fd00:ec2::254")))


class AddressRefusedError(Exception):
    """The address is not one to connect to."""


def check_address(text: str, *, private: bool) -> None:
    """
    Check a numeric address.

    Args:
        text: As the resolver gave it.
        private: Whether loopback and private networks are allowed.

    Raises:
        AddressRefusedError: It is of this host or of a private network and those are not allowed; or it is link-local,
            multicast, unspecified, or a metadata service's.
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        raise AddressRefusedError(text) from None
    # What an address of IPv6 stands for counts as much as itself: a translator would take the request there.
    for each in (address, *_inside(address)):
        forbidden = each.is_link_local or each.is_multicast or each.is_unspecified or each in _METADATA
        if forbidden or not (private or each.is_global):
            raise AddressRefusedError(text)


def _inside(address: _Address) -> Iterator[_Address]:
    if not isinstance(address, ipaddress.IPv6Address):
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if address in _NAT64:
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
