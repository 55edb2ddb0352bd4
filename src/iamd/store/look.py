"""What a database is, told without changing it: for `iamd doctor` and `iamd db`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, inspect, select

from iamd.store import schema
from iamd.store.checksums import has_checksums
from iamd.store.encryption import Vault
from iamd.store.engines import Database
from iamd.store.errors import WrongMasterKeyError
from iamd.store.execution import Execution
from iamd.store.invariants import problems_of
from iamd.store.master_keys import CHECK
from iamd.store.reading import reading, writing


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """
    A database.

    Attributes:
        engine: Its kind and version.
        revision: Of its schema; None when it is empty.
        expected: The revision of this version of iamd.
        key_fits: Whether the master key is the one that it was made with.
        damage: What SQLite finds wrong with its pages; nothing when all is well.
        checksums: Whether its pages have checksums; None where the engine does not know what that is.
        clock: What time it is for PostgreSQL; None for SQLite, which has no clock of its own.
        accounts: Their ids.
        root_keys: The access key ids of the root users, by account id.
        problems: What does not hold of the store, row by row (`iamd.store.invariants`); None where that cannot be told, since
            the schema is another version's, the key does not fit or pages are damaged.
    """

    engine: str
    revision: str | None
    expected: str
    key_fits: bool
    damage: str
    checksums: bool | None
    clock: datetime | None
    accounts: frozenset[str]
    root_keys: dict[str, list[str]]
    problems: Sequence[str] | None


def look_at(database: Database, master_keys: Sequence[bytes]) -> Look:
    """
    Look at *database*.

    Raises:
        StoreError: It cannot be reached or read.
    """
    with reading(database) as connection:
        if not inspect(connection).has_table(schema.alembic_version.name):
            return Look(
                engine=_engine(connection),
                revision=None,
                expected=schema.REVISION,
                key_fits=True,
                damage="",
                checksums=has_checksums(connection),
                clock=_clock(connection),
                accounts=frozenset(),
                root_keys={},
                problems=None,
            )
        revision = str(connection.execute(select(schema.alembic_version.c.version_num)).scalar_one())
        vault, damage = _vault(connection, master_keys), _damage(connection)
        readable = revision == schema.REVISION and not damage
        return Look(
            engine=_engine(connection),
            revision=revision,
            expected=schema.REVISION,
            key_fits=vault is not None,
            damage=damage,
            checksums=has_checksums(connection),
            clock=_clock(connection),
            accounts=frozenset(connection.execute(select(schema.accounts.c.account_id)).scalars()),
            root_keys=_root_keys(connection),
            problems=_problems(connection, vault) if vault is not None and readable else None,
        )


def migrate(database: Database, *, keep: bool) -> None:
    """
    Bring the schema up to date; with *keep* False see that it works, and leave it as it was.

    Raises:
        UnknownSchemaError: It is not ours, or a later version's.
        StoreError: The database cannot be reached, or refuses.
    """
    from iamd.store.migrations import upgrade  # noqa: PLC0415  Alembic is slow to import and seldom needed

    with writing(database, keep=keep) as connection:
        upgrade(connection)


def _engine(connection: Connection) -> str:
    if connection.dialect.name == "sqlite":
        return f"SQLite {connection.exec_driver_sql('SELECT sqlite_version()').scalar_one()}"
    return f"PostgreSQL {connection.exec_driver_sql('SHOW server_version').scalar_one()}"


def _vault(connection: Connection, master_keys: Sequence[bytes]) -> Vault | None:
    """Return what opens the secrets of the database; None when it was made with another key."""
    meta = {row[0]: row[1] for row in connection.execute(select(schema.meta.c.name, schema.meta.c.value))}
    try:
        vault = Vault(master_keys, meta.get("cluster_id", ""))
        vault.adopt(CHECK, meta.get(CHECK, ""))
    except WrongMasterKeyError:
        return None
    return vault


def _problems(connection: Connection, vault: Vault) -> Sequence[str]:
    cursor = connection.connection.cursor()
    try:
        return list(problems_of(Execution(cursor, connection.dialect, vault)))
    finally:
        cursor.close()


def _damage(connection: Connection) -> str:
    if connection.dialect.name != "sqlite":
        return ""
    found = [row[0] for row in connection.exec_driver_sql("PRAGMA quick_check(5)")]
    return "" if found == ["ok"] else "; ".join(map(str, found))


def _clock(connection: Connection) -> datetime | None:
    if connection.dialect.name != "postgresql":
        return None
    at: datetime = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
    return at


def _root_keys(connection: Connection) -> dict[str, list[str]]:
    """Return the keys whose owner is the account itself."""
    keys = schema.access_keys
    found: dict[str, list[str]] = {}
    rows = connection.execute(
        select(keys.c.account_id, keys.c.access_key_id).where(keys.c.owner_id == keys.c.account_id)
    )
    for account_id, access_key_id in rows:
        found.setdefault(account_id, []).append(access_key_id)
    return found
