"""What clients hear when the database fails, and what goes on meanwhile."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.loops import LoopThread
from tests.support.sqlite import sqlite
from tests.support.store_values import user
from tests.support.world import World

from iamd.domain.ids import Ids
from iamd.store.database_store import DatabaseStore
from iamd.store.engines import Line
from iamd.store.interface import Change
from iamd.store.open import open_sqlite


class Strained(Line):
    """A connection that waits for no lock, and whose file may have only so many pages."""

    pages = 1_000_000

    def cursor(self) -> Any:
        cursor = super().cursor()
        cursor.execute("PRAGMA busy_timeout = 1")
        cursor.execute(f"PRAGMA max_page_count = {self.pages}")
        return cursor


@pytest.fixture
def store(tmp_path: Path) -> DatabaseStore:
    return open_sqlite(tmp_path / "iamd.db", master_key=bytes(32), ids=Ids())


@pytest.fixture
def line(store: DatabaseStore) -> Strained:
    store._writer._line.drop()
    strained = store._writer._line = Strained(store._database.writer)
    return strained


@pytest.fixture
def failing_world(loop: LoopThread, store: DatabaseStore) -> Iterator[World]:
    world = World(loop, store=store)
    yield world
    world.close()


def code(error: pytest.ExceptionInfo[ClientError]) -> tuple[int, str]:
    response: Any = error.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]


def test_a_busy_database_is_unavailable(line: Strained, failing_world: World, tmp_path: Path) -> None:
    iam = failing_world.root.iam
    iam.create_user(UserName="before")
    with sqlite(tmp_path / "iamd.db") as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ClientError) as caught:
            iam.create_user(UserName="bob")
        assert code(caught) == (503, "ServiceUnavailable")
        assert iam.get_user(UserName="before")["User"]["UserName"] == "before"
    iam.create_user(UserName="bob")


def test_a_full_disk_is_a_failure_of_ours(line: Strained, failing_world: World) -> None:
    """R-87: no success without a commit, nothing by half, and reading goes on."""
    iam = failing_world.root.iam
    line.pages = 1  # no more than there are now
    made: list[str] = []

    def fill() -> None:
        for number in range(1000):
            name = f"r{number:03}"
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST, Description="x" * 1000)
            made.append(name)

    with pytest.raises(ClientError) as caught:
        fill()
    assert code(caught) == (500, "ServiceFailure")
    assert [role["RoleName"] for role in iam.list_roles(MaxItems=1000)["Roles"]] == made
    line.pages = 1_000_000
    iam.create_role(RoleName=f"r{len(made):03}", AssumeRolePolicyDocument=TRUST)


def test_who_listens_for_others_changes_lives_on(
    failing_world: World, store: DatabaseStore, tmp_path: Path
) -> None:
    """R-38: whatever goes wrong once, what other processes revoke is heard of."""
    heard_again = threading.Event()
    heard: list[int] = []

    def listener(changes: Sequence[Change]) -> None:
        heard.append(len(changes))
        if len(heard) == 1:
            raise ValueError("a bug")
        heard_again.set()

    store.on_changes(listener)
    other = open_sqlite(tmp_path / "iamd.db", master_key=bytes(32), ids=Ids())
    other.write(lambda transaction: transaction.users.add(user("bob"))).result()
    other.close()
    assert heard_again.wait(10)
    assert failing_world.root.iam.get_user(UserName="bob")["User"]["UserName"] == "bob"


TRUST = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}}'
