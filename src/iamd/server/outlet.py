"""
The side of a connection that an answer leaves by, for whoever has the kernel move its body there.

An extension of ASGI's scope, which knows messages alone; of connections in clear text.  The protocol is told what goes past it, since it
counts: a body is as long as its head has said, and a client may leave an answer unread for so long and no longer.
"""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle


class Outlet:
    """Of one answer."""

    def __init__(self, protocol: HttpToolsProtocol, cycle: RequestResponseCycle) -> None:
        self._protocol = protocol
        self._transport = protocol.transport
        self._cycle = cycle
        self._passed = 0

    @property
    def passed(self) -> int:
        """How much of the body has gone past."""
        return self._passed

    def fileno(self) -> int:
        """Return the descriptor of the connection; -1 of one that ends."""
        if self._transport.is_closing():
            return -1
        descriptor: int = self._transport.get_extra_info("socket").fileno()
        return descriptor

    async def drain(self) -> None:
        """Return when the kernel has all that was written before, or the client is gone."""
        if self._transport.is_closing():
            return
        self._transport.set_write_buffer_limits(high=0)  # It pauses where anything is left.
        await self._protocol.flow.drain()
        if not self._transport.is_closing():
            self._transport.set_write_buffer_limits()

    def note_passed(self, count: int) -> None:
        """Take note that *count* bytes of the body have gone past."""
        self._passed += count
        self._cycle.expected_content_length -= count

    def pause(self) -> None:
        """Take note that the client does not read."""
        self._protocol.pause_writing()

    def resume(self) -> None:
        """Take note that it reads again."""
        self._protocol.resume_writing()

    def abort(self) -> None:
        """End the connection at once."""
        self._transport.abort()
