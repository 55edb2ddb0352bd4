"""
Request and Response: what every door hands in and takes back.

Paths and queries stay raw bytes, as they came over the connection: a signature covers those bytes, and whoever
decodes them first decides what the rest of the house sees.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

Headers = tuple[tuple[bytes, bytes], ...]

OUTLET: Final = "iamd.outlet"
"""An extension of ASGI's scope: the side of a connection in clear text that its answer leaves by, under the same name."""


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
        tls_version: ``1.2`` or ``1.3``, for ``s3:TlsVersion``; empty where that is not known.
        index: The first values of *headers* by their names, not to be changed, and the headers that it is of: it is made
            anew where those are others.  Given by whoever has one.
        streamed: The body is not here and comes later; the head is verified under what it declares about the body, and
            whoever reads that holds it to the declaration.  Never of a request to the wire.
    """

    method: str
    raw_path: bytes
    raw_query: bytes = b""
    headers: Headers = ()
    body: bytes = b""
    peer: str = "127.0.0.1"
    local: tuple[str, int | None] | None = None
    secure: bool = False
    tls_version: str = ""
    streamed: bool = False
    index: tuple[Mapping[bytes, bytes], Headers] = ({}, ())

    def __post_init__(self) -> None:
        # A copy with other headers is given the old index, which speaks of headers that were verified or refused.
        if self.index[1] is not self.headers:
            msgspec.structs.force_setattr(self, "index", (dict(self.headers[::-1]), self.headers))

    def __repr__(self) -> str:
        # Bodies and headers hold secrets.
        return f"Request(method={self.method!r}, raw_path={self.raw_path!r}, …)"

    def header(self, name: bytes) -> bytes | None:
        """Return the first value of the header *name* (lower case), or None."""
        return self.index[0].get(name)

    def fields(self) -> Mapping[bytes, bytes] | None:
        """Return the headers as a mapping, not to be changed; None when one of them is repeated."""
        by_name = self.index[0]
        return by_name if len(by_name) == len(self.headers) else None

    def header_values(self, name: bytes) -> Iterator[bytes]:
        """Yield every value of the header *name* (lower case)."""
        return (value for key, value in self.headers if key == name)


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP response; ``Content-Length`` is the door's to add."""

    status: int
    headers: Headers = ()
    body: bytes = b""
