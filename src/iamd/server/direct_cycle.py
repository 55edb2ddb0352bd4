"""What a connection remembers of a request that is answered without ASGI (`iamd.server.direct`)."""

import asyncio
from typing import ClassVar, Final

import msgspec

_NOBODY_WAITS: Final = asyncio.Event()


class DirectCycle(msgspec.Struct, eq=False):
    """
    A request in hand, where uvicorn has its cycle: with what its bookkeeping reads and writes of one.

    Attributes:
        disconnected: The client has gone; nothing is to be written.
        response_started: It is written in one piece, so this is `response_complete`.
    """

    message_event: ClassVar[asyncio.Event] = _NOBODY_WAITS

    method: str
    keep_alive: bool
    body: bytes = b""
    disconnected: bool = False
    response_complete: bool = False

    @property
    def response_started(self) -> bool:
        return self.response_complete
