"""The invariants of the whole store: nothing is found where nothing is wrong, and each thing that is."""

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from tests.support import store_values as values
from tests.support.sqlite import exchange, sqlite, without_checksums
from tests.support.store_values import add, read, write

from iamd.domain.ids import Ids
from iamd.domain.inline_policies import InlinePolicy
from iamd.store.database_store import DatabaseStore
from iamd.store.errors import StoreError
from iamd.store.open import open_sqlite
from iamd.store.policies_interface import OwnerKind

USER, OTHER, GROUP, ROLE = values.user("u"), values.user("other"), values.group("g"), values.role("r")
POLICY = values.managed_policy("p")
INLINE = InlinePolicy(owner_id=GROUP.group_id, name="i", document="{}")


def fill(store: DatabaseStore) -> None:
    add(store, USER, OTHER, GROUP, ROLE, values.access_key(USER.user_id), values.mfa_device("d"))
    add(store, values.sealing_key("01234567"), values.instance_profile("i"))

    def job(tx: Any) -> None:
        tx.managed_policies.add(POLICY, "{}")
        tx.policy_attachments.add(OwnerKind.USER, USER.user_id, POLICY.arn)
        tx.policy_attachments.add(OwnerKind.ROLE, ROLE.role_id, values.MANAGED_POLICY_ARN)
        tx.inline_policies.put(OwnerKind.GROUP, INLINE)
        tx.group_memberships.add(GROUP, USER)

    write(store, job)


def damage(store: DatabaseStore, statement: str) -> None:
    """Run *statement* behind the store's back, with nobody to object."""
    engine = sqlalchemy.create_engine(store._database.writer.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text(statement))
    engine.dispose()


def test_nothing_is_found_where_nothing_is_wrong(store: DatabaseStore) -> None:
    assert read(store, lambda tx: tx.problems()) == []
    fill(store)
    assert read(store, lambda tx: tx.problems()) == []


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE owners SET owner_kind = 'role' WHERE owner_kind = 'group'", "is no role of the account"),
        ("UPDATE owners SET account_id = '999999999999' WHERE owner_kind = 'user'", "is of the account"),
        ("UPDATE group_memberships SET user_key = 'x'", "is not as the two are"),
        ("UPDATE users SET name = 'v' WHERE name = 'u'", "would not be found by its name"),
        ("UPDATE users SET tags = '[' WHERE name = 'u'", "tags that cannot be read"),
        ("UPDATE inline_policies SET document = '{'", "cannot be read"),
        ("UPDATE entity_counts SET number = number + 1 WHERE collection = 'users'", "3 users are noted"),
        ("DELETE FROM entity_counts WHERE collection = 'mfa_devices'", "0 mfa_devices are noted"),
        ("UPDATE managed_policies SET default_version = 9", "do not hold its default"),
        ("UPDATE policy_uses SET attachments = 7", "the uses of `arn:aws:iam::aws:policy/ReadOnlyAccess`"),
        ("DELETE FROM policy_attachments", "are not (0, 0)"),
        ("UPDATE managed_policies SET name = 'q', name_key = 'q'", "is in use and not there"),
        ("UPDATE policy_attachments SET owner_key = 'x'", "is not the user `x`"),
        ("UPDATE access_keys SET access_key_id = 'AKIAOTHER0000000000A'", "does not open"),
        ("DELETE FROM changes WHERE epoch = (SELECT max(epoch) - 1 FROM changes)", " lines from "),
    ],
)
def test_what_is_wrong_is_found(store: DatabaseStore, statement: str, found: str) -> None:
    fill(store)
    damage(store, statement)
    problems = read(store, lambda tx: tx.problems())
    assert [each for each in problems if found in each] != [], problems


def test_a_row_that_refers_to_nothing_is_found(sqlite_store: DatabaseStore) -> None:
    fill(sqlite_store)
    damage(sqlite_store, "DELETE FROM users WHERE name = 'u'")
    found = read(sqlite_store, lambda tx: tx.problems())
    assert [each for each in found if each.startswith("PRAGMA foreign_key_check: group_memberships")] != []


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "iamd.db"
    store = open_sqlite(path, master_key=bytes(32), ids=Ids())
    write(store, lambda tx: tx.accounts.add(values.account()))
    fill(store)
    store.close()
    return path


def test_damaged_pages_are_found(file: Path, tmp_path: Path) -> None:
    """R-87: whatever has changed in a page that is in use, even of a text that another makes sense, too."""
    sound, pages = _all(file), file.stat().st_size // 4096
    chance = random.Random(1)  # noqa: S311  the same pages each time
    damaged = tmp_path / "damaged.db"
    outcomes = Counter[str]()
    for page in range(0, pages, 6):
        content = bytearray(file.read_bytes())
        for at in chance.sample(range(page * 4096, page * 4096 + 4096), 64):
            content[at] ^= 1 << chance.randrange(8)
        damaged.write_bytes(content)
        outcomes[_outcome(damaged, sound)] += 1
    assert outcomes["refused"] > 0
    assert outcomes["passed for sound"] == 0


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        # SQLite quotes it in what it says.
        (b"CREATE TABLE users", b"CREATE \xab\xff\xab\xff\xab users", "malformed database schema"),
        (b"alembic_version", b"alembic\xffversion", "the file is damaged: what it holds is not text"),
        (b"master_key_check", b"master\xffkey\xffcheck", "the file is damaged: what it holds is not text"),
    ],
)
def test_damage_that_is_no_text_is_an_error_of_the_database(
    tmp_path: Path, old: bytes, new: bytes, found: str
) -> None:
    """What was told by no checksum before."""
    path = tmp_path / "iamd.db"
    without_checksums(path)
    open_sqlite(path, master_key=bytes(32), ids=Ids()).close()
    exchange(path, old, new)
    with pytest.raises(StoreError, match=f"the database failed: {found}"):
        open_sqlite(path, master_key=bytes(32), ids=Ids())


def _outcome(path: Path, sound: object) -> str:
    try:
        store = open_sqlite(path, master_key=bytes(32), ids=Ids())
    except StoreError:
        return "refused"
    try:
        problems = read(store, lambda tx: tx.problems())
    except StoreError:
        return "refused"
    finally:
        store.close()
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
    if problems:
        return "found"
    return "harmless" if _all(path) == sound else "passed for sound"


def _all(path: Path) -> object:
    """Return every row of the file, as SQLite has it."""
    with sqlite(path) as connection:
        tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        query = 'SELECT * FROM "{}"'
        return [(name, connection.execute(query.format(name)).fetchall()) for (name,) in tables]
