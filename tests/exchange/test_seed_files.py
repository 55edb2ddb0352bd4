"""What a server may start with besides seed files: everything that can be imported, told by what it holds."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.support.accounts import AccountMaker, Size, pages_of
from tests.support.exchange import exported
from tests.support.import_town import trust
from tests.support.loops import LoopThread
from tests.support.world import ACCOUNT, Actor, Credentials, World

from iamd.assemble import Application
from iamd.exchange.strict_yaml import FileFormatError
from iamd.secret import Secret
from iamd.settings import Settings

OTHER = "222222222222"
SIZE = Size(users=3, groups=2, roles=3, policies=2)
SEED = f"""
accounts:
  - id: "{ACCOUNT}"
    users:
      - {{name: bob, groups: [group-00000], access_keys: [{{}}]}}
"""

Start = Callable[[Path], World]


@pytest.fixture
def start(one_loop: LoopThread) -> Iterator[Start]:
    worlds: list[World] = []

    def started(seed: Path) -> World:
        settings = Settings(
            seed=seed,
            root_access_key_id="AKIAROOTEXAMPLE00000",
            root_secret_access_key=Secret("root/secret/access/key/of/the/tests/0000"),
        )
        worlds.append(World(one_loop, settings))
        return worlds[-1]

    yield started
    for world in worlds:
        world.close()


def write(path: Path, value: Any) -> Path:
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return path


def names(world: World) -> list[str]:
    return [each["UserName"] for each in world.root.iam.list_users()["Users"]]


def details(account_id: str = ACCOUNT) -> dict[str, Any]:
    return AccountMaker(int(account_id), account_id, SIZE).details()


@pytest.mark.parametrize("name", ["account.json", "account", "account.txt"])
def test_authorization_details(start: Start, tmp_path: Path, name: str) -> None:
    world = start(write(tmp_path / name, details()))
    assert names(world) == [each["UserName"] for each in details()["UserDetailList"]]


def test_terraform_state(start: Start, tmp_path: Path) -> None:
    role = {
        "arn": f"arn:aws:iam::{ACCOUNT}:role/deploy",
        "assume_role_policy": trust(Service="ec2.amazonaws.com"),
        "name": "deploy",
        "unique_id": "AROADEPLOYDEPLOYDEPLO",
    }
    resource = {"mode": "managed", "type": "aws_iam_role", "instances": [{"attributes": role}]}
    world = start(write(tmp_path / "terraform.tfstate", {"version": 4, "resources": [resource]}))
    assert world.root.iam.get_role(RoleName="deploy")["Role"]["RoleId"] == role["unique_id"]


def test_an_export(start: Start, tmp_path: Path) -> None:
    first = start(write(tmp_path / "a.json", details()))
    content = {
        "iamd_export": 1,
        "account_id": ACCOUNT,
        "contents": msgspec.to_builtins(exported(first)),
    }
    second = start(write(tmp_path / "b.json", content))
    assert exported(second) == exported(first)


def test_a_folder_of_pages_and_a_seed_that_names_what_they_hold(start: Start, tmp_path: Path) -> None:
    for number, page in enumerate(pages_of(details(), 3)):
        write(tmp_path / f"{number}.json", page)
    write(tmp_path / "seed.yaml", SEED)
    write(tmp_path / ".hidden", "not read")
    world = start(tmp_path)
    assert "bob" in names(world)
    members = world.root.iam.get_group(GroupName="group-00000")["Users"]
    assert "bob" in {each["UserName"] for each in members}
    assert [(key.account_id, key.owner) for key in world.app.planted] == [(ACCOUNT, "bob")]


def test_a_reset_goes_back_to_it(start: Start, tmp_path: Path) -> None:
    world = start(write(tmp_path / "a.json", details(OTHER)))
    (key,) = world.app.planted
    root = Actor(world, Credentials(key.access_key.access_key_id, key.access_key.secret.reveal()))
    before = exported(world, root)
    root.iam.create_user(UserName="eve")
    world.app.reset()
    assert exported(world, root) == before


def test_another_account_gets_a_root_access_key(start: Start, tmp_path: Path) -> None:
    write(tmp_path / "a.json", details())
    write(tmp_path / "b.json", details(OTHER))
    world = start(tmp_path)
    assert [(key.account_id, key.owner) for key in world.app.planted] == [(OTHER, "root")]
    (key,) = world.app.planted
    root = Actor(world, Credentials(key.access_key.access_key_id, key.access_key.secret.reveal()))
    assert len(root.iam.list_users()["Users"]) == 3
    assert root.sts.get_caller_identity()["Account"] == OTHER


def test_a_seed_may_be_the_only_json(start: Start, tmp_path: Path) -> None:
    seed = {"accounts": [{"id": ACCOUNT, "users": [{"name": "ann"}]}]}
    assert names(start(write(tmp_path / "seed.json", seed))) == ["ann"]
    assert names(
        start(write(tmp_path / "seed", "accounts: [{id: '123456789012', users: [{name: ben}]}]"))
    ) == ["ben"]


def test_one_seed_is_enough(tmp_path: Path) -> None:
    write(tmp_path / "a.yaml", SEED)
    write(tmp_path / "b.yml", SEED)
    with pytest.raises(FileFormatError, match="holds 2 seed files"):
        Application(Settings(seed=tmp_path))


def test_an_id_belongs_to_one_account(tmp_path: Path) -> None:
    first = details()
    write(tmp_path / "a.json", first)
    second = json.loads(json.dumps(first).replace(ACCOUNT, OTHER))
    write(tmp_path / "b.json", second)
    user_id = first["UserDetailList"][0]["UserId"]
    with pytest.raises(FileFormatError, match=f"the id {user_id} is one of account {ACCOUNT}"):
        Application(Settings(seed=tmp_path))


def test_problems_are_told_with_the_account(tmp_path: Path) -> None:
    broken = details()
    broken["UserDetailList"][0]["GroupList"] = [f"none-{number}" for number in range(25)]
    with pytest.raises(FileFormatError) as refused:
        Application(Settings(seed=write(tmp_path / "a.json", broken)))
    lines = str(refused.value).splitlines()
    assert lines[0] == (
        "seed: account 123456789012, user `User.00000@example.com`: NoSuchEntity:"
        " The group with name none-0 cannot be found."
    )
    assert (len(lines), lines[-1]) == (21, "and 5 more")


def test_a_folder_without_files(start: Start, tmp_path: Path) -> None:
    assert names(start(tmp_path)) == []
