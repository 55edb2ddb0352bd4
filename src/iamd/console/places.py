"""
Where a browser may find the console, and from which pages requests may come.

* The name in ``Host`` must be one that the server is known by: that of ``public_url``, or on the machine itself a loopback
  name, or the very address that the connection came to.  A page that rebinds its own name to this server's address sends
  that name, and gets nothing (R-81).
* A request that can change something says that it comes from the console's own pages (R-82): by ``Origin``, which no page
  can choose, and by ``Sec-Fetch-Site``, where the browser sends it.
* What is answered never repeats ``Host``: links and redirects are paths.
"""

import ipaddress
from collections.abc import Callable
from urllib.parse import SplitResult, urlsplit

from iamd.http import Request


class Places:
    """
    Tell the console's own pages from others.

    Args:
        public_url: Says what others reach this server by; None where that is not known.
    """

    def __init__(self, public_url: Callable[[], str | None]) -> None:
        self._public_url = public_url

    def is_secure(self, request: Request) -> bool:
        """Say whether the browser speaks TLS, to this server or to a proxy in front of it."""
        if request.secure:
            return True
        public = self._public()
        return public.scheme == "https" and _host(request) == public.netloc.lower()

    def knows_host(self, request: Request) -> bool:
        """Say whether ``Host`` is a name of this server."""
        host = _host(request)
        if host is None:
            return False
        public = self._public()
        if public.netloc and host == public.netloc.lower():
            return True
        try:
            split = urlsplit(f"//{host}")
            name, port = split.hostname or "", split.port
        except ValueError:
            return False
        local = request.local
        if local is None or (port or (443 if request.secure else 80)) != local[1]:
            return False
        if name == "localhost":
            return _is_loopback(local[0])
        return _address(name) is not None and _address(name) == _address(local[0])

    def is_own_page(self, request: Request) -> bool:
        """Say whether *request* comes from one of the console's own pages; its host must be known."""
        origins = list(request.header_values(b"origin"))
        scheme = "https" if self.is_secure(request) else "http"
        if origins != [f"{scheme}://{_host(request)}".encode()]:
            return False
        return request.header(b"sec-fetch-site") in {None, b"same-origin"}

    def _public(self) -> SplitResult:
        return urlsplit(self._public_url() or "")


def _host(request: Request) -> str | None:
    values = list(request.header_values(b"host"))
    return values[0].decode("latin-1").lower() if len(values) == 1 else None


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _is_loopback(text: str) -> bool:
    address = _address(text)
    return address is not None and address.is_loopback
