"""
Use a server up, in one way after the other, while an honest client goes on; and see that it sheds what is too much, and recovers.

``python -m tests.faults.exhaustion [--turns 3] [--connections 500]``

* *files*: more connections than it may open files. Those that are too many are refused or cut; who was there before goes on.
* *threads*: more passwords to hash than there are threads for, and places in the line. The rest is told to come later.
* *memory*: bodies of a mebibyte that do not end, more than there is memory for (``ulimit -v``).
* *slow*: heads and bodies that come a byte a second, and answers that nobody reads (500 at most: each is a mebibyte). All are cut at
  their deadlines, and an honest client does not notice.
* *records*: a file of records that takes nothing any more, a pipe that nobody reads. Writes are refused within seconds, and begin
  no more; reads are answered until as many records wait as may, and then they are not; and all comes back when it is read.
"""

import argparse
import http.client
import os
import re
import socket
import ssl
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError
from tests.faults.run import keep_reading, until
from tests.support.serving import Serving, init, root_client, root_credentials, serving, signed_form

import iamd.console.static
from iamd.console.links import PAGE

FILES: Final = 256
HEADROOM: Final = 256 * 1024
"""KiB of memory beyond what the server has when it is idle."""
HEAD_SECONDS, BODY_SECONDS, WRITE_SECONDS = 10, 30, 30
SLACK: Final = 10
"""Seconds that a busy machine adds to a deadline."""
PATIENCE: Final = 5
"""Seconds that a write waits for its record, at most."""
MOST_RECORDS: Final = 10_000
_BODY: Final = b"Action=GetCallerIdentity&Version=2011-06-15"
_TOO_MUCH: Final = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1048576\r\n\r\n" + b"x" * 1_048_575


@dataclass
class Honest:
    """
    Somebody who asks all the time, on one connection.

    Attributes:
        folder: That `iamd init` has made.
        context: Of TLS; None where the URL is of http.
        pause: Seconds between two requests.
    """

    url: str
    folder: Path
    context: ssl.SSLContext | None = None
    pause: float = 0.005
    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._key = root_credentials(self.folder)
        host, port = urlsplit(self.url).hostname or "", urlsplit(self.url).port
        self._connection = (
            http.client.HTTPConnection(host, port, timeout=60)
            if self.context is None
            else http.client.HTTPSConnection(host, port, timeout=60, context=self.context)
        )
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def ask(self) -> int:
        headers = signed_form(self.url, _BODY, self._key, "sts")
        self._connection.request("POST", "/", _BODY, headers)
        answer = self._connection.getresponse()
        answer.read()
        return answer.status

    def __enter__(self) -> Self:
        self.statuses[self.ask()] += 1
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        while not self._stopping.wait(self.pause):
            began = time.monotonic()
            try:
                self.statuses[self.ask()] += 1
            except (OSError, http.client.HTTPException):
                self.statuses[0] += 1
                self._connection.close()
            self.seconds.append(time.monotonic() - began)

    def report(self) -> str:
        ordered = sorted(self.seconds) or [0.0]
        return (
            f"{sum(self.statuses.values())} honest requests, {dict(self.statuses)},"
            f" p99 {ordered[len(ordered) * 99 // 100] * 1000:.1f} ms"
        )

    def wrong(self) -> list[str]:
        return [f"an honest request was answered by {status}" for status in self.statuses if status != 200]


def open_many(url: str, count: int, first: bytes = b"POST", room: int | None = None) -> list[socket.socket]:
    """Open connections that each send *first*, and have *room* for answers; those that are refused are left out."""
    parts, made = urlsplit(url), []
    for _ in range(count):
        with suppress(OSError):
            each = socket.socket()
            each.settimeout(5)
            if room is not None:
                each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
            try:
                each.connect((parts.hostname or "", parts.port or 80))
            except OSError:
                each.close()
                raise
            made.append(each)
            each.setblocking(False)
            with suppress(BlockingIOError):
                each.send(first)
    return made


def close_all(connections: list[socket.socket]) -> None:
    for each in connections:
        each.close()


def is_cut(connection: socket.socket) -> bool:
    """Tell whether the server has closed it, whatever it has said before."""
    try:
        while connection.recv(65536):
            pass
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


@contextmanager
def server_with(folder: Path, *within: str, **environ: str) -> Iterator[Serving]:
    config = folder / "iamd" / "iamd.toml"
    if not config.exists():
        init(folder / "iamd")
    with serving(config, environ=environ, seconds=3600, within=within) as server:
        keep_reading(server)
        yield server


def works_again(server: Serving, folder: Path) -> list[str]:
    """Have it answer a read and a write over new connections."""
    try:
        until(lambda: root_client(server.url, folder / "iamd").get_caller_identity())
        until(lambda: root_client(server.url, folder / "iamd", "iam").update_account_password_policy())
    except (ClientError, BotoCoreError) as error:
        return [f"it does not recover: {error}"]
    return [] if server.process.poll() is None else ["it has ended"]


def files(folder: Path, turns: int, _connections: int) -> Iterator[str]:
    with server_with(folder, "prlimit", f"--nofile={FILES}:{FILES}") as server:
        for _ in range(turns):
            with Honest(server.url, folder / "iamd") as honest:
                many = open_many(server.url, 2 * FILES)
                time.sleep(1)
                close_all(many)
            yield from honest.wrong()
            yield from works_again(server, folder)
            print(f"files: {len(many)} connections, {honest.report()}", flush=True)


def threads(folder: Path, turns: int, _connections: int) -> Iterator[str]:
    with server_with(folder) as server:
        iam = root_client(server.url, folder / "iamd", "iam")
        for turn in range(turns):
            names = [f"user-{turn}-{number}" for number in range(150)]
            for name in names:
                iam.create_user(UserName=name)
            with Honest(server.url, folder / "iamd") as honest, ThreadPoolExecutor(150) as pool:
                clients = [_client(server.url, folder) for _ in names]
                done = Counter(pool.map(_password, clients, names))
            yield from honest.wrong()
            yield from (
                f"a password was answered by {each}" for each in done if each not in {"", "Throttling"}
            )
            yield from works_again(server, folder)
            print(f"threads: {dict(done)}, {honest.report()}", flush=True)


def _client(url: str, folder: Path) -> Any:
    # A machine that is busy with other things hashes slowly.
    return root_client(url, folder / "iamd", "iam", patience=600)


def _password(iam: Any, name: str) -> str:
    try:
        iam.create_login_profile(UserName=name, Password="A-long-passw0rd!")
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def memory(folder: Path, turns: int, connections: int) -> Iterator[str]:
    with server_with(folder) as server:
        needed = int(
            re.findall(r"VmSize:\s+(\d+)", Path(f"/proc/{server.process.pid}/status").read_text())[0]
        )
    with server_with(folder, "prlimit", f"--as={(needed + HEADROOM) * 1024}") as server:
        for _ in range(turns):
            with Honest(server.url, folder / "iamd") as honest, ThreadPoolExecutor(32) as pool:
                sent = [each for each in pool.map(_send_too_much, [server.url] * connections) if each]
                # What the system has taken, the server is to read.
                time.sleep(5)
                held = [each for each in sent if not is_cut(each)]
                close_all(sent)
            yield from works_again(server, folder)
            print(f"memory: {len(held)} of {connections} bodies were held, {honest.report()}", flush=True)


def _send_too_much(url: str) -> socket.socket | None:
    """Send almost all of a body, and keep the connection; None where that was cut before."""
    parts = urlsplit(url)
    each = None
    try:
        each = socket.create_connection((parts.hostname or "", parts.port or 80), timeout=20)
        each.sendall(_TOO_MUCH)
        each.setblocking(False)
    except OSError:
        if each is not None:
            each.close()
        return None
    return each


def slow(folder: Path, turns: int, connections: int) -> Iterator[str]:
    with server_with(folder) as server:
        with Honest(server.url, folder / "iamd") as alone:
            time.sleep(5)
        print(f"slow, before: {alone.report()}", flush=True)
        for turn in range(turns):
            way = (_slow_heads, _slow_bodies, _unread)[turn % 3]
            with Honest(server.url, folder / "iamd") as honest:
                found = list(way(server, connections))
            yield from found
            yield from honest.wrong()
            yield from works_again(server, folder)
            print(f"slow, {way.__name__.strip('_')}: {honest.report()}", flush=True)


def _slow_heads(server: Serving, connections: int) -> Iterator[str]:
    yield from _trickled(server, connections, b"POST / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", HEAD_SECONDS)


def _slow_bodies(server: Serving, connections: int) -> Iterator[str]:
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"
    yield from _trickled(server, connections, head, BODY_SECONDS)


def _trickled(server: Serving, connections: int, first: bytes, limit: int) -> Iterator[str]:
    """Send *first*, and then a byte each second, until the connection is cut; those of all spread over the second."""
    many = open_many(server.url, connections, first)
    began = time.monotonic()
    left, none_before = list(many), 0.0
    while left and time.monotonic() - began < limit + SLACK:
        for start in range(_PARTS):
            time.sleep(1 / _PARTS)
            for each in left[start::_PARTS]:
                with suppress(OSError):
                    each.send(b"x")
        left = [each for each in left if not is_cut(each)]
        none_before = none_before if len(left) < len(many) else time.monotonic() - began
    close_all(many)
    print(f"{len(many)} connections, {len(left)} of them left after {limit + SLACK} s", flush=True)
    if len(many) < connections:
        yield f"{connections - len(many)} connections were refused"
    if left:
        yield f"{len(left)} of {len(many)} connections are there after {limit + SLACK} s"
    if none_before < limit - 3:
        yield f"the first was cut after {none_before:.0f} s"


def _unread(server: Serving, connections: int) -> Iterator[str]:
    """Ask for much more than the system takes, and read nothing of it."""
    page = _largest_page()
    before, memory_before = _open_connections(server), _resident(server)
    asked = f"GET {page} HTTP/1.1\r\nHost: {urlsplit(server.url).netloc}\r\n\r\n".encode() * 8
    many = open_many(server.url, min(connections, 500), asked, room=4096)
    began, there, now, most = time.monotonic(), 0, 0, 0
    while time.monotonic() - began < WRITE_SECONDS + SLACK:
        time.sleep(1)
        now = _open_connections(server) - before
        most = max(most, _resident(server) - memory_before)
        there = max(there, now)
        if now < len(many) // 50:
            break
    took = time.monotonic() - began
    print(
        f"{len(many)} connections, {there} held at once, {now} of them left after {took:.0f} s; {most} MiB more memory",
        flush=True,
    )
    close_all(many)
    if most > len(many) // 2:
        yield f"unread answers took {most} MiB"
    if there < len(many) * 0.9 or took < WRITE_SECONDS - 3:
        yield f"{there} unread answers were held, for {took:.0f} s"
    if now >= len(many) // 50:
        yield f"{now} unread answers are held after {took:.0f} s"


def _largest_page() -> str:
    """Return the path of the largest file of the console, for which nobody has to sign."""
    folder = Path(iamd.console.static.__file__).with_name("static")
    largest = max(folder.rglob("*.js.gz"), key=lambda each: each.stat().st_size)
    return f"{PAGE.decode()}{largest.relative_to(folder).as_posix().removesuffix('.gz')}"


def _resident(server: Serving) -> int:
    """Return how many MiB of memory it has."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) // 1024


def _open_connections(server: Serving) -> int:
    """Return how many connections the server has, and not the system alone."""
    port = f":{urlsplit(server.url).port or 0:04X}"
    rows = [line.split()[1:4] for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(local.endswith(port) and state == "01" for local, _, state in rows)


def records(folder: Path, turns: int, _connections: int) -> Iterator[str]:
    pipe = folder / "pipe"
    os.mkfifo(pipe, 0o600)
    reader = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    drained = threading.Event()
    drainer = threading.Thread(target=_drain, args=(reader, drained), daemon=True)
    drained.set()
    drainer.start()
    with server_with(folder, IAMD_AUDIT_FILE=str(pipe)) as server:
        iam = _client(server.url, folder)
        for turn in range(turns):
            drained.clear()
            refused = _refused_writes(iam)
            if len(refused) < 2 or max(refused) > PATIENCE + SLACK or refused[-1] > 1 + SLACK:
                yield f"records: writes are refused after {refused} s"
            honest = Honest(server.url, folder / "iamd")
            asked = 0
            # Once: that many take their time.
            while turn == 0 and asked < 2 * MOST_RECORDS and (status := honest.ask()) == 200:
                asked += 1
            if turn == 0 and not (MOST_RECORDS * 0.9 <= asked <= MOST_RECORDS * 1.1 and status >= 500):
                yield f"records: {asked} reads were answered while nothing could be recorded"
            drained.set()
            yield from works_again(server, folder)
            print(f"records: writes refused after {refused} s, {asked} reads answered", flush=True)
        drained.set()
    drained.set()


def _drain(reader: int, go_on: threading.Event) -> None:
    while True:
        go_on.wait()
        try:
            os.read(reader, 65536)
        except BlockingIOError:
            time.sleep(0.01)
        except OSError:
            return


def _refused_writes(iam: Any) -> list[float]:
    """Write until it is refused three times; return after how many seconds each was."""
    refused: list[float] = []
    deadline = time.monotonic() + 120
    while len(refused) < 3 and time.monotonic() < deadline:
        began = time.monotonic()
        try:
            iam.update_account_password_policy()
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] < 500:
                raise
            refused.append(round(time.monotonic() - began, 1))
    return refused


_PARTS: Final = 500

WAYS: Final[tuple[Callable[[Path, int, int], Iterator[str]], ...]] = (files, threads, memory, slow, records)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--connections", type=int, default=500)
    parser.add_argument("--only", choices=[way.__name__ for way in WAYS])
    asked = parser.parse_args()
    wrong: list[str] = []
    for way in WAYS:
        if asked.only not in {None, way.__name__}:
            continue
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="iamd-exhaustion-")))
            wrong += way(folder, asked.turns, asked.connections)
    print(f"{len(wrong)} promises broken", *wrong[:20], sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
