"""
What a page costs in a large account: SQLite counts its own steps, so that no clock is looked at.

Thousands of users and roles all have one policy, are in one group and have one boundary.  What looks at each of them takes
tens of thousands of steps; what goes by an index, a few hundred.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support import store_values as values
from tests.support.store_values import ACCOUNT_ID, DOCUMENT, write

from iamd.domain.ids import Ids
from iamd.store.database_store import DatabaseStore
from iamd.store.engines import sqlite_database
from iamd.store.execution import Execution
from iamd.store.open import open_sqlite
from iamd.store.policies_interface import OwnerKind, PolicyUsage
from iamd.store.sqlite_driver import SqliteConnection
from iamd.store.transaction import StoreTransaction

MANY = 3000
PAGE = 11
MOST_STEPS = 4000
EVERY = 50
POPULAR = values.managed_policy("popular")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DatabaseStore, Path]]:
    path = tmp_path_factory.mktemp("size") / "iamd.db"
    store = open_sqlite(path, master_key=bytes(32), ids=Ids())
    write(store, fill)
    yield store, path
    store.close()


def fill(tx: Any) -> None:
    tx.accounts.add(values.account())
    users = [
        values.user(f"user-{number}", path="/team/", permissions_boundary=POPULAR.arn)
        for number in range(MANY)
    ]
    roles = [
        values.role(f"role-{number}", path="/team/", permissions_boundary=POPULAR.arn)
        for number in range(MANY)
    ]
    group = values.group("everybody")
    tx.managed_policies.add(POPULAR, DOCUMENT)
    for number in range(MANY // 10):
        tx.managed_policies.add(values.managed_policy(f"policy-{number}"), DOCUMENT)
    tx.users.add_all([*users, values.user("zz", path="/rare/")])
    tx.roles.add_all([*roles, values.role("zz", path="/rare/")])
    tx.groups.add(group)
    tx.group_memberships.add_all([(group, user) for user in users])
    tx.policy_attachments.add_all(OwnerKind.USER, [(user.user_id, POPULAR.arn) for user in users])
    tx.policy_attachments.add_all(OwnerKind.ROLE, [(role.role_id, POPULAR.arn) for role in roles])
    for number, user in enumerate(users):
        tx.mfa_devices.add(values.mfa_device(f"phone-{number}", owner_id=user.user_id))


ASKED: dict[str, Callable[[Any], Any]] = {
    "users": lambda tx: tx.users.page(ACCOUNT_ID, "/", "user-2", PAGE),
    "users of a rare path": lambda tx: tx.users.page(ACCOUNT_ID, "/rare/", None, PAGE),
    "users of a common path": lambda tx: tx.users.page(ACCOUNT_ID, "/team/", "user-2", PAGE),
    "a user": lambda tx: tx.users.get(ACCOUNT_ID, "USER-2999"),
    "roles of a rare path": lambda tx: tx.roles.page(ACCOUNT_ID, "/rare/", None, PAGE),
    "policies with uses": lambda tx: tx.managed_policies.page_with_uses(ACCOUNT_ID, "/", None, None, PAGE),
    "policies attached": lambda tx: tx.managed_policies.page_with_uses(
        ACCOUNT_ID, "/", PolicyUsage.ATTACHED, None, PAGE
    ),
    "users with a policy": lambda tx: tx.policy_attachments.entities(
        ACCOUNT_ID, POPULAR.arn, OwnerKind.USER, after="user-2", limit=PAGE
    ),
    "roles bounded": lambda tx: tx.policy_attachments.entities(
        ACCOUNT_ID, POPULAR.arn, OwnerKind.ROLE, usage=PolicyUsage.BOUNDARY, limit=PAGE
    ),
    "uses": lambda tx: tx.policy_attachments.uses(ACCOUNT_ID, POPULAR.arn),
    "members": lambda tx: tx.group_memberships.users_in(
        tx.groups.get(ACCOUNT_ID, "everybody").group_id, "user-2", PAGE
    ),
    "devices": lambda tx: tx.mfa_devices.page(ACCOUNT_ID, None, PAGE),
    "devices of nobody": lambda tx: tx.mfa_devices.page(ACCOUNT_ID, None, PAGE, in_use=False),
    "counts": lambda tx: (tx.mfa_devices.counts(ACCOUNT_ID), tx.users.count(ACCOUNT_ID)),
}


def steps(opened: tuple[DatabaseStore, Path], ask: Callable[[Any], Any]) -> int:
    """Return how many steps SQLite's machine takes to answer *ask*."""
    store, path = opened
    database = sqlite_database(path, durable=False, readers=1)
    with database.readers.connect() as connection:
        raw: Any = connection.connection.driver_connection
        assert isinstance(raw, SqliteConnection)
        ticks = 0

        def tick() -> bool:
            nonlocal ticks
            ticks += 1
            return False

        transaction = StoreTransaction(
            Execution(connection.connection.cursor(), database.dialect, store._vault)
        )
        raw.apsw.set_progress_handler(tick, EVERY)
        assert ask(transaction) is not None
        raw.apsw.set_progress_handler(None)
    database.dispose()
    return ticks * EVERY


@pytest.mark.parametrize("name", ASKED)
def test_a_page_looks_at_a_page(opened: tuple[DatabaseStore, Path], name: str) -> None:
    assert steps(opened, ASKED[name]) < MOST_STEPS


def test_steps_are_counted(opened: tuple[DatabaseStore, Path]) -> None:
    everything = steps(opened, lambda tx: tx.users.page(ACCOUNT_ID, "/", None, MANY))
    assert everything > 5 * MOST_STEPS
