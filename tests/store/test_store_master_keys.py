"""Changing the master key: nothing fails meanwhile, nothing stays under the old one, and whoever lacks the new one stops."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from tests.support import store_values as values
from tests.support.store_values import ACCOUNT_ID, add, read, write

from iamd.domain.ids import Ids
from iamd.store.database_store import DatabaseStore
from iamd.store.encryption import Vault
from iamd.store.errors import DamagedRecordError, StoreError, WrongMasterKeyError
from iamd.store.open import open_store
from iamd.store.sealed import SEALED_COLUMNS

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
USER = values.user("u")
KEYS = [values.access_key(USER.user_id) for _ in range(2)]

type_of_node = Callable[..., DatabaseStore]


@pytest.fixture(params=["file", pytest.param("postgres", marks=pytest.mark.postgres)])
def node(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[type_of_node]:
    """Give a function that opens the same database with some keys."""
    file = request.param == "file"
    location = str(tmp_path / "iamd.db") if file else request.getfixturevalue("postgres_url")
    opened: list[DatabaseStore] = []

    def open_one(master_key: bytes, other: bytes | None = None) -> DatabaseStore:
        opened.append(open_store(location, master_key=master_key, ids=Ids(), other=other))
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()


def key_id(store: DatabaseStore, key: bytes) -> str:
    return Vault(key, store.cluster_id).key_ids[0]


def fill(store: DatabaseStore) -> None:
    write(store, lambda tx: tx.accounts.add(values.account()))
    add(store, USER, *KEYS, values.mfa_device("d"), values.sealing_key("01234567"))
    add(
        store,
        values.saml_provider("s", private_keys=(values.saml_private_key("k"),)),
        values.server_certificate("c"),
        values.token_signing_key("k"),
    )
    write(store, lambda tx: tx.login_profiles.add(values.login_profile(USER.user_id), USER.name))


def headers(store: DatabaseStore) -> set[str]:
    """Return the ids of all keys that something is sealed under, behind the store's back."""
    engine = sqlalchemy.create_engine(store._database.writer.url)
    with engine.connect() as connection:
        blobs = [
            bytes(blob)
            for each in SEALED_COLUMNS
            for (blob,) in connection.execute(sqlalchemy.select(each.blob))
            if blob is not None
        ]
    engine.dispose()
    assert len(blobs) == 9
    return {blob[2:6].hex() for blob in blobs}


def keys_seen_by(store: DatabaseStore) -> list[dict[str, Any]]:
    found = read(store, lambda tx: tx.access_keys.page(USER.user_id, None, 9))
    return [values.revealed(each) for each in found]


def reseal_all(store: DatabaseStore, limit: int = 2) -> int:
    done = 0
    while some := write(store, lambda tx: tx.master_keys.reseal(limit)):
        done += some
    return done


def test_everything_is_sealed_anew_in_parts(node: type_of_node) -> None:
    fill(node(OLD))
    both, another = node(OLD, NEW), node(OLD, NEW)
    old, new = key_id(both, OLD), key_id(both, NEW)
    assert read(both, lambda tx: (tx.master_keys.held(), tx.master_keys.sealing())) == ((old, new), old)

    write(both, lambda tx: tx.master_keys.seal_with(new))
    assert read(both, lambda tx: (tx.master_keys.sealing(), tx.master_keys.left())) == (new, 9)
    assert write(both, lambda tx: tx.master_keys.reseal(4)) == 4
    assert headers(both) == {old, new}
    # In the middle of it, everything can be read on every node, and what is written is under the new one.
    assert [read(each, lambda tx: tx.problems()) for each in (both, another)] == [[], []]
    assert keys_seen_by(another) == [values.revealed(each) for each in KEYS]
    for each in (both, another):
        write(each, lambda tx: tx.access_keys.put(KEYS[0]))
    assert read(both, lambda tx: tx.master_keys.left()) <= 5

    # Whoever was interrupted goes on, on whatever node.
    reseal_all(node(NEW, OLD))
    assert headers(both) == {new}
    alone = node(NEW)
    assert read(alone, lambda tx: tx.problems()) == []
    assert keys_seen_by(alone) == [values.revealed(each) for each in KEYS]


def test_a_node_without_the_new_key_can_write_nothing(node: type_of_node) -> None:
    """It fails closed: what it would seal could not be read once the old key is gone."""
    late = node(OLD)
    fill(late)
    both = node(OLD, NEW)
    new = key_id(both, NEW)
    write(both, lambda tx: tx.master_keys.seal_with(new))
    for _ in range(2):
        with pytest.raises(WrongMasterKeyError):
            write(late, lambda tx: tx.access_keys.put(KEYS[0]))
    assert keys_seen_by(late) == [values.revealed(each) for each in KEYS]
    reseal_all(both)
    with pytest.raises(DamagedRecordError):
        keys_seen_by(late)
    with pytest.raises(WrongMasterKeyError):
        node(OLD)


def test_a_key_that_is_not_held_is_not_sealed_with(node: type_of_node) -> None:
    store = node(OLD)
    fill(store)
    for wrong in (key_id(store, NEW), "", "zz", "00000000"):
        with pytest.raises(WrongMasterKeyError):
            write(store, lambda tx, wrong=wrong: tx.master_keys.seal_with(wrong))  # type: ignore[misc]
    assert headers(store) == {key_id(store, OLD)}
    with pytest.raises(StoreError):
        node(NEW)


def test_the_order_in_which_a_node_is_given_them_is_nothing(node: type_of_node) -> None:
    fill(node(OLD))
    turned = node(NEW, OLD)
    write(turned, lambda tx: tx.access_keys.put(KEYS[0]))
    assert headers(turned) == {key_id(turned, OLD)}


def test_a_blob_that_does_not_open_stops_the_change(node: type_of_node) -> None:
    fill(node(OLD))
    both = node(OLD, NEW)
    write(both, lambda tx: tx.master_keys.seal_with(key_id(both, NEW)))
    engine = sqlalchemy.create_engine(both._database.writer.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        damage: Any = sqlalchemy.text("UPDATE mfa_devices SET serial_number = serial_number || 'x'")
        connection.execute(damage)
    engine.dispose()
    with pytest.raises(DamagedRecordError):
        reseal_all(both, limit=100)
    assert read(both, lambda tx: tx.master_keys.left()) == 9
    assert read(both, lambda tx: tx.users.page(ACCOUNT_ID, "/", None, 9)) == [USER]
