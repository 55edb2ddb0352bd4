"""Clients that take their time (R-84), against a server with little of it."""

import socket
import time

from tests.support.raw_http import PATIENCE, connection, is_closed, read_answer

from iamd.http import Request, Response
from iamd.server.app import Door
from iamd.server.limits import Limits
from iamd.server.run import ServerThread

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


def test_a_connection_that_says_nothing(hasty_server: ServerThread) -> None:
    """R-84: closed without an answer."""
    with connection(hasty_server.url) as opened:
        assert is_closed(opened)


def test_a_head_that_does_not_end(hasty_server: ServerThread) -> None:
    """R-84: 408, however busily the client drips."""
    with connection(hasty_server.url) as opened:
        opened.sendall(b"GET / HTTP/1.1\r\n")
        answer = drip(opened, b"X: y\r\n")
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"RequestTimeoutException" in answer


def test_a_second_head_that_does_not_end(hasty_server: ServerThread) -> None:
    """R-84: kept-alive connections have the same deadline for each request."""
    with connection(hasty_server.url) as opened:
        for _ in range(2):
            opened.sendall(GET)
            assert read_answer(opened).status == 200
        opened.sendall(b"GET / HTTP/1.1\r\n")
        assert drip(opened, b"X: y\r\n").startswith(b"HTTP/1.1 408 ")


def test_empty_lines_between_requests_do_not_keep_a_connection(hasty_server: ServerThread) -> None:
    """R-84: bytes that begin no request stop the idle timer, and start another deadline."""
    with connection(hasty_server.url) as opened:
        opened.sendall(GET)
        assert read_answer(opened).status == 200
        assert drip(opened, b"\r\n").startswith(b"HTTP/1.1 408 ")


def test_a_body_that_does_not_end(hasty_server: ServerThread) -> None:
    """R-84: 408, and the request is never handed on."""
    with connection(hasty_server.url) as opened:
        opened.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n")
        assert drip(opened, b"a").startswith(b"HTTP/1.1 408 ")


def test_a_connection_that_idles(hasty_server: ServerThread) -> None:
    with connection(hasty_server.url) as opened:
        opened.sendall(GET)
        assert read_answer(opened).status == 200
        assert is_closed(opened)


def test_deadlines_are_of_one_request_and_not_of_the_connection(hasty_server: ServerThread) -> None:
    with connection(hasty_server.url) as opened:
        began = time.monotonic()
        requests = 0
        while time.monotonic() - began < 0.5:
            opened.sendall(GET)
            assert read_answer(opened).status == 200
            requests += 1
    assert requests > 2


def test_an_answer_that_nobody_reads() -> None:
    """R-84: the connection is cut, and the memory is free again."""
    sent = 64 * 1024 * 1024

    async def much(_: Request) -> Response:
        return Response(status=200, body=b"a" * sent)

    with (
        ServerThread(Door(much), limits=Limits(write_seconds=0.1)) as server,
        connection(server.url) as opened,
    ):
        opened.sendall(GET)
        opened.recv(1)
        # Nothing is read until the server has lost its patience; then what was on its way is all there is.
        wait_until_cut(server)
        received = 0
        try:
            while piece := opened.recv(1024 * 1024):
                received += len(piece)
        except ConnectionResetError:
            pass
    assert received < sent


def test_a_client_that_leaves_in_the_middle_of_its_body(hasty_server: ServerThread) -> None:
    with connection(hasty_server.url) as opened:
        opened.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nab")
    with connection(hasty_server.url) as opened:
        opened.sendall(GET)
        assert read_answer(opened).status == 200


def drip(opened: socket.socket, piece: bytes) -> bytes:
    """Send *piece* again and again until the server has answered and closed; return its answer."""
    opened.settimeout(0.02)
    answer = b""
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE:
        try:
            received = opened.recv(65536)
        except TimeoutError:
            try:
                opened.sendall(piece)
            except ConnectionError:
                return answer
            continue
        except ConnectionResetError:
            return answer
        if not received:
            return answer
        answer += received
    raise AssertionError("the server keeps the connection")


def wait_until_cut(server: ServerThread) -> None:
    """Return once *server* has no connection left."""
    began = time.monotonic()
    while server.connections:
        assert time.monotonic() - began < PATIENCE, "the server keeps the connection"
        time.sleep(0.01)
