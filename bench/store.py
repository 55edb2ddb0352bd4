"""
Measure the store: writes and reads per second with many submitters at once.

    python -m bench.store [--postgres URL] [--submitters 32] [--seconds 3]

Each submitter waits for its answer before it submits again, as clients do; none is a thread of its own, since those of the
server are not either.  SQLite writes to a durable file in the current directory, so that the disk under it is what is measured.
"""

import argparse
import itertools
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from iamd.domain.accounts import Account
from iamd.domain.ids import AccountId, Ids
from iamd.domain.users import PREFIX, User
from iamd.store.database_store import DatabaseStore
from iamd.store.interface import Transaction
from iamd.store.open import open_postgres, open_sqlite

ACCOUNT_ID = AccountId("123456789012")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
IDS = Ids()
numbers = itertools.count()


def create_user(store: DatabaseStore) -> "Future[None]":
    user = User(
        account_id=ACCOUNT_ID,
        user_id=IDS.unique_id(PREFIX),
        name=f"user-{time.time_ns()}-{next(numbers)}",
        path="/",
        created_at=NOW,
    )

    def job(tx: Transaction) -> None:
        tx.users.count(ACCOUNT_ID)
        tx.users.add(user)

    return store.write(job)


def find_user(store: DatabaseStore) -> "Future[User | None]":
    return store.read(lambda tx: tx.users.find(ACCOUNT_ID, "nobody"))


def measure(
    label: str,
    store: DatabaseStore,
    once: Callable[[DatabaseStore], "Future[Any]"],
    submitters: int,
    seconds: float,
) -> None:
    cpu = time.process_time()
    end = time.perf_counter() + seconds
    took: list[float] = []
    ended = threading.Semaphore(0)

    def submit() -> None:
        start = time.perf_counter()

        def answered(future: "Future[Any]") -> None:
            now = time.perf_counter()
            took.append(now - start)
            if now < end and future.exception() is None:
                submit()
            else:
                ended.release()

        once(store).add_done_callback(answered)

    for _ in range(submitters):
        submit()
    for _ in range(submitters):
        ended.acquire()
    took.sort()
    p50, p99 = (took[int(len(took) * share)] * 1000 for share in (0.5, 0.99))
    each = (time.process_time() - cpu) / len(took) * 1e6
    print(
        f"{label:24} {len(took) / seconds:9,.0f}/s   p50 {p50:6.2f} ms   p99 {p99:6.2f} ms   {each:6.0f} µs of CPU"
    )


def run(name: str, store: DatabaseStore, submitters: int, seconds: float) -> None:
    if not store.read(lambda tx: tx.accounts.find(ACCOUNT_ID)).result():
        account = Account(account_id=ACCOUNT_ID, name="bench", created_at=NOW)
        store.write(lambda tx: tx.accounts.add(account)).result()
    measure(f"{name}: CreateUser", store, create_user, submitters, seconds)
    measure(f"{name}: find a user", store, find_user, submitters, seconds)
    store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgres", metavar="URL", help="a database that may be filled with users")
    parser.add_argument("--submitters", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=3.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=".") as folder:
        store = open_sqlite(Path(folder) / "bench.db", master_key=bytes(32), ids=IDS)
        run("SQLite", store, options.submitters, options.seconds)
    if options.postgres:
        store = open_postgres(options.postgres, master_key=bytes(32), ids=IDS)
        run("PostgreSQL", store, options.submitters, options.seconds)


if __name__ == "__main__":
    main()
