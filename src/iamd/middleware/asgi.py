"""For ASGI applications: FastAPI, Starlette, Quart, Django's ``asgi.py``."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from iamd.middleware.asking import KEY, TOO_LARGE, Got, Middleware, Refusal, ascii_texts, encoded

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Application = Callable[[Any, Receive, Send], Awaitable[None]]

_POLICY_VIOLATION: Final = 1008
"""RFC 6455, section 7.4.1."""


class AsgiMiddleware(Middleware[Application]):
    """
    Lets requests through that are signed and allowed; ``scope["iamd.principal"]`` then says whose they are.

    A body is read whole before the application is called, since it is part of what was signed.  WebSockets are refused.

    It is made with what `Middleware` says.
    """

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer one request; see the ASGI specification, "HTTP Connection Scope"."""
        if scope["type"] == "lifespan" or (
            scope["type"] == "http" and self._gate.opens_to_all(scope["path"])
        ):
            await self._application({**scope, KEY: None}, receive, send)
        elif scope["type"] == "http":
            await self._guard(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})

    async def _guard(self, scope: Any, receive: Receive, send: Send) -> None:
        raw: bytes | None = scope.get("raw_path")
        raw_path = encoded(scope["path"]) if raw is None else raw.decode("latin-1")
        needs = self._gate.find(scope["method"], raw_path, scope["path"])
        if isinstance(needs, Refusal):
            await _answer(needs, send)
            return
        body = await self._read(receive)
        if body is None:
            return
        if isinstance(body, Refusal):
            await _answer(body, send)
            return
        client = scope.get("client")
        got = Got(
            method=scope["method"],
            raw_path=raw_path,
            raw_query=scope["query_string"].decode("latin-1"),
            headers=ascii_texts(scope["headers"]),
            body=body,
            source_ip=client[0] if client else "",
            secure=scope.get("scheme") == "https",
        )
        found = await asyncio.to_thread(self._gate.check, got, needs)
        if isinstance(found, Refusal):
            await _answer(found, send)
            return
        waiting = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Any:
            return waiting.pop() if waiting else await receive()

        await self._application({**scope, KEY: found}, replay, send)

    async def _read(self, receive: Receive) -> bytes | Refusal | None:
        """Return the body; None when the client has gone."""
        pieces: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            piece = message.get("body", b"")
            size += len(piece)
            if size > self._most:
                return TOO_LARGE
            pieces.append(piece)
            if not message.get("more_body"):
                return b"".join(pieces)


async def _answer(refusal: Refusal, send: Send) -> None:
    headers = [(name.encode(), value.encode()) for name, value in refusal.headers]
    await send({"type": "http.response.start", "status": int(refusal.status), "headers": headers})
    await send({"type": "http.response.body", "body": refusal.body})
