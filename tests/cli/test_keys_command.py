"""`iamd keys`, against a server that is there."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.command_line import CommandLine, command_line
from tests.support.loops import LoopThread
from tests.support.terminal import talk
from tests.support.world import Actor, Credentials, allow

pytestmark = pytest.mark.slow

OWN = allow(["iam:*AccessKey*"], "arn:aws:iam::*:user/${aws:username}")


@pytest.fixture(scope="module")
def line(loop: LoopThread, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    with command_line(loop, tmp_path_factory.mktemp("home")) as found:
        yield found


@pytest.fixture
def root(line: CommandLine) -> Actor:
    return line.world.root


_NAMES = iter(range(1000))


@pytest.fixture
def user(line: CommandLine) -> Iterator[Actor]:
    """Give a user with one key that is two days old."""
    line.world.clock.advance(-timedelta(days=2))
    found = line.world.user(f"user-{next(_NAMES)}", OWN)
    line.world.clock.advance(timedelta(days=2))
    yield found
    for key in keys(line, found.name):
        line.world.root.iam.delete_access_key(UserName=found.name, AccessKeyId=key)
    line.world.root.iam.delete_user_policy(UserName=found.name, PolicyName="test")
    line.world.root.iam.delete_user(UserName=found.name)


def keys(line: CommandLine, user: str) -> dict[str, str]:
    """Return the status of a user's keys by their ids."""
    found = line.world.root.iam.list_access_keys(UserName=user)["AccessKeyMetadata"]
    return {each["AccessKeyId"]: each["Status"] for each in found}


def key_of(actor: Actor) -> str:
    assert actor.credentials is not None
    return actor.credentials.access_key_id


def works(line: CommandLine, key: dict[str, Any]) -> bool:
    actor = Actor(line.world, Credentials(key["AccessKeyId"], key["SecretAccessKey"]))
    try:
        actor.sts.get_caller_identity()
    except ClientError:
        return False
    return True


def test_keys_are_listed_with_age_and_last_use(line: CommandLine, root: Actor, user: Actor) -> None:
    (found,) = line.json(root, "keys", "list", user.name)
    assert (found["AccessKeyId"], found["Status"], found["LastUsedDate"]) == (key_of(user), "Active", None)
    assert line.json(user, "keys", "list")[0]["LastUsedDate"] is not None
    lines = line.run(root, "keys", "list", user.name).stdout.splitlines()
    assert lines[0].split() == ["user", "access", "key", "status", "created", "last", "used", "by"]
    assert lines[1].startswith(f"{user.name}  {key_of(user)}  Active  ")
    assert "(2 days ago)" in lines[1]
    assert lines[1].endswith("  iam in us-east-1")


def test_all_users_are_listed_in_order(line: CommandLine, root: Actor, user: Actor) -> None:
    eve = line.world.user("eve")
    found = line.json(root, "keys", "list", "--all")
    assert [(each["UserName"], each["AccessKeyId"]) for each in found] == [
        ("eve", key_of(eve)),
        (user.name, key_of(user)),
    ]
    root.iam.delete_access_key(UserName="eve", AccessKeyId=key_of(eve))
    root.iam.delete_user(UserName="eve")
    assert line.run(root, "keys", "list", "--all", user.name).exit_code == 2


def test_a_last_use_that_may_not_be_asked_for_is_unknown(line: CommandLine, root: Actor) -> None:
    lister = line.world.user("lister", allow("iam:ListAccessKeys"))
    (found,) = line.json(lister, "keys", "list")
    assert (found["LastUsedDate"], found["Unknown"]) == (None, {"LastUsedDate": "the caller may not ask"})
    assert "  unknown" in line.run(lister, "keys", "list").stdout


def test_a_secret_is_shown_once_where_it_was_asked_for(line: CommandLine, root: Actor, user: Actor) -> None:
    done = line.run(root, "keys", "create", user.name, "--output", "json")
    made = json.loads(done.stdout)
    assert set(made) == {"UserName", "AccessKeyId", "SecretAccessKey", "Status", "CreateDate"}
    assert works(line, made)
    assert "never shown again" in done.stderr
    assert made["SecretAccessKey"] not in done.stderr
    full = line.run(root, "keys", "create", user.name)
    assert (full.exit_code, "LimitExceeded" in full.stderr) == (1, True)


def test_the_owner_of_a_key_is_found(line: CommandLine, root: Actor, user: Actor) -> None:
    assert line.run(root, "keys", "deactivate", key_of(user)).exit_code == 0
    assert keys(line, user.name) == {key_of(user): "Inactive"}
    assert line.run(root, "keys", "activate", key_of(user)).exit_code == 0
    assert keys(line, user.name) == {key_of(user): "Active"}
    asked = line.run(root, "keys", "delete", key_of(user))
    assert asked.exit_code == 2
    assert f"{key_of(user)} of {user.name} is active, last used: " in asked.stderr
    assert keys(line, user.name) == {key_of(user): "Active"}
    assert line.run(root, "keys", "delete", "--yes", key_of(user)).exit_code == 0
    assert keys(line, user.name) == {}
    gone = line.run(root, "keys", "delete", "--yes", key_of(user))
    assert (gone.exit_code, "NoSuchEntity" in gone.stderr) == (1, True)


def test_the_root_user_has_keys_of_its_own_under_any_name(line: CommandLine, root: Actor) -> None:
    """Of the root user AWS tells the account's alias for a name, which no operation knows."""
    root.iam.create_account_alias(AccountAlias="acme")
    made = line.json(root, "keys", "create")
    assert line.run(root, "keys", "deactivate", made["AccessKeyId"]).exit_code == 0
    assert not works(line, made)
    assert line.run(root, "keys", "delete", "--yes", made["AccessKeyId"]).exit_code == 0
    root.iam.delete_account_alias(AccountAlias="acme")


def test_the_key_that_one_asks_with_is_not_deactivated_by_mistake(line: CommandLine, user: Actor) -> None:
    done = line.run(user, "keys", "deactivate", key_of(user))
    assert (done.exit_code, keys(line, user.name)) == (2, {key_of(user): "Active"})
    assert line.run(user, "keys", "deactivate", "--yes", key_of(user)).exit_code == 0


def test_a_denial_says_how_to_have_it_explained(line: CommandLine, user: Actor) -> None:
    done = line.run(user, "keys", "create", "somebody-else")
    assert done.exit_code == 4
    assert done.stderr.splitlines()[1].startswith("why, and what would allow it: iamd explain ")


def test_without_a_terminal_a_rotation_goes_step_by_step(line: CommandLine, root: Actor, user: Actor) -> None:
    old = key_of(user)
    first = line.run(root, "keys", "rotate", user.name, "--output", "json", "--yes")
    new = json.loads(first.stdout)
    # Nobody can have put it in place yet.
    assert keys(line, user.name) == {old: "Active", new["AccessKeyId"]: "Active"}
    assert f"next: put {new['AccessKeyId']} in place of {old}" in first.stderr

    assert line.run(root, "keys", "rotate", user.name).exit_code == 2
    second = line.run(root, "keys", "rotate", user.name, "--yes")
    assert (second.exit_code, second.stdout) == (0, "")
    assert keys(line, user.name) == {old: "Inactive", new["AccessKeyId"]: "Active"}

    assert line.run(root, "keys", "rotate", user.name).exit_code == 2
    third = line.run(root, "keys", "rotate", user.name, "--yes")
    assert third.stderr == f"deleted: {old}\n"
    assert keys(line, user.name) == {new["AccessKeyId"]: "Active"}

    again = line.run(root, "keys", "rotate", user.name, "--yes")
    assert (again.exit_code, "there is nothing to rotate yet" in again.stderr) == (0, True)
    assert keys(line, user.name) == {new["AccessKeyId"]: "Active"}


def test_on_a_terminal_it_goes_through_with_a_question_for_each_step(
    line: CommandLine, user: Actor, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """One's own key: what follows is asked for with the new one, since the old one is good for nothing."""
    old = key_of(user)
    made: list[str] = []

    def use() -> str:
        (new,) = set(keys(line, user.name)) - {old}
        made.append(new)
        assert keys(line, user.name)[old] == "Active"
        return "y\n"

    shown, status = talk(
        ["keys", "rotate", "--watch", "1"],
        line.process_environ(user),
        [("shall the old one be deactivated?", use), ("Shall the old key be deleted?", "y\n")],
    )
    assert status == 0, shown
    assert keys(line, user.name) == {made[0]: "Active"}
    assert f"deactivated: {old}\n" in shown
    assert shown.endswith(f"deleted: {old}\n")


def test_who_says_no_can_go_on_later(line: CommandLine, root: Actor, user: Actor) -> None:
    shown, status = talk(
        ["keys", "rotate", user.name],
        line.process_environ(root),
        [("shall the old one be deactivated?", "n\n")],
    )
    assert status == 0
    assert shown.endswith(f"to go on later: run `iamd keys rotate {user.name}` again\n")
    assert sorted(keys(line, user.name).values()) == ["Active", "Active"]


def test_the_key_that_one_asks_with_is_not_rotated_away(line: CommandLine, root: Actor, user: Actor) -> None:
    root.iam.create_access_key(UserName=user.name)
    done = line.run(user, "keys", "rotate", "--yes")
    assert (
        done.exit_code,
        f"put {min(set(keys(line, user.name)) - {key_of(user)})} in its place" in done.stderr,
    ) == (1, True)
    assert set(keys(line, user.name).values()) == {"Active"}


@pytest.mark.parametrize(
    ("statuses", "said"),
    [
        ([], "there is no access key to rotate"),
        (["Inactive"], "is inactive: activate it to rotate it"),
        (["Active", "Inactive"], "the newer one, "),
        (["Inactive", "Inactive"], "no rotation is like this"),
    ],
)
def test_what_is_no_rotation_is_left_alone(
    line: CommandLine, root: Actor, user: Actor, statuses: list[str], said: str
) -> None:
    root.iam.delete_access_key(UserName=user.name, AccessKeyId=key_of(user))
    for status in statuses:
        line.world.clock.advance(timedelta(seconds=2))
        made = root.iam.create_access_key(UserName=user.name)["AccessKey"]["AccessKeyId"]
        root.iam.update_access_key(UserName=user.name, AccessKeyId=made, Status=status)
    before = keys(line, user.name)
    done = line.run(root, "keys", "rotate", user.name, "--yes")
    assert (done.exit_code, said in done.stderr) == (1, True), done.stderr
    assert keys(line, user.name) == before
