"""``POST /_iamd/reset``: back to the beginning, in development only, and for this machine alone."""

import asyncio
import json
from collections.abc import Awaitable, Callable

from iamd.http import Request, Response
from iamd.server.loopback import refusal

PATH = "/_iamd/reset"


def reset_route(reset: Callable[[], None]) -> Callable[[Request], Awaitable[Response]]:
    """Return the route that runs *reset*, which may block, on a thread."""

    async def route(request: Request) -> Response:
        refused = refusal(request, "reset")
        if refused is not None:
            return _json(403, {"error": refused})
        await asyncio.get_running_loop().run_in_executor(None, reset)
        return _json(200, {"status": "reset"})

    return route


def _json(status: int, body: dict[str, str]) -> Response:
    return Response(
        status=status, headers=((b"content-type", b"application/json"),), body=json.dumps(body).encode()
    )
