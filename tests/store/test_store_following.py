"""Following the log of changes: a log that is cut, a database that is put back, notifications, other processes on a file."""

import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support import store_values as values
from tests.support.store_values import add, read, write

from iamd.domain.ids import Ids
from iamd.domain.users import User
from iamd.store.database_store import DatabaseStore
from iamd.store.engines import postgres_database
from iamd.store.errors import StoreError
from iamd.store.installation import prepare, without_what_is_refused
from iamd.store.interface import Change
from iamd.store.open import open_sqlite

MASTER_KEY = bytes(range(32))


class Ear:
    """What a listener has heard: ids, and an exclamation mark for what could not be told."""

    def __init__(self, store: DatabaseStore) -> None:
        self.heard: list[str] = []
        store.on_changes(lambda changes: self.heard.extend(change.id for change in changes))
        store.on_lost(lambda: self.heard.append("!"))


def names(*given: str) -> list[User]:
    return [values.user(name) for name in given]


def test_who_is_farther_behind_than_the_log_reaches_has_to_forget(
    open_shared: Callable[[], DatabaseStore],
) -> None:
    first, near, far = open_shared(), open_shared(), open_shared()
    near_ear, far_ear = Ear(near), Ear(far)
    users = names("a", "b", "c")
    add(first, users[0], users[1])
    near.poll()
    write(first, lambda tx: tx.forget_changes(1))
    add(first, users[2])
    near.poll()
    far.poll()
    assert near_ear.heard == [user.user_id for user in users]
    assert far_ear.heard == ["!"]
    assert near.epoch == far.epoch == read(first, lambda tx: tx.epoch)


def test_a_writer_that_is_too_far_behind_forgets_before_it_answers(
    open_shared: Callable[[], DatabaseStore],
) -> None:
    first, second = open_shared(), open_shared()
    ear = Ear(second)
    add(first, *names("a", "b"))
    write(first, lambda tx: tx.forget_changes(1))
    (user,) = names("c")
    add(second, user)
    assert ear.heard == ["!"]
    assert second.epoch == read(first, lambda tx: tx.epoch)


def test_cutting_the_log_keeps_its_end_and_counts_on(store: DatabaseStore) -> None:
    ear = Ear(store)
    add(store, *names("a", "b", "c"))
    epoch = store.epoch
    for kept in (1000, 2, 1):
        write(store, lambda tx, kept=kept: tx.forget_changes(kept))  # type: ignore[misc]
        store.poll()
    assert (store.epoch, len(ear.heard)) == (epoch, 3)
    add(store, *names("d"))
    assert (store.epoch, "!" in ear.heard) == (epoch + 1, False)


def test_what_forgetters_fail_at_is_told_again(open_shared: Callable[[], DatabaseStore]) -> None:
    first, second = open_shared(), open_shared()
    told: list[str] = []

    def forget() -> None:
        told.append("!")
        if len(told) == 1:
            raise StoreError("cannot read what must not be forgotten")

    second.on_lost(forget)
    add(first, *names("a", "b"))
    write(first, lambda tx: tx.forget_changes(1))
    with pytest.raises(StoreError):
        second.poll()
    second.poll()
    second.poll()
    assert told == ["!", "!"]


@pytest.mark.parametrize("more", [0, 2, 5])
def test_a_database_that_was_put_back_is_noticed(tmp_path: Path, more: int) -> None:
    """Its epochs go back, or come again for something else; a node that ran on would trust what it remembers."""
    path = tmp_path / "iamd.db"
    first = open_sqlite(path, master_key=MASTER_KEY, ids=Ids())
    write(first, lambda tx: tx.accounts.add(values.account()))
    first.close()
    shutil.copy(path, tmp_path / "copy")
    node = open_sqlite(path, master_key=MASTER_KEY, ids=Ids())
    add(node, *names("a", "b"))
    ear = Ear(node)
    node.close()

    restored = open_sqlite(tmp_path / "copy", master_key=MASTER_KEY, ids=Ids())
    restored._log._last = node._log._last  # as a node that lived on through it
    ear = Ear(restored)
    for name in "vwxyz"[:more]:
        restored._log._last = node._log._last
        ear.heard.clear()
        add(restored, *names(name))
    if not more:
        restored._log._moved = None
        restored.poll()
    assert ear.heard == ["!"]
    restored.close()


def test_kinds_of_later_versions_are_passed_over(open_shared: Callable[[], DatabaseStore]) -> None:
    first, second = open_shared(), open_shared()
    ear = Ear(second)

    def of_tomorrow(tx: object) -> None:
        tx._execution.changes.append(  # type: ignore[attr-defined]
            Change(tx.epoch + 1, _Tomorrow("mind_reader"), "m")  # type: ignore[attr-defined,arg-type]
        )

    write(first, of_tomorrow)
    (user,) = names("a")
    add(first, user)
    second.poll()
    assert ear.heard == [user.user_id]
    assert second.epoch == first.epoch


class _Tomorrow(str):
    __slots__ = ()

    @property
    def value(self) -> str:
        return str(self)


def test_a_wait_ends_when_it_is_told_to(store: DatabaseStore) -> None:
    store.wake()
    store.wait(60)
    waiting = threading.Thread(target=store.wait, args=(60,))
    waiting.start()
    store.wake()
    waiting.join(30)
    assert not waiting.is_alive()


@pytest.mark.postgres
def test_a_commit_ends_the_wait_of_another_node(open_postgres_node: Callable[[], DatabaseStore]) -> None:
    first, second = open_postgres_node(), open_postgres_node()
    ear = Ear(second)
    for user in names("a", "b", "c"):
        waiting = threading.Thread(target=second.wait, args=(60,))
        waiting.start()
        add(first, user)
        waiting.join(30)
        assert not waiting.is_alive()
        second.poll()
        assert ear.heard.pop() == user.user_id
    # What changes nothing wakes nobody.
    write(first, lambda tx: tx.epoch)
    assert second._log._alarm._connection.closed is False


def test_another_process_is_heard_of_at_once_on_a_file(tmp_path: Path) -> None:
    first, second = (open_sqlite(tmp_path / "iamd.db", master_key=MASTER_KEY, ids=Ids()) for _ in range(2))
    assert second.freshen is not None
    ear = Ear(second)
    write(first, lambda tx: tx.accounts.add(values.account()))
    (user,) = names("a")
    add(first, user)
    second.freshen()
    assert ear.heard[-1] == user.user_id
    second.freshen()
    add(second, *names("b"))
    second.freshen()
    assert len(ear.heard) == 3
    first.close()
    second.close()


@pytest.mark.postgres
def test_an_engine_without_notifications_is_polled(postgres_url: str) -> None:
    database = postgres_database(postgres_url, readers=1)
    assert without_what_is_refused(database) == database
    refused = replace(database, channel="no channel at all;")
    assert without_what_is_refused(refused) == replace(database, channel=None)
    database.dispose()


@pytest.mark.postgres
def test_an_engine_whose_locks_keep_nobody_out_is_refused(postgres_url: str) -> None:
    database = postgres_database(postgres_url, readers=1)
    showy = replace(database, try_lock="SELECT true")
    with pytest.raises(StoreError, match="keep nobody out"):
        prepare(showy, [MASTER_KEY], Ids())
    prepare(database, [MASTER_KEY], Ids())
    database.dispose()
