"""
What iamd itself asks upstreams: whether a bucket is there, and what stands between a request and its decision.

Signed with the upstream's key, in few seconds, and with short answers; whatever cannot be had fails closed.
"""

import asyncio
from datetime import datetime
from typing import Final, NamedTuple, Protocol

from iamd.enforcement.forward import Sender, Terms
from iamd.enforcement.refusals import BadGateway
from iamd.enforcement.upstreams import Upstream
from iamd.http import Request
from iamd.sigv4.payload import UNSIGNED

S3: Final = "s3"
NOT_IMPLEMENTED: Final = 501
_FAILURES: Final = 500
_SECONDS: Final = 10
_MOST_BYTES: Final = 1024 * 1024


class Said(NamedTuple):
    """An upstream's answer; of one to HEAD the body is empty."""

    status: int
    body: bytes


class RealTime(Protocol):
    """The part of a clock that signatures need."""

    def real(self) -> datetime: ...


class Inquiries:
    """Asks upstreams of S3; built once by `assemble`."""

    def __init__(self, sender: Sender, clock: RealTime, region: str) -> None:
        """
        Take the parts.

        Args:
            sender: With the connections.
            clock: The time that requests are signed at.
            region: Of requests to upstreams that have none of their own.
        """
        self._sender = sender
        self._clock = clock
        self._region = region

    async def ask(
        self, upstream: Upstream, account_id: str, method: str, raw_path: bytes, raw_query: bytes = b""
    ) -> Said:
        """
        Return what *upstream* answers about what *account_id* has there.

        Raises:
            BadGateway: It answers nothing, too late or too much, or has failed.
        """
        plain = Request(method=method, raw_path=raw_path, raw_query=raw_query, streamed=True)
        terms = Terms(S3, self._region, UNSIGNED)
        outgoing = self._sender.rewrite(plain, terms, upstream, account_id, self._clock.real())
        try:
            async with asyncio.timeout(_SECONDS):
                answer = await self._sender.send(upstream, outgoing.request, None)
                try:
                    body = b""
                    async for piece in answer.pieces():
                        body += piece
                        if len(body) > _MOST_BYTES:
                            raise BadGateway("The upstream says too much.", detail=_shown(upstream, plain))
                finally:
                    answer.close()
        except TimeoutError:
            raise BadGateway("The upstream does not answer.", detail=_shown(upstream, plain)) from None
        # RFC 9110, section 15.6: what it has not, it has not failed at.
        if answer.status >= _FAILURES and answer.status != NOT_IMPLEMENTED:
            raise BadGateway("The upstream has failed.", detail=f"{_shown(upstream, plain)}: {answer.status}")
        return Said(answer.status, body)


def _shown(upstream: Upstream, request: Request) -> str:
    return f"{request.method} {upstream.origin}{request.raw_path.decode()}"
