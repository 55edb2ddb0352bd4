"""
Writes that are acknowledged through the wire: 32 clients at once, on SQLite and on PostgreSQL.

See README.md.  ``bench_writes.py [--clients N] [--rounds N] [--requests N]``.  Without PostgreSQL's binaries only SQLite is
measured.  One process plays all clients, over a socket each, and sends what was made and signed before.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.bench_requests import update_access_key
from bench.identity_provider import IdentityProvider
from bench.peers import Furnished, Peer, furnish, serve
from bench.wire import Client, Figures, Load, requests_of
from tests.support.postgres import PostgresUnavailableError, durable_server, fresh_database

FORCED: Final = 200
"""How often a page is forced to the disk, to know what that takes."""
PAGE: Final = bytes(4096)

Make = Callable[[Furnished, int], list[bytes]]


@dataclass
class Row:
    """
    An operation of one server, and what has been measured of it.

    Attributes:
        client: Seconds of this process's own CPU time in each round.
    """

    operation: str
    has: Furnished
    make: Make
    figures: list[Figures] = field(default_factory=list)
    client: list[float] = field(default_factory=list)

    def round(self, clients: int, number: int) -> None:
        """Let each of *clients* be answered once, and measure from there on."""
        requests = self.make(self.has, clients + number)
        name = f"{self.has.server.name} {self.operation}"
        with Client(Load(name, self.has.server, requests), clients) as client:
            client.ask(requests[:clients])
            before = time.process_time()
            self.figures.append(client.ask(requests[clients:]))
            self.client.append(time.process_time() - before)

    def line(self) -> str:
        number = len(self.figures[0].latencies)
        latencies = sorted(each * 1e3 for figures in self.figures for each in figures.latencies)
        rates = [number / each.seconds for each in self.figures]
        server = statistics.median(each.cpu for each in self.figures) / number * 1e6
        client = statistics.median(self.client) / number * 1e6
        return (
            f"{self.operation:17}{self.has.server.name:12}{statistics.median(rates):>10,.0f}{max(rates):>9,.0f}"
            f"{latencies[len(latencies) // 2]:>9.1f}{latencies[len(latencies) * 99 // 100]:>9.1f}"
            f"{server:>8.0f}{client:>8.0f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--requests", type=int, default=3000)
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        rows = list(_rows(stack, folder))
        for row in rows:
            row.round(options.clients, options.requests // 4)  # To be warm.
            row.figures.clear()
            row.client.clear()
        forced = []
        for _ in range(options.rounds):
            forced += forcing(folder)
            for row in rows:
                row.round(options.clients, options.requests)
    report(rows, options.clients, forced)


def report(rows: Sequence[Row], clients: int, forced: Sequence[float]) -> None:
    print(
        f"{clients} clients, {len(rows[0].figures)} rounds in turn; load of the machine {os.getloadavg()[0]:.1f}"
    )
    p50, p99 = (sorted(forced)[int(len(forced) * share)] * 1e3 for share in (0.5, 0.99))
    print(f"a page forced to this disk: {p50:.2f} ms, p99 {p99:.2f} ms")
    print(f"{'':29}{'writes/s':>10}{'most':>9}{'p50, ms':>9}{'p99, ms':>9}{'CPU, µs':>8}{'client':>8}")
    for row in rows:
        print(row.line())


def _rows(stack: ExitStack, folder: Path) -> Iterator[Row]:
    """Start the servers, and yield what each of them is asked."""
    for peer in _peers(stack, folder):
        has = furnish(peer, stack.enter_context(peer.running()))
        yield Row("CreateUser", has, create_user)
        yield Row("UpdateAccessKey", has, update_access_key)
        # An account may have five thousand.
        yield Row("DeleteUser", has, delete_user)


def create_user(has: Furnished, number: int) -> list[bytes]:
    return requests_of(has.server, "create_user", _names(number), has.credentials, "iam")


def delete_user(has: Furnished, number: int) -> list[bytes]:
    """Undo what `create_user` has asked for."""
    return requests_of(has.server, "delete_user", _names(number), has.credentials, "iam")


def _names(number: int) -> list[dict[str, str]]:
    return [{"UserName": f"made-{each}"} for each in range(number)]


def _peers(stack: ExitStack, folder: Path) -> Iterator[Peer]:
    provider = IdentityProvider()
    for name in ("SQLite", "PostgreSQL"):
        (folder / name).mkdir()
    yield serve(folder / "SQLite", provider, name="SQLite")
    try:
        server = stack.enter_context(durable_server())
    except PostgresUnavailableError as error:
        print(f"PostgreSQL is left out: {error}")
        return
    url = folder / "url"
    url.touch(0o600)
    url.write_text(stack.enter_context(fresh_database(server)))
    yield serve(folder / "PostgreSQL", provider, "--database-url-file", url, name="PostgreSQL")


def forcing(folder: Path) -> list[float]:
    """Return how many seconds it takes to force a page to the disk that everything here is on, again and again."""
    took = []
    with (folder / "forced").open("wb", buffering=0) as file:
        for _ in range(FORCED):
            began = time.perf_counter()
            file.write(PAGE)
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - began)
    return took


if __name__ == "__main__":
    main()
