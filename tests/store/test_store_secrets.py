"""Secrets at rest: what the files hold, what happens to a blob that was changed or moved, the master key."""

import base64
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support import store_values as values
from tests.support.sqlite import sqlite
from tests.support.store_values import ACCOUNT_ID, add, read, revealed, write

from iamd.domain.ids import Ids
from iamd.secret import Secret
from iamd.store.database_store import DatabaseStore
from iamd.store.encryption import Place, Vault, master_key_of
from iamd.store.errors import DamagedRecordError, WrongMasterKeyError
from iamd.store.open import open_postgres, open_sqlite

MASTER_KEY = bytes(range(32))
PLANTED = {
    "access key": "PLANTEDaccesskey/wJalrXUtnFEMI+K7MDENG0a",
    "seed": "PLANTEDSEEDJBSWY3DPEHPK3PXPJBSWY",
    "SAML private key": "PLANTED-SAML-private-key-in-PEM-0123456789",
    "token signing key": "PLANTED-token-signing-key-in-PKCS8-012345",
    "material": base64.b64encode(b"PLANTED sealing key of 32 bytes!").decode(),
}


def plant(store: DatabaseStore) -> None:
    add(
        store,
        values.access_key(ACCOUNT_ID, secret=Secret(PLANTED["access key"])),
        values.mfa_device("planted", seed=Secret(PLANTED["seed"])),
        values.saml_provider(
            "planted",
            private_keys=(values.saml_private_key("A", private_key=Secret(PLANTED["SAML private key"])),),
        ),
        values.token_signing_key("planted", private_key=Secret(PLANTED["token signing key"])),
        values.sealing_key("01234567", material=Secret(PLANTED["material"])),
    )


def forms(secret: bytes) -> Iterator[bytes]:
    """Return the forms in which a secret could lie about, Base64 at each of its three offsets."""
    yield from (secret, secret[::-1], secret.hex().encode(), secret.hex().upper().encode())
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + secret)
        yield encoded[4:-4]
        yield base64.urlsafe_b64encode(b"\0" * offset + secret)[4:-4]


def contains(data: bytes, secret: bytes) -> bool:
    return any(form in data for form in forms(secret))


def planted_secrets() -> list[bytes]:
    return [
        *(text.encode() for text in PLANTED.values()),
        base64.b64decode(PLANTED["material"]),
        MASTER_KEY,
    ]


def test_no_file_holds_a_secret(sqlite_store: DatabaseStore, tmp_path: Path) -> None:
    plant(sqlite_store)
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert set(written) == {"iamd.db", "iamd.db-wal", "iamd.db-shm"}
    sqlite_store.close()
    everything = b"".join(written.values()) + (tmp_path / "iamd.db").read_bytes()
    assert b"planted" in everything  # what is no secret is there
    assert [secret for secret in planted_secrets() if contains(everything, secret)] == []


@pytest.mark.postgres
def test_no_row_of_postgresql_holds_a_secret(postgres_store: DatabaseStore) -> None:
    plant(postgres_store)
    cursor = postgres_store._database.readers.raw_connection().cursor()
    tables = (
        *("access_keys", "mfa_devices", "saml_providers", "token_signing_keys", "sealing_keys"),
        *("meta", "changes", "owners"),
    )
    rows: list[Any] = []
    for table in tables:
        cursor.execute(f"SELECT * FROM {table}")  # noqa: S608  our own names
        rows += cursor.fetchall()
    values_found = [value for row in rows for value in row if isinstance(value, str | bytes)]
    everything = b"\n".join(v.encode() if isinstance(v, str) else v for v in values_found)
    assert b"planted" in everything
    assert [secret for secret in planted_secrets() if contains(everything, secret)] == []


def test_secrets_come_back_and_do_not_print(store: DatabaseStore) -> None:
    plant(store)
    key = read(store, lambda tx: tx.access_keys.page(ACCOUNT_ID, None, 1))[0]
    device = read(store, lambda tx: tx.mfa_devices.page(ACCOUNT_ID, None, 1))[0]
    provider = read(store, lambda tx: tx.saml_providers.list_of(ACCOUNT_ID))[0]
    signing_key = read(store, lambda tx: tx.token_signing_keys.of(ACCOUNT_ID))[0]
    sealing_key = read(store, lambda tx: tx.sealing_keys.all())[0]
    found = (
        revealed(key)["secret"],
        revealed(device)["seed"],
        revealed(provider.private_keys[0])["private_key"],
        revealed(signing_key)["private_key"],
        revealed(sealing_key)["material"],
    )
    assert found == tuple(PLANTED.values())
    printed = repr((key, device, provider, signing_key, sealing_key)).encode()
    assert [secret for secret in planted_secrets() if contains(printed, secret)] == []


@pytest.mark.parametrize(
    ("table", "column", "look"),
    [
        ("access_keys", "secret", lambda tx: tx.access_keys.page(ACCOUNT_ID, None, 10)),
        ("mfa_devices", "seed", lambda tx: tx.mfa_devices.page(ACCOUNT_ID, None, 10)),
        ("saml_providers", "private_keys", lambda tx: tx.saml_providers.list_of(ACCOUNT_ID)),
        ("token_signing_keys", "private_key", lambda tx: tx.token_signing_keys.of(ACCOUNT_ID)),
        ("sealing_keys", "material", lambda tx: tx.sealing_keys.all()),
    ],
)
def test_a_blob_in_another_row_does_not_open(
    sqlite_store: DatabaseStore, tmp_path: Path, table: str, column: str, look: Callable[[Any], object]
) -> None:
    for n in "01":
        add(
            sqlite_store,
            values.access_key(ACCOUNT_ID),
            values.mfa_device(n),
            values.saml_provider(n, private_keys=(values.saml_private_key("A"),)),
            values.token_signing_key(n * 8),
            values.sealing_key(n * 8),
        )
    read(sqlite_store, look)
    swap = f"UPDATE {table} SET {column} = (SELECT o.{column} FROM {table} o WHERE o.rowid <> {table}.rowid)"  # noqa: S608  our own names
    tamper(tmp_path, swap)
    with pytest.raises(DamagedRecordError):
        read(sqlite_store, look)


def test_a_blob_in_another_column_does_not_open(sqlite_store: DatabaseStore, tmp_path: Path) -> None:
    # Under the same row id, so that only table and column differ.
    vault = sqlite_store._vault
    blob = vault.seal(Place.MFA_SEED, "01234567", Secret("x"))
    add(sqlite_store, values.sealing_key("01234567"))
    tamper(tmp_path, f"UPDATE sealing_keys SET material = x'{blob.hex()}'")  # noqa: S608  our own
    with pytest.raises(DamagedRecordError):
        read(sqlite_store, lambda tx: tx.sealing_keys.all())


def test_damage_spares_the_others(sqlite_store: DatabaseStore, tmp_path: Path) -> None:
    good, bad = values.access_key(ACCOUNT_ID), values.access_key(ACCOUNT_ID)
    add(sqlite_store, good, bad)
    tamper(tmp_path, f"UPDATE access_keys SET secret = x'00' WHERE access_key_id = '{bad.access_key_id}'")  # noqa: S608  our own
    with pytest.raises(DamagedRecordError):
        read(sqlite_store, lambda tx: tx.access_keys.find(bad.access_key_id))
    assert read(sqlite_store, lambda tx: tx.access_keys.find(good.access_key_id)) is not None
    # In a batch, too, the damage is only that job's.
    assert write(sqlite_store, lambda tx: tx.access_keys.find(good.access_key_id)) is not None


def tamper(folder: Path, statement: str) -> None:
    with sqlite(folder / "iamd.db") as connection:
        connection.execute(statement)


def test_a_flipped_bit_does_not_open() -> None:
    """R-15: version, algorithm, key id, nonce, text and tag are all authenticated, with one error for each."""
    vault = Vault(MASTER_KEY, "cluster")
    blob = vault.seal(Place.ACCESS_KEY_SECRET, "AKIA", Secret("secret"))
    assert vault.open(Place.ACCESS_KEY_SECRET, "AKIA", blob).reveal() == "secret"
    for position in range(len(blob) * 8):
        flipped = bytearray(blob)
        flipped[position // 8] ^= 1 << position % 8
        with pytest.raises(DamagedRecordError):
            vault.open(Place.ACCESS_KEY_SECRET, "AKIA", bytes(flipped))
    for length in range(len(blob)):
        with pytest.raises(DamagedRecordError):
            vault.open(Place.ACCESS_KEY_SECRET, "AKIA", blob[:length])


def test_the_blob_says_how_it_was_made() -> None:
    vault = Vault(MASTER_KEY, "cluster")
    blobs = [vault.seal(place, "id", Secret("secret")) for place in (Place.MFA_SEED, Place.ACCESS_KEY_SECRET)]
    assert [blob[:2] for blob in blobs] == [b"\x01\x01"] * 2
    assert blobs[0][2:6] == blobs[1][2:6]  # the key id
    assert len({blob[6:18] for blob in blobs}) == 2  # the nonce
    assert {len(blob) for blob in blobs} == {2 + 4 + 12 + len("secret") + 16}


def test_the_same_key_gives_other_subkeys_in_another_installation() -> None:
    """R-31."""
    blob = Vault(MASTER_KEY, "one").seal(Place.MFA_SEED, "id", Secret("secret"))
    with pytest.raises(DamagedRecordError):
        Vault(MASTER_KEY, "other").open(Place.MFA_SEED, "id", blob)


def test_a_wrong_master_key_does_not_open_the_database(tmp_path: Path) -> None:
    open_sqlite(tmp_path / "iamd.db", master_key=MASTER_KEY, ids=Ids()).close()
    with pytest.raises(WrongMasterKeyError, match="this database was made with another master key"):
        open_sqlite(tmp_path / "iamd.db", master_key=os.urandom(32), ids=Ids())
    open_sqlite(tmp_path / "iamd.db", master_key=MASTER_KEY, ids=Ids()).close()


@pytest.mark.postgres
def test_a_wrong_master_key_does_not_open_postgresql(
    postgres_store: DatabaseStore, postgres_store_url: str
) -> None:
    with pytest.raises(WrongMasterKeyError):
        open_postgres(postgres_store_url, master_key=os.urandom(32), ids=Ids())


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM meta WHERE name = 'master_key_check'",
        "UPDATE meta SET value = 'x' WHERE name = 'master_key_check'",
    ],
)
def test_a_check_that_was_removed_is_no_permission(tmp_path: Path, statement: str) -> None:
    open_sqlite(tmp_path / "iamd.db", master_key=MASTER_KEY, ids=Ids()).close()
    tamper(tmp_path, statement)
    with pytest.raises(WrongMasterKeyError):
        open_sqlite(tmp_path / "iamd.db", master_key=MASTER_KEY, ids=Ids())


def test_a_master_key_may_be_base64() -> None:
    assert master_key_of(Secret(base64.b64encode(MASTER_KEY).decode() + "\n")) == MASTER_KEY
    assert master_key_of(MASTER_KEY) == MASTER_KEY


@pytest.mark.parametrize(
    "key",
    [
        b"",
        bytes(31),
        bytes(33),
        Secret(""),
        Secret("not Base64!"),
        Secret("ü"),
        Secret("AAAA"),
        Secret(MASTER_KEY.hex()),
    ],
)
def test_what_is_no_master_key(key: Secret | bytes) -> None:
    """R-48: there is a floor under the length of keys."""
    with pytest.raises(WrongMasterKeyError):
        master_key_of(key)


def test_the_files_are_for_the_owner_s_eyes_only(sqlite_store: DatabaseStore, tmp_path: Path) -> None:
    plant(sqlite_store)
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {
        "iamd.db": 0o600,
        "iamd.db-wal": 0o600,
        "iamd.db-shm": 0o600,
    }
