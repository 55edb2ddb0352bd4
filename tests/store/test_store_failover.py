"""A primary of PostgreSQL that crashes, and is one no longer when it is back: two real servers."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from tests.support import store_values as values
from tests.support.failover import Pair, failover_pair
from tests.support.postgres import PostgresUnavailableError
from tests.support.store_values import ACCOUNT_ID, add, read, write

from iamd.domain.ids import Ids
from iamd.store import patience
from iamd.store.database_store import DatabaseStore
from iamd.store.engines import Line
from iamd.store.errors import StoreError
from iamd.store.open import open_postgres

KEY = bytes(32)


@pytest.fixture
def pair() -> Iterator[Pair]:
    try:
        with failover_pair() as made:
            yield made
    except PostgresUnavailableError as error:
        pytest.skip(str(error))


@pytest.fixture
def store(pair: Pair) -> Iterator[DatabaseStore]:
    opened = open_postgres(pair.url, master_key=KEY, ids=Ids())
    write(opened, lambda tx: tx.accounts.add(values.account()))
    yield opened
    opened.close()


def names(store: DatabaseStore) -> list[str]:
    return [user.name for user in read(store, lambda tx: tx.users.page(ACCOUNT_ID, "/", None, 9))]


def fail_over(pair: Pair) -> None:
    pair.crash()
    pair.fail_over()


def again(store: DatabaseStore, name: str) -> None:
    """Add a user, over whatever connections there are left."""
    refused: list[StoreError] = []
    while len(refused) < 3:
        try:
            add(store, values.user(name))
        except StoreError as error:
            refused.append(error)
        else:
            break
    assert [each.transient for each in refused] in ([], [True], [True, True])


@pytest.mark.postgres
@pytest.mark.slow
def test_nothing_is_written_to_an_old_primary_or_read_from_it(pair: Pair, store: DatabaseStore) -> None:
    """It stands first in the URL, is up, and nobody has told it."""
    add(store, values.user("before"))
    fail_over(pair)
    again(store, "during")
    pair.other.start()
    pair.cut_off()
    again(store, "after")
    store._database.readers.dispose()
    assert names(store) == ["after", "before", "during"]
    assert pair.other.ask("SELECT count(*) FROM users", "iamd_pair") == [(1,)]
    # Nor does a node that begins only now, and has seen nothing.
    other = open_postgres(pair.url, master_key=KEY, ids=Ids())
    assert names(other) == ["after", "before", "during"]
    other.close()
    # With nobody else there, it is still not the one.
    pair.crash()
    for what in (lambda: names(store), lambda: add(store, values.user("lost"))):
        with pytest.raises(StoreError) as caught:
            what()
        assert caught.value.transient


@pytest.mark.postgres
@pytest.mark.slow
def test_nothing_is_read_from_a_standby(pair: Pair, store: DatabaseStore) -> None:
    """What is read from it is what was, and would be remembered: a key that was deleted would live on."""
    fail_over(pair)
    pair.attach()
    pair.other.ask("SELECT pg_wal_replay_pause()")
    pair.cut_off()
    again(store, "bob")
    store._database.readers.dispose()
    assert names(store) == ["bob"]
    assert pair.other.ask("SELECT count(*) FROM users", "iamd_pair") == [(0,)]


@pytest.mark.postgres
@pytest.mark.slow
def test_a_commit_whose_answer_was_lost_in_a_failover_is_not_called_success(
    pair: Pair, store: DatabaseStore
) -> None:
    """The standby may not have had it, and may have given its number to another transaction since."""

    class Failing(Line):
        """Lets the primary crash between a COMMIT and its answer, once."""

        left = 1

        def cursor(self) -> Any:
            return FailingCursor(super().cursor()) if self.left else super().cursor()

    class FailingCursor:
        def __init__(self, cursor: Any) -> None:
            self._cursor = cursor

        def __getattr__(self, name: str) -> Any:
            return getattr(self._cursor, name)

        def execute(self, text: str, *more: Any) -> Any:
            done = self._cursor.execute(text, *more)
            if text == "COMMIT":
                line.left = 0
                fail_over(pair)
                raise psycopg.OperationalError("server closed the connection unexpectedly")
            return done

    store._writer._line.drop()
    line = store._writer._line = Failing(store._database.writer)
    runs: list[str] = []

    def job(tx: Any) -> None:
        runs.append("once")
        tx.users.add(values.user("bob"))

    with pytest.raises(StoreError) as caught:
        write(store, job)
    assert (caught.value.transient, runs) == (True, ["once"])
    again(store, "alice")
    assert names(store) == ["alice", "bob"]


@pytest.mark.postgres
def test_a_database_that_was_moved_begins_its_timelines_anew(postgres_url: str) -> None:
    """As an upgrade of PostgreSQL to a later version leaves it, while nodes run."""
    company = patience.Company()
    company.timeline, company.system = "FFFFFFFF", "of another system"
    made = company.connect(postgres_url)
    assert (company.timeline, company.system) == (made.timeline, made.system)
    assert made.timeline is not None
    made.close()
    company.timeline = "FFFFFFFF"
    with pytest.raises(patience.OldPrimaryError):
        company.connect(postgres_url)


@pytest.mark.postgres
@pytest.mark.parametrize(
    "moved", [{"timeline": "FFFFFFFF"}, {"system": "another"}], ids=["promoted", "moved"]
)
def test_a_connection_to_an_old_primary_is_not_used_once_another_one_was_seen(
    postgres_url: str, moved: dict[str, str]
) -> None:
    """An address has moved; who was connected before still reads there what was, and takes it for word of the database."""
    store = open_postgres(postgres_url, master_key=KEY, ids=Ids())
    write(store, lambda tx: tx.accounts.add(values.account()))
    assert names(store) == []
    connection: Any = getattr(store._log._line.cursor(), "connection", None)
    for name, value in moved.items():
        setattr(connection.company, name, value)
    with pytest.raises(StoreError, match="old primary") as caught:
        store.poll()
    assert caught.value.transient
    if "timeline" in moved:
        # Nobody else is there.
        for what in (lambda: names(store), lambda: add(store, values.user("lost"))):
            with pytest.raises(StoreError, match="old primary") as caught:
                what()
            assert caught.value.transient
    else:
        # Who connects anew finds this one, and the others follow.
        assert names(store) == []
        store.poll()
        add(store, values.user("bob"))
    store.close()


@pytest.mark.parametrize("attributes", ["any", "standby", "prefer-standby", "read-only"])
def test_a_url_that_allows_standbys_is_refused(attributes: str) -> None:
    with pytest.raises(StoreError, match="can be read-write or primary only"):
        open_postgres(f"postgresql:///iamd?target_session_attrs={attributes}", master_key=KEY, ids=Ids())


@pytest.mark.parametrize(
    ("options", "hosts"),
    [
        ({"host": "a"}, []),
        ({"port": "5432"}, []),
        ({}, []),
        ({"host": "a,b", "port": 5433}, [{"host": "a", "port": "5433"}, {"host": "b", "port": "5433"}]),
        (
            {"host": "a,b", "hostaddr": "::1,::2", "port": "1,2", "dbname": "iamd"},
            [{"host": "a", "hostaddr": "::1", "port": "1"}, {"host": "b", "hostaddr": "::2", "port": "2"}],
        ),
    ],
)
def test_hosts_are_told_apart(options: dict[str, Any], hosts: list[dict[str, str]]) -> None:
    assert patience._hosts(options) == hosts


@pytest.mark.postgres
@pytest.mark.slow
def test_what_a_failover_has_lost_is_forgotten_also_where_the_log_looks_the_same(
    pair: Pair, store: DatabaseStore
) -> None:
    """Without a synchronous standby.  The client does it again, by another node: another change under the same number."""
    bob = values.user("bob")
    add(store, bob)
    store.poll()
    lost: list[str] = []
    store.on_lost(lambda: lost.append("lost"))
    pair.let_commits_be_lost()
    write(store, lambda tx: tx.users.put(replace(bob, path="/lost/")))
    pair.crash()
    pair.other.start()
    pair.fail_over()
    other = open_postgres(pair.url, master_key=KEY, ids=Ids())
    write(other, lambda tx: tx.users.put(replace(bob, path="/kept/")))
    other.close()
    for _ in range(3):
        with suppress(StoreError):
            store.poll()
    assert lost == ["lost"]


@pytest.mark.postgres
def test_on_another_timeline_nothing_that_was_heard_holds(postgres_url: str) -> None:
    store = open_postgres(postgres_url, master_key=KEY, ids=Ids())
    lost: list[str] = []
    store.on_lost(lambda: lost.append("lost"))
    add_account = values.account()
    write(store, lambda tx: tx.accounts.add(add_account))
    store.poll()
    assert lost == []
    connection: Any = getattr(store._log._line.cursor(), "connection", None)
    connection.timeline = "FFFFFFFF"
    store.poll()
    store.poll()
    assert lost == ["lost"]
    # The writer is still on the one before, and what it has heard from there is told to nobody.
    write(store, lambda tx: tx.accounts.put(add_account))
    assert lost == ["lost", "lost"]
    store.close()
