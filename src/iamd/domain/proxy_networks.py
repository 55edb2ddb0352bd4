"""Networks of proxies, whose word is taken for who asks and from where."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

_WIDEST: Final = {4: 8, 6: 7}
"""Bits that a network has in common at least, by version: those of the widest private ones."""


def proxy_network(text: str) -> IPv4Network | IPv6Network:
    """
    Return the network that *text* names.

    Raises:
        ValueError: It names none; or one so wide that whoever asks would be in it, and believed.
    """
    network = ip_network(text)
    if network.prefixlen < _WIDEST[network.version]:
        raise ValueError(f"{text} is so wide that anybody would be taken for a proxy; name the proxies alone")
    return network
