"""
The thin layer between ASGI and the house.

Everything under ``/_iamd/`` is the server's own (health, later metrics and console); everything else is the AWS wire,
which clients reach at the root path of an endpoint.  Only the raw path and the raw query are used.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final, Protocol

from iamd.http import Request, Response
from iamd.server.refusal import Refused

Handle = Callable[[Request], Awaitable[Response]]
OnRefusal = Callable[[Refused, str], None]
Routes = Mapping[tuple[str, bytes], Handle]
"""By method and raw path; one that ends in a slash is for whatever is below it, unless another one is nearer."""


class Elsewhere(Protocol):
    """An ASGI application for requests that are not the wire's; their bodies may be long and come in any form."""

    def takes(self, target: bytes, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        """Say whether it answers the request with this target and these headers, their names in lower case."""
        ...

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...
    async def close(self) -> None:
        """Let go of what belongs to the event loop, which ends."""
        ...


OWN_PREFIX: Final = b"/_iamd/"

_PIECE: Final = 64 * 1024
"""Bytes of an answer that are handed over at once."""
_JSON: Final = ((b"content-type", b"application/json"),)


class Door:
    """
    An ASGI application.

    It trusts the protocol in front of it (`StrictProtocol`) for sizes, deadlines and refusals.
    """

    def __init__(
        self,
        handle: Handle,
        routes: Routes | None = None,
        elsewhere: Elsewhere | None = None,
        on_refusal: OnRefusal = lambda _refused, _peer: None,
    ) -> None:
        """
        Take what is behind the door.

        Args:
            handle: Answers every request to the AWS wire; does not raise.
            routes: The server's own paths, each beginning with ``/_iamd/``.
            elsewhere: Answers what is neither; without it, that is the wire's too, which refuses it.
            on_refusal: Told what the protocol in front has refused, and of whom; does not raise.

        Raises:
            ValueError: A route lies outside that prefix, where it would hide the wire.
        """
        self.handle = handle
        self.elsewhere = elsewhere
        self.on_refusal = on_refusal
        self._routes = dict(routes or {})
        for method, path in self._routes:
            if not path.startswith(OWN_PREFIX) or not method.isupper():
                raise ValueError(f"not a route of the server's own: {method} {path!r}")
        self._deep = sorted(
            (item for item in self._routes.items() if item[0][1].endswith(b"/")),
            key=lambda item: -len(item[0][1]),
        )

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request; see the ASGI specification, "HTTP Connection Scope"."""
        if scope["type"] != "http":
            raise ValueError(f"no {scope['type']} here")
        if self.elsewhere is not None:
            query: bytes = scope["query_string"]
            target = scope["raw_path"] + (b"?" + query if query else b"")
            if self.elsewhere.takes(target, scope["headers"]):
                await self.elsewhere(scope, receive, send)
                return
        message = await receive()
        body: bytes = message.get("body", b"")
        while message.get("more_body"):
            message = await receive()
            body += message.get("body", b"")
        if message["type"] == "http.disconnect":
            return

        client = scope["client"]
        request = Request(
            method=scope["method"],
            raw_path=scope["raw_path"],
            raw_query=scope["query_string"],
            headers=tuple([(name, value.strip(b" \t")) for name, value in scope["headers"]]),
            body=body,
            peer=client[0] if client else "",
            local=scope.get("server"),
            secure=scope["scheme"] == "https",
        )
        if request.raw_path.startswith(OWN_PREFIX):
            response = await self._own(request)
        else:
            response = await self.handle(request)

        headers = [*response.headers, (b"content-length", b"%d" % len(response.body))]
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        # Each piece waits until the client has read enough of those before: an encrypted connection would hold all of it, anew.
        body, at = response.body, 0
        while len(body) - at > _PIECE:
            await send({"type": "http.response.body", "body": body[at : at + _PIECE], "more_body": True})
            at += _PIECE
        await send({"type": "http.response.body", "body": body[at:]})

    async def _own(self, request: Request) -> Response:
        route = self._routes.get((request.method, request.raw_path)) or self._above(request)
        if route is None:
            return Response(status=HTTPStatus.NOT_FOUND, headers=_JSON, body=b'{"error":"no such page"}\n')
        return await route(request)

    def _above(self, request: Request) -> Handle | None:
        """Return the route of the nearest path above the request's that is for whatever is below it."""
        for (method, path), route in self._deep:
            if method == request.method and request.raw_path.startswith(path):
                return route
        return None
