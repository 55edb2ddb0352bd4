"""
How soon one node knows what another one has done: a thousand revocations, two nodes on one database.

See README.md.  ``bench_nodes.py [--revocations N]``.  Without PostgreSQL's binaries only SQLite is measured.
"""

import argparse
import base64
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from tests.support.loops import loop_thread
from tests.support.postgres import PostgresUnavailableError, fresh_database, private_server
from tests.support.world import Actor, World

from iamd.secret import Secret
from iamd.settings import Settings

NAMES = ("PostgreSQL", "PostgreSQL, without notifications", "SQLite, two servers on one file")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--revocations", type=int, default=1000)
    number = parser.parse_args().revocations
    print(f"milliseconds until a key that one node deactivates is refused by the other; {number} revocations")
    print(f"{'':52}{'median':>9}{'p99':>9}{'longest':>9}{'on its own node':>17}")
    with tempfile.TemporaryDirectory() as folder:
        report(NAMES[2], settings(data=Path(folder) / "iamd.db"), number)
    with suppress(PostgresUnavailableError), private_server() as server:
        for name in NAMES[:2]:
            deaf = name == NAMES[1]
            with fresh_database(server) as url:
                # Who has to look by itself takes half a second each time.
                report(name, settings(database_url=Secret(url)), number // 10 if deaf else number, deaf=deaf)


def settings(*, data: Path | None = None, database_url: Secret | None = None) -> Settings:
    """Return what both nodes are given."""
    return Settings(
        data=data,
        database_url=database_url,
        master_key=Secret(base64.b64encode(bytes(32)).decode()),
        root_access_key_id="AKIAROOTEXAMPLE00000",
        root_secret_access_key=Secret("root/secret/access/key/of/the/tests/0000"),
    )


def report(name: str, settings: Settings, number: int, *, deaf: bool = False) -> None:
    """Print one line."""
    with nodes(settings, deaf=deaf) as (here, there):
        figures, own = measure(here, there, number)
    figures.sort()
    last = figures[min(len(figures) - 1, len(figures) * 99 // 100)]
    print(
        f"{name:52}{statistics.median(figures):>9.1f}{last:>9.1f}{figures[-1]:>9.1f}"
        f"{'at once' if not own else f'{own} answered late':>17}"
    )


@contextmanager
def nodes(settings: Settings, *, deaf: bool) -> Iterator[tuple[World, World]]:
    """Start two nodes; a *deaf* second one is told of nothing and has to look by itself."""
    with loop_thread() as one, loop_thread() as other:
        here, there = World(one, settings), World(other, settings)
        if deaf:
            store: Any = there.app.store
            store._log._alarm._connection = None  # noqa: SLF001  as if there were no notifications
        yield here, there
        there.close()
        here.close()


def measure(here: World, there: World, number: int) -> tuple[list[float], int]:
    """Return milliseconds for each revocation, and how often the acting node itself still answered the key."""
    bob = here.user("bob")
    assert bob.credentials is not None
    elsewhere = Actor(there, bob.credentials)
    key = {"UserName": "bob", "AccessKeyId": bob.credentials.access_key_id}
    figures, own = [], 0
    for _ in range(number):
        here.root.iam.update_access_key(**key, Status="Active")
        until(lambda: answers(elsewhere))
        here.root.iam.update_access_key(**key, Status="Inactive")
        done = time.perf_counter()
        until(lambda: not answers(elsewhere))
        figures.append((time.perf_counter() - done) * 1000)
        own += answers(bob)
    return figures, own


def answers(actor: Actor) -> bool:
    """Tell whether *actor* is still let in."""
    try:
        actor.sts.get_caller_identity()
    except ClientError:
        return False
    return True


def until(holds: Callable[[], bool]) -> None:
    """Ask until it holds."""
    while not holds():
        pass


if __name__ == "__main__":
    main()
