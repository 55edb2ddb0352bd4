"""
The stores that the suite is held against: a temporary one, a durable file, PostgreSQL.

A test that asks for `store` runs for each; it finds two accounts and nothing else.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import psycopg
import pytest
from psycopg import sql
from tests.support.databases import close_all
from tests.support.postgres import fresh_database
from tests.support.store_organizations import ORGANIZATION, OTHER
from tests.support.store_values import ACCOUNT_ID, OTHER_ACCOUNT_ID, account, write

from iamd.domain.ids import Ids
from iamd.store import schema
from iamd.store.database_store import DatabaseStore
from iamd.store.interface import Transaction
from iamd.store.open import open_postgres, open_sqlite, open_temporary

MASTER_KEY = bytes(range(32))

type_of_opener = Callable[[], DatabaseStore]

# What refers goes before what it refers to.  Which revision it is, and whose, stays.
_ERASE: Final = sql.SQL(";").join(
    sql.SQL("DELETE FROM {}").format(sql.Identifier(table.name))
    for table in reversed(schema.metadata.sorted_tables)
    if table not in {schema.meta, schema.alembic_version}
)


@pytest.fixture(autouse=True)
def databases_are_closed() -> Iterator[None]:
    yield
    close_all()


class Shared:
    """
    One PostgreSQL database for all tests of a session; emptied, it is there sooner than a new one.

    A connection that has emptied it before takes a tenth of the time that a new one takes.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        open_postgres(url, master_key=MASTER_KEY, ids=Ids()).close()
        self._connection = psycopg.connect(url, autocommit=True)

    def erase(self) -> None:
        try:
            self._connection.execute(_ERASE)
        except psycopg.OperationalError:  # a test has ended all connections
            self.close()
            self._connection = psycopg.connect(self.url, autocommit=True)
            self._connection.execute(_ERASE)

    def close(self) -> None:
        self._connection.close()


@pytest.fixture(scope="session")
def postgres_shared(postgres_server: str) -> Iterator[Shared]:
    with fresh_database(postgres_server) as url, closing(Shared(url)) as shared:
        yield shared


@pytest.fixture
def postgres_store_url(postgres_shared: Shared) -> str:
    """Give a PostgreSQL database that has tables and nothing in them."""
    postgres_shared.erase()
    return postgres_shared.url


@pytest.fixture(
    params=["temporary", "file", pytest.param("postgres", marks=pytest.mark.postgres)],
)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DatabaseStore]:
    if request.param == "temporary":
        opened = open_temporary(ids=Ids())
    elif request.param == "file":
        opened = open_sqlite(tmp_path / "iamd.db", master_key=MASTER_KEY, ids=Ids())
    else:
        url = request.getfixturevalue("postgres_store_url")
        opened = open_postgres(url, master_key=MASTER_KEY, ids=Ids())
    yield from _with_accounts(opened)


@pytest.fixture(params=["file", pytest.param("postgres", marks=pytest.mark.postgres)])
def open_shared(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[type_of_opener]:
    """Give a function that opens the same database each time, as several nodes do."""
    opened: list[DatabaseStore] = []

    def open_one() -> DatabaseStore:
        if request.param == "file":
            one = open_sqlite(tmp_path / "iamd.db", master_key=MASTER_KEY, ids=Ids())
        else:
            url = request.getfixturevalue("postgres_store_url")
            one = open_postgres(url, master_key=MASTER_KEY, ids=Ids())
        if not opened:
            write(one, _begin)
        opened.append(one)
        return one

    yield open_one
    for one in opened:
        one.close()


@pytest.fixture
def open_postgres_node(postgres_store_url: str) -> Iterator[type_of_opener]:
    """Give a function that opens the same PostgreSQL database each time."""
    opened: list[DatabaseStore] = []

    def open_one() -> DatabaseStore:
        one = open_postgres(postgres_store_url, master_key=MASTER_KEY, ids=Ids())
        if not opened:
            write(one, _begin)
        opened.append(one)
        return one

    yield open_one
    for one in opened:
        one.close()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[DatabaseStore]:
    yield from _with_accounts(open_sqlite(tmp_path / "iamd.db", master_key=MASTER_KEY, ids=Ids()))


@pytest.fixture
def postgres_store(postgres_store_url: str) -> Iterator[DatabaseStore]:
    yield from _with_accounts(open_postgres(postgres_store_url, master_key=MASTER_KEY, ids=Ids()))


def _with_accounts(opened: DatabaseStore) -> Iterator[DatabaseStore]:
    write(opened, _begin)
    yield opened
    opened.close()


def _begin(tx: Transaction) -> None:
    tx.accounts.add(account(ACCOUNT_ID))
    tx.accounts.add(account(OTHER_ACCOUNT_ID))


@pytest.fixture
def org(store: DatabaseStore) -> DatabaseStore:
    """Give a store with two organizations and nothing in them."""

    def begin(tx: Transaction) -> None:
        tx.organizations.add(ORGANIZATION)
        tx.organizations.add(OTHER)

    write(store, begin)
    return store
