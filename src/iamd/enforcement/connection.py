"""
A connection to an upstream: HTTP/1.1 from the client's side, one request at a time.

What holds here:

* A request goes out as it is given: no header is added but ``Transfer-Encoding``, nothing is encoded, followed or
  decompressed, and no proxy is asked.
* A body is as long as its ``Content-Length`` says.  One that is longer or shorter ends the connection before its last byte
  has left, so that no byte of it is ever read as the next request (R-20).
* Answers are framed by llhttp, which refuses what two readers could read in two ways.
* A connection is kept only where request and answer have both come to their end, and nothing came after.
* Neither side may be silent for long, nor refuse to read for long; what is not taken is not read, in both directions.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

import httptools

from iamd.enforcement.bodies import Body
from iamd.enforcement.relay import Gone, Outlet, SourceEndedError, relay

Headers = tuple[tuple[bytes, bytes], ...]

_SILENT_SECONDS: Final = 300.0

_MOST_HEADERS: Final = 200
_LONGEST_HEAD: Final = 64 * 1024
_READ_AHEAD: Final = 256 * 1024
_JOINED: Final = 64 * 1024
_SEEN: Final = 64 * 1024
"""Of the end of a body, which is never relayed."""
_RELAYED: Final = 1024 * 1024
"""Bytes from which on that pays."""

_FIRST_FINAL: Final = 200
_LAST_FINAL: Final = 599
_WITHOUT_BODY: Final = frozenset({204, 304})


class UpstreamError(Exception):
    """The upstream cannot be reached, or does not keep to HTTP; the text is for the log."""


class ConnectionEndedError(UpstreamError):
    """A connection that was kept has ended before anything of the answer came."""


class Connection(asyncio.Protocol):
    """
    One connection.

    Attributes:
        used: It has answered before.
        status: Of the answer; 0 until its head is there.
        complete: The answer has come to its end.
        left: What has not come yet of a body whose length was told.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, on_lost: Callable[["Connection"], None]) -> None:
        self._loop = loop
        self._on_lost = on_lost
        self._transport: Any = None
        self._parser: httptools.HttpResponseParser | None = None
        self._rest: asyncio.TimerHandle | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._failure: Exception | None = None
        self._pieces: deque[bytes] = deque()
        self._buffered = 0
        self._reading = True
        self._drained: asyncio.Future[None] | None = None
        self._head_size = 0
        self._fields: list[tuple[bytes, bytes]] = []
        self._bodiless = False
        self._until_end = False
        self._sent = False
        self._keeps = False
        self.used = False
        self.status = 0
        self.headers: Headers = ()
        self.complete = False
        self.left = 0

    @property
    def is_open(self) -> bool:
        return self._failure is None and not self._transport.is_closing()

    @property
    def is_clean(self) -> bool:
        """Whether another request may follow."""
        return self.complete and self._sent and not self._until_end and self.is_open and self._keeps

    @property
    def is_over(self) -> bool:
        """Whether all of the answer is there, and taken."""
        return self.complete and not self._pieces

    def rest(self, seconds: float) -> None:
        """Wait for another request so long, then end."""
        self.used = True
        self._parser = None
        self._resume_reading()
        self._rest = self._loop.call_later(seconds, self.end)

    def wake_up(self) -> None:
        """Rest no more."""
        if self._rest is not None:
            self._rest.cancel()

    # What the transport calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._parser is None or self.complete:
            self._fail(UpstreamError("the upstream says what nobody has asked"))
            return
        if self.left:
            self._take(data)
        else:
            if not self.status:
                self._head_size += len(data)
            self._feed(self._parser, data)
        if not self.status and self._head_size > _LONGEST_HEAD:
            self._fail(UpstreamError("the head of the answer is too long"))
        if self._buffered > _READ_AHEAD:
            self._pause_reading()
        self._wake()

    def _take(self, data: bytes) -> None:
        """Take what can only be the body; the parser would copy it."""
        if len(data) > self.left:
            self._keeps = False
            data = data[: self.left]
        self.left -= len(data)
        self._pieces.append(data)
        self._buffered += len(data)
        self.complete = not self.left

    def _feed(self, parser: httptools.HttpResponseParser, data: bytes) -> None:
        try:
            parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if self.complete:
                self._keeps = False  # The answer is whole; what follows it is not looked at.
            else:
                self._fail(UpstreamError(f"the answer is not HTTP: {error.__context__ or error!r}"))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._until_end and self.status and exc is None:
            self.complete = True
        if not self.complete and self._failure is None:
            ended = ConnectionEndedError if self.used and not self._head_size else UpstreamError
            self._failure = ended(f"the connection has ended: {exc!r}")
        self.resume_writing()
        self._wake()
        self._on_lost(self)

    def pause_writing(self) -> None:
        self._drained = self._loop.create_future()

    def resume_writing(self) -> None:
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)
        self._drained = None

    # What the parser calls.

    def on_message_begin(self) -> None:
        if self.status:
            raise UpstreamError("a second answer")
        self._fields = []

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.status:
            return  # A trailing header tells nothing that a client of AWS reads.
        self._fields.append((name.lower(), value))
        if len(self._fields) > _MOST_HEADERS:
            raise UpstreamError("too many headers")

    def on_headers_complete(self) -> None:
        parser = self._parser
        if parser is None:
            raise UpstreamError("an answer to nothing")
        status = parser.get_status_code()
        if status < _FIRST_FINAL:
            return  # RFC 9110, section 15.2: any number of these may come first.
        if status > _LAST_FINAL:
            raise UpstreamError(f"status {status}")
        self.status = status
        self.headers = tuple(self._fields)
        self._keeps = parser.should_keep_alive()
        fields = dict(self._fields)
        if self._bodiless or status in _WITHOUT_BODY:
            self.complete = True
        elif b"content-length" in fields:
            self.left = int(fields[b"content-length"])
        elif b"transfer-encoding" not in fields:
            self._until_end = True

    def on_body(self, body: bytes) -> None:
        if self._bodiless or self.status in _WITHOUT_BODY:
            self._keeps = False
            return
        self._pieces.append(body)
        self._buffered += len(body)
        if self.left:
            self.left -= len(body)

    def on_message_complete(self) -> None:
        if self.status:
            self.complete = True

    # What the gateway asks.

    async def exchange(
        self, head: bytes, first: bytes, rest: Body | None, framing: "Framing", *, bodiless: bool
    ) -> None:
        """
        Send a request, and return when the head of its answer is there.

        Args:
            head: Of the request.
            first: Of its body.
            rest: Of its body; None where *first* is all of it.
            framing: How its body is sent.
            bodiless: The answer has no body, whatever it says.

        Raises:
            UpstreamError: Something is wrong with the upstream, or the length of the body is not the one that was told.
            Exception: Whatever *rest* raises.
        """
        self._begin(bodiless=bodiless)
        try:
            self._write(head, framing.piece(first))
            if rest is not None:
                if framing.is_told:
                    await self._send(rest, framing)  # It only says that nothing is wrong.
                else:
                    await self._send_and_listen(rest, framing)
                if self.status:
                    return  # The upstream knows enough, and gets no more.
            if last := framing.end():
                self._write(b"", last)
            self._sent = True
            while not self.status:
                await self._wait()
        except BaseException:
            self.abort()
            raise

    async def pieces(self) -> AsyncIterator[bytes]:
        """
        Yield the body of the answer as it comes.

        Raises:
            UpstreamError: It ends too early.
        """
        while True:
            while self._pieces:
                piece = self._pieces.popleft()
                self._buffered -= len(piece)
                yield piece
            if self.complete:
                return
            self._resume_reading()
            await self._wait()

    async def relay(self, outlet: Outlet, gone: Gone) -> None:
        """
        Have the kernel move what comes of the body; the last of it is left for `pieces`.

        Nothing is done where that does not pay, or cannot be, or where something is here that goes first: ask again after it.

        Raises:
            UpstreamError: The body ends too early.
            OutletEndedError: The client has gone.
        """
        if self.left < _RELAYED or self._transport.get_extra_info("sslcontext") is not None:
            return
        self._pause_reading()
        if self._pieces or not self.is_open:
            return
        source = self._transport.get_extra_info("socket")
        try:
            self.left -= await relay(source.fileno(), outlet, self.left - _SEEN, gone)
        except SourceEndedError as error:
            raise UpstreamError(str(error)) from error

    def abort(self) -> None:
        """End it at once: what is not sent yet never is."""
        self._transport.abort()

    def end(self) -> None:
        """End it, after an answer."""
        self._transport.close()

    def _begin(self, *, bodiless: bool) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._bodiless = bodiless
        self._until_end = self._sent = self.complete = self._keeps = False
        self._head_size = self.left = self.status = 0
        self._pieces.clear()
        self._buffered = 0

    async def _send_and_listen(self, rest: Body, framing: "Framing") -> None:
        """Send the rest of a body, until the upstream answers: who sends it may wait for that."""
        sending = self._loop.create_task(self._send(rest, framing))
        sending.add_done_callback(self._wake)
        try:
            while not (self.status or sending.done()):
                await self._wait(None)
        finally:
            if not sending.cancel() and not sending.cancelled():
                sending.exception()  # Looked at, so that nobody is told of it twice.
        if not self.status:
            sending.result()

    async def _send(self, rest: Body, framing: "Framing") -> None:
        async for piece in rest:
            self._write(b"", framing.piece(piece))
            if self._drained is not None:
                await self._happens(self._drained, _SILENT_SECONDS)

    def _write(self, head: bytes, piece: bytes) -> None:
        self._check()
        if head and piece and len(piece) > _JOINED:
            self._transport.write(head)
            self._transport.write(piece)
        else:
            self._transport.write(head + piece if head else piece)

    async def _wait(self, seconds: float | None = _SILENT_SECONDS) -> None:
        """Wait until something happens, but not longer than *seconds*; raises what is wrong."""
        self._check()
        self._waiter = self._loop.create_future()
        await self._happens(self._waiter, seconds)
        if not (self._pieces or self.complete):
            self._check()

    async def _happens(self, waiter: "asyncio.Future[None]", seconds: float | None) -> None:
        if seconds is None:
            await waiter
            return
        timer = self._loop.call_later(seconds, self._fail, UpstreamError("the upstream is silent"))
        try:
            await waiter
        finally:
            timer.cancel()

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _pause_reading(self) -> None:
        if self._reading and self.is_open:
            self._reading = False
            self._transport.pause_reading()

    def _resume_reading(self) -> None:
        if not self._reading and self.is_open:
            self._reading = True
            self._transport.resume_reading()

    def _wake(self, _done: object = None) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _fail(self, failure: Exception) -> None:
        self._failure = self._failure or failure
        self._transport.abort()
        self.resume_writing()
        self._wake()


class Framing:
    """A body on its way, held to the length that was told, or sent in chunks."""

    def __init__(self, length: int | None) -> None:
        """
        Begin a body.

        Args:
            length: Of the body; None where it is sent in chunks.
        """
        self._in_chunks = length is None
        self._left = length or 0

    @property
    def is_told(self) -> bool:
        """Whether all that was told of the body has gone."""
        return not self._in_chunks and not self._left

    def piece(self, data: bytes) -> bytes:
        """
        Return *data* as it is sent.

        Raises:
            UpstreamError: The body is longer than it may be.
        """
        if self._in_chunks:
            return b"%x\r\n%b\r\n" % (len(data), data) if data else b""
        self._left -= len(data)
        if self._left < 0:
            raise UpstreamError("the body is longer than was told")
        return data

    def end(self) -> bytes:
        """
        Return what ends the body.

        Raises:
            UpstreamError: The body is shorter than it should be.
        """
        if self._left:
            raise UpstreamError("the body is shorter than was told")
        return b"0\r\n\r\n" if self._in_chunks else b""
