"""
Pages for this machine alone.

A web page that somebody happens to have open must not reach them: a request must come from this machine, name a loopback
host (a page that rebinds its own name to 127.0.0.1 sends that name), and carry no Origin but the server's own.
"""

import ipaddress
from urllib.parse import urlsplit

from iamd.http import Request


def refusal(request: Request, what: str) -> str | None:
    """Say why *request* may not have *what*, None when it may."""
    if not is_loopback(request.peer):
        return f"{what} is for this machine only"
    host = (request.header(b"host") or b"").decode("latin-1")
    if not _loopback_host(host):
        return f"{what} wants a loopback name in Host"
    origin = request.header(b"origin")
    if origin is not None and origin.decode("latin-1") not in {f"http://{host}", f"https://{host}"}:
        return f"{what} is not for pages of other origins"
    site = request.header(b"sec-fetch-site")
    if site is not None and site not in {b"same-origin", b"none"}:
        return f"{what} is not for pages of other origins"
    return None


def is_loopback(address: str) -> bool:
    """Tell whether *address* is one of this machine; a name is none."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _loopback_host(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name == "localhost" or is_loopback(name)
