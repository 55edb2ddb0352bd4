"""
The hash of the body.

IAM and STS take the body's own hash and nothing else: a request whose body nobody signed is not one that its key's
owner has made.
"""

import hmac
import re
from hashlib import sha256
from typing import Final

from iamd.sigv4.errors import PayloadMismatch, UnsupportedPayload

UNSIGNED: Final = "UNSIGNED-PAYLOAD"

_is_hash = re.compile(r"[0-9a-f]{64}", re.ASCII).fullmatch


def hash_of(body: bytes) -> str:
    """Return the SHA-256 of *body* in hexadecimal."""
    return sha256(body).hexdigest()


def checked_hash(body: bytes, declared: str | None) -> str:
    """
    Return the hash of *body*, having compared it with the one that the client *declared*, if it did.

    Raises:
        UnsupportedPayload: What was declared is no hash.
        PayloadMismatch: It is the hash of something else.
    """
    actual = hash_of(body)
    if declared is not None:
        if not _is_hash(declared):
            raise UnsupportedPayload(
                "x-amz-content-sha256 must be the SHA-256 of the request's body, in hexadecimal.",
                "unsigned and streamed bodies are refused",
            )
        if not hmac.compare_digest(actual, declared):
            raise PayloadMismatch(detail="x-amz-content-sha256 is not the hash of the body")
    return actual
