"""
Let the database fall silent under load, and see for how long memory is believed, that it then is not, and that all comes back.

``python -m tests.faults.silence [--turns 8]``

``iamd serve`` on PostgreSQL, with a lease of a few seconds.  Clients write, others only verify, all the time.  Then what lies
between server and database is cut: *frozen*, so that everything is taken and nothing answered, or *dropped*, so that packets
vanish.  In every second turn it is healed before the lease ends, else after that.  What must hold:

* While the lease runs, whoever is in memory is answered, at once.
* What is asked after the lease is answered by 503, whoever asks, until the database is heard from again.
* A write is refused within a bounded time, and none that was acknowledged is lost.
* All of it works again by itself.
"""

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, Self

from botocore.exceptions import BotoCoreError, ClientError
from tests.faults.load import Client
from tests.faults.run import CLIENTS, Place, Report, count, keep_reading, loaded, settle, until
from tests.support.postgres import PostgresUnavailableError, fresh_database, private_server
from tests.support.serving import Serving, init, root_client, serving
from tests.support.severed import Cut, SeveredWay, severed_way

LEASE: Final = 10.0
SLACK: Final = 3.0
"""Seconds between the last word of the database and the cut, and what a busy machine adds."""
MOST: Final = 15.0
"""Seconds until a write is refused."""
PROMPT: Final = 3.0
"""Seconds for what is answered from memory, on a busy machine."""


@dataclass(frozen=True)
class Asked:
    """A request, by the monotonic clock, and the status of its answer."""

    at: float
    answered_at: float
    status: int


class Asking:
    """Ask the same all the time, on a thread of its own."""

    def __init__(self, ask: Callable[[], Any], pause: float = 0.0) -> None:
        self.asked: list[Asked] = []
        self._ask = ask
        self._stopping = threading.Event()
        self._pause = pause
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(self._pause):
            at, status = time.monotonic(), 200
            try:
                self._ask()
            except ClientError as error:
                status = int(error.response["ResponseMetadata"]["HTTPStatusCode"])
            except BotoCoreError:
                status = 0
            self.asked.append(Asked(at, time.monotonic(), status))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--turns", type=int, default=8)
    turns = parser.parse_args().turns
    report = Report()
    try:
        with _place() as (at, way), _serving(at) as server:
            clients = [Client(number, number) for number in range(CLIENTS)]
            for turn in range(turns):
                how, long = list(Cut)[turn // 2 % 2], turn % 2 == 1
                _turn(at, way, server, clients, report, how, long=long)
    except PostgresUnavailableError as error:
        print(f"skipped: {error}")
        return 0
    print(*report.lines(), sep="\n")
    return 1 if report.wrong else 0


@contextmanager
def _place() -> Iterator[tuple[Place, SeveredWay]]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="iamd-silence-"))) / "iamd"
        url = stack.enter_context(fresh_database(stack.enter_context(private_server())))
        way = stack.enter_context(severed_way(url))
        file = folder.parent / "url"
        file.touch(0o600)
        file.write_text(way.url)
        # What is there is looked through past the cut.
        yield Place(folder, init(folder, "--database-url-file", str(file)), url), way


@contextmanager
def _serving(at: Place) -> Iterator[Serving]:
    environ = {"IAMD_DATABASE_LEASE_SECONDS": f"{LEASE:.0f}"}
    with serving(at.config, environ=environ, seconds=3600) as server:
        keep_reading(server)
        yield server


def _turn(
    at: Place,
    way: SeveredWay,
    server: Serving,
    clients: list[Client],
    report: Report,
    how: Cut,
    *,
    long: bool,
) -> None:
    iam, sts = (root_client(server.url, at.folder, service) for service in ("iam", "sts"))
    write = partial(iam.update_account_password_policy, MinimumPasswordLength=8 + report.runs % 8)
    until(sts.get_caller_identity)
    with (
        Asking(root_client(server.url, at.folder).get_caller_identity) as verifying,
        loaded(at, server, clients),
    ):
        time.sleep(1)
        cut_at = time.monotonic()
        way.cut(how)
        with Asking(write, 0.1) as writing:
            time.sleep(LEASE + SLACK if long else LEASE - 2 * SLACK)
            healed_at = time.monotonic()
            way.heal()
        until(write)
        until(sts.get_caller_identity)
        report.recoveries.append(time.monotonic() - healed_at)
        time.sleep(0.5)
    where = f"run {report.runs}, {how}"
    report.wrong += [f"{where}: {each}" for each in _broken(verifying, writing, cut_at, healed_at)]
    answered = [each for each in verifying.asked if cut_at < each.at < healed_at and each.status == 200]
    report.verified += len(answered)
    refused = [each for each in writing.asked if each.status != 200]
    slowest = max((each.answered_at - each.at for each in refused), default=0)
    print(
        f"{where}, {healed_at - cut_at:.0f} s: {len(answered)} verified from memory until "
        f"{max((each.at for each in answered), default=cut_at) - cut_at:.1f} s, {len(refused)} writes refused within "
        f"{slowest:.1f} s, all well {report.recoveries[-1]:.1f} s after",
        flush=True,
    )
    count(clients, report)
    settle(at, server, clients, report)


def _broken(verifying: Asking, writing: Asking, cut_at: float, healed_at: float) -> Iterator[str]:
    """Yield what did not hold."""
    for each in verifying.asked:
        since = f"{each.at - cut_at:.1f} s after the cut"
        if each.status not in {200, 503}:
            yield f"an answer of {each.status}, {since}"
        if cut_at + LEASE < each.at and each.answered_at < healed_at and each.status == 200:
            yield f"verified from memory, {since}"
        if each.at < min(cut_at + LEASE - SLACK, healed_at):
            if each.status != 200:
                yield f"refused, {since}"
            if each.answered_at - each.at > PROMPT:
                yield f"verified after {each.answered_at - each.at:.1f} s, {since}"
    for each in writing.asked:
        if each.answered_at < healed_at and each.status == 200:
            yield "a write was acknowledged that cannot have been kept"
        if each.answered_at - each.at > MOST:
            yield f"a write was answered after {each.answered_at - each.at:.1f} s"


if __name__ == "__main__":
    sys.exit(main())
