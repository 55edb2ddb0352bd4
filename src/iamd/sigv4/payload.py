"""
The hash of the body.

IAM and STS take the body's own hash and nothing else: a request whose body nobody signed is not one that its key's
owner has made.  S3 takes more, and its bodies are too long to be waited for: there the head is verified under what it
declares, and whoever reads the body holds it to that.
"""

import hmac
import re
from functools import lru_cache
from hashlib import sha256
from typing import Final

from iamd.sigv4 import chunks
from iamd.sigv4.errors import PayloadMismatch, UnsupportedPayload

UNSIGNED: Final = "UNSIGNED-PAYLOAD"
_STREAMED: Final = frozenset(
    {UNSIGNED, chunks.SIGNED, chunks.SIGNED_WITH_TRAILER, chunks.UNSIGNED_WITH_TRAILER}
)

_SHORT: Final = 64
"""Bytes of a body without parameters."""

_is_hash = re.compile(r"[0-9a-f]{64}", re.ASCII).fullmatch


def hash_of(body: bytes) -> str:
    """Return the SHA-256 of *body* in hexadecimal."""
    return sha256(body).hexdigest()


# A pure function, so that it may remember what nobody has proved: no body at all, or one that names an operation.
_hash_of_short = lru_cache(maxsize=256)(hash_of)


def is_hash(declared: str) -> bool:
    return _is_hash(declared) is not None


def declared_hash(declared: str | None, *, presigned: bool) -> str:
    """
    Return what stands for a body that is not here yet: its hash, or how it is signed, if at all.

    Args:
        declared: As in ``x-amz-content-sha256``.
        presigned: Whoever signed the query had no body yet.

    Raises:
        UnsupportedPayload: Nothing was declared, or what nobody knows.
    """
    if declared is None:
        if presigned:
            return UNSIGNED
        raise UnsupportedPayload("Missing required header for this request: x-amz-content-sha256")
    if declared not in _STREAMED and not is_hash(declared):
        raise UnsupportedPayload(
            "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value."
        )
    return declared


def checked_hash(body: bytes, declared: str | None) -> str:
    """
    Return the hash of *body*, having compared it with the one that the client *declared*, if it did.

    Raises:
        UnsupportedPayload: What was declared is no hash.
        PayloadMismatch: It is the hash of something else.
    """
    actual = _hash_of_short(body) if len(body) <= _SHORT else hash_of(body)
    if declared is not None:
        if not _is_hash(declared):
            raise UnsupportedPayload(
                "x-amz-content-sha256 must be the SHA-256 of the request's body, in hexadecimal.",
                "unsigned and streamed bodies are refused",
            )
        if not hmac.compare_digest(actual, declared):
            raise PayloadMismatch(detail="x-amz-content-sha256 is not the hash of the body")
    return actual
