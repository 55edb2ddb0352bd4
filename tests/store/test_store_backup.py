"""Backups: all of it, from one moment, from either database into either, unchanged or not at all; and no session with it."""

import itertools
import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert
from tests.support import store_values as values
from tests.support.databases import MASTER_KEY, database, opened
from tests.support.postgres import fresh_database
from tests.support.sqlite import sqlite
from tests.support.store_values import ACCOUNT_ID, add, read, write

from iamd.domain.ids import Ids
from iamd.store import schema
from iamd.store.backup import LEFT_OUT, BackupError, Header, back_up, verify
from iamd.store.database_store import DatabaseStore
from iamd.store.errors import StoreError, WrongMasterKeyError
from iamd.store.interface import Transaction
from iamd.store.migrations import upgrade
from iamd.store.open import open_sqlite
from iamd.store.reading import writing
from iamd.store.restore import restore

pytestmark = pytest.mark.slow

AT = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
KINDS = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@contextmanager
def place(kind: str, request: pytest.FixtureRequest, path: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield str(path)
    else:
        with fresh_database(request.getfixturevalue("postgres_server")) as url:
            yield url


def fill(store: DatabaseStore) -> None:
    add(store, values.account(), values.user("bob"), values.role("worker"), values.group("staff"))
    bob = read(store, lambda tx: tx.users.get(ACCOUNT_ID, "bob"))
    add(store, values.access_key(bob.user_id), values.access_key(ACCOUNT_ID))
    users = [values.user(f"user-{number:04}") for number in range(1_100)]
    write(store, lambda tx: tx.users.add_all(users))
    key = values.sealing_key("0badc0de")
    write(store, lambda tx: tx.sealing_keys.add(key))


def everything(store: DatabaseStore) -> list[object]:
    def look(transaction: Transaction) -> list[object]:
        bob = transaction.users.get(ACCOUNT_ID, "bob")
        return [
            transaction.accounts.all(),
            transaction.users.page(ACCOUNT_ID, "/", None, 10_000),
            transaction.roles.page(ACCOUNT_ID, "/", None, 10_000),
            transaction.groups.page(ACCOUNT_ID, "/", None, 10_000),
            [values.revealed(key) for key in transaction.access_keys.page(bob.user_id, None, 9)],
            [values.revealed(key) for key in transaction.access_keys.page(ACCOUNT_ID, None, 9)],
        ]

    return read(store, look)


def made(location: str, path: Path) -> Header:
    return back_up(database(location), [MASTER_KEY], path, version="1.2.3", at=AT).header


@pytest.mark.parametrize("to", KINDS)
@pytest.mark.parametrize("of", KINDS)
def test_everything_is_there_again(of: str, to: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with ExitStack() as stack:
        source = stack.enter_context(place(of, request, tmp_path / "of.db"))
        target = stack.enter_context(place(to, request, tmp_path / "to.db"))
        store = opened(source)
        fill(store)
        before, epoch = everything(store), read(store, lambda tx: tx.epoch)
        # It is in use meanwhile.
        header = made(source, tmp_path / "backup")
        add(store, values.user("later"))
        store.close()
        assert header == Header(
            iamd="1.2.3", revision=schema.REVISION, cluster_id=store.cluster_id, epoch=epoch, at=AT
        )
        assert os.stat(tmp_path / "backup").st_mode & 0o777 == 0o600  # noqa: PTH116
        restored = restore(database(target), [MASTER_KEY], tmp_path / "backup")
        assert (restored.counts["users"], restored.counts["access_keys"]) == (1_101, 2)
        again = opened(target)
        assert everything(again) == before
        assert again.cluster_id == store.cluster_id
        assert read(again, lambda tx: tx.epoch) > epoch + 1_000_000_000
        # Rows are numbered on.
        add(again, values.access_key(read(again, lambda tx: tx.users.get(ACCOUNT_ID, "user-0000")).user_id))
        again.close()


def test_no_key_of_sessions_is_there_again(tmp_path: Path) -> None:
    """A session that was revoked after the backup was made is not there after it is restored: none is."""
    store = opened(str(tmp_path / "of.db"))
    fill(store)
    made(str(tmp_path / "of.db"), tmp_path / "backup")
    store.close()
    restore(database(str(tmp_path / "to.db")), [MASTER_KEY], tmp_path / "backup")
    again = opened(str(tmp_path / "to.db"))
    assert read(again, lambda tx: tx.sealing_keys.all()) == []
    again.close()


def test_whatever_holds_sessions_is_left_out() -> None:
    named = {table for table in schema.metadata.tables if "session" in table or "sealing" in table}
    assert named - LEFT_OUT == {"session_revocations"}
    assert named & LEFT_OUT == {"console_sessions", "sealing_keys"}
    # Nodes are of the installation that a backup is of, and not of the one that it is restored to.
    assert {"nodes"} < LEFT_OUT


@pytest.mark.parametrize("kind", KINDS)
def test_a_backup_is_of_one_moment(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """While others write: of two things that were made at once, both are in it, or neither."""
    with place(kind, request, tmp_path / "of.db") as source:
        store = opened(source)
        add(store, values.account())
        enough, stop = threading.Event(), threading.Event()

        def write_on() -> None:
            for number in itertools.count():
                if stop.is_set():
                    return
                add(store, values.user(f"u{number}"), values.role(f"u{number}"))
                if number == 50:
                    enough.set()

        writer = threading.Thread(target=write_on)
        writer.start()
        assert enough.wait(30)
        backups = [
            back_up(database(source), [MASTER_KEY], tmp_path / f"{number}", version="1", at=AT)
            for number in range(4)
        ]
        stop.set()
        writer.join()
        store.close()
    counts = [(each.counts["users"], each.counts["roles"]) for each in backups]
    assert [users - roles for users, roles in counts] == [0, 0, 0, 0]
    assert 50 < counts[0][0] < counts[-1][0]
    restored = restore(database(str(tmp_path / "to.db")), [MASTER_KEY], tmp_path / "3")
    assert restored.counts == backups[3].counts


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    store = opened(str(tmp_path / "of.db"))
    add(store, values.account(), values.user("bob"), values.access_key(ACCOUNT_ID))
    secret = read(store, lambda tx: tx.access_keys.page(ACCOUNT_ID, None, 1))[0].secret.reveal()
    store.close()
    made(str(tmp_path / "of.db"), tmp_path / "backup")
    assert secret.encode() not in (tmp_path / "backup").read_bytes()
    return tmp_path / "backup"


def test_what_was_changed_is_no_backup(backup: Path, tmp_path: Path) -> None:
    whole = backup.read_bytes()
    for place_ in (*range(0, len(whole), 97), len(whole) - 1):
        changed = bytearray(whole)
        changed[place_] ^= 1
        backup.write_bytes(changed)
        with pytest.raises(BackupError):
            verify(backup, [MASTER_KEY])
    for size in (0, 10, 50, len(whole) - 1):
        backup.write_bytes(whole[:size])
        with pytest.raises(BackupError):
            verify(backup, [MASTER_KEY])
    target = database(str(tmp_path / "to.db"))
    with pytest.raises(BackupError):
        restore(target, [MASTER_KEY], backup)
    backup.write_bytes(whole)
    restore(target, [MASTER_KEY], backup)


def test_another_master_key_opens_nothing(backup: Path) -> None:
    with pytest.raises(BackupError, match="another master key"):
        verify(backup, [bytes(32)])


def test_with_another_master_key_nothing_is_backed_up(tmp_path: Path) -> None:
    """Nobody could do anything with it."""
    opened(str(tmp_path / "of.db")).close()
    with pytest.raises(WrongMasterKeyError):
        back_up(database(str(tmp_path / "of.db")), [bytes(32)], tmp_path / "backup", version="1", at=AT)
    assert not (tmp_path / "backup").exists()


def test_a_backup_goes_with_the_key_that_seals(tmp_path: Path) -> None:
    """While the master key is changed, there are two; whichever of them is set first."""
    new = bytes(reversed(range(32)))
    location = str(tmp_path / "of.db")
    store = open_sqlite(location, master_key=MASTER_KEY, other=new, ids=Ids(), readers=1)
    add(store, values.account(), values.access_key(ACCOUNT_ID))
    (key_id,) = read(store, lambda tx: set(tx.master_keys.held()) - {tx.master_keys.sealing()})
    write(store, lambda tx: tx.master_keys.seal_with(key_id))
    back_up(database(location), [MASTER_KEY, new], tmp_path / "amid", version="1", at=AT)
    write(store, lambda tx: tx.master_keys.reseal(100))
    before = values.revealed(read(store, lambda tx: tx.access_keys.page(ACCOUNT_ID, None, 1))[0])
    store.close()
    back_up(database(location), [MASTER_KEY, new], tmp_path / "backup", version="1", at=AT)
    with pytest.raises(BackupError):
        verify(tmp_path / "backup", [MASTER_KEY])
    # Amid the change some are sealed with the one, and some with the other.
    with pytest.raises(BackupError, match="1 secrets are sealed with another master key"):
        restore(database(str(tmp_path / "to.db")), [new], tmp_path / "amid")
    restore(database(str(tmp_path / "both.db")), [new, MASTER_KEY], tmp_path / "amid")
    restore(database(str(tmp_path / "to.db")), [new], tmp_path / "backup")
    again = open_sqlite(str(tmp_path / "to.db"), master_key=new, ids=Ids(), readers=1)
    assert values.revealed(read(again, lambda tx: tx.access_keys.page(ACCOUNT_ID, None, 1))[0]) == before
    again.close()


def test_nothing_is_restored_over_what_is_there(backup: Path, tmp_path: Path) -> None:
    opened(str(tmp_path / "to.db")).close()
    with pytest.raises(BackupError, match="is not empty"):
        restore(database(str(tmp_path / "to.db")), [MASTER_KEY], backup)


def test_a_trial_leaves_nothing(backup: Path, tmp_path: Path) -> None:
    target = str(tmp_path / "to.db")
    assert restore(database(target), [MASTER_KEY], backup, keep=False).counts["users"] == 1
    with sqlite(Path(target)) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)


def test_nothing_is_written_over(backup: Path, tmp_path: Path) -> None:
    before = backup.read_bytes()
    with pytest.raises(FileExistsError):
        made(str(tmp_path / "of.db"), backup)
    assert backup.read_bytes() == before


def test_nothing_is_left_of_a_backup_that_fails(tmp_path: Path) -> None:
    (tmp_path / "of.db").write_text("this is no database, though long enough to be taken for one" * 20)
    with pytest.raises(StoreError):
        made(str(tmp_path / "of.db"), tmp_path / "backup")
    assert not (tmp_path / "backup").exists()


def test_a_backup_of_an_earlier_version_is_brought_up_to_date(tmp_path: Path) -> None:
    """The tables are made as they were, and then changed as the database would have been."""
    source = database(str(tmp_path / "of.db"))
    with writing(source) as connection:
        upgrade(connection, "0012")
    opened(str(tmp_path / "other.db")).close()
    with writing(database(str(tmp_path / "other.db"))) as connection:
        rows = {row[0]: row[1] for row in connection.exec_driver_sql("SELECT name, value FROM meta")}
    with writing(source) as connection:
        for name in ("cluster_id", "master_key_check"):
            connection.execute(insert(schema.meta).values(name=name, value=rows[name]))
    assert made(str(tmp_path / "of.db"), tmp_path / "backup").revision == "0012"
    restore(database(str(tmp_path / "to.db")), [MASTER_KEY], tmp_path / "backup")
    again = opened(str(tmp_path / "to.db"))
    assert again.cluster_id == rows["cluster_id"]
    add(again, values.account())
    again.close()


def test_a_backup_of_a_later_version_is_refused(tmp_path: Path) -> None:
    opened(str(tmp_path / "of.db")).close()
    with writing(database(str(tmp_path / "of.db"))) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    made(str(tmp_path / "of.db"), tmp_path / "backup")
    with pytest.raises(
        BackupError, match=r"revision 9999, which this version .* does not know: it is of iamd 1\.2\.3"
    ):
        restore(database(str(tmp_path / "to.db")), [MASTER_KEY], tmp_path / "backup")
