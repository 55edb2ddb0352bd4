"""The writer: savepoints, group commit, what is lost and run again, what happens when the database fails."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import apsw
import psycopg
import pytest
from sqlalchemy import Engine, literal_column, select
from tests.support import store_values as values
from tests.support.sqlite import sqlite
from tests.support.store_values import ACCOUNT_ID, add, read, write

from iamd.domain.ids import Ids
from iamd.errors import ConcurrentModification, EntityAlreadyExists
from iamd.store.database_store import DatabaseStore
from iamd.store.engines import Line
from iamd.store.errors import StoreClosedError, StoreError
from iamd.store.interface import Change, Store, Transaction
from iamd.store.open import open_temporary
from iamd.store.policies_interface import OwnerKind
from iamd.store.statements import Statement


class FaultyLine(Line):
    """
    A connection that counts commits, and fails when told.

    Attributes:
        before: Errors to raise instead of the next COMMITs.
        after: Errors to raise after the next COMMITs, as when the answer to one is lost.
        unreachable: How often, from then on, no connection can be had.
        asked: All statements that were run alone.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.commits = 0
        self.before: list[Exception] = []
        self.after: list[Exception] = []
        self.unreachable = 0
        self.asked: list[str] = []

    def cursor(self) -> Any:
        if self.unreachable and not (self.before or self.after):
            self.unreachable -= 1
            raise StoreError("cannot be reached", transient=True)
        return FaultyCursor(super().cursor(), self)


class FaultyCursor:
    def __init__(self, cursor: Any, line: FaultyLine) -> None:
        self._cursor = cursor
        self._line = line

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    def execute(self, text: str, *values: Any) -> Any:
        self._line.asked.append(text)
        if text != "COMMIT":
            return self._cursor.execute(text, *values)
        self._line.commits += 1
        if self._line.before:
            raise self._line.before.pop()
        self._cursor.execute(text)
        if self._line.after:
            raise self._line.after.pop()
        return None


@pytest.fixture
def line(store: DatabaseStore) -> FaultyLine:
    return make_faulty(store)


def make_faulty(store: DatabaseStore) -> FaultyLine:
    store._writer._line.drop()
    line = FaultyLine(store._database.writer)
    store._writer._line = line
    return line


def lost(store: DatabaseStore) -> Exception:
    """Return what a driver says when it loses a connection, or the disk."""
    if store._database.dialect.name == "postgresql":
        return psycopg.OperationalError("server closed the connection unexpectedly")
    return apsw.IOError("disk I/O error")


@contextmanager
def one_batch(store: Store) -> Iterator[None]:
    """Keep the writer busy, with what ends in a rollback, so that all that is submitted meanwhile becomes one batch."""
    begun, go_on = threading.Event(), threading.Event()

    def block(_tx: Transaction) -> None:
        begun.set()
        go_on.wait(30)
        raise TimeoutError

    blocking = store.write(block)
    assert begun.wait(30)
    try:
        yield
    finally:
        go_on.set()
    assert isinstance(blocking.exception(30), TimeoutError)


def adding(name: str, runs: Counter[str] | None = None) -> Callable[[Transaction], str]:
    user = values.user(name)

    def job(tx: Transaction) -> str:
        if runs is not None:
            runs[name] += 1
        tx.users.add(user)
        return name

    return job


def failing(name: str) -> Callable[[Transaction], str]:
    user = values.user(name)

    def job(tx: Transaction) -> str:
        tx.users.add(user)
        tx.policy_attachments.add(OwnerKind.USER, user.user_id, values.MANAGED_POLICY_ARN)
        raise LookupError(name)

    return job


def names(store: Store) -> list[str]:
    return [user.name for user in read(store, lambda tx: tx.users.page(ACCOUNT_ID, "/", None, 100))]


def outcomes(futures: Sequence[Future[str]]) -> list[str | type]:
    return [
        future.result() if future.exception(30) is None else type(future.exception()) for future in futures
    ]


def test_a_batch_is_committed_at_once(store: DatabaseStore, line: FaultyLine) -> None:
    expected = [f"u{n:02}" for n in range(40)]
    with one_batch(store):
        before = line.commits
        futures = [store.write(adding(name)) for name in expected]
    assert outcomes(futures) == expected
    assert line.commits - before == 1
    assert names(store) == expected


def test_a_failed_job_leaves_no_row_and_the_others_stand(store: DatabaseStore) -> None:
    heard: list[Change] = []
    store.on_changes(heard.extend)
    start = read(store, lambda tx: tx.epoch)
    with one_batch(store):
        futures = [
            store.write(job) for job in (adding("a"), failing("b"), adding("c"), adding("A"), adding("d"))
        ]
    assert outcomes(futures) == ["a", LookupError, "c", EntityAlreadyExists, "d"]
    assert names(store) == ["a", "c", "d"]
    assert [change.epoch for change in heard] == [start + 1, start + 2, start + 3]
    assert read(store, lambda tx: tx.epoch) == start + 3
    # Not even the ids of the failed ones are left behind.
    add(store, values.user("b"))


def test_a_job_that_fails_before_it_writes_undoes_nothing_of_others(store: DatabaseStore) -> None:
    """It has no savepoint of its own, and that of the job before it is not the one to go back to."""

    def refused(_tx: Transaction) -> str:
        raise LookupError

    with one_batch(store):
        futures = [
            store.write(job) for job in (refused, adding("a"), refused, failing("b"), refused, adding("c"))
        ]
    assert outcomes(futures) == [LookupError, "a", LookupError, LookupError, LookupError, "c"]
    assert names(store) == ["a", "c"]


def test_a_look_that_the_database_refuses_is_the_fault_of_its_job_alone(store: DatabaseStore) -> None:
    """PostgreSQL's transaction is over with it, where there is no savepoint yet; the others are run again."""
    nonsense = Statement(select(literal_column("no_such_column")))

    def looking(tx: Transaction) -> str:
        tx._execution.rows(nonsense, {})  # type: ignore[attr-defined]
        return ""

    def looking_later(tx: Transaction) -> str:
        tx.users.add(values.user("later"))
        return looking(tx)

    with one_batch(store):
        futures = [store.write(job) for job in (adding("a"), looking, looking_later, adding("c"))]
    assert outcomes(futures) == ["a", StoreError, StoreError, "c"]
    assert names(store) == ["a", "c"]


def test_a_job_that_looks_twice_asks_once_until_it_writes(store: DatabaseStore, line: FaultyLine) -> None:
    def looking(tx: Transaction) -> list[bool]:
        seen = [tx.users.find(ACCOUNT_ID, "a") is not None for _ in range(2)]
        tx.users.add(values.user("a"))
        return seen + [tx.users.find(ACCOUNT_ID, "a") is not None for _ in range(2)]

    assert write(store, looking) == [False, False, True, True]
    assert sum("FROM users" in text for text in line.asked) == 2


def test_a_job_sees_what_earlier_ones_of_its_batch_did(store: DatabaseStore) -> None:
    with one_batch(store):
        store.write(adding("a"))
        seen = store.write(lambda tx: tx.users.find(ACCOUNT_ID, "A") is not None)
    assert seen.result(30) is True


def test_a_resolved_future_is_in_the_database(sqlite_store: DatabaseStore, tmp_path: Path) -> None:
    """R-87: whoever opens the file next, after a crash or beside us, sees the row."""
    add(sqlite_store, values.user("bob"))
    with sqlite(tmp_path / "iamd.db") as other:
        assert other.execute("SELECT name FROM users").fetchall() == [("bob",)]


def test_nothing_is_seen_before_it_is_committed(store: DatabaseStore) -> None:
    """A savepoint that a driver begins for itself would show its rows at once, and keep them after a rollback."""
    done, go_on = threading.Event(), threading.Event()

    def job(tx: Transaction) -> None:
        tx.users.add(values.user("half"))
        done.set()
        go_on.wait(30)
        raise LookupError

    with one_batch(store):
        future = store.write(job)
        store.write(adding("other"))
    assert done.wait(30)
    assert names(store) == []
    go_on.set()
    assert isinstance(future.exception(30), LookupError)
    assert names(store) == ["other"]


def test_a_reader_sees_one_snapshot(store: DatabaseStore) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def job(tx: Transaction) -> list[int]:
        first = tx.users.count(ACCOUNT_ID)
        begun.set()
        go_on.wait(30)
        return [first, tx.users.count(ACCOUNT_ID)]

    future = store.read(job)
    assert begun.wait(30)
    add(store, values.user("new"))
    go_on.set()
    assert future.result(30) == [0, 0]
    assert names(store) == ["new"]


def test_a_commit_that_failed_is_run_again_job_by_job(store: DatabaseStore, line: FaultyLine) -> None:
    heard: list[Change] = []
    store.on_changes(heard.extend)
    runs: Counter[str] = Counter()
    with one_batch(store):
        futures = [store.write(job) for job in (adding("a", runs), failing("b"), adding("c", runs))]
        line.before = [lost(store)]
    assert outcomes(futures) == ["a", LookupError, "c"]
    assert names(store) == ["a", "c"]
    assert runs == Counter(a=2, c=2)
    assert len(heard) == 2


def test_a_commit_that_fails_again_and_again_is_given_up(store: DatabaseStore, line: FaultyLine) -> None:
    line.before = [lost(store) for _ in range(3)]
    with pytest.raises(StoreError) as caught:
        write(store, adding("a"))
    assert caught.value.transient is (store._database.dialect.name == "postgresql")
    assert names(store) == []
    line.before = []
    assert write(store, adding("a")) == "a"


@pytest.mark.postgres
def test_a_commit_whose_answer_was_lost_is_not_done_twice(postgres_store: DatabaseStore) -> None:
    line = make_faulty(postgres_store)
    heard: list[Change] = []
    postgres_store.on_changes(heard.extend)
    runs: Counter[str] = Counter()
    with one_batch(postgres_store):
        futures = [postgres_store.write(adding(name, runs)) for name in "abc"]
        line.after = [lost(postgres_store)]
        line.unreachable = 1
    assert outcomes(futures) == ["a", "b", "c"]
    assert runs == Counter("abc")
    assert (names(postgres_store), len(heard)) == (["a", "b", "c"], 3)


@pytest.mark.postgres
def test_a_commit_that_was_none_is_not_called_success(postgres_store: DatabaseStore) -> None:
    """PostgreSQL answers ROLLBACK to it, and no error, when a statement before has failed."""
    profile = values.instance_profile("lost")

    def job(tx: Any) -> None:
        tx.instance_profiles.add(profile)
        with suppress(psycopg.Error):
            tx._execution._cursor.execute("SELECT 1/0")

    with pytest.raises(StoreError, match="rolled back"):
        write(postgres_store, job)
    assert (
        read(postgres_store, lambda tx: tx.instance_profiles.find_by_id(profile.instance_profile_id)) is None
    )


@pytest.mark.postgres
def test_a_commit_of_unknown_fate_is_not_run_again(postgres_store: DatabaseStore) -> None:
    line = make_faulty(postgres_store)
    heard: list[Change] = []
    postgres_store.on_changes(heard.extend)
    line.after = [lost(postgres_store)]
    line.unreachable = 3
    with pytest.raises(StoreError) as caught:
        write(postgres_store, adding("a"))
    assert caught.value.transient
    # It was committed after all; nobody said so, but everybody hears of it.
    postgres_store.poll()
    assert (names(postgres_store), len(heard)) == (["a"], 1)


@pytest.mark.postgres
def test_terminated_connections_are_opened_again(
    postgres_store: DatabaseStore, postgres_store_url: str
) -> None:
    add(postgres_store, values.user("before"))
    assert names(postgres_store) == ["before"]
    with psycopg.connect(postgres_store_url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    add(postgres_store, values.user("after"))
    assert names(postgres_store) == ["after", "before"]
    with pytest.raises(StoreError) as caught:
        postgres_store.poll()
    assert caught.value.transient
    postgres_store.poll()


def test_a_full_disk_fails_what_needs_room_and_nothing_else(sqlite_store: DatabaseStore) -> None:
    """R-87."""
    big = values.role("big", trust_policy="x" * 2_000_000)
    disk = FullDisk(sqlite_store._database.writer)
    sqlite_store._writer._line.drop()
    sqlite_store._writer._line = disk

    def add_big(tx: Transaction) -> str:
        tx.roles.add(big)
        return "big"

    with one_batch(sqlite_store):
        futures = [sqlite_store.write(adding("a")), sqlite_store.write(add_big)]
        disk.pages = 200
    assert outcomes(futures) == ["a", StoreError]
    error = futures[1].exception()
    assert isinstance(error, StoreError)
    assert (str(error), error.transient) == ("the database failed: database or disk is full", False)
    assert names(sqlite_store) == ["a"]
    # There is room again.
    disk.pages = 1_000_000
    add(sqlite_store, big)
    assert read(sqlite_store, lambda tx: tx.roles.get(ACCOUNT_ID, "big")) == big


class FullDisk(Line):
    """A connection whose file may have no more than so many pages."""

    pages = 1_000_000

    def cursor(self) -> Any:
        cursor = super().cursor()
        cursor.execute(f"PRAGMA max_page_count = {self.pages}")
        return cursor


def test_a_database_that_somebody_holds_is_busy(sqlite_store: DatabaseStore, tmp_path: Path) -> None:
    sqlite_store._writer._line = Impatient(sqlite_store._database.writer)
    with sqlite(tmp_path / "iamd.db") as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError) as caught:
            write(sqlite_store, adding("a"))
        assert caught.value.transient
    assert write(sqlite_store, adding("a")) == "a"


class Impatient(Line):
    """A connection that does not wait five seconds for a lock."""

    def cursor(self) -> Any:
        cursor = super().cursor()
        cursor.execute("PRAGMA busy_timeout = 1")
        return cursor


def test_a_job_that_hides_a_failure_of_the_database_fails(store: DatabaseStore) -> None:
    def job(tx: Transaction) -> None:
        with pytest.raises(ConcurrentModification):
            tx.policy_attachments.add(
                OwnerKind.USER, values.user("nobody").user_id, values.MANAGED_POLICY_ARN
            )

    with pytest.raises(ConcurrentModification):
        write(store, job)


def test_a_read_cannot_write(store: DatabaseStore) -> None:
    jobs: list[Callable[[Transaction], object]] = [
        lambda tx: tx.users.add(values.user("a")),
        lambda tx: tx.roles.record_uses([("AROANOBODY", values.AT, "eu-west-1")]),
        lambda tx: tx.erase(),
    ]
    for job in jobs:
        with pytest.raises(StoreError):
            read(store, job)


def test_a_read_connection_refuses_to_write(store: DatabaseStore) -> None:
    """Should one of our own checks ever be forgotten, the database still has its own."""
    connection = store._database.readers.raw_connection()
    cursor = connection.cursor()
    cursor.execute(store._database.begin_read)
    with pytest.raises((apsw.ReadOnlyError, psycopg.errors.ReadOnlySqlTransaction)):
        cursor.execute("DELETE FROM changes")
    connection.close()


def test_a_cancelled_job_is_not_run(store: DatabaseStore) -> None:
    with one_batch(store):
        futures = [store.write(adding(name)) for name in "abc"]
        assert futures[1].cancel()
    assert futures[0].result(30) == "a"
    with pytest.raises(CancelledError):
        futures[1].result(30)
    assert futures[2].result(30) == "c"
    assert names(store) == ["a", "c"]


def test_closing_finishes_what_was_submitted() -> None:
    store = open_temporary(ids=Ids())
    add(store, values.account())
    with one_batch(store):
        futures = [store.write(adding(f"{n}")) for n in range(100)]
        closer = threading.Thread(target=store.close)
        closer.start()
    closer.join(30)
    assert outcomes(futures) == [f"{n}" for n in range(100)]
    for refused in (store.write(adding("late")), store.read(lambda tx: tx.epoch)):
        assert isinstance(refused.exception(30), StoreClosedError)
    store.close()


def test_what_no_job_should_raise_reaches_whoever_waits(store: DatabaseStore) -> None:
    def job(_tx: Transaction) -> None:
        raise SystemExit(3)

    assert isinstance(store.write(job).exception(30), SystemExit)
    assert write(store, adding("a")) == "a"
