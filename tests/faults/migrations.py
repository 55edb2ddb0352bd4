"""
Kill whatever brings the schema of a large database up to date, in each of its steps, again and again.

``python -m tests.faults.migrations [--runs 20] [--users 100000] [--seed N]``

A SQLite file as the first version of the schema had it, with so many users (and as many rows more, of those who own things).
Each revision since is done by a process of its own, once in peace, which tells how long it takes, and then from where it began,
*runs* times, each killed at a random moment of that.  What must hold:

* Behind each kill, the file is whole, and of the revision before, or of the one behind: of nothing in between.
* The next attempt does the step, and nothing has to be put right by hand.
* In the end there is, row for row, what there is where nobody was killed.
"""

import argparse
import hashlib
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.support.old_database import FIRST, old_database
from tests.support.sqlite import sqlite

from iamd.store.engines import sqlite_database
from iamd.store.migrations import pending, upgrade
from iamd.store.reading import writing

_FAILED: Final = 3
"""What a process ends with that could not do its step."""


@dataclass
class Report:
    """What came of the kills."""

    kills: int = 0
    undone: int = 0
    wrong: list[str] = field(default_factory=list)


def begin_step(path: Path, revision: str) -> int:
    """Have another process bring the file at *path* to *revision*; return its id."""
    pid = os.fork()
    if pid:
        return pid
    code = _FAILED
    try:
        database = sqlite_database(path, durable=True, readers=1)
        with writing(database) as connection:
            upgrade(connection, revision)
        code = 0
    finally:
        os._exit(code)


def do_step(path: Path, revision: str) -> float:
    """Have it done; return how many seconds it took."""
    began = time.monotonic()
    _, status = os.waitpid(begin_step(path, revision), 0)
    if status:
        raise RuntimeError(f"the step to {revision} cannot be done")
    return time.monotonic() - began


def copy(source: Path, target: Path) -> None:
    for path in (source, target):
        with sqlite(path) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile(source, target)


def look(path: Path) -> tuple[str, list[str]]:
    """Return the revision of the file, and what is wrong with it."""
    with sqlite(path) as connection:
        found = [
            f"{check}: {rows[:3]}"
            for check in ("quick_check", "foreign_key_check")
            if (rows := connection.execute(f"PRAGMA {check}").fetchall()) not in ([], [("ok",)])
        ]
        revision = connection.execute("SELECT version_num FROM alembic_version").fetchall()[0][0]
        return str(revision), found


def digest(path: Path) -> str:
    """Return what tells two databases apart, whatever the order of their pages."""
    found = hashlib.sha256()
    with sqlite(path) as connection:
        found.update(repr(connection.execute("SELECT sql FROM sqlite_schema ORDER BY 1").fetchall()).encode())
        for (table,) in connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1"
        ).fetchall():
            for row in connection.execute(f'SELECT * FROM "{table}" ORDER BY rowid').fetchall():  # noqa: S608  our own names
                found.update(repr(row).encode())
    return found.hexdigest()


def kills(path: Path, step: tuple[str, str], runs: int, chance: random.Random, report: Report) -> None:
    """Kill the step from one revision to the next *runs* times, and have it done in the end."""
    before, behind = step
    start = path.with_name("start.db")
    copy(path, start)
    took = do_step(path, behind)
    copy(start, path)
    undone = 0
    for run in range(runs):
        pid = begin_step(path, behind)
        time.sleep(chance.uniform(0, took))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        revision, wrong = look(path)
        report.kills += 1
        undone += revision == before
        report.wrong += [f"step to {behind}, run {run}: {each}" for each in wrong]
        if revision not in step:
            report.wrong.append(f"step to {behind}, run {run}: it is of {revision}")
        if revision != before:
            copy(start, path)
    report.undone += undone
    do_step(path, behind)
    print(f"to {behind}: {took:.2f} s in peace, {runs} kills, {undone} undone", flush=True)


def steps() -> Iterator[tuple[str, str]]:
    before = FIRST
    for revision, _ in pending(FIRST):
        yield before, revision
        before = revision


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=20, help="of each step")
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    asked = parser.parse_args()
    print(f"kills amid migrations, {asked.users} users, --seed {asked.seed}", flush=True)
    report, chance = Report(), random.Random(asked.seed)  # noqa: S311  the same runs each time
    with tempfile.TemporaryDirectory(prefix="iamd-migrations-") as where:
        path, peace = Path(where) / "iamd.db", Path(where) / "peace.db"
        old_database(path, asked.users)
        copy(path, peace)
        for step in steps():
            kills(path, step, asked.runs, chance, report)
        took = do_step(peace, "head")
        if digest(path) != digest(peace):
            report.wrong.append("in the end it is another database than where nobody was killed")
        size = path.stat().st_size
    print(f"all at once: {took:.1f} s, {size:,} bytes")
    print(f"{report.kills} kills, {report.undone} of them undone, {len(report.wrong)} promises broken")
    print(*report.wrong[:20], sep="\n")
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
