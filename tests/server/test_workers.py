"""Several processes behind the same sockets: they live and end together."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tests.support.raw_http import ask, connection, is_closed, read_answer

pytestmark = pytest.mark.slow

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
SLOW = b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"

PROGRAM = """
import asyncio, os, sys
from iamd.clock import SystemClock
from iamd.http import Response
from iamd.server.app import Door
from iamd.server.run import listen_on, serve_on, url_of
from iamd.server.workers import Workers

async def answer(request):
    if request.raw_path == b"/slow":
        print("slow", flush=True)
        await asyncio.sleep(0.5)
    return Response(status=200, body=b"%d" % os.getpid())

def work(ready):
    if "fail" in sys.argv:
        return 78
    serve_on(sockets, Door(answer), on_ready=ready, on_hangup=lambda: os.write(1, b"hangup\\n"))
    return 0

sockets = listen_on([("127.0.0.1", 0)])
url = url_of(sockets[0])
sys.exit(Workers(2, sockets, work, on_ready=lambda: print(url, flush=True), stop_seconds=20, clock=SystemClock()).run())
"""


@contextmanager
def running(*words: str) -> Iterator[Any]:
    process = subprocess.Popen(  # noqa: S603  this very interpreter
        [sys.executable, "-c", PROGRAM, *words], stdout=subprocess.PIPE, text=True, env={**os.environ}
    )
    deadline = threading.Timer(60, process.kill)
    deadline.start()
    try:
        yield process
    finally:
        deadline.cancel()
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def children(pid: int) -> set[int]:
    with open(f"/proc/{pid}/task/{pid}/children") as file:  # noqa: PTH123  not a file that there is a path for
        return set(map(int, file.read().split()))


def kill(pids: set[int]) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def is_let_in(url: str) -> bool:
    """Say whether a new connection is; until each worker has heard of the end, one may be, and is cut."""
    try:
        with connection(url):
            return True
    except ConnectionError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="workers need Linux's sigtimedwait and /proc")
class TestWorkers:
    def test_they_answer_are_told_and_drain(self) -> None:
        with running() as process:
            url = process.stdout.readline().strip()
            workers = children(process.pid)
            assert int(ask(url, GET).body) in workers
            process.send_signal(signal.SIGHUP)
            assert [process.stdout.readline(), process.stdout.readline()] == ["hangup\n", "hangup\n"]

            with connection(url) as busy, connection(url) as idle:
                busy.sendall(SLOW)
                assert process.stdout.readline() == "slow\n"
                process.send_signal(signal.SIGTERM)
                # In flight: it ends.  Idle: it is closed.  New: it is refused.
                assert is_closed(idle)
                while is_let_in(url):
                    pass
                answer = read_answer(busy)
                assert (answer.status, answer.headers["connection"]) == (200, "close")
            assert process.wait(20) == 0
            assert all(not os.path.exists(f"/proc/{pid}") for pid in workers)  # noqa: PTH110

    def test_one_that_dies_is_followed_by_another(self) -> None:
        with running() as process:
            url = process.stdout.readline().strip()
            before = children(process.pid)
            gone = min(before)
            os.kill(gone, signal.SIGKILL)
            while gone in children(process.pid) or len(children(process.pid)) < 2:
                pass
            assert len(children(process.pid) - before) == 1
            assert int(ask(url, GET).body) in children(process.pid)
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0

    def test_they_do_not_outlive_the_one_that_listens(self) -> None:
        with running() as process:
            process.stdout.readline()
            workers = children(process.pid)
            process.kill()
            process.wait()
            late = threading.Timer(30, lambda: kill(workers))
            late.start()
            # Their output ends when the last of them does.
            process.stdout.read()
            assert late.is_alive()
            late.cancel()

    def test_one_that_cannot_start_ends_them_all(self) -> None:
        with running("fail") as process:
            assert (process.stdout.read(), process.wait(20)) == ("", 78)
