"""
The body of a request on its way through: held to what its head declared.

AWS: *Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)*.  Whatever goes wrong is raised
before the last byte has left, so the upstream never has a whole request of what nobody signed.
"""

from collections.abc import AsyncIterator
from hashlib import sha256
from hmac import compare_digest
from typing import Final

from iamd.sigv4 import chunks, payload
from iamd.sigv4.errors import MalformedPayload, PayloadMismatch

Body = AsyncIterator[bytes]

_MOST_GATHERED: Final = 16 * 1024 * 1024


async def hashed(body: Body, declared: str) -> Body:
    """
    Yield *body*, the last of it only when the whole has the hash *declared*.

    Raises:
        PayloadMismatch: It has another.
    """
    digest = sha256()
    held = b""
    async for piece in body:
        if not piece:
            continue
        digest.update(piece)
        if held:
            yield held
        held = piece
    if not compare_digest(digest.hexdigest(), declared):
        raise PayloadMismatch("The provided 'x-amz-content-sha256' header does not match what was computed.")
    if held:
        yield held


async def resigned(body: Body, resigner: chunks.Resigner) -> Body:
    """Yield the verified chunks of *body*, signed anew; raises what `Resigner` raises."""
    async for piece in body:
        if made := resigner.feed(piece):
            yield made
    resigner.finish()


async def gather(body: Body, most: int = _MOST_GATHERED) -> bytes:
    """
    Return the whole of *body*.

    Raises:
        MalformedPayload: It has more than *most* bytes.
    """
    pieces: list[bytes] = []
    size = 0
    async for piece in body:
        size += len(piece)
        if size > most:
            raise MalformedPayload(f"The body is longer than {most} bytes.")
        pieces.append(piece)
    return b"".join(pieces)


async def whole(body: bytes) -> Body:
    """Yield *body*."""
    if body:
        yield body


def is_chunked(declared: str) -> bool:
    """Say whether the chunks of the body are signed."""
    return declared in {chunks.SIGNED, chunks.SIGNED_WITH_TRAILER}


def is_hashed(declared: str) -> bool:
    return payload.is_hash(declared)
