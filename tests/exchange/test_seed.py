"""Seeds: what they make, and that they make it whole or not at all."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.loops import LoopThread
from tests.support.world import ACCOUNT, Actor, Credentials, World

from iamd.assemble import Application
from iamd.exchange.strict_yaml import FileFormatError
from iamd.secret import Secret
from iamd.settings import Settings

SEED = """
accounts:
  - id: 123456789012
    alias: example-dev
    properties: {RoleManager/Enabled: true}
    policies:
      - name: read-users
        path: /team/
        document:
          Version: 2012-10-17
          Statement: {Effect: Allow, Action: ["iam:GetUser", "iam:ListUsers"], Resource: "*"}
    groups:
      - name: developers
        managed_policies: [read-users]
    users:
      - name: bob
        groups: [developers]
        tags: {Team: red}
        inline_policies:
          roles: {Version: 2012-10-17, Statement: {Effect: Allow, Action: "iam:ListRoles", Resource: "*"}}
        access_keys:
          - {id: AKIABOBEXAMPLE000000, secret: bobs-secret-access-key-of-the-seed}
          - {status: Inactive}
    roles:
      - name: deploy
        max_session_duration: 7200
        instance_profile: true
        managed_policies: [arn:aws:iam::aws:policy/ReadOnlyAccess]
        trust_policy:
          Version: 2012-10-17
          Statement: {Effect: Allow, Action: "sts:AssumeRole", Principal: {AWS: "arn:aws:iam::123456789012:user/bob"}}
  - id: "210987654321"
    name: other
    root_access_key: {id: AKIAOTHEREXAMPLE0000, secret: the-others-secret-access-key}
"""


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    path = tmp_path / "seed.yaml"
    path.write_text(SEED, encoding="utf-8")
    return path


def settings(seed: Path, data: Path | None = None) -> Settings:
    return Settings(
        seed=seed,
        data=data,
        root_access_key_id="AKIAROOTEXAMPLE00000",
        root_secret_access_key=Secret("root/secret/access/key/of/the/tests/0000"),
    )


@pytest.fixture
def world(loop: LoopThread, seed: Path) -> Iterator[World]:
    world = World(loop, settings(seed))
    yield world
    world.close()


def bob(world: World) -> Actor:
    return Actor(world, Credentials("AKIABOBEXAMPLE000000", "bobs-secret-access-key-of-the-seed"), "bob")


def test_users_have_what_the_seed_gives_them(world: World) -> None:
    user = bob(world)
    assert user.iam.get_user()["User"]["Tags"] == [{"Key": "Team", "Value": "red"}]
    assert [role["RoleName"] for role in user.iam.list_roles()["Roles"]] == ["deploy"]
    assert [
        key["Status"] for key in world.root.iam.list_access_keys(UserName="bob")["AccessKeyMetadata"]
    ] == [
        "Active",
        "Inactive",
    ]


def test_roles_can_be_assumed_and_have_their_policies(world: World) -> None:
    session = bob(world).assume(f"arn:aws:iam::{ACCOUNT}:role/deploy", DurationSeconds=7200)
    assert session.iam.list_groups()["Groups"][0]["GroupName"] == "developers"
    profiles = world.root.iam.list_instance_profiles_for_role(RoleName="deploy")["InstanceProfiles"]
    assert [profile["InstanceProfileName"] for profile in profiles] == ["deploy"]


def test_accounts_have_their_names_and_properties(world: World) -> None:
    assert world.root.iam.list_account_aliases()["AccountAliases"] == ["example-dev"]
    assert world.root.iam.get_account_properties()["Properties"] == {"RoleManager/Enabled": "true"}


def test_other_accounts_are_worlds_of_their_own(world: World) -> None:
    other = Actor(world, Credentials("AKIAOTHEREXAMPLE0000", "the-others-secret-access-key"))
    assert other.sts.get_caller_identity()["Arn"] == "arn:aws:iam::210987654321:root"
    assert other.iam.list_users()["Users"] == []


def test_planted_keys_are_handed_to_whoever_planted_them(world: World) -> None:
    planted = [(key.account_id, key.owner, key.access_key.status.value) for key in world.app.planted]
    assert sorted(planted) == [
        (ACCOUNT, "bob", "Active"),
        (ACCOUNT, "bob", "Inactive"),
        ("210987654321", "root", "Active"),
    ]
    assert "bobs-secret" not in repr(world.app.planted)


def test_reset_goes_back_to_the_seed(world: World) -> None:
    world.root.iam.create_user(UserName="eve")
    world.root.iam.delete_access_key(UserName="bob", AccessKeyId="AKIABOBEXAMPLE000000")
    assert len(world.root.iam.list_users()["Users"]) == 2
    world.app.reset()
    assert [user["UserName"] for user in world.root.iam.list_users()["Users"]] == ["bob"]
    assert bob(world).sts.get_caller_identity()["Arn"].endswith("user/bob")


def test_reset_leaves_the_fresh_keys_of_the_seed_as_they_are(loop: LoopThread, tmp_path: Path) -> None:
    """Whoever was told them has no other way to learn new ones."""
    seed = tmp_path / "seed.json"
    users: list[dict[str, Any]] = [{"name": name, "access_keys": [{}, {}]} for name in ("ann", "ben")]
    seed.write_text(json.dumps({"accounts": [{"id": ACCOUNT, "users": users}]}))
    world = World(loop, settings(seed))
    actors = [
        (key.owner, Actor(world, Credentials(key.access_key.access_key_id, key.access_key.secret.reveal())))
        for key in world.app.planted
    ]
    world.app.reset()
    world.app.reset()
    names = [(owner, actor.sts.get_caller_identity()["Arn"].rpartition("/")[2]) for owner, actor in actors]
    world.close()
    assert names == [("ann", "ann"), ("ann", "ann"), ("ben", "ben"), ("ben", "ben")]


def test_a_file_that_holds_something_already_is_not_seeded_again(
    loop: LoopThread, seed: Path, tmp_path: Path
) -> None:
    data = tmp_path / "iamd.db"
    first = World(loop, settings(seed, data))
    first.root.iam.create_user(UserName="kept")
    first.close()
    second = World(loop, settings(seed, data))
    names = [user["UserName"] for user in second.root.iam.list_users()["Users"]]
    assert bob(second).sts.get_caller_identity()["Account"] == ACCOUNT
    second.close()
    assert names == ["bob", "kept"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name: bob", "name: b!b", "account 123456789012, user `b!b`: ValidationError"),
        ("groups: [developers]", "groups: [nobody]", "user `bob`: NoSuchEntity: The group with name nobody"),
        ('"iam:ListRoles"', '"ListRoles"', "user `bob`: MalformedPolicyDocument"),
        ("policy/ReadOnlyAccess", "policy/NoSuchPolicy", "role `deploy`: NoSuchEntity"),
        ("tags: {Team", "tagz: {Team", "unknown field `tagz`"),
        ("max_session_duration: 7200", "max_session_duration: much", "max_session_duration"),
        ("id: 123456789012", "id: 12345", "at `$.accounts[0].id`"),
        ("secret: bobs-secret-access-key-of-the-seed", "status: Active", "belong together"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_planted(
    seed: Path, tmp_path: Path, loop: LoopThread, old: str, new: str, said: str
) -> None:
    good = seed.read_text(encoding="utf-8")
    assert old in good
    seed.write_text(good.replace(old, new), encoding="utf-8")
    data = tmp_path / "iamd.db"
    with pytest.raises(FileFormatError) as refused:
        Application(settings(seed, data))
    assert said in str(refused.value)
    assert "bobs-secret" not in str(refused.value)

    # All or nothing: once the file is mended, it is planted as into an empty database.
    seed.write_text(good, encoding="utf-8")
    world = World(loop, settings(seed, data))
    assert bob(world).sts.get_caller_identity()["Account"] == ACCOUNT
    world.close()
