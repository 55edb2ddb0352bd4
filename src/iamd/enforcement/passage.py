"""A request on its way through the gateway."""

from collections.abc import AsyncIterator
from typing import Protocol

import msgspec

from iamd.auth.caller import Caller
from iamd.enforcement.bodies import Body
from iamd.enforcement.connection import Headers
from iamd.enforcement.forward import Terms
from iamd.enforcement.relay import Gone, Outlet
from iamd.enforcement.upstreams import Upstream
from iamd.http import Request
from iamd.sigv4.signature_claim import SignatureClaim


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """
    What is passed on, and where.

    Attributes:
        caller: Who asks.
        claim: Their signature; None where they have not signed.
        terms: On which it is passed on.
        request: With its bucket in its path.
        upstream: None where there is none for it.
        body: What has not been read of it.
        operation: Empty where it could not be told.
        account_id: Whose the bucket is; empty where the caller's account is told apart.
    """

    caller: Caller
    claim: SignatureClaim | None
    terms: Terms
    request: Request
    upstream: Upstream | None
    body: Body
    operation: str = ""
    account_id: str = ""


class Reply(Protocol):
    """An answer on its way back."""

    status: int
    headers: Headers

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes."""
        ...

    @property
    def left(self) -> int:
        """How much is still to come of a body whose length was told, and is not here."""
        ...

    def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body."""
        ...

    async def relay(self, outlet: Outlet, gone: Gone) -> None:
        """Have what comes next of the body moved to *outlet*, where that pays."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...
