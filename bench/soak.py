"""
Many connections for a long time: nobody is answered by an error of the server, and its memory stays as it is.

``python -m bench.soak [--minutes 10] [--idle 10000] [--active 2000] [--rate 500]``, or ``make soak``

``iamd serve``, as an operator runs it, on this machine alone.  *Idle* connections are kept, and ask once a minute, since who
does not is closed; those that are *active* ask so often that all of them together reach the rate.  One request in fifty
writes.

What a crowd has taken once is kept for the next: Python gives memory back only where nothing at all of a quarter of a mebibyte is in
use.  So the greatest crowd comes first: half of all connections ask at one moment, then the other half, and again.  From the
second minute on memory must stay as it is.  Ends with 1 where something is not so.
"""

import argparse
import asyncio
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final, cast

import uvloop
from bench.bench_requests import assume_role, list_users, update_access_key, who_am_i, who_am_i_in_a_session
from bench.identity_provider import IdentityProvider
from bench.peers import COMPILED, Furnished, furnish, serve
from bench.servers import BIN, Server

PAUSE: Final = 60.0
"""Seconds between two requests on an idle connection."""
SILENT: Final = 5.0
"""Within how many seconds the first request comes: a server waits for ten."""
FRESH: Final = 300.0
"""Seconds after which requests are signed anew."""
CONNECTING: Final = 100
"""How many connections are made at once."""
RUSHES: Final = 2
"""How often everybody asks at once before anything is measured, half of them at a time."""
SETTLED: Final = 2
"""The minute from which on memory must stay as it is."""
GROWTH: Final = 0.1
"""How much of its memory a server may have more at the end than then: the disk may keep everybody waiting for longer."""
SPARE: Final = 200
"""Files that a process needs besides its connections."""

# How many of a hundred, and what they ask.
MIXTURE: Final = (
    (70, who_am_i),
    (14, who_am_i_in_a_session),
    (10, assume_role),
    (4, list_users),
    (2, update_access_key),
)


class Soak:
    """What is counted, and the requests that are sent."""

    def __init__(self, has: Furnished) -> None:
        self.statuses: Counter[int] = Counter()
        self.broken: Counter[str] = Counter()
        self.latencies: list[float] = []
        self.stopping = False
        self._has = has
        self._requests: list[list[bytes]] = []
        self._chance = random.Random(1)

    def sign(self) -> None:
        self._requests = [make(self._has, 16) for _, make in MIXTURE]

    def request(self) -> bytes:
        (kind,) = self._chance.choices(self._requests, [each for each, _ in MIXTURE])
        return self._chance.choice(kind)


class Connection(asyncio.Protocol):
    """Ask, wait for the answer, pause, ask again; connect anew where the server says that it closes."""

    def __init__(self, soak: Soak, pause: float) -> None:
        self._soak = soak
        self._pause = pause
        self._data = b""
        self._sent_at = 0.0
        self._closing = False
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> bool:
        """Whether an answer is to come."""
        return self._transport is not None and self._sent_at > 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass
        self._ask_after(random.uniform(0, min(SILENT, self._pause)))

    def _ask_after(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self.ask)

    def ask(self) -> None:
        """Ask now, and not when it would have been time to."""
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is None or self._soak.stopping or self.waiting:
            return
        self._sent_at = time.perf_counter()
        self._transport.write(self._soak.request())

    def data_received(self, data: bytes) -> None:
        self._data += data
        head, end, body = self._data.partition(b"\r\n\r\n")
        if not end:
            return
        length = head.lower().rpartition(b"content-length:")[2].partition(b"\r\n")[0]
        if len(body) < int(length):
            return
        self._data = b""
        status = int(head[9:12])
        self._soak.statuses[status] += 1
        self._soak.latencies.append(time.perf_counter() - self._sent_at)
        self._sent_at = 0.0
        self._closing = b"\r\nconnection: close" in head.lower()
        self._ask_after(self._pause * random.uniform(0.9, 1.1))

    def connection_lost(self, _error: Exception | None) -> None:
        self._transport = None
        if not self._soak.stopping and not self._closing:
            self._soak.broken["while it was waited for" if self._sent_at else "between two requests"] += 1

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()


async def connected(port: int, number: int, make: Callable[[], Connection], soak: Soak) -> list[Connection]:
    """Connect *number* times, some at once."""
    loop, made = asyncio.get_running_loop(), []
    for begun in range(0, number, CONNECTING):
        some = [
            loop.create_connection(make, "127.0.0.1", port) for _ in range(min(CONNECTING, number - begun))
        ]
        for done in await asyncio.gather(*some, return_exceptions=True):
            if isinstance(done, BaseException):
                soak.broken[f"not connected: {done!r}"] += 1
            else:
                made.append(done[1])
    return made


async def rush(connections: Sequence[Connection]) -> None:
    """Let all of *connections* ask at once, and return when each has been answered."""
    for each in connections:
        each.ask()
    while any(each.waiting for each in connections):  # noqa: ASYNC110  there are thousands
        await asyncio.sleep(0.1)


async def run(soak: Soak, server: Server, asked: argparse.Namespace) -> Sequence[tuple[float, int]]:
    """Return memory in MiB and open files, each minute."""
    await asyncio.to_thread(soak.sign)
    connections = await connected(server.port, asked.idle, lambda: Connection(soak, PAUSE), soak)
    pause = asked.active / asked.rate
    connections += await connected(server.port, asked.active, lambda: Connection(soak, pause), soak)
    print(f"with all connections: {server.memory_mebibytes():.0f} MiB", flush=True)
    for half in (connections[::2], connections[1::2]) * RUSHES:
        await rush(half)
    print(f"when half of them have asked at once: {server.memory_mebibytes():.0f} MiB", flush=True)
    soak.latencies = []
    signed_at = began = time.monotonic()
    samples = []
    for minute in range(1, asked.minutes + 1):
        await asyncio.sleep(max(0.0, began + 60 * minute - time.monotonic()))
        samples.append((server.memory_mebibytes(), server.open_files()))
        soak.latencies.sort()
        count = len(soak.latencies)
        p50, p99 = (soak.latencies[int(count * share)] * 1e3 if count else 0 for share in (0.5, 0.99))
        soak.latencies = []
        print(
            f"minute {minute}: {samples[-1][0]:.0f} MiB, {samples[-1][1]} files, {count / 60:.0f} requests/s, "
            f"p50 {p50:.1f} ms, p99 {p99:.1f} ms, {dict(soak.statuses)} {dict(soak.broken)}",
            flush=True,
        )
        if time.monotonic() - signed_at > FRESH:
            signed_at = time.monotonic()
            await asyncio.to_thread(soak.sign)
    soak.stopping = True
    for each in connections:
        each.close()
    return samples


def allow_files(number: int) -> None:
    """Raise this process's limit of open files, which servers that it starts inherit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and number > hard:
        raise SystemExit(
            f"so many connections need {number} open files, and this machine allows {hard}: `ulimit -Hn`"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, number), hard))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=int, default=10)
    parser.add_argument("--idle", type=int, default=10_000)
    parser.add_argument("--active", type=int, default=2_000)
    parser.add_argument("--rate", type=float, default=500.0)
    parser.add_argument("--compiled", action="store_true", help="what `make compiled` has made")
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        peer = serve(folder, IdentityProvider(), programs=COMPILED if asked.compiled else BIN)
        server = stack.enter_context(peer.running())
        soak = Soak(furnish(peer, server))
        # Behind the start of the server, which has to raise its own.
        allow_files(asked.idle + asked.active + SPARE)
        samples = uvloop.run(run(soak, server, asked))
    return report(soak, samples, asked.idle + asked.active)


def report(soak: Soak, samples: Sequence[tuple[float, int]], least: int) -> int:
    wrong = [f"{number} answers of {status}" for status, number in soak.statuses.items() if status >= 400]
    wrong += [f"{number} connections lost {how}" for how, number in soak.broken.items()]
    if sum(soak.statuses.values()) < least:
        wrong.append(f"less than {least} requests were answered")
    first, last = samples[min(SETTLED, len(samples)) - 1][0], samples[-1][0]
    if last > first * (1 + GROWTH):
        wrong.append(f"memory has grown from {first:.0f} to {last:.0f} MiB")
    print(f"{sum(soak.statuses.values())} requests, memory {first:.0f} to {last:.0f} MiB")
    print(*(wrong or ["nothing was wrong"]), sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
