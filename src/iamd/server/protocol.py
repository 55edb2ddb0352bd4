"""
HTTP/1.1, stricter than the library reads it.

uvicorn and llhttp frame the messages and refuse much already: a length together with a transfer coding, two lengths,
bare line feeds, folded headers, control characters.  This subclass refuses, before anything is called, what they let
pass and two readers could read in two ways, and holds every connection to sizes and deadlines (`Limits`).

* A body has a ``Content-Length``, but where it is passed on. RFC 9112, section 6.3, lets a server ask for one; clients of IAM and STS send no
  chunks.  So there are no chunk extensions, no trailers that turn into headers, no length unknown before reading.
* What is refused is answered by `last_answer`, and the connection ends.  What came before it on the same connection is
  answered first.
* Each connection has one timer, set when a deadline first matters; when it rings too early it is set again.  A request
  that arrives in one piece touches no timer.
* A small request to the AWS wire, which is nearly every one, is answered without ASGI and, where nothing has to be
  waited for, without a task (`DirectCycle`).  Whatever is unusual about a request sends it the long way.
"""

import asyncio
import math
import re
from asyncio import BaseTransport, TimerHandle
from collections.abc import Awaitable, Mapping
from functools import partial
from typing import Any, Final, cast

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from iamd.http import OUTLET, Request, Response
from iamd.server.app import OWN_PREFIX, Door, Handle
from iamd.server.direct import Rest, begin, response_bytes
from iamd.server.direct_cycle import DirectCycle
from iamd.server.limits import Limits
from iamd.server.outlet import Outlet
from iamd.server.refusal import TIMEOUT, TOO_LARGE, UNAVAILABLE, Refused, last_answer
from iamd.server.tls import encryption

_IDLE: Final = 0  # Between two requests.
_HEAD: Final = 1  # From the first byte of a request to its last header; a new connection begins here.
_BODY: Final = 2
_ANSWER: Final = 3  # The request is complete.

_MOST_DIRECT: Final = 65_536
"""Bytes of a body; a longer one needs reading to be paused, which the long way does."""

_ONCE: Final = frozenset(
    {
        b"authorization",
        b"content-encoding",
        b"content-length",
        b"content-type",
        b"date",
        b"expect",
        b"forwarded",
        b"host",
        b"if-match",
        b"if-none-match",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-proto",
        b"x-forwarded-uri",
    }
)
_TOLD: Final = 64
"""How many connections too many may wait to be told so; the next are cut, since each of them is an open file."""
_VERSIONS: Final = ("1.1", "1.0")
_DIRECT_METHODS: Final = {b"POST": "POST", b"GET": "GET"}
"""Those of the wire; of others most are refused, and that can take its time."""

_is_host = re.compile(rb"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?").fullmatch


class StrictProtocol(HttpToolsProtocol):
    """One connection, held to *limits*; the other arguments are uvicorn's."""

    def __init__(self, *args: Any, limits: Limits, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.limits: Final = limits
        self._handle: Handle | None = self.app.handle if isinstance(self.app, Door) else None
        self._elsewhere = self.app.elsewhere if isinstance(self.app, Door) else None
        self._on_refusal = self.app.on_refusal if isinstance(self.app, Door) else None
        self._passes_on = False  # The request in hand is not the wire's.
        self._direct: DirectCycle | None = None  # While it is being read.
        self._phase = _HEAD
        self._messages = 0
        self._fed = 0  # Bytes since the request began; none of a request that began within the last piece.
        self._piece = 0
        self._refused = False
        self._unanswered: Refused | None = None  # Waits for the answers to what came before it.
        self._ending = False
        self._one_too_many = False
        self._receiving = False
        self._upgrades = False
        self._head: list[tuple[bytes, bytes]] = []
        self._version = ""
        self._encrypted: dict[str, dict[object, object]] = {}
        self._fields: Mapping[bytes, bytes] = {}
        self._host: bytes | None = None  # The last that was looked at: a client names the same one each time.
        self._deadline = math.inf
        self._timed: tuple[int, int] | None = None  # What the deadline was set for.
        self._timer: TimerHandle | None = None
        self._cut: TimerHandle | None = None

    # The connection.

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]  # as uvicorn narrows it
        self._encrypted = encryption(transport.get_extra_info("ssl_object"))
        most, there = self.limits.connections, len(self.connections)
        # Those that were there before go on.
        self._one_too_many = most is not None and there > most
        if most is not None and there > most + _TOLD:
            transport.abort()  # type: ignore[attr-defined]  # as uvicorn narrows it
        self._time()

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        if self._phase == _IDLE:
            self._phase = _HEAD
            self._fed = 0
        self._piece = len(data)
        self._fed += self._piece
        self._receiving = True
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # RFC 9110, section 7.8: a server may ignore an Upgrade.  The parser has stopped, so the connection ends.
            self._refused = True
            self.cycle.keep_alive = False
        except httptools.HttpParserError as error:
            known = error.__context__
            self._refuse(
                known if isinstance(known, Refused) else Refused("The request is not valid HTTP/1.1.")
            )
            return
        finally:
            self._receiving = False
        if self._phase == _HEAD and self._fed > self.limits.request_line + self.limits.headers:
            self._refuse(Refused("The header of the request is too large.", status=431))
            return
        if self._passes_on:
            self._timed = (
                None  # However long a body is that is passed on, what counts is that more of it comes.
            )
        self._time()

    def eof_received(self) -> None:
        """Let the transport close: a client that has stopped sending waits for nothing but a last answer."""

    def shutdown(self) -> None:
        """Answer what is asked, and one request more if it is on its way, and close."""
        self._ending = True
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.keep_alive = False
        elif self.limits.last_request_seconds:
            self.loop.call_later(self.limits.last_request_seconds, self._end)
        else:
            self.transport.close()

    def _end(self) -> None:
        if self._phase == _IDLE or not self._messages:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._timer, self._cut):
            if timer is not None:
                timer.cancel()
        self._timer = self._cut = None
        self._deadline = math.inf
        super().connection_lost(exc)

    # The parser.

    def on_message_begin(self) -> None:
        self.url = b""
        self._head = []
        self._messages += 1
        if self._phase != _HEAD:
            # Pipelined: it begins somewhere within this piece.
            self._phase = _HEAD
            self._fed = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._phase != _HEAD:
            # RFC 9110, section 6.5.1: behind the body.  Who merges it with the headers has another request than was signed.
            raise Refused("The request must not have trailing headers.")
        self._head.append((name.lower(), value.strip(b" \t")))

    def on_headers_complete(self) -> None:
        self._passes_on = self._elsewhere is not None and self._elsewhere.takes(self.url, self._head)
        length = self._check_head()
        self._phase = _BODY
        method = _DIRECT_METHODS.get(self.parser.get_method())
        if method is not None and self._goes_directly(length):
            self._direct = self.cycle = DirectCycle(
                method, keep_alive=self.parser.should_keep_alive() and not self._ending
            )  # type: ignore[assignment]  # in its place
            return
        kept = self.url, self.expect_100_continue
        super().on_message_begin()  # For the scope.
        self.url, self.expect_100_continue = kept
        self.scope["headers"] = self.headers = self._head
        if self._encrypted:
            self.scope["extensions"] = self._encrypted
        super().on_headers_complete()
        if self._passes_on and self.scheme == "http":
            self.scope["extensions"] = {OUTLET: {OUTLET: Outlet(self, self.cycle)}}
        if self._upgrades or self._ending:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        if self._direct is None:
            super().on_body(body)
        else:
            self._direct.body += body

    def on_message_complete(self) -> None:
        direct = self._direct
        self._phase = _ANSWER
        if direct is not None and self._handle is not None:
            self._direct = None
            self._begin(direct, self._handle)
            return
        super().on_message_complete()
        if self.cycle.response_complete:  # Before the last of the body was there.
            self._rest()

    def on_response_complete(self) -> None:
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            self._cut_unless_read()
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif self._unanswered is not None:
            self._answer_last(self._unanswered)
        elif self._phase == _ANSWER:
            self._rest()

    # Answers.

    def _goes_directly(self, length: int) -> bool:
        """Say whether the request that begins is one of the many; the rest go through ASGI, in their order."""
        return (
            self._handle is not None
            and not self._passes_on
            and length <= _MOST_DIRECT
            and (self.cycle is None or self.cycle.response_complete)
            and (self.url == b"/" or not self.url.startswith(OWN_PREFIX))
            and not self.expect_100_continue
            and not self.flow.write_paused
            and not self.transport.is_closing()
            and not self._upgrades
            and self._version == "1.1"
        )

    def _begin(self, direct: DirectCycle, handle: Handle) -> None:
        path, query = self.url, b""
        if path != b"/":
            path, _, query = path.partition(b"?")
        headers = tuple(self._head)
        request = Request(
            method=direct.method,
            raw_path=path,
            raw_query=query,
            headers=headers,
            body=direct.body,
            peer=self.client[0] if self.client else "",
            local=self.server,
            secure=self.scheme == "https",
            index=(self._fields, headers),
        )
        rest = begin(self._answer(direct, handle(request)))
        if rest is not None:
            task = self.loop.create_task(self._go_on(rest))
            task.add_done_callback(self.tasks.discard)
            self.tasks.add(task)

    async def _go_on(self, rest: Rest) -> None:
        await rest

    async def _answer(self, direct: DirectCycle, handling: Awaitable[Response]) -> None:
        response = await handling
        if direct.disconnected:
            return
        more = self.server_state.default_headers
        self.transport.write(response_bytes(response, more, keep_alive=direct.keep_alive))
        direct.response_complete = True
        if not direct.keep_alive:
            self.transport.close()
        self.on_response_complete()

    def _check_head(self) -> int:
        """
        Refuse what this server does not take; the request line and all headers are there.

        Returns:
            The length of the body.

        Raises:
            Refused: With the answer.
        """
        limits = self.limits
        self._version = self.parser.get_http_version()
        if self._version not in _VERSIONS:
            raise Refused("The server speaks HTTP/1.1.", status=505)
        if self.url != b"/":
            self._check_target()
        headers = self._head
        if len(headers) > limits.header_count:
            raise Refused("The request has too many headers.", status=431)
        # The sum is only taken where the bytes received could exceed it.
        if (self._fed > limits.headers or self._piece > limits.headers) and (
            sum(map(_size, headers)) > limits.headers
        ):
            raise Refused("The headers of the request are too large.", status=431)

        fields = dict(headers)
        if len(fields) != len(headers):
            self._check_repeated()
            fields = dict(reversed(headers))
        self._fields = fields
        host = fields.get(b"host")
        if host is None or (host != self._host and not _is_host(host)):
            raise Refused("The request needs exactly one valid Host header.")
        self._host = host
        length = int(fields.get(b"content-length", 0))
        if not self._passes_on:
            self._check_body(fields, length)
        elif fields.get(b"transfer-encoding", b"chunked").lower() != b"chunked":
            raise Refused("The only transfer coding is chunked.", status=501)
        expected = fields.get(b"expect")
        self.expect_100_continue = expected is not None
        if expected is not None and expected.lower() != b"100-continue":
            raise Refused("The expectation of the request cannot be met.", status=417)
        self._upgrades = self.parser.should_upgrade()
        if length and self._upgrades:
            # The parser takes the body for the other protocol's.
            raise Refused("A request with a body cannot change the protocol.")
        if self._one_too_many:
            raise Refused("The server has too many connections.", status=503, code=UNAVAILABLE)
        return length

    def _check_body(self, fields: Mapping[bytes, bytes], length: int) -> None:
        if b"transfer-encoding" in fields:
            raise Refused("The body of a request needs a Content-Length.", status=411)
        if length > self.limits.body:
            raise Refused("The body of the request is too large.", status=413, code=TOO_LARGE)
        if b"content-encoding" in fields and fields[b"content-encoding"].lower() != b"identity":
            raise Refused("The body of a request must not be encoded.", status=415)

    def _check_target(self) -> None:
        if len(self.url) > self.limits.request_line:
            raise Refused("The target of the request is too long.", status=414)
        # What the library would drop or rewrite is not taken: a signature covers the bytes that were sent.
        if not self.url.startswith(b"/"):
            raise Refused("The target of the request must be a path: no URL, no authority, no asterisk.")
        if b"#" in self.url:
            raise Refused("The target of the request must not hold a fragment.")
        if self.url.find(b"?") == len(self.url) - 1:
            raise Refused("The target of the request must not end in an empty query.")

    def _check_repeated(self) -> None:
        seen: set[bytes] = set()
        for name, _ in self._head:
            if name in seen and (name in _ONCE or name.startswith(b"x-amz-")):
                raise Refused(f"The header {name.decode('ascii', 'replace')} must not be repeated.")
            seen.add(name)

    # Refusals.

    def _refuse(self, refused: Refused) -> None:
        """Answer with *refused* after what is still to be answered, take nothing more, and close."""
        self._refused = True
        self._deadline = math.inf
        if self.transport.is_closing():
            return
        cycle = self.cycle
        if self.pipeline or (self._phase != _BODY and cycle is not None and not cycle.response_complete):
            # What came before it is answered first.
            if self._phase == _BODY:
                self.pipeline.popleft()  # Itself: not begun yet.
            self._unanswered = refused
            return
        if self._phase == _BODY:
            # Its own cycle waits for the rest of the body.
            cycle.disconnected = True
            cycle.message_event.set()
            if cycle.response_started:
                self.transport.close()
                return
        self._answer_last(refused)

    def _answer_last(self, refused: Refused) -> None:
        self.flow.resume_reading()
        if self._on_refusal is not None:
            self._on_refusal(refused, self.client[0] if self.client else "")
        self.transport.write(last_answer(refused, with_body=self.parser.get_method() != b"HEAD"))
        # RFC 9112, section 9.6: closed at once, what the client still sends would destroy the answer on its way.
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self.transport.close()
        self._cut_after(self.limits.linger_seconds)

    # Deadlines.

    def _time(self) -> None:
        """Set the deadline that the phase asks for, unless it is set."""
        if self._phase == _ANSWER:
            self._deadline = math.inf
            return
        wanted = (self._phase, self._messages)
        if wanted == self._timed:
            return
        self._timed = wanted
        self._deadline = self.loop.time() + (
            self.limits.head_seconds
            if self._phase == _HEAD
            else self.limits.body_seconds
            if self._phase == _BODY
            else self.limits.idle_seconds
        )
        if self._timer is not None:
            if self._timer.when() <= self._deadline:
                return
            self._timer.cancel()
        self._timer = self.loop.call_at(self._deadline, self._ring)

    def _rest(self) -> None:
        """Wait for the next request."""
        self._phase = _IDLE
        if not self._receiving:  # Else it is done there, behind all that was received.
            self._time()

    def _ring(self) -> None:
        self._timer = None
        if self._deadline == math.inf or self.transport.is_closing():
            return
        now = self.loop.time()
        # While reading is paused it is not the client who is late.
        due = now + 1.0 if self.flow.read_paused else self._deadline
        if now < due:
            self._timer = self.loop.call_at(due, self._ring)
        elif self._phase == _IDLE or not self._messages:
            self.transport.close()  # Nothing was asked, so there is nothing to answer.
            self._cut_unless_read()
        else:
            self._refuse(Refused("The request did not arrive in time.", status=408, code=TIMEOUT))

    def pause_writing(self) -> None:
        super().pause_writing()
        self._cut_after(self.limits.write_seconds)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._cut is not None and not self._refused:
            self._cut.cancel()
            self._cut = None

    def _cut_unless_read(self) -> None:
        # A transport that closes waits for its last bytes to be read, for ever.
        if self.transport.get_write_buffer_size():
            self._cut_after(self.limits.write_seconds)

    def _cut_after(self, seconds: float) -> None:
        if self._cut is None:
            self._cut = self.loop.call_later(seconds, self.transport.abort)


def _size(header: tuple[bytes, bytes]) -> int:
    return len(header[0]) + len(header[1])


def with_limits(limits: Limits) -> type[asyncio.Protocol]:
    """Return what makes connections that are held to *limits*; as far as uvicorn can see, a class of them."""
    return cast("type[asyncio.Protocol]", partial(StrictProtocol, limits=limits))
