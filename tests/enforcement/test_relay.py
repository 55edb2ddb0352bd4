"""Bytes that the kernel moves from one connection to another: all of them, in order, and no more than somebody reads."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvloop

from iamd.enforcement.relay import OutletEndedError, SourceEndedError, relay

BODY = os.urandom(4 * 1024 * 1024)


@dataclass
class Client:
    """The end of a connection, as `relay` knows it."""

    end: socket.socket
    passed: int = 0
    pauses: int = 0
    paused: asyncio.Event = field(default_factory=asyncio.Event)

    def fileno(self) -> int:
        return self.end.fileno()

    async def drain(self) -> None:
        await asyncio.sleep(0)

    def note_passed(self, count: int) -> None:
        self.passed += count

    def pause(self) -> None:
        self.pauses += 1
        self.paused.set()

    def resume(self) -> None:
        self.paused.clear()

    def abort(self) -> None:
        self.end.close()


@dataclass
class Wire:
    """Two connections: what is sent to *upstream* comes out of *reader* once it is relayed."""

    upstream: socket.socket
    source: socket.socket
    client: Client
    reader: socket.socket
    gone: "asyncio.Future[None]"

    async def feed(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self.upstream, data)

    async def read(self, count: int) -> bytes:
        data = bytearray()
        while len(data) < count and (
            piece := await asyncio.get_running_loop().sock_recv(self.reader, count - len(data))
        ):
            data += piece
        return bytes(data)

    async def relay(self, count: int) -> int:
        return await relay(self.source.fileno(), self.client, count, self.gone)


def connected() -> tuple[socket.socket, socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        one = socket.create_connection(listener.getsockname())
        other, _ = listener.accept()
    one.setblocking(False)
    other.setblocking(False)
    return one, other


@asynccontextmanager
async def wire() -> AsyncIterator[Wire]:
    (upstream, source), (end, reader) = connected(), connected()
    made = Wire(upstream, source, Client(end), reader, asyncio.get_running_loop().create_future())
    try:
        yield made
    finally:
        for each in (upstream, source, end, reader):
            each.close()


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


Run = Callable[[Callable[[Wire], Awaitable[None]]], None]


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    """Give a way to run a test in an event loop, which leaves no descriptor open."""

    def run_it(test: Callable[[Wire], Awaitable[None]]) -> None:
        async def within() -> None:
            async with wire() as made:
                await test(made)

        with asyncio.Runner(loop_factory=request.param) as runner:
            runner.run(asyncio.sleep(0))
            before = descriptors()
            runner.run(within())
            assert descriptors() == before

    return run_it


def test_all_of_it_comes_in_order(run: Run) -> None:
    async def test(between: Wire) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(between.feed(BODY + b"the rest"))
            got = group.create_task(between.read(len(BODY)))
            assert await between.relay(len(BODY)) == len(BODY)
        assert got.result() == BODY
        assert between.client.passed == len(BODY)
        assert await asyncio.get_running_loop().sock_recv(between.source, 100) == b"the rest"

    run(test)


def test_no_more_is_taken_than_is_read(run: Run) -> None:
    async def test(between: Wire) -> None:
        between.source.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        between.client.end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * 1024)
        between.reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        body = BODY * 4
        async with asyncio.TaskGroup() as group:
            feeding = group.create_task(between.feed(body))
            moving = group.create_task(between.relay(len(body)))
            await between.client.paused.wait()
            assert between.client.passed < len(BODY)
            assert not feeding.done()
            assert await between.read(len(body)) == body
        assert moving.result() == len(body)
        assert between.client.pauses
        assert not between.client.paused.is_set()

    run(test)


def test_a_source_that_ends_too_early(run: Run) -> None:
    async def test(between: Wire) -> None:
        await between.feed(b"half")
        between.upstream.close()
        with pytest.raises(SourceEndedError):
            await between.relay(8)
        assert await between.read(4) == b"half"
        assert between.client.passed == 4

    run(test)


def test_a_client_that_has_closed(run: Run) -> None:
    async def test(between: Wire) -> None:
        between.reader.close()
        async with asyncio.TaskGroup() as group:
            feeding = group.create_task(between.feed(BODY * 4))
            with pytest.raises(OutletEndedError):
                await between.relay(len(BODY) * 4)
            assert not feeding.done()
            feeding.cancel()

    run(test)


@pytest.mark.parametrize("speaks", [False, True], ids=["nothing comes", "nothing is read"])
def test_whoever_is_gone_is_waited_for_no_longer(run: Run, speaks: bool) -> None:
    async def test(between: Wire) -> None:
        feeding = asyncio.ensure_future(between.feed(BODY * 8 if speaks else b"x"))
        moving = asyncio.ensure_future(between.relay(len(BODY) * 8))
        if speaks:
            await between.client.paused.wait()
        else:
            assert await between.read(1) == b"x"
        between.gone.set_result(None)
        with pytest.raises(OutletEndedError):
            await moving
        feeding.cancel()

    run(test)


def test_without_descriptors_nothing_is_moved(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(_descriptor: int) -> int:
        raise OSError("too many open files")

    async def test(between: Wire) -> None:
        await between.feed(b"x")
        monkeypatch.setattr(os, "dup", none_left)
        assert await between.relay(1) == 0
        monkeypatch.undo()
        assert await asyncio.get_running_loop().sock_recv(between.source, 100) == b"x"

    run(test)
