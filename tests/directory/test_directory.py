"""The directory is never stale: what changed is forgotten, and what was loaded meanwhile is not remembered."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

import pytest
from tests.support.store_values import ACCOUNT_ID, account, user

from iamd.catalogue.managed_policies import AwsManagedPolicies
from iamd.directory.directory import CachedView, Directory, FreshView, NeedsLoad
from iamd.directory.load import Compiler, Loader, Need
from iamd.domain.ids import Ids
from iamd.domain.inline_policies import InlinePolicy
from iamd.store.interface import Change, ChangeKind, Store, Transaction
from iamd.store.open import open_sqlite, open_temporary
from iamd.store.policies_interface import OwnerKind

T = TypeVar("T")
POLICY = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'
BOB = user("bob")
NEED = Need("user", BOB.user_id)


class Meddled:
    """A store in which something may happen after a read has ended and before its reader hears of it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.meanwhile: Callable[[], None] = lambda: None

    def read(self, job: Callable[[Transaction], T]) -> Future[T]:
        found = self._store.read(job)
        found.result()
        self.meanwhile()
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


@pytest.fixture
def store() -> Iterator[Meddled]:
    real = open_temporary(ids=Ids())
    real.write(lambda transaction: transaction.accounts.add(account(ACCOUNT_ID))).result()
    real.write(lambda transaction: transaction.users.add(BOB)).result()
    yield Meddled(real)
    real.close()


@pytest.fixture
def directory(store: Meddled) -> Directory:
    return Directory(store, Loader(AwsManagedPolicies(None), Compiler()), most=100)


def give_policy(transaction: Transaction) -> None:
    policy = InlinePolicy(owner_id=BOB.user_id, name="p", document=POLICY)
    transaction.inline_policies.put(OwnerKind.USER, policy)


def test_what_is_not_in_memory_is_asked_for(directory: Directory) -> None:
    view = CachedView(directory)
    with pytest.raises(NeedsLoad) as lack:
        view.principal("user", BOB.user_id)
    assert lack.value.need == NEED
    view.load(NEED)
    found = view.principal("user", BOB.user_id)
    assert found is not None
    assert found.arn == BOB.arn
    assert CachedView(directory).principal("user", BOB.user_id) is found


def test_what_does_not_exist_is_remembered_for_one_request_only(directory: Directory) -> None:
    need = Need("access_key", "AKIA0000000000000000")
    view = CachedView(directory)
    view.load(need)
    assert view.access_key(need.id) is None
    with pytest.raises(NeedsLoad):
        CachedView(directory).access_key(need.id)


def test_a_change_is_forgotten_before_its_future_resolves(directory: Directory, store: Meddled) -> None:
    directory.load(NEED)
    store.write(give_policy).result()
    assert directory.find(NEED) is None
    directory.load(NEED)
    found = CachedView(directory).principal("user", BOB.user_id)
    assert found is not None
    assert len(found.identity_policies) == 1


def test_what_changed_while_it_was_loaded_is_not_remembered(directory: Directory, store: Meddled) -> None:
    store.meanwhile = lambda: store.write(give_policy).result()
    directory.load(NEED)
    assert directory.find(NEED) is None


def test_other_changes_meanwhile_do_no_harm(directory: Directory, store: Meddled) -> None:
    store.meanwhile = lambda: store.write(lambda transaction: transaction.users.add(user("eve"))).result()
    directory.load(NEED)
    assert directory.find(NEED) is not None


def test_a_load_that_is_older_than_a_clearing_is_not_remembered(directory: Directory, store: Meddled) -> None:
    store.meanwhile = directory.clear
    directory.load(NEED)
    assert directory.find(NEED) is None
    store.meanwhile = lambda: None
    directory.load(NEED)
    assert directory.find(NEED) is not None


def test_a_flood_of_changes_meanwhile_is_reason_enough_to_forget(
    directory: Directory, store: Meddled
) -> None:
    def flood() -> None:
        for epoch in range(20_000):
            directory.drop([Change(epoch, ChangeKind.USER, f"AIDA{epoch}")])

    store.meanwhile = flood
    directory.load(NEED)
    assert directory.find(NEED) is None


def test_a_fresh_view_sees_its_own_transaction(directory: Directory, store: Meddled) -> None:
    directory.load(NEED)

    def job(transaction: Transaction) -> int:
        give_policy(transaction)
        found = FreshView(directory, transaction).principal("user", BOB.user_id)
        return len(found.identity_policies) if found else -1

    assert store.write(job).result() == 1


def test_a_fresh_view_takes_from_memory_what_has_not_changed(directory: Directory, store: Meddled) -> None:
    known = directory.load(NEED)
    seen = store.write(
        lambda transaction: FreshView(directory, transaction).principal("user", BOB.user_id)
    ).result()
    assert seen is not None
    assert seen is known


def test_a_fresh_view_takes_nothing_from_memory_that_another_node_has_changed(tmp_path: Path) -> None:
    """R-38: whatever this node has heard of yet."""
    here, there = (open_sqlite(tmp_path / "iamd.db", master_key=bytes(32), ids=Ids()) for _ in range(2))
    here.write(lambda transaction: transaction.accounts.add(account(ACCOUNT_ID))).result()
    here.write(lambda transaction: transaction.users.add(BOB)).result()
    directory = Directory(here, Loader(AwsManagedPolicies(None), Compiler()), most=100)
    directory.load(NEED)
    there.write(give_policy).result()
    assert directory.find(NEED) is not None

    def job(transaction: Transaction) -> int:
        found = FreshView(directory, transaction).principal("user", BOB.user_id)
        return len(found.identity_policies) if found else -1

    assert here.write(job).result() == 1
    here.close()
    there.close()
