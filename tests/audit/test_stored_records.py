"""Records in the database: with the change, or with none."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.browser import PASSWORD, Browser, with_password
from tests.support.loops import LoopThread
from tests.support.trail import told
from tests.support.world import ACCOUNT, World, allow

from iamd.audit.reading import in_chains, verify
from iamd.audit.trail import TrailBlockedError
from iamd.domain.ids import AccountId
from iamd.secret import Secret
from iamd.settings import Settings

ROOT = f"arn:aws:iam::{ACCOUNT}:root"


def settings(**more: Any) -> Settings:
    return Settings(
        account_id=ACCOUNT,
        root_access_key_id="AKIAROOTEXAMPLE00000",
        root_secret_access_key=Secret("root/secret/access/key/of/the/tests/0000"),
        audit_database=True,
        **more,
    )


@pytest.fixture
def world(loop: LoopThread) -> Iterator[World]:
    made = World(loop, settings())
    yield made
    made.close()


def records(world: World, *, flushed: bool = True) -> list[dict[str, Any]]:
    if flushed:
        world.app.trail.flush()
    found = world.app.store.read(lambda tx: tx.audit_records.page(None, None, None, 1_000)).result()
    return [json.loads(each.line) for each in found]


def test_a_change_and_its_record_are_one(world: World) -> None:
    """Nothing has to be waited for: the record was committed with the user."""
    world.root.iam.create_user(UserName="bob")
    last = records(world, flushed=False)[-1]
    assert told(last) == ("CreateUser", ROOT, None, 200)
    assert last["responseElements"]["user"]["userName"] == "bob"


def test_a_sign_in_and_its_record_are_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with_password(world, "bob")
    records(world)

    def stop(_event: object) -> None:
        raise TrailBlockedError("the machine stops")

    monkeypatch.setattr(world.app.trail, "confirm", stop)
    assert (
        Browser(world).own("SignIn", {"account": ACCOUNT, "user": "bob", "password": PASSWORD}).status == 500
    )
    sessions = world.app.store.read(
        lambda tx: tx.console_sessions.of_account(AccountId(ACCOUNT), world.clock.now())
    ).result()
    assert len(sessions) == 1
    last = records(world, flushed=False)[-1]
    assert told(last) == ("ConsoleLogin", f"arn:aws:iam::{ACCOUNT}:user/bob", None, 200)


def test_what_is_rolled_back_leaves_the_record_of_its_refusal_only(world: World) -> None:
    world.root.iam.create_user(UserName="bob")
    with pytest.raises(ClientError):
        world.root.iam.create_user(UserName="bob")
    found = [told(each)[::2] for each in records(world)]
    assert found == [("StartServer", None), ("CreateUser", None), ("CreateUser", "EntityAlreadyExists")]


def test_reads_are_there_a_moment_later(world: World) -> None:
    bob = world.user("bob", allow("iam:GetUser"))
    bob.iam.get_user(UserName="bob")
    with pytest.raises(ClientError):
        bob.iam.list_users()
    world.app.trail.flush()
    assert [told(each)[::2] for each in records(world)][-2:] == [
        ("GetUser", None),
        ("ListUsers", "AccessDenied"),
    ]


def test_the_chain_is_whole_whoever_writes(world: World) -> None:
    for number in range(20):
        world.root.iam.create_user(UserName=f"user{number}")
        world.root.iam.list_users()
    found = verify(in_chains(records(world)))
    assert (found.problems, found.records, len(found.heads)) == ([], 41, 1)


def test_the_chain_of_the_next_process_hangs_on_the_last(loop: LoopThread, tmp_path: Path) -> None:
    for _ in range(2):
        world = World(loop, settings(data=tmp_path / "iamd.sqlite"))
        world.root.iam.list_users()
        found = records(world)
        world.close()
    assert [each["eventName"] for each in found] == [
        "StartServer",
        "ListUsers",
        "StopServer",
        "StartServer",
        "ListUsers",
    ]
    verified = verify(in_chains(found))
    assert (verified.problems, verified.beginnings, len(verified.heads)) == ([], [], 2)


def test_what_is_old_is_forgotten(loop: LoopThread, tmp_path: Path) -> None:
    kept = settings(audit_database_days=30, data=tmp_path / "iamd.sqlite")
    world = World(loop, kept)
    world.root.iam.create_user(UserName="bob")
    (record,) = world.app.store.read(lambda tx: tx.audit_records.latest(1)).result()
    old = replace(record, chain_id="old", at=world.clock.real() - timedelta(days=31))
    young = replace(record, chain_id="young", at=world.clock.real() - timedelta(days=29))
    world.app.store.write(lambda tx: tx.audit_records.add_all([old, young])).result()
    world.close()
    world = World(loop, kept)
    found = world.app.store.read(lambda tx: tx.audit_records.page(None, None, None, 2)).result()
    world.close()
    assert [each.chain_id for each in found] == ["young", record.chain_id]


def test_a_file_may_be_a_target_besides(loop: LoopThread, tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    world = World(loop, settings(audit_file=path))
    world.root.iam.create_user(UserName="bob")
    in_file = [json.loads(line) for line in path.read_text().splitlines()]
    in_store = records(world)
    world.close()
    assert [each["eventID"] for each in in_file] == [each["eventID"] for each in in_store]
    assert in_file[0]["iamdChain"]["id"] != in_store[0]["iamdChain"]["id"]
