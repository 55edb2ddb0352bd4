"""
Back a server up amid the writes of its clients, restore each backup elsewhere, and see that it is of one moment.

``python -m tests.faults.backups [--runs 10] [--seed N]``

What must hold of each backup, whatever was written while it was made:

* All that was acknowledged before it began is there, and nothing that was asked for when it had ended.
* What is there of each client is what that client knew at one moment in between.
* The restored database is whole by its invariants, and takes writes.
"""

import argparse
import logging
import random
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import structlog
from click.testing import CliRunner
from tests.faults.load import Client, Known, look
from tests.faults.powered import Recorded
from tests.faults.run import CLIENTS, keep_reading, until
from tests.support.loops import LoopThread, loop_thread
from tests.support.serving import init, root_client, root_credentials, serving
from tests.support.world import Actor, World

from iamd.cli.main import cli
from iamd.setting_sources import load_settings


class Clock:
    """Where a recording is, told by time."""

    def position(self) -> int:
        return time.monotonic_ns()


def back_up(config: Path, folder: Path) -> tuple[Path, int, int]:
    """Make a backup; return it with when it began and ended."""
    began, path = time.monotonic_ns(), folder / f"backup-{time.monotonic_ns()}"
    done = CliRunner().invoke(cli, ["backup", "--config", str(config), str(path)])
    if done.exit_code:
        raise RuntimeError(done.output)
    return path, began, time.monotonic_ns()


def wrong_in(
    config: Path, path: Path, span: tuple[int, int], clients: list[Recorded], loop: LoopThread
) -> Iterator[str]:
    """Restore a backup that was made in *span*, and yield what is wrong."""
    with tempfile.TemporaryDirectory(prefix="iamd-restored-") as where:
        for name in ("iamd.toml", "master.key", "root.credentials"):
            shutil.copy2(config.parent / name, Path(where) / name)
        restored = Path(where) / "iamd.toml"
        done = CliRunner().invoke(cli, ["restore", "--config", str(restored), str(path)])
        if done.exit_code:
            yield done.output
            return
        with closing(World(loop, load_settings({}, {}, file=restored))) as world:
            yield from world.app.store.read(lambda tx: tx.problems()).result()
            root: Any = Actor(world, root_credentials(Path(where)))
            seen = look(root.iam, [name for client in clients for name in client.known])
            for client in clients:
                if not any(_is(known, seen) for known in _moments(client, *span)):
                    yield f"what is there of client {client.number} is of no moment of the backup"
            until(lambda: root.iam.update_account_password_policy(MinimumPasswordLength=9))


def _moments(client: Recorded, began: int, ended: int) -> Iterator[dict[str, Known]]:
    """Yield what *client* can have known between the two."""
    known = dict(Client(client.number, 0).known)
    for step in client.steps:
        if step.ends > began:
            yield dict(known)
        if step.begins > ended:
            return
        known.update(step.changed)
    yield known


def _is(known: dict[str, Known], seen: dict[str, Known]) -> bool:
    return all(seen[name] == each for name, each in known.items())


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    print(f"backups under load, --seed {asked.seed}", flush=True)
    wrong: list[str] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="iamd-backups-")))
        loop = stack.enter_context(loop_thread())
        config = init(folder / "iamd")
        clients = [Recorded(number, asked.seed + number, Clock()) for number in range(CLIENTS)]
        with serving(config, seconds=3600) as server:
            keep_reading(server)
            stopping = threading.Event()
            threads = [
                threading.Thread(
                    target=each.run, args=(root_client(server.url, config.parent, "iam"), stopping)
                )
                for each in clients
            ]
            for thread in threads:
                thread.start()
            time.sleep(1)
            made = [back_up(config, folder) for _ in range(asked.runs)]
            time.sleep(0.5)
            stopping.set()
            for thread in threads:
                thread.join()
        wrong += [each for client in clients for each in client.broken]
        for number, (path, began, ended) in enumerate(made):
            found = wrong_in(config, path, (began, ended), clients, loop)
            wrong += [f"backup {number}: {each}" for each in found]
    meanwhile = sum(any(b <= s.begins <= e for _, b, e in made) for client in clients for s in client.steps)
    print(
        f"{asked.runs} backups, {sum(each.acknowledged for each in clients)} writes, {meanwhile} of them meanwhile;"
        f" {len(wrong)} promises broken",
        *wrong[:20],
        sep="\n",
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
