"""
``POST /_iamd/reset``: back to the beginning, in development only.

A web page that the developer happens to have open must not reach it: the request must come from this machine, name a
loopback host (a page that rebinds its own name to 127.0.0.1 sends that name), and carry no Origin but the server's own.
"""

import asyncio
import ipaddress
import json
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from iamd.http import Request, Response

PATH = "/_iamd/reset"


def reset_route(reset: Callable[[], None]) -> Callable[[Request], Awaitable[Response]]:
    """Return the route that runs *reset*, which may block, on a thread."""

    async def route(request: Request) -> Response:
        refusal = _refusal(request)
        if refusal is not None:
            return _json(403, {"error": refusal})
        await asyncio.get_running_loop().run_in_executor(None, reset)
        return _json(200, {"status": "reset"})

    return route


def _refusal(request: Request) -> str | None:
    """Say why *request* may not reset, None when it may."""
    if not _loopback(request.peer):
        return "reset is for this machine only"
    host = (request.header(b"host") or b"").decode("latin-1")
    if not _loopback_host(host):
        return "reset wants a loopback name in Host"
    origin = request.header(b"origin")
    if origin is not None and origin.decode("latin-1") not in {f"http://{host}", f"https://{host}"}:
        return "reset is not for pages of other origins"
    site = request.header(b"sec-fetch-site")
    if site is not None and site not in {b"same-origin", b"none"}:
        return "reset is not for pages of other origins"
    return None


def _loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _loopback_host(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name == "localhost" or _loopback(name)


def _json(status: int, body: dict[str, str]) -> Response:
    return Response(
        status=status, headers=((b"content-type", b"application/json"),), body=json.dumps(body).encode()
    )
