"""
Bytes that go from one connection to another without being looked at: the kernel moves them, and nobody copies them.

With ``splice(2)``, as proxies use it, where there is one and neither side is encrypted.  What holds here:

* Only the body of an answer whose length was told passes this way, counted, and never the last of it: whoever reads the
  connection sees its end.
* No more is taken than a pipe holds: a client that does not read stops the upstream.
* Descriptors are duplicates, since the event loop has the connections themselves in hand, and are closed whatever happens.
"""

import asyncio
import fcntl
import os
import sys
from contextlib import ExitStack, suppress
from typing import Final, Protocol

Gone = asyncio.Future[None]
"""Done when the client has closed the connection."""

_PIPE: Final = 1024 * 1024
"""As large as Linux lets anybody make one; it takes room only for what is in it."""
_AT_A_TIME: Final = 4
"""Pipes full, before others have their turn."""
_SILENT_SECONDS: Final = 300.0


class Outlet(Protocol):
    """The side of a connection in clear text that an answer leaves by."""

    def fileno(self) -> int: ...
    async def drain(self) -> None:
        """Return when all that was written before has left."""
        ...

    @property
    def passed(self) -> int:
        """How much has gone past."""
        ...

    def note_passed(self, count: int) -> None:
        """Take note that *count* bytes of the body have gone past."""
        ...

    def pause(self) -> None:
        """Take note that the client does not read: it has so long, and no longer, to go on."""
        ...

    def resume(self) -> None:
        """Take note that the client reads again."""
        ...

    def abort(self) -> None:
        """End the connection at once."""
        ...


class SourceEndedError(Exception):
    """What the bytes come from has ended, or is silent."""


class OutletEndedError(Exception):
    """The client has closed the connection."""


async def relay(source: int, outlet: Outlet, count: int, gone: Gone) -> int:
    """
    Move *count* bytes to *outlet*, and return how many were: all, or none where the kernel does not do it.

    Args:
        source: A socket from which nobody else reads now.
        outlet: Where they go.
        count: As many come at least.
        gone: Looked at whenever something is waited for.

    Raises:
        SourceEndedError: Fewer come.
        OutletEndedError: The client has gone.
    """
    if sys.platform != "linux":
        return 0
    await outlet.drain()
    if gone.done():
        raise OutletEndedError
    with ExitStack() as opened:
        try:
            between = _Between(opened, source, outlet, gone)
        except OSError:
            return 0  # Of descriptors there are no more.
        await between.move(count)
    return count


class _Between:
    """A pipe, and the two ends that it is between."""

    def __init__(self, opened: ExitStack, source: int, outlet: Outlet, gone: Gone) -> None:
        """Open what is needed; *opened* closes it."""

        def kept(descriptor: int) -> int:
            opened.callback(os.close, descriptor)
            return descriptor

        self._source = kept(os.dup(source))
        self._target = kept(os.dup(outlet.fileno()))
        self._out_of, self._into = map(kept, os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC))
        with suppress(OSError):  # Where the user has many, they are small; that is slower, and no more.
            fcntl.fcntl(self._into, fcntl.F_SETPIPE_SZ, _PIPE)
        self._outlet = outlet
        self._gone = gone
        self._loop = asyncio.get_running_loop()

    async def move(self, count: int) -> None:
        turns = 0
        while count:
            held = await self._take(min(count, _PIPE))
            count -= held
            while held:
                held -= await self._give(held)
            turns += 1
            if not turns % _AT_A_TIME:
                await asyncio.sleep(0)

    async def _take(self, most: int) -> int:
        while True:
            try:
                taken = os.splice(self._source, self._into, most, flags=os.SPLICE_F_NONBLOCK)
            except BlockingIOError:
                await self._source_speaks()
            except OSError as error:
                raise SourceEndedError(repr(error)) from error
            else:
                if not taken:
                    raise SourceEndedError("the connection has ended")
                return taken

    async def _give(self, most: int) -> int:
        paused = False
        while True:
            try:
                given = os.splice(self._out_of, self._target, most, flags=os.SPLICE_F_NONBLOCK)
            except BlockingIOError:
                if not paused:
                    self._outlet.pause()
                    paused = True
                await self._target_reads()
            except OSError as error:
                raise OutletEndedError from error
            else:
                if paused:
                    self._outlet.resume()
                self._outlet.note_passed(given)
                return given

    async def _source_speaks(self) -> None:
        speaks = self._loop.create_future()
        self._loop.add_reader(self._source, _set, speaks)
        try:
            async with asyncio.timeout(_SILENT_SECONDS):
                await self._unless_gone(speaks)
        except TimeoutError:
            raise SourceEndedError("the upstream is silent") from None
        finally:
            self._loop.remove_reader(self._source)

    async def _target_reads(self) -> None:
        reads = self._loop.create_future()
        self._loop.add_writer(self._target, _set, reads)
        try:
            await self._unless_gone(reads)
        finally:
            self._loop.remove_writer(self._target)

    async def _unless_gone(self, waiter: "asyncio.Future[None]") -> None:
        def stop(_gone: Gone) -> None:
            _set(waiter)

        self._gone.add_done_callback(stop)
        try:
            await waiter
        finally:
            self._gone.remove_done_callback(stop)
        if self._gone.done():
            raise OutletEndedError


def _set(waiter: "asyncio.Future[None]") -> None:
    if not waiter.done():
        waiter.set_result(None)
