"""
Proxies that the operator trusts: what they say of a client is believed, and what anybody else says of one is not.

* The client is the last address in ``X-Forwarded-For`` that is none of theirs: what stands before it, anybody could have
  written.  A proxy that names nobody is the client itself.
* ``X-Forwarded-Proto`` says whether the client's connection was encrypted.
* What cannot be read is refused.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, Final

from msgspec.structs import replace

from iamd.http import Request, Response
from iamd.server.app import Elsewhere, Handle, Routes
from iamd.server.refusal import Refused, refusal

_FOR: Final = b"x-forwarded-for"
_PROTO: Final = b"x-forwarded-proto"
_SECURE: Final[Mapping[bytes, bool]] = {b"https": True, b"http": False}


class Proxies:
    """
    Tell who is behind a proxy.

    Args:
        networks: Addresses and networks of proxies.
        alone: Whether nobody else may connect: what comes past a proxy that ends TLS comes in clear text.
    """

    def __init__(self, networks: Sequence[str], *, alone: bool) -> None:
        self._networks: Final = tuple(map(ip_network, networks))
        self._alone: Final = alone

    def client(self, peer: str, headers: Iterable[tuple[bytes, bytes]], *, secure: bool) -> tuple[str, bool]:
        """
        Return the address of the client of a request, and whether its connection is encrypted.

        Args:
            peer: The other end of the connection.
            headers: Their names in lower case; the door has refused repeated ones.
            secure: Whether that connection is encrypted.

        Raises:
            Refused: The peer is none of the proxies, or says what cannot be read.
        """
        address = _address(peer)
        if not self._has(address):
            if self._alone:
                raise Refused("This server is reached through a proxy only.", status=403, code="AccessDenied")
            return peer, secure
        said = {name: value for name, value in headers if name in {_FOR, _PROTO}}
        if _PROTO in said:
            scheme = _SECURE.get(said[_PROTO].strip().lower())
            if scheme is None:
                raise Refused("The header X-Forwarded-Proto is not valid.")
            secure = scheme
        return self._client(peer, said[_FOR]) if _FOR in said else peer, secure

    def _client(self, peer: str, said: bytes) -> str:
        client = peer
        for text in reversed(said.decode("latin-1").split(",")):
            address = _address(text.strip())
            if address is None:
                raise Refused("The header X-Forwarded-For is not valid.")
            client = str(address)
            if not self._has(address):
                break
        return client

    def _has(self, address: IPv4Address | IPv6Address | None) -> bool:
        return address is not None and any(address in network for network in self._networks)


def behind(proxies: Proxies, handle: Handle) -> Handle:
    """Return *handle*, asked by the clients of *proxies*."""

    async def seen(request: Request) -> Response:
        try:
            peer, secure = proxies.client(request.peer, request.headers, secure=request.secure)
        except Refused as refused:
            return refusal(refused)
        return await handle(replace(request, peer=peer, secure=secure))

    return seen


def routes_behind(proxies: Proxies, routes: Routes, *, open_: Iterable[tuple[str, bytes]]) -> Routes:
    """Return *routes*, asked by the clients of *proxies*; those of *open_* by everybody."""
    direct = set(open_)
    return {key: handle if key in direct else behind(proxies, handle) for key, handle in routes.items()}


class ElsewhereBehind:
    """What answers in the wire's place, asked by the clients of proxies."""

    def __init__(self, proxies: Proxies, elsewhere: Elsewhere) -> None:
        self._proxies: Final = proxies
        self._elsewhere: Final = elsewhere

    def takes(self, target: bytes, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        return self._elsewhere.takes(target, headers)

    async def __call__(
        self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        """Answer one request; see the ASGI specification, "HTTP Connection Scope"."""
        client = scope["client"] or ("", 0)
        try:
            peer, secure = self._proxies.client(
                client[0], scope["headers"], secure=scope["scheme"] == "https"
            )
        except Refused as refused:
            response = refusal(refused)
            headers = [*response.headers, (b"content-length", b"%d" % len(response.body))]
            await send({"type": "http.response.start", "status": response.status, "headers": headers})
            await send({"type": "http.response.body", "body": response.body})
            return
        seen = scope | {"client": (peer, client[1]), "scheme": "https" if secure else "http"}
        if peer != client[0] or seen["scheme"] != scope["scheme"]:
            # How the client's own connection is encrypted nobody tells.
            seen.pop("extensions", None)
        await self._elsewhere(seen, receive, send)

    async def close(self) -> None:
        await self._elsewhere.close()


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    # A socket of both families shows addresses of version 4 so.
    return getattr(address, "ipv4_mapped", None) or address
