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
        local: The address and port of the socket's own end; None where there is none.
        secure: Whether the connection is TLS, for ``aws:SecureTransport``.
        streamed: The body is not here and comes later; the head is verified under what it declares about the body, and
            whoever reads that holds it to the declaration.  Never of a request to the wire.
    """

    method: str
    raw_path: bytes
    raw_query: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""
    peer: str = "127.0.0.1"
    local: tuple[str, int | None] | None = None
    secure: bool = False
    streamed: bool = False
    _fields: dict[bytes, bytes] = {}

    def __post_init__(self) -> None:
        # Asked for by name several times a request.  Of a repeated one the first value stays.
        msgspec.structs.force_setattr(self, "_fields", dict(self.headers[::-1]))

    def __repr__(self) -> str:
        # Bodies and headers hold secrets.
        return f"Request(method={self.method!r}, raw_path={self.raw_path!r}, …)"

    def header(self, name: bytes) -> bytes | None:
        """Return the first value of the header *name* (lower case), or None."""
        return self._fields.get(name)

    def fields(self) -> dict[bytes, bytes] | None:
        """Return the headers as a mapping, not to be changed; None when one of them is repeated."""
        return self._fields if len(self._fields) == len(self.headers) else None

    def header_values(self, name: bytes) -> Iterator[bytes]:
        """Yield every value of the header *name* (lower case)."""
        return (value for key, value in self.headers if key == name)


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP response; ``Content-Length`` is the door's to add."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""
