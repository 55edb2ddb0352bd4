"""What goes on when the database is lost, for how long, and what comes back by itself."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
import structlog
from botocore.exceptions import ClientError
from psycopg import sql
from tests.operations.test_on_postgres import settings
from tests.support.loops import LoopThread
from tests.support.world import ACCOUNT, Actor, World, allow

from iamd.directory.lease import Contact

pytestmark = pytest.mark.postgres


class Switch:
    """Locks everybody out of a database, and lets them in again."""

    def __init__(self, server: str, url: str) -> None:
        self._server = server
        self._name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]

    def __call__(self, *, on: bool) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            statement = "ALTER DATABASE {} WITH ALLOW_CONNECTIONS {}"
            connection.execute(sql.SQL(statement).format(sql.Identifier(str(self._name)), sql.Literal(on)))
            if not on:
                connection.execute(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
                    (self._name,),
                )


@pytest.fixture
def switch(postgres_server: str, postgres_url: str) -> Iterator[Switch]:
    found = Switch(postgres_server, postgres_url)
    yield found
    found(on=True)


@pytest.fixture
def world(loop: LoopThread, postgres_url: str) -> Iterator[World]:
    found = World(loop, settings(postgres_url))
    yield found
    found.close()


def until(world: World, contact: Contact) -> None:
    """Wait until *world* has noticed."""
    lease = world.app.lease
    with lease._heard:
        assert lease._heard.wait_for(lambda: lease.contact is contact, 30)


def refusal(ask: Callable[[], Any]) -> tuple[int, str]:
    with pytest.raises(ClientError) as caught:
        ask()
    response: Any = caught.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]


def test_memory_is_believed_for_a_while_and_then_not(world: World, switch: Switch) -> None:
    """R-87: without its database a node verifies for a bounded time, then refuses everything, and recovers by itself."""
    bob = world.user("bob", allow("iam:GetUser"))
    session = bob.assume(world.role("r", {"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"}))
    for actor in (bob, session, world.root):
        assert actor.sts.get_caller_identity()["Account"] == ACCOUNT

    switch(on=False)
    until(world, Contact.STALE)
    assert bob.sts.get_caller_identity()["Account"] == ACCOUNT
    assert session.sts.get_caller_identity()["Account"] == ACCOUNT
    with structlog.testing.capture_logs() as said:
        assert refusal(lambda: world.root.iam.create_user(UserName="eve")) == (503, "ServiceUnavailable")
    # It is so for each request meanwhile: one line is enough.
    assert [sorted(each) for each in said if each["event"] == "request failed"] == [
        ["error", "event", "log_level", "request_id"]
    ]
    assert refusal(bob.iam.get_user) == (503, "ServiceUnavailable")

    world.clock.passed += 59
    assert bob.sts.get_caller_identity()["Account"] == ACCOUNT
    world.clock.passed += 2
    until(world, Contact.FAILED)
    for actor in (bob, session, world.root, Actor(world, None)):
        assert refusal(actor.sts.get_caller_identity) == (503, "ServiceUnavailable")

    switch(on=True)
    until(world, Contact.OK)
    for actor in (bob, session, world.root):
        assert actor.sts.get_caller_identity()["Account"] == ACCOUNT
    world.root.iam.create_user(UserName="eve")


def test_who_was_locked_out_meanwhile_stays_so(
    loop: LoopThread, postgres_url: str, world: World, switch: Switch
) -> None:
    """R-38: a node that slept, or was cut off, asks the database before it believes what it remembers."""
    bob = world.user("bob", allow("iam:GetUser"))
    assert bob.credentials is not None
    assert bob.sts.get_caller_identity()["Account"] == ACCOUNT
    # As a process that was stopped: its threads hear nothing, and nobody tells it that the database fails.
    world.app._follower._stopping.set()
    world.app.store.wake()
    world.app._follower._thread.join()
    other = World(loop, settings(postgres_url))
    other.root.iam.delete_access_key(UserName="bob", AccessKeyId=bob.credentials.access_key_id)
    other.close()
    world.clock.passed += 61

    answered: list[tuple[int, str]] = []
    asking = threading.Thread(target=lambda: answered.append(refusal(bob.sts.get_caller_identity)))
    asking.start()
    # Woken, it goes on where it stopped: by looking.
    world.app._follower._look()
    asking.join()
    assert answered == [(403, "InvalidClientTokenId")]
