"""
Kill a server amid its writes, again and again, and see that it has kept what it had answered, and nothing by half.

``python -m tests.faults.run --runs 200 --database sqlite|postgres --fault kill|postgres [--seed N] [--workers N] [--users N]``

Each run: `iamd serve` as a process of its own, clients of boto3 that write, and at a random moment SIGKILL (``kill``), or a
crash of the PostgreSQL server underneath (``postgres``).  Then the server is started anew, or has to recover by itself;
what it says is compared with what was acknowledged, and the whole store with its invariants.
"""

import argparse
import base64
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from tests.faults.load import Client, look
from tests.support.postgres import PostgresUnavailableError, Restartable, fresh_database, restartable_server
from tests.support.serving import Serving, init, root_client, serving

from iamd.domain.access_keys import PREFIX as KEY_PREFIX
from iamd.domain.access_keys import AccessKey
from iamd.domain.ids import Ids
from iamd.domain.users import PREFIX as USER_PREFIX
from iamd.domain.users import User
from iamd.store.database_store import DatabaseStore
from iamd.store.interface import Transaction
from iamd.store.open import open_store

CLIENTS: Final = 4
MOST_WRITES: Final = 40
"""How many are acknowledged before the fault, at most; some more may be by then."""
START: Final = 2.0
"""Seconds of its own processor time after which a server that was killed must be ready, whatever is in its database."""
PATIENCE: Final = 600.0
"""Seconds for one run, on however busy a machine."""
RECOVERY: Final = 30.0
"""Seconds after which a server that does not answer is given up; what is reported is how long it took."""


@dataclass
class Report:
    """What came of the runs."""

    runs: int = 0
    acknowledged: int = 0
    in_doubt: int = 0
    starts: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    recoveries: list[float] = field(default_factory=list)
    verified: int = 0
    wrong: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """Yield what people are to read."""
        yield f"{self.runs} runs, {self.acknowledged} writes acknowledged, {self.in_doubt} not answered"
        for title, figures in (
            ("ready", self.starts),
            ("ready, of its own processor time", self.processor),
            ("writing again", self.recoveries),
        ):
            if figures:
                ordered = sorted(figures)
                yield (
                    f"{title} after {ordered[len(ordered) // 2]:.2f} s, p99 {ordered[len(ordered) * 99 // 100]:.2f} s, "
                    f"at most {ordered[-1]:.2f} s"
                )
        if self.verified:
            yield f"{self.verified} requests verified from memory meanwhile, none refused"
        yield f"{len(self.wrong)} promises broken"
        yield from self.wrong[:20]


@dataclass
class Place:
    """Where a server is set up, and what its store is."""

    folder: Path
    config: Path
    location: str
    postgres: Restartable | None = None

    def problems(self) -> list[str]:
        """Look through the whole store."""
        with self._store() as store:
            return store.read(lambda tx: tx.problems()).result()

    def fill(self, users: int) -> None:
        """Make so many users with an access key each, whom no client touches."""
        ids, now = Ids(), datetime.now(UTC)

        def job(tx: Transaction) -> None:
            account_id = tx.accounts.all()[0].account_id
            for number in range(users):
                user = User(
                    account_id=account_id,
                    user_id=ids.unique_id(USER_PREFIX),
                    name=f"filler-{number:06}",
                    path="/",
                    created_at=now,
                )
                tx.users.add(user)
                tx.access_keys.add(
                    AccessKey(
                        account_id=account_id,
                        access_key_id=ids.access_key_id(KEY_PREFIX, account_id),
                        owner_id=user.user_id,
                        secret=ids.secret_access_key(),
                        created_at=now,
                    )
                )

        with self._store() as store:
            store.write(job).result()

    @contextmanager
    def _store(self) -> Iterator[DatabaseStore]:
        key = base64.b64decode((self.folder / "master.key").read_text().strip())
        store = open_store(self.location, master_key=key, ids=Ids())
        try:
            yield store
        finally:
            store.close()


@contextmanager
def place(database: str) -> Iterator[Place]:
    """Set a server up for the length of a ``with``."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="iamd-faults-"))) / "iamd"
        if database == "sqlite":
            yield Place(folder, init(folder), str(folder / "iamd.db"))
            return
        server = stack.enter_context(restartable_server())
        url = stack.enter_context(fresh_database(server.url))
        file = folder.parent / "url"
        file.touch(0o600)
        file.write_text(url)
        yield Place(folder, init(folder, "--database-url-file", str(file)), url, server)


def kill_runs(at: Place, runs: int, seed: int, workers: int = 1) -> Report:
    """Kill the server *runs* times."""
    report, chance = Report(), random.Random(seed)  # noqa: S311  the same runs each time
    clients = [Client(number, seed + number) for number in range(CLIENTS)]
    for _ in range(runs):
        started = time.monotonic()
        with serving(at.config, "--workers", str(workers), seconds=PATIENCE) as server:
            report.starts.append(time.monotonic() - started)
            report.processor.append(_processor_seconds(server.process.pid))
            if report.processor[-1] > START:
                report.wrong.append(f"run {report.runs}: ready after {report.processor[-1]:.2f} s")
            settle(at, server, clients, report)
            with loaded(at, server, clients):
                write_for_a_while(clients, chance)
                _kill(server.process)
        count(clients, report, runs)
    with serving(at.config, seconds=PATIENCE) as server:
        settle(at, server, clients, report)
    return report


def postgres_runs(at: Place, runs: int, seed: int) -> Report:
    """Crash the database *runs* times under one server that lives through it."""
    report, chance = Report(), random.Random(seed)  # noqa: S311  the same runs each time
    clients = [Client(number, seed + number) for number in range(CLIENTS)]
    assert at.postgres is not None
    with serving(at.config, seconds=runs * 60 + 60) as server:
        keep_reading(server)
        iam, sts = (root_client(server.url, at.folder, service) for service in ("iam", "sts"))
        for _ in range(runs):
            with verifying(sts, report), loaded(at, server, clients):
                write_for_a_while(clients, chance)
                at.postgres.crash()
                time.sleep(chance.uniform(0, 1))
                at.postgres.start()
                back = time.monotonic()
                until(lambda: iam.create_account_alias(AccountAlias=f"alias-{report.runs}"))
                report.recoveries.append(time.monotonic() - back)
            count(clients, report, runs)
            settle(at, server, clients, report)
    return report


@contextmanager
def loaded(at: Place, server: Serving, clients: list[Client]) -> Iterator[None]:
    """Let *clients* write, for the length of a ``with``, each until it is not answered."""
    with at_work([(client.run, root_client(server.url, at.folder, "iam")) for client in clients]):
        yield


@contextmanager
def at_work(works: Sequence[tuple[Callable[[Any, threading.Event], None], Any]]) -> Iterator[None]:
    """Run each of *works* in a thread, with its client and what tells it to stop, for the length of a ``with``."""
    stopping = threading.Event()
    threads = [threading.Thread(target=work, args=(client, stopping)) for work, client in works]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopping.set()
        for thread in threads:
            thread.join()


@contextmanager
def verifying(sts: Any, report: Report) -> Iterator[None]:
    """Ask all the time for what is answered from memory; each refusal is a promise broken."""
    stopping = threading.Event()

    def ask() -> None:
        while not stopping.is_set():
            try:
                sts.get_caller_identity()
            except (ClientError, BotoCoreError) as error:
                report.wrong.append(f"GetCallerIdentity while the database was away: {error}")
                return
            report.verified += 1

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield
    finally:
        stopping.set()
        asking.join()


def write_for_a_while(clients: list[Client], chance: random.Random) -> None:
    """Wait for some writes, on however busy a machine, and then to a random moment of the next ones."""
    enough, deadline = chance.randint(1, MOST_WRITES), time.monotonic() + RECOVERY
    while sum(client.acknowledged for client in clients) < enough and time.monotonic() < deadline:
        time.sleep(0.001)
    time.sleep(chance.uniform(0, 0.02))


def count(clients: list[Client], report: Report, runs: int | None = None) -> None:
    """Add up what was answered in a run, and of *runs* say now and then how far they are."""
    report.runs += 1
    for client in clients:
        report.acknowledged += client.acknowledged
        report.in_doubt += client.in_doubt is not None
        client.acknowledged = 0
    if runs is not None and report.runs % max(runs // 20, 1) == 0:
        print(
            f"{report.runs} of {runs} runs, {report.acknowledged} writes acknowledged, {len(report.wrong)} promises broken",
            flush=True,
        )


def settle(at: Place, server: Serving, clients: list[Client], report: Report) -> None:
    """Compare what *server* says with what was promised, and the store with its invariants."""
    iam = root_client(server.url, at.folder, "iam")
    seen = look(iam, [name for client in clients for name in client.known])
    for client in clients:
        report.wrong += [f"run {report.runs}: {each}" for each in client.settle(seen)]
    report.wrong += [f"run {report.runs}: {each}" for each in at.problems()]


def _processor_seconds(pid: int) -> float:
    """Return how long *pid* has been running, on however busy a machine; see proc(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """Kill *process* and its workers, as the kernel does when memory runs out."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    process.send_signal(signal.SIGKILL)
    for child in children:
        subprocess.run(["kill", "-KILL", child], check=False, stderr=subprocess.DEVNULL)  # noqa: S603, S607  our own
    process.wait()


def keep_reading(server: Serving) -> None:
    """Keep the pipe of *server* empty, so that it is not held up by what it says."""
    assert server.process.stdout is not None
    threading.Thread(target=server.said.extend, args=(server.process.stdout,), daemon=True).start()


def until(ask: Callable[[], Any]) -> None:
    """Ask until it is answered."""
    deadline = time.monotonic() + RECOVERY
    while True:
        try:
            ask()
        except (ClientError, BotoCoreError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--fault", choices=("kill", "postgres"), default="kill")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--users", type=int, default=0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    asked = parser.parse_args()
    database = "postgres" if asked.fault == "postgres" else asked.database
    print(
        f"{asked.fault} on {database}, {asked.workers} workers, {asked.users} users, --seed {asked.seed}",
        flush=True,
    )
    try:
        with place(database) as at:
            at.fill(asked.users)
            if asked.fault == "postgres":
                report = postgres_runs(at, asked.runs, asked.seed)
            else:
                report = kill_runs(at, asked.runs, asked.seed, asked.workers)
    except PostgresUnavailableError as error:
        print(f"skipped: {error}")
        return 0
    print(*report.lines(), sep="\n")
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
