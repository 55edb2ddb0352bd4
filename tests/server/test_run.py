"""Starting and stopping."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading

import pytest
from tests.support.raw_http import ask, connection, is_closed, read_answer

from iamd.http import Request, Response
from iamd.server.app import Door
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
