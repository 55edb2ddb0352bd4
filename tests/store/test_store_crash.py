"""What is left when a process is killed."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from tests.support.sqlite import sqlite
from tests.support.store_values import ACCOUNT_ID, read

from iamd.domain.ids import Ids
from iamd.store.open import open_sqlite

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    """R-87: a process that is killed amid its writes has kept all that it had answered, and nothing by half."""
    program = """
import sys
from tests.support import store_values as values
from iamd.domain.ids import Ids
from iamd.store.open import open_sqlite
store = open_sqlite(sys.argv[1], master_key=bytes(32), ids=Ids())
values.add(store, values.account())
number = 0
while True:
    users = [values.user(f"{number}-{part}") for part in range(3)]
    values.add(store, *users)
    print(number, flush=True)
    number += 1
"""
    path = tmp_path / "iamd.db"
    with subprocess.Popen(  # noqa: S603  our own words
        [sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        acknowledged = [int(process.stdout.readline()) for _ in range(50)]
        process.kill()
        acknowledged += [int(line) for line in process.stdout]
    store = open_sqlite(path, master_key=bytes(32), ids=Ids())
    found = [user.name for user in read(store, lambda tx: tx.users.page(ACCOUNT_ID, "/", None, 10**6))]
    store.close()
    groups = Counter(int(name.split("-")[0]) for name in found)
    assert set(groups.values()) == {3}
    assert set(acknowledged) - set(groups) == set()
    with sqlite(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
