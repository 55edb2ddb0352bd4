"""
Where others reach this server: what the issuers of identity tokens are called by.

An issuer must be reached under the very URL that its tokens name.  Where neither the operator has said one nor the server
knows, nobody can be an issuer: one that is guessed verifies nothing.
"""

import ipaddress

from iamd.errors import UnsupportedOperation


class PublicUrl:
    """
    The URL: of the settings, or that of the address at which the server listens.

    Args:
        configured: What the operator has set.
        host: Where the server shall listen.
        port: Or 0, if it is known only once the server listens.
        scheme: In which it answers there.
    """

    def __init__(self, configured: str | None, host: str, port: int, scheme: str = "http") -> None:
        self._url = configured
        self._host = host
        if port:
            shown = f"[{host}]" if ":" in host else host
            self.listening_at(f"{scheme}://{shown}:{port}")

    def listening_at(self, url: str) -> None:
        """Take the URL at which the server listens, unless what others know it by is known already."""
        if self._url is None and not _every_address(self._host):
            self._url = url

    def find(self) -> str | None:
        """Return the URL, without a slash at its end; None where it is not known."""
        return self._url

    def get(self) -> str:
        """
        Return the URL, without a slash at its end.

        Raises:
            UnsupportedOperation: It is not known.
        """
        if self._url is None:
            raise UnsupportedOperation(
                "This server does not know under which URL others reach it: its operator must set `public_url`"
            )
        return self._url


def _every_address(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False
