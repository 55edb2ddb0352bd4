"""Requests that are answered without ASGI, among others that are not."""

import asyncio
import json
from collections.abc import Iterator

import pytest
from tests.support.raw_http import connection, is_closed, read_answer

from iamd.http import Request, Response
from iamd.server.app import Door
from iamd.server.direct import Rest, begin, response_bytes
from iamd.server.run import ServerThread

HOST = b"Host: localhost\r\n"
ORDER: list[bytes] = []


async def some_wait(request: Request) -> Response:
    """Answer with the path; one that begins with /slow is waited for."""
    ORDER.append(b"asked " + request.raw_path)
    if request.raw_path.startswith(b"/slow"):
        await asyncio.get_running_loop().run_in_executor(None, ORDER.append, b"waited " + request.raw_path)
        await asyncio.sleep(0)
    return Response(status=200, body=json.dumps([request.raw_path.decode(), len(request.body)]).encode())


@pytest.fixture(scope="module")
def waiting_server() -> Iterator[ServerThread]:
    with ServerThread(Door(some_wait)) as running:
        yield running


def request_of(path: bytes, body: bytes = b"", more: bytes = b"") -> bytes:
    head = b"POST %b HTTP/1.1\r\n%bContent-Length: %d\r\n%b\r\n" % (path, HOST, len(body), more)
    return head + body


def test_answers_keep_the_order_of_their_requests(waiting_server: ServerThread) -> None:
    """Whether something is waited for, a body is long, or a client wants to be told to go on."""
    paths = [b"/fast/1", b"/slow/2", b"/fast/3", b"/slow/4", b"/slow/5", b"/fast/6"]
    bodies = [b"", b"x" * 10, b"x" * 70_000, b"x" * 70_000, b"x", b""]
    with connection(waiting_server.url) as opened:
        opened.sendall(b"".join(map(request_of, paths, bodies)))
        answers = [json.loads(read_answer(opened).body) for _ in paths]
    assert answers == [[path.decode(), len(body)] for path, body in zip(paths, bodies, strict=True)]


def test_what_has_nothing_to_wait_for_is_answered_before_the_next_is_read(
    waiting_server: ServerThread,
) -> None:
    ORDER.clear()
    with connection(waiting_server.url) as opened:
        opened.sendall(request_of(b"/one") + request_of(b"/slow/two") + request_of(b"/three"))
        for _ in range(3):
            read_answer(opened)
    assert ORDER == [b"asked /one", b"asked /slow/two", b"waited /slow/two", b"asked /three"]


@pytest.mark.parametrize("before", [[b"/fast"], [b"/slow"], [b"/slow", b"/fast", b"/slow"]])
def test_what_is_refused_is_told_so_whatever_came_before_it(
    waiting_server: ServerThread, before: list[bytes]
) -> None:
    """R-75: behind what is still waited for, too."""
    refused = request_of(b"/slow", b"{}", b"Transfer-Encoding: chunked\r\n")
    with connection(waiting_server.url) as opened:
        opened.sendall(b"".join(map(request_of, before)) + refused + request_of(b"/after"))
        assert [read_answer(opened).status for _ in (*before, refused)] == [200] * len(before) + [400]
        assert is_closed(opened)


def test_a_connection_that_is_to_close_closes_after_either(waiting_server: ServerThread) -> None:
    for path in (b"/fast", b"/slow"):
        with connection(waiting_server.url) as opened:
            opened.sendall(request_of(path, more=b"Connection: close\r\n"))
            answer = read_answer(opened)
            assert answer.headers["connection"] == "close"
            assert opened.recv(1) == b""


def test_a_body_that_comes_late_is_waited_for(waiting_server: ServerThread) -> None:
    whole = request_of(b"/fast", b"twelve bytes")
    with connection(waiting_server.url) as opened:
        for piece in (whole[:20], whole[20:-7], whole[-7:-1], whole[-1:]):
            opened.sendall(piece)
        assert json.loads(read_answer(opened).body) == ["/fast", 12]


def test_a_client_that_goes_away_harms_nobody(waiting_server: ServerThread) -> None:
    for _ in range(20):
        with connection(waiting_server.url) as opened:
            opened.sendall(request_of(b"/slow/gone"))
    with connection(waiting_server.url) as opened:
        opened.sendall(request_of(b"/still"))
        assert read_answer(opened).status == 200


@pytest.mark.parametrize("bad", ["a\r\nset-cookie: x", "a\nb", "a\x00b", "ä"])
def test_a_header_cannot_be_split(bad: str) -> None:
    response = Response(status=200, headers=((b"x-thing", bad.encode()),))
    with pytest.raises(ValueError, match="printable"):
        response_bytes(response, [], keep_alive=True)


def test_a_handler_is_driven_as_a_task_would() -> None:
    """What it waits for, what it is told, and what is thrown into it."""
    seen: list[object] = []

    async def handle(future: "asyncio.Future[int]", reached: asyncio.Event) -> None:
        seen.append(await future)
        reached.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            seen.append("canceled")
            raise
        raise AssertionError("it was not canceled")

    async def drive() -> None:
        future = asyncio.get_running_loop().create_future()
        reached = asyncio.Event()
        rest = begin(handle(future, reached))
        assert isinstance(rest, Rest)

        async def go_on(rest: Rest) -> None:
            await rest

        task = asyncio.create_task(go_on(rest))
        future.set_result(7)
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(drive())
    assert seen == [7, "canceled"]


def test_a_handler_that_never_waits_is_done_at_once() -> None:
    done: list[bool] = []

    async def handle() -> None:
        done.append(True)

    assert begin(handle()) is None
    assert done == [True]


def test_what_a_handler_raises_is_raised() -> None:
    async def handle() -> None:
        raise LookupError("by a handler")

    with pytest.raises(LookupError, match="by a handler"):
        begin(handle())
