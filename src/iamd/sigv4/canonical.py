"""
The canonical form of a request, and the string to sign.

Everything here works on the bytes that came over the connection.  Verifying and signing use the same functions.

# AWS: "Create a signed AWS API request" (IAM User Guide), steps 1 to 3.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from operator import itemgetter
from typing import Final
from urllib.parse import quote_from_bytes, unquote_to_bytes

ALGORITHM: Final = "AWS4-HMAC-SHA256"
TERMINATOR: Final = "aws4_request"
SIGNATURE_PARAMETER: Final[bytes] = b"X-Amz-Signature"

# AWS: "Each path segment must be URI-encoded twice, except for Amazon S3 which only gets URI-encoded once", and S3
# keys may hold `//` and `/../`, so there the path is not normalized either.
_RAW_PATH_SERVICES: Final = frozenset({"s3", "s3express", "s3-object-lambda", "s3-outposts"})

_UNRESERVED: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
_TAB: Final = ord("\t")
_BEGINNING: Final = len(b"POST\n/\n\n")
_HEX: Final = frozenset(b"0123456789abcdefABCDEF")


def keeps_raw_path(service: str) -> bool:
    """Say whether *service* signs the path as it is sent; all but S3's family sign its normal form."""
    return service in _RAW_PATH_SERVICES


def path(raw_path: bytes, service: str) -> bytes:
    """Return the canonical URI; *raw_path* is percent-encoded, as on the request line."""
    if raw_path in (b"/", b""):
        return b"/"
    if keeps_raw_path(service):
        return raw_path
    return quote_from_bytes(_without_dot_segments(raw_path), safe="/-_.~").encode()


def _without_dot_segments(raw_path: bytes) -> bytes:
    """Remove dot segments (RFC 3986, section 5.2.4) and empty segments, as AWS does besides."""
    kept: list[bytes] = []
    for segment in raw_path.split(b"/"):
        if segment == b"..":
            del kept[-1:]
        elif segment not in (b"", b"."):
            kept.append(segment)
    tail = b"/" if kept and raw_path.endswith(b"/") else b""
    return b"/" + b"/".join(kept) + tail


def decode(text: bytes) -> bytes:
    """Decode a name or a value of the query; a plus sign is a space, as the query protocol reads it."""
    return unquote_to_bytes(text.replace(b"+", b" ")) if b"%" in text or b"+" in text else text


def is_well_encoded(text: bytes) -> bool:
    """Say whether each percent sign is followed by two hexadecimal digits."""
    return b"%" not in text or all(len(p) > 1 and p[0] in _HEX and p[1] in _HEX for p in text.split(b"%")[1:])


def encode(text: bytes) -> bytes:
    """Encode a decoded name or value of the query: all but RFC 3986's unreserved characters."""
    return quote_from_bytes(text, safe="-_.~").encode()


def _reencode(text: bytes) -> bytes:
    # `;` and `%3B`, `%3b` and `%3B` are one value, and so have one canonical form.
    return encode(decode(text)) if text.translate(None, _UNRESERVED) else text


def query(raw_query: bytes) -> bytes:
    """Return the canonical query string: names and values encoded anew and sorted, without ``X-Amz-Signature``."""
    if not raw_query:
        return b""
    pairs: list[tuple[bytes, bytes]] = []
    for piece in raw_query.split(b"&"):
        raw_name, _, raw_value = piece.partition(b"=")
        name = _reencode(raw_name)
        if name != SIGNATURE_PARAMETER:
            pairs.append((name, _reencode(raw_value)))
    # Pairs, not joined texts: `=` sorts after `-` and `.`, so `a=1` and `a-b=1` would change places.
    pairs.sort()
    return b"&".join([name + b"=" + value for name, value in pairs])


def gather(headers: Sequence[tuple[bytes, bytes]]) -> Mapping[bytes, bytes]:
    """Return *headers* as a mapping, with the values of a repeated one joined by commas in their order."""
    values = dict(headers)
    if len(values) != len(headers):
        joined: dict[bytes, list[bytes]] = {}
        for name, value in headers:
            joined.setdefault(name, []).append(value)
        values = {name: b",".join(several) for name, several in joined.items()}
    return values


def request(
    method: str,
    canonical_path: bytes,
    canonical_query: bytes,
    values: Mapping[bytes, bytes],
    signed: Sequence[bytes],
    payload_hash: str,
) -> bytes:
    """
    Put the canonical request together; *signed* names the headers, in ascending order.

    Raises:
        KeyError: *values* lacks one of them.
    """
    around, values_of = _frame(tuple(signed))
    pieces = [*around]
    pieces[1::2] = values_of(values)
    if method != "POST" or canonical_path != b"/" or canonical_query:
        pieces[0] = b"\n".join((method.encode(), canonical_path, canonical_query, pieces[0][_BEGINNING:]))
    pieces.append(payload_hash.encode())
    whole = b"".join(pieces)
    if _TAB in whole or whole.find(b"  ") >= 0:
        pieces[1:-1:2] = [b" ".join(value.split()) for value in values_of(values)]
        whole = b"".join(pieces)
    return whole


@lru_cache(maxsize=64)  # One client signs one set of headers.
def _frame(
    signed: tuple[bytes, ...],
) -> tuple[tuple[bytes, ...], Callable[[Mapping[bytes, bytes]], tuple[bytes, ...]]]:
    """
    Return what all requests with these signed headers have in common.

    Returns:
        What stands around the headers' values, with a place for each between two pieces, in a POST to ``/`` without a
        query; and what gets the values.
    """
    around = [piece for name in signed for piece in (b"\n" + name + b":", b"")]
    around[0] = b"POST\n/\n" + around[0]
    around.append(b"\n\n" + b";".join(signed) + b"\n")
    if len(signed) == 1:
        return tuple(around), lambda values: (values[signed[0]],)
    return tuple(around), itemgetter(*signed)


def string_to_sign(amz_date: str, scope: str, canonical_request: bytes) -> bytes:
    """Return what the signing key signs; *scope* is ``date/region/service/aws4_request``."""
    return f"{ALGORITHM}\n{amz_date}\n{scope}\n{sha256(canonical_request).hexdigest()}".encode()
