"""A database as the first version of the schema had it, with something in it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sqlalchemy import MetaData, Table, insert
from tests.support.sqlite import sqlite
from tests.support.world import ACCOUNT

from iamd.store.engines import sqlite_database
from iamd.store.migrations import upgrade
from iamd.store.reading import writing

FIRST: Final = "0001"
USERS: Final = 2000


def old_database(path: Path, users: int = USERS) -> None:
    """Make the file, with an account and its users."""
    database = sqlite_database(path, durable=True, readers=1)
    with writing(database) as connection:
        upgrade(connection, FIRST)
        for name, rows in (
            ("accounts", [{"account_id": ACCOUNT, "name": "", "created_at": 0}]),
            ("owners", [_owner(number) for number in range(users)]),
            ("users", [_user(number) for number in range(users)]),
        ):
            table = Table(name, MetaData(), autoload_with=connection, resolve_fks=False)
            connection.execute(insert(table), rows)
    database.dispose()


def wrong_after_migration(path: Path) -> Iterator[str]:
    """Yield what is wrong with such a database once it was brought up to date."""
    with sqlite(path) as connection:
        found = connection.execute("SELECT count(*) FROM users").fetchall()[0][0]
        if found != USERS:
            yield f"there are {found} users"
        for check in ("integrity_check", "foreign_key_check"):
            rows = connection.execute(f"PRAGMA {check}").fetchall()
            if rows not in ([], [("ok",)]):
                yield f"{check}: {rows[:3]}"


def _owner(number: int) -> dict[str, object]:
    return {"owner_id": f"AIDA{number:017}", "account_id": ACCOUNT, "owner_kind": "user"}


def _user(number: int) -> dict[str, object]:
    name = f"user-{number:05}"
    return {
        "user_id": f"AIDA{number:017}",
        "tags": "[]",
        "account_id": ACCOUNT,
        "name": name,
        "name_key": name,
        "path": "/",
        "created_at": 0,
    }
