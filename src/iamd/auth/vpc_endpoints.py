"""
Through which VPC endpoint a request has come.

What holds here:

* The operator's routes say how it is told: by the listener that took the connection, by the host name that a proxy of
  theirs passes on, or by a header that such a proxy sets.  A request alone says nothing.
* What looks like one of these signs and does not come from where it may come is refused, and so are signs that
  contradict one another: nobody gets rid of an endpoint's policy, or into a network's good graces, by a header.
* Of a proxy that is named anywhere, each request must be told to come through an endpoint or through none.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

from iamd.directory.directory import View
from iamd.directory.snapshots import VPCEndpointSnapshot
from iamd.errors import AccessDenied
from iamd.http import Request

NONE: Final = "none"
"""What stands in place of an endpoint's id where a request comes through none."""

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Listener = tuple[Address, int]


@dataclass(frozen=True, slots=True)
class Entrance:
    """
    How a request came in that came through an endpoint.

    Attributes:
        source_ip: Whose request it was, in the network behind the endpoint; None where nobody says.
    """

    endpoint_id: str
    source_ip: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointRoute:
    """
    A sign by which requests are told; it is exactly one of *listener*, *host* and *header*.

    Attributes:
        listener: An address and a port of the server's; an unspecified address (``0.0.0.0``) is any one of it.
        host: In lower case, without a port.
        header: Its name, in lower case; its value is the id of an endpoint, or `NONE`.
        proxies: From where the sign is believed; from anywhere when it is a listener and there are none.
        endpoint_ids: The only one that the sign says, or those that the header may name.
        source_ip_header: Its last address is that of whoever asked the proxy.
    """

    listener: Listener | None = None
    host: bytes | None = None
    header: bytes | None = None
    proxies: tuple[Network, ...] = ()
    endpoint_ids: frozenset[str]
    source_ip_header: bytes | None = None

    @property
    def sign(self) -> Listener | bytes | None:
        return self.listener or self.host or self.header

    def is_on(self, request: Request) -> bool:
        """Tell whether *request* bears the sign."""
        if self.listener is not None:
            return _is_at(self.listener, request)
        if self.host is not None:
            return _host(request) == self.host
        return request.header(self.header or b"") is not None

    def believes(self, peer: Address | None) -> bool:
        return not self.proxies or self.is_behind(peer)

    def is_behind(self, peer: Address | None) -> bool:
        """Tell whether *peer* is one of the proxies."""
        return peer is not None and any(peer in network for network in self.proxies)

    def says(self, request: Request) -> Entrance | None:
        """
        Return what the sign on *request* says; None for through no endpoint.

        Raises:
            AccessDenied: It says nothing that it may say.
        """
        if self.header is None:
            (endpoint_id,) = self.endpoint_ids
        else:
            endpoint_id = _single(request, self.header)
            if endpoint_id not in self.endpoint_ids:
                raise _refusal(f"the header {self.header!r} may not name {endpoint_id!r}")
        return None if endpoint_id == NONE else Entrance(endpoint_id, self._source_ip(request))

    def _source_ip(self, request: Request) -> str | None:
        if self.source_ip_header is None:
            # Behind a proxy, the other end of the connection is the proxy.
            return None if self.proxies else request.peer
        last = _single(request, self.source_ip_header).rpartition(",")[2].strip()
        address = _address(last)
        if address is None:
            raise _refusal(f"the header {self.source_ip_header!r} ends in no address")
        return str(address)


class EndpointRoutes:
    """The operator's routes; without any, no request comes through an endpoint."""

    def __init__(self, routes: Iterable[EndpointRoute] = ()) -> None:
        self._routes: Final = tuple(routes)

    def listeners(self) -> Iterator[tuple[str, int]]:
        """Yield the addresses that must be listened on, besides the server's own."""
        seen = {route.listener for route in self._routes if route.listener is not None}
        for address, port in sorted(seen, key=str):
            yield str(address), port

    def entrance(self, request: Request) -> Entrance | None:
        """
        Return how *request* came in; None when it came through no endpoint.

        Raises:
            AccessDenied: That cannot be told.
        """
        if not self._routes:
            return None
        peer = _address(request.peer)
        borne = [route for route in self._routes if route.is_on(request)]
        believed = [route for route in borne if route.believes(peer)]
        if {route.sign for route in borne} != {route.sign for route in believed}:
            raise _refusal("it bears the sign of an endpoint and comes from none of its proxies")
        said = {route.says(request) for route in believed}
        if len(said) > 1:
            raise _refusal("its signs contradict one another")
        if not said and any(route.is_behind(peer) for route in self._routes):
            raise _refusal("its proxy does not say whether it came through an endpoint")
        return said.pop() if said else None


def endpoint_of(entrance: Entrance, view: View) -> VPCEndpointSnapshot:
    """
    Return the endpoint that a request came through.

    Raises:
        AccessDenied: There is none of this id.
    """
    found = view.vpc_endpoint(entrance.endpoint_id)
    if found is None:
        raise _refusal(f"there is no endpoint {entrance.endpoint_id}")
    return found


def _refusal(detail: str) -> AccessDenied:
    return AccessDenied("It cannot be told through which VPC endpoint this request has come", detail=detail)


def _is_at(listener: Listener, request: Request) -> bool:
    if request.local is None:
        return False
    host, port = request.local
    address = _address(host)
    wanted, wanted_port = listener
    return port == wanted_port and (
        address == wanted
        or (wanted.is_unspecified and address is not None and address.version == wanted.version)
    )


def _host(request: Request) -> bytes:
    # Never an address of IPv6 in brackets, which is no name that a route has.
    return (request.header(b"host") or b"").partition(b":")[0].lower().rstrip(b".")


def _single(request: Request, name: bytes) -> str:
    """
    Return the value of a header that a proxy must set once.

    Raises:
        AccessDenied: It is not there, or repeated.
    """
    values = list(request.header_values(name))
    if len(values) != 1:
        raise _refusal(f"the header {name!r} is there {len(values)} times")
    return values[0].decode("latin-1")


@lru_cache(maxsize=1024)
def _address(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    # As a socket of both families tells an IPv4 peer.
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
