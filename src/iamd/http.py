"""
Request and Response: what every door hands in and takes back.

Paths and queries stay raw bytes, as they came over the connection: a signature covers those bytes, and whoever
decodes them first decides what the rest of the house sees.
"""

from collections.abc import Iterator

import msgspec


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """
    One HTTP request, frozen; the door has already capped its sizes.

    Attributes:
        method: In upper case.
        raw_path: Undecoded, without the query.
        raw_query: Undecoded, without the question mark; empty when there is none.
        headers: Names in lower case, values trimmed, in the order in which they came.
        body: Whole.
        peer: The address of the socket's other end, for ``aws:SourceIp``.
        secure: Whether the connection is TLS, for ``aws:SecureTransport``.
    """

    method: str
    raw_path: bytes
    raw_query: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""
    peer: str = "127.0.0.1"
    secure: bool = False

    def __repr__(self) -> str:
        # Bodies and headers hold secrets.
        return f"Request(method={self.method!r}, raw_path={self.raw_path!r}, …)"

    def header(self, name: bytes) -> bytes | None:
        """Return the first value of the header *name* (lower case), or None."""
        for key, value in self.headers:
            if key == name:
                return value
        return None

    def header_values(self, name: bytes) -> Iterator[bytes]:
        """Yield every value of the header *name* (lower case)."""
        return (value for key, value in self.headers if key == name)


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP response; ``Content-Length`` is the door's to add."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""
