"""Checksums of pages: that there are some, what they find, and how a file gets them that has none."""

import threading
from pathlib import Path
from typing import Any

import apsw
import pytest
from tests.support import store_values as values
from tests.support.sqlite import by_another_program, exchange, sqlite, without_checksums
from tests.support.store_values import ACCOUNT_ID, add, read, write

from iamd.domain.ids import Ids
from iamd.domain.inline_policies import InlinePolicy
from iamd.store import schema, sqlite_driver
from iamd.store.checksums import OLDEST, add_checksums
from iamd.store.database_store import DatabaseStore
from iamd.store.errors import StoreError
from iamd.store.open import open_sqlite
from iamd.store.policies_interface import OwnerKind
from iamd.store.sqlite_driver import SqliteConnection, connect

MASTER_KEY = bytes(range(32))
USERS = 300
DENY = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:ListUsers","Resource":"*"}]}'
_WHERE_RESERVED_BYTES_STAND = 20


def opened(path: Path) -> DatabaseStore:
    return open_sqlite(path, master_key=MASTER_KEY, ids=Ids())


def filled(path: Path) -> list[str]:
    """Put users into the file, one of whom may not do something; return their names."""
    store = opened(path)
    users = [values.user(f"user-{number:03}") for number in range(USERS)]
    add(store, values.account(), *users)
    denied = InlinePolicy(owner_id=users[0].user_id, name="deny", document=DENY)
    write(store, lambda tx: tx.inline_policies.put(OwnerKind.USER, denied))
    store.close()
    return [user.name for user in users]


def names(path: Path) -> list[str]:
    store = opened(path)
    try:
        assert read(store, lambda tx: tx.problems()) == []
        return [user.name for user in read(store, lambda tx: tx.users.page(ACCOUNT_ID, "/", None, USERS + 1))]
    finally:
        store.close()


def oldest(path: Path) -> str:
    with sqlite(path) as connection:
        return str(connection.execute("SELECT value FROM meta WHERE name = ?", (OLDEST,)).fetchall()[0][0])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "iamd.db"


def test_a_text_that_became_another_is_found(path: Path) -> None:
    filled(path)
    exchange(path, b'"Action":"iam:ListUsers"', b'"Action":"iam:ListUzers"')
    store = opened(path)
    user = read(store, lambda tx: tx.users.get(ACCOUNT_ID, "user-000"))
    with pytest.raises(StoreError, match=r"a page of its file is damaged, .* its checksum is wrong"):
        read(store, lambda tx: tx.inline_policies.find(user.user_id, "deny"))
    with pytest.raises(StoreError, match="its checksum is wrong"):
        read(store, lambda tx: tx.problems())
    store.close()


def test_a_damaged_page_takes_nothing_with_it_that_was_acknowledged(path: Path) -> None:
    """SQLite undoes the whole transaction when it meets one, whatever the statement."""
    filled(path)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"user-250", b"usfr-250"))  # far behind the first row of a page of users
    store = opened(path)
    go = threading.Event()
    held = store.write(lambda _tx: go.wait(30))
    before = store.write(lambda tx: tx.users.add(values.user("aa-before")))
    reads = store.write(lambda tx: tx.users.page(ACCOUNT_ID, "/", None, USERS + 1))
    behind = store.write(lambda tx: tx.users.add(values.user("aa-behind")))
    go.set()
    held.result(30)
    with pytest.raises(StoreError, match="its checksum is wrong"):
        reads.result(30)
    for name, future in (("aa-before", before), ("aa-behind", behind)):
        future.result(30)
        assert read(store, lambda tx, name=name: tx.users.get(ACCOUNT_ID, name)).name == name  # type: ignore[misc]
    store.close()


def test_a_first_page_that_denies_them_is_found(path: Path) -> None:
    filled(path)
    content = bytearray(path.read_bytes())
    assert content[_WHERE_RESERVED_BYTES_STAND] == 8
    content[_WHERE_RESERVED_BYTES_STAND] = 0
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"the first page .* is damaged: its pages had checksums"):
        opened(path)


def test_who_opens_a_file_while_another_makes_it_compares_as_well(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connections: list[SqliteConnection] = []
    others: list[DatabaseStore] = []

    class Slow(SqliteConnection):
        def __init__(self, given: str) -> None:
            super().__init__(given)
            connections.append(self)
            if len(connections) == 1:
                others.append(opened(path))

    monkeypatch.setattr(sqlite_driver, "SqliteConnection", Slow)
    connection = connect(str(path), ("PRAGMA journal_mode = WAL",))
    assert connection is connections[-1] is not connections[0]
    assert connection.has_checksums
    connection.close()
    others[0].close()


def test_a_file_of_a_version_before_goes_on_without(path: Path) -> None:
    without_checksums(path)
    found = filled(path)
    assert names(path) == found
    assert oldest(path) == schema.OLDEST


def test_they_are_added(path: Path) -> None:
    without_checksums(path)
    found = filled(path)
    add_checksums(path)
    assert oldest(path) == schema.OLDEST_WITH_CHECKSUMS
    with sqlite(path) as connection:
        assert connection.has_checksums
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert names(path) == found
    exchange(path, b'"Action":"iam:ListUsers"', b'"Action":"iam:ListUzers"')
    with pytest.raises(StoreError, match="its checksum is wrong"):
        names(path)


def test_they_are_added_to_a_file_that_is_larger_than_the_cache(path: Path) -> None:
    without_checksums(path)
    found = filled(path)
    with sqlite(path) as connection:
        connection.execute("CREATE TABLE filler (content)")
        connection.execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)"
            " INSERT INTO filler SELECT randomblob(1000) FROM n"
        )
    add_checksums(path)
    with sqlite(path) as connection:
        assert connection.has_checksums
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert names(path) == found


def test_they_are_not_added_while_somebody_has_the_file_open(path: Path) -> None:
    without_checksums(path)
    filled(path)
    store = opened(path)
    assert read(store, lambda tx: tx.users.count(ACCOUNT_ID)) == USERS
    with pytest.raises(StoreError, match="is in use"):
        add_checksums(path)
    store.close()
    assert oldest(path) == schema.OLDEST


def test_what_another_program_wrote_is_refused_until_it_is_believed(path: Path) -> None:
    filled(path)
    by_another_program(path, "UPDATE users SET path = '/elsewhere/'")
    with pytest.raises(StoreError, match="another program wrote it"):
        names(path)
    with pytest.raises(StoreError, match="another program wrote it"):
        add_checksums(path)
    add_checksums(path, anew=True)
    with sqlite(path) as connection:
        assert connection.has_checksums
        assert connection.execute("SELECT DISTINCT path FROM users").fetchall() == [("/elsewhere/",)]
    store = opened(path)
    assert read(store, lambda tx: tx.problems()) == []
    store.close()


def test_what_is_really_damaged_is_not_believed(path: Path) -> None:
    filled(path)
    content = bytearray(path.read_bytes())
    for start in range(4096, len(content), 4096):
        content[start] = 0xFF  # no kind of page
    path.write_bytes(content)
    with pytest.raises(StoreError):
        add_checksums(path, anew=True)


def test_an_apsw_without_them_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(_connection: Any, _name: str) -> None:
        raise apsw.sqlite_extra.NotAvailable

    sqlite_driver._checksums.cache_clear()
    monkeypatch.setattr(apsw.sqlite_extra, "load", lacking)
    with pytest.raises(StoreError, match="lacks cksumvfs"):
        opened(path)
