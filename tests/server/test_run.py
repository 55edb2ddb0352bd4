"""Starting and stopping."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading

import pytest
import structlog
from tests.support.raw_http import ask, connection, is_closed, read_answer

from iamd.http import Request, Response
from iamd.server.app import Door
from iamd.server.limits import Limits
from iamd.server.run import ServerThread, listen, url_of

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


async def empty(_: Request) -> Response:
    return Response(status=204)


def test_an_address_that_is_taken() -> None:
    with ServerThread(Door(empty)) as server:
        taken = ServerThread(Door(empty), port=int(server.url.rpartition(":")[2]))
        with pytest.raises(OSError, match="in use"):
            taken.start()
        assert ask(server.url, GET).status == 204


def test_a_server_thread_is_started_once() -> None:
    server = ServerThread(Door(empty))
    server.stop()
    with server, pytest.raises(RuntimeError, match="once"):
        server.start()


def test_the_url_of_an_address_of_ipv6() -> None:
    with listen("::1", 0) as listener:
        assert url_of(listener) == f"http://[::1]:{listener.getsockname()[1]}"
        with socket.create_connection(listener.getsockname()[:2], timeout=5):
            pass


def test_stopping_lets_a_request_in_flight_end() -> None:
    begun, go_on = threading.Event(), threading.Event()

    async def slow(_: Request) -> Response:
        begun.set()
        await asyncio.to_thread(go_on.wait)
        return Response(status=200, body=b"done")

    server = ServerThread(Door(slow))
    server.start()
    with connection(server.url) as busy, connection(server.url) as idle:
        busy.sendall(GET)
        assert begun.wait(10)
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        assert is_closed(idle)
        go_on.set()
        answer = read_answer(busy)
        assert (answer.body, answer.headers["connection"]) == (b"done", "close")
        stopping.join()
    with pytest.raises(ConnectionRefusedError), connection(server.url):
        pass


@pytest.mark.slow
def test_who_waits_for_a_server_to_stop_is_told_what_it_waits_for() -> None:
    server = ServerThread(Door(empty))
    server.start()
    with structlog.testing.capture_logs() as said, connection(server.url) as busy:
        busy.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n")
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        while not said:
            stopping.join(0.05)
            assert stopping.is_alive()
        busy.sendall(b"done")
        assert read_answer(busy).status == 204
        stopping.join()
    assert [(each["event"], each["connections"]) for each in said] == [
        ("requests in flight are waited for", 1)
    ]


def refuses(url: str) -> bool:
    try:
        with connection(url):
            return False
    except (ConnectionRefusedError, ConnectionResetError):
        # Reset is whoever was in the line when it was closed.
        return True


@pytest.mark.parametrize("asked_before", [True, False])
@pytest.mark.parametrize("path", [b"/", b"/_iamd/page"])
def test_a_request_on_its_way_when_the_server_stops_is_answered(asked_before: bool, path: bytes) -> None:
    """On a connection that is kept a client cannot know that the server stops, and would be cut off."""
    door = Door(empty, {("GET", b"/_iamd/page"): empty})
    server = ServerThread(door, limits=Limits(last_request_seconds=30))
    server.start()
    get = GET.replace(b" / ", b" " + path + b" ")
    with connection(server.url) as kept:
        if asked_before:
            kept.sendall(get)
            assert read_answer(kept).status == 204
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        while not refuses(server.url):
            pass
        kept.sendall(get)
        answer = read_answer(kept)
        assert (answer.status, answer.headers["connection"]) == (204, "close")
        assert is_closed(kept)
        stopping.join(10)
    assert not stopping.is_alive()


def test_a_connection_without_a_last_request_ends_soon() -> None:
    server = ServerThread(Door(empty), limits=Limits(last_request_seconds=0.01))
    server.start()
    with connection(server.url) as kept, connection(server.url) as silent:
        kept.sendall(GET)
        assert read_answer(kept).status == 204
        server.stop()
        assert is_closed(kept)
        assert is_closed(silent)


PROGRAM = """
import sys
from iamd.http import Response
from iamd.server.app import Door
from iamd.server.run import serve

async def empty(_):
    return Response(status=204)

serve(Door(empty), "127.0.0.1", 0, on_ready=lambda url: print(url, flush=True))
print("store closed", flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_server_and_what_follows_it_still_runs(number: signal.Signals) -> None:
    process = subprocess.Popen(  # noqa: S603  this very interpreter
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True, env={**os.environ}
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert ask(url, GET).status == 204
        process.send_signal(number)
        out, _ = process.communicate(timeout=20)
    finally:
        process.kill()
    assert (out, process.returncode) == ("store closed\n", 0)
