"""Opening: what is made, what is found again, what is refused; migrations."""

import re
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from sqlalchemy import Connection
from tests.support import store_values as values
from tests.support.postgres import fresh_database
from tests.support.sqlite import sqlite
from tests.support.store_values import ACCOUNT_ID, add, read, write

from iamd.domain.ids import Ids
from iamd.store import schema
from iamd.store.database_store import DatabaseStore
from iamd.store.engines import Database, is_overheard, postgres_database, sqlite_database
from iamd.store.errors import StoreError, UnknownSchemaError
from iamd.store.migrations import upgrade
from iamd.store.open import open_postgres, open_sqlite, open_store, open_temporary

MASTER_KEY = bytes(range(32))


def open_file(path: Path) -> DatabaseStore:
    return open_sqlite(path, master_key=MASTER_KEY, ids=Ids())


def test_what_is_stored_is_there_again(tmp_path: Path) -> None:
    store = open_file(tmp_path / "iamd.db")
    cluster_id = store.cluster_id
    user = values.user("bob")
    add(store, values.account(), user)
    store.close()
    store = open_file(tmp_path / "iamd.db")
    assert store.cluster_id == cluster_id
    assert read(store, lambda tx: tx.users.get(ACCOUNT_ID, "bob")) == user
    assert read(store, lambda tx: tx.epoch) == 2
    store.close()


def test_two_installations_have_two_ids(tmp_path: Path) -> None:
    """R-31."""
    stores = [open_file(tmp_path / name) for name in ("a.db", "b.db")]
    assert stores[0].cluster_id != stores[1].cluster_id
    for store in stores:
        store.close()


def test_an_erased_database_opens_again(tmp_path: Path) -> None:
    store = open_file(tmp_path / "iamd.db")
    cluster_id = store.cluster_id
    add(store, values.account(), values.user("bob"))
    write(store, lambda tx: tx.erase())
    assert read(store, lambda tx: tx.accounts.all()) == []
    store.close()
    store = open_file(tmp_path / "iamd.db")
    assert (store.cluster_id, read(store, lambda tx: tx.epoch)) == (cluster_id, 2)
    store.close()


def test_a_temporary_store_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    store = open_temporary(ids=Ids())
    assert [path.name for folder in tmp_path.iterdir() for path in folder.glob("*.db")] == ["iamd.db"]
    store.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("durable", "synchronous"), [(True, 2), (False, 0)])
def test_the_settings_of_sqlite(tmp_path: Path, durable: bool, synchronous: int) -> None:
    store = open_sqlite(tmp_path / "iamd.db", master_key=MASTER_KEY, ids=Ids(), durable=durable)
    cursor = store._database.writer.raw_connection().cursor()
    found = {}
    for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "secure_delete"):
        cursor.execute(f"PRAGMA {name}")
        found[name] = cursor.fetchall()[0][0]
    assert found == {
        "journal_mode": "wal",
        "synchronous": synchronous,
        "foreign_keys": 1,
        "busy_timeout": 5000,
        "secure_delete": 1,
    }
    store.close()


def test_what_is_deleted_is_gone_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "iamd.db"
    store = open_file(path)
    users = [values.user(f"nobody-else-{number:04}") for number in range(400)]
    add(store, values.account(), *users)
    store.close()
    assert path.read_bytes().count(b"nobody-else-") > len(users)
    store = open_file(path)

    def delete(tx: Any) -> None:
        for user in users:
            tx.users.delete(user)

    write(store, delete)
    store.close()
    assert path.read_bytes().count(b"nobody-else-") == 0


@pytest.mark.parametrize("form", ["{}", "sqlite:///{}"])
def test_a_location_may_be_a_path_or_a_url(tmp_path: Path, form: str) -> None:
    open_store(form.format(tmp_path / "iamd.db"), master_key=MASTER_KEY, ids=Ids()).close()
    assert (tmp_path / "iamd.db").exists()


@pytest.mark.postgres
def test_a_location_may_be_postgresql(postgres_url: str) -> None:
    for url in (postgres_url, postgres_url.replace("postgresql://", "postgres://")):
        store = open_store(url, master_key=MASTER_KEY, ids=Ids())
        assert read(store, lambda tx: tx.epoch) == 0
        store.close()


def test_other_urls_are_refused() -> None:
    with pytest.raises(ValueError, match="postgresql://"):
        open_store("mysql://u:p@h/d", master_key=MASTER_KEY, ids=Ids())


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="No such file or directory"):
        open_file(tmp_path / "nowhere" / "iamd.db")
    (tmp_path / "text.db").write_text("this is no database, though long enough to be taken for one" * 20)
    with pytest.raises(StoreError, match="file is not a database"):
        open_file(tmp_path / "text.db")


@pytest.mark.parametrize(
    ("url", "environ", "overheard"),
    [
        ("postgresql:///iamd?host=/run/postgresql", {}, False),
        ("postgresql:///iamd", {}, False),
        ("postgresql://iamd:secret@127.0.0.1:5432/iamd", {}, False),
        ("postgresql://iamd@[::1]/iamd", {}, False),
        ("postgresql://iamd@localhost/iamd", {"PGSSLMODE": "disable"}, False),
        ("postgresql:///iamd", {"PGHOST": "db.example.com"}, True),
        ("postgresql://iamd@db.example.com/iamd", {}, True),
        ("postgresql://iamd@localhost,db.example.com/iamd", {}, True),
        ("postgresql://iamd@db.example.com/iamd?sslmode=require", {"PGSSLMODE": "verify-full"}, True),
        ("postgresql://iamd@db.example.com/iamd?sslmode=verify-ca", {}, True),
        ("postgresql://iamd@db.example.com/iamd", {"PGSSLMODE": "verify-full"}, False),
        ("postgresql://iamd@a.example.com,b.example.com/iamd?sslmode=verify-full", {}, False),
    ],
)
def test_who_could_listen_to_what_postgresql_is_told(
    url: str, environ: dict[str, str], overheard: bool
) -> None:
    assert is_overheard(url, environ) is overheard


@pytest.mark.postgres
def test_postgresql_is_told_to_give_up_connections_of_nodes_that_are_gone(postgres_url: str) -> None:
    engine = postgres_database(postgres_url, readers=1).readers
    with engine.connect() as connection:
        # On a Unix socket they are of no use, and shown as 0.
        asked = "SELECT name, reset_val FROM pg_settings WHERE name LIKE 'tcp_keepalives%%' ORDER BY name"
        found = connection.exec_driver_sql(asked).all()
    engine.dispose()
    assert found == [
        ("tcp_keepalives_count", "3"),
        ("tcp_keepalives_idle", "30"),
        ("tcp_keepalives_interval", "10"),
    ]


def test_without_its_driver_postgresql_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match=r"not installed: pip install 'iamd\[postgres\]'") as raised:
        open_postgres("postgresql://iamd@127.0.0.1/iamd", master_key=MASTER_KEY, ids=Ids())
    assert not raised.value.transient


def test_a_server_that_is_not_there() -> None:
    with pytest.raises(StoreError) as caught:
        open_postgres("postgresql://u:hidden-password@/d?host=/nowhere", master_key=MASTER_KEY, ids=Ids())
    assert caught.value.transient
    assert "hidden-password" not in str(caught.value)


def test_a_url_that_cannot_be_read_is_not_quoted() -> None:
    with pytest.raises(StoreError) as caught:
        open_postgres("postgresql://u:hidden-password@host:port/d", master_key=MASTER_KEY, ids=Ids())
    assert "hidden-password" not in f"{caught.value} {caught.value.__cause__}"


@pytest.mark.parametrize("password", ["p@hidden", "p@hidden/more", "p:@/hidden"])
def test_a_password_that_is_not_escaped_is_not_taken_for_a_host(password: str) -> None:
    """R-78: nor told, or asked name servers about."""
    with pytest.raises(StoreError, match="more than one `@`") as raised:
        open_store(f"postgresql://iamd:{password}@127.0.0.1/iamd", master_key=MASTER_KEY, ids=Ids())
    assert "hidden" not in str(raised.value)


@pytest.mark.postgres
def test_a_database_that_cannot_hold_any_text_is_refused(postgres_server: str) -> None:
    with psycopg.connect(postgres_server, autocommit=True) as server:
        server.execute("CREATE DATABASE ascii_only TEMPLATE template0 ENCODING 'SQL_ASCII'")
        try:
            with pytest.raises(StoreError, match="must be UTF8, not SQL_ASCII"):
                open_postgres(
                    urlsplit(postgres_server)._replace(path="/ascii_only").geturl(),
                    master_key=MASTER_KEY,
                    ids=Ids(),
                )
        finally:
            server.execute("DROP DATABASE ascii_only")


def test_a_database_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    with sqlite(tmp_path / "iamd.db") as connection:
        connection.execute("CREATE TABLE users (id INTEGER)")
    with pytest.raises(UnknownSchemaError, match="tables that are not iamd's: users"):
        open_file(tmp_path / "iamd.db")


@pytest.mark.parametrize(
    ("revision", "oldest"),
    [("9999", "9999"), ("9999", None), ("", "0001"), ("abcd", "0001"), ("99999", "0001")],
)
def test_a_database_of_a_later_version_is_refused(tmp_path: Path, revision: str, oldest: str | None) -> None:
    open_file(tmp_path / "iamd.db").close()
    with sqlite(tmp_path / "iamd.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
        connection.execute("DELETE FROM meta WHERE name = 'oldest_revision'")
        if oldest is not None:
            connection.execute("INSERT INTO meta (name, value) VALUES ('oldest_revision', ?)", (oldest,))
    with pytest.raises(UnknownSchemaError):
        open_file(tmp_path / "iamd.db")


def test_many_may_open_an_empty_database_at_once(tmp_path: Path) -> None:
    assert len(open_at_once(lambda: open_file(tmp_path / "iamd.db"))) == 1


@pytest.mark.postgres
def test_many_may_open_an_empty_postgresql_at_once(postgres_url: str) -> None:
    assert (
        len(open_at_once(lambda: open_postgres(postgres_url, master_key=MASTER_KEY, ids=Ids(), readers=1)))
        == 1
    )


def open_at_once(open_one: Callable[[], DatabaseStore]) -> set[str]:
    """Return the ids of the installations that several see who start together."""
    stores: list[DatabaseStore] = []
    threads = [threading.Thread(target=lambda: stores.append(open_one())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(stores) == 4
    ids = {store.cluster_id for store in stores}
    for store in stores:
        store.close()
    return ids


# Migrations.


def fresh(connection: Connection) -> None:
    schema.metadata.create_all(connection, checkfirst=False)


def migrated(connection: Connection) -> None:
    upgrade(connection)
    assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").all() == [(schema.REVISION,)]


def in_transaction(
    database: Database, make: Callable[[Connection], None], look: str
) -> list[tuple[Any, ...]]:
    with database.writer.connect() as connection:
        for text in database.begin_write:
            connection.exec_driver_sql(text)
        make(connection)
        connection.exec_driver_sql("COMMIT")
        rows = [tuple(row) for row in connection.exec_driver_sql(look)]
    database.dispose()
    return rows


def test_sqlite_is_the_same_fresh_and_migrated(tmp_path: Path) -> None:
    def described(make: Callable[[Connection], None]) -> dict[str, list[str]]:
        path = tmp_path / f"{make.__name__}.db"
        database = sqlite_database(path, durable=False, readers=1)
        rows = in_transaction(database, make, "SELECT type, name, tbl_name, sql FROM sqlite_master")
        # The order of constraints within a table means nothing, nor on which line a column that was added stands.
        return {
            f"{kind} {name} of {table}": sorted(filter(None, map(str.strip, re.split("[,\n]", sql or ""))))
            for kind, name, table, sql in rows
        }

    assert described(migrated) == described(fresh)


COLUMNS_AND_CONSTRAINTS = """
SELECT 'column', table_name, column_name,
       concat_ws(' ', data_type, character_maximum_length, collation_name, is_nullable, column_default)
  FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL
SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid)
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT 'index', tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
ORDER BY 1, 2, 3
"""


@pytest.mark.postgres
def test_postgresql_is_the_same_fresh_and_migrated(postgres_server: str) -> None:
    def described(make: Callable[[Connection], None]) -> list[tuple[Any, ...]]:
        with fresh_database(postgres_server) as url:
            return in_transaction(postgres_database(url, readers=1), make, COLUMNS_AND_CONSTRAINTS)

    found = described(fresh)
    assert len(found) > 150
    assert described(migrated) == found


def test_a_migrated_database_works(tmp_path: Path) -> None:
    path = tmp_path / "iamd.db"
    in_transaction(sqlite_database(path, durable=False, readers=1), migrated, "SELECT 1")
    store = open_file(path)
    add(store, values.account(), values.access_key(ACCOUNT_ID))
    assert read(store, lambda tx: tx.access_keys.count(ACCOUNT_ID)) == 1
    store.close()


def test_a_migration_that_fails_leaves_the_database_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "iamd.db"
    with sqlite(path) as connection:
        # The last table that the revision makes is in its way.
        connection.execute(
            "CREATE TABLE sealing_keys (id INTEGER); CREATE TABLE alembic_version (version_num TEXT)"
        )
    with pytest.raises(StoreError):
        open_file(path)
    with sqlite(path) as connection:
        names = connection.execute("SELECT name FROM sqlite_master ORDER BY name").fetchall()
    assert names == [("alembic_version",), ("sealing_keys",)]


@pytest.mark.slow
def test_alembic_is_not_imported_to_open(tmp_path: Path) -> None:
    """Start-up is felt in every test run."""
    program = (
        "import sys; from iamd.domain.ids import Ids; from iamd.store.open import open_temporary;"
        "open_temporary(ids=Ids()).close(); print('alembic' in sys.modules, 'psycopg' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603  our own words
    assert done.stdout == "False False\n"
