"""`iamd audit`: what is found, how it is shown, and what is said of a trail that somebody has touched."""

import json
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner, Result
from tests.support.loops import LoopThread
from tests.support.world import ACCOUNT, World, allow

from iamd.cli.audit import command
from iamd.secret import Secret
from iamd.settings import Settings


@pytest.fixture(scope="module")
def trail(loop: LoopThread, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the trail of a server that has ended."""
    path = tmp_path_factory.mktemp("trail") / "audit.jsonl"
    settings = Settings(
        account_id=ACCOUNT,
        root_access_key_id="AKIAROOTEXAMPLE00000",
        root_secret_access_key=Secret("root/secret/access/key/of/the/tests/0000"),
        audit_file=path,
    )
    world = World(loop, settings)
    bob = world.user("bob", allow("iam:GetUser"))
    bob.iam.get_user(UserName="bob")
    with pytest.raises(ClientError):
        bob.iam.delete_user(UserName="alice")
    with pytest.raises(ClientError):
        world.root.iam.get_role(RoleName="nobody\u202e\n")
    world.close()
    return path


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(command, [str(word) for word in words])


def found(trail: Path, *words: str) -> list[str]:
    result = run("search", "--output", "json", *words, trail)
    assert result.exit_code == 0, result.output
    return [json.loads(line)["eventName"] for line in result.stdout.splitlines()]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["--user", "user/bob"], ["GetUser", "DeleteUser"]),
        (["--user", "BOB", "--action", "iam:Get*"], ["GetUser"]),
        (["--action", "createuser"], ["CreateUser"]),
        (["--action", "sts:CreateUser"], []),
        (["--action", "Create*User"], ["CreateUser"]),
        (["--denied"], ["DeleteUser"]),
        (["--error", "*"], ["DeleteUser", "GetRole"]),
        (["--error", "validation"], ["GetRole"]),
        (["--resource", "user/alice"], ["DeleteUser"]),
        (["--resource", "alice"], ["DeleteUser"]),
        (["--account", "210987654321"], []),
        (["--since", "1h", "--action", "CreateUser"], ["CreateUser"]),
        (["--until", "1h"], []),
        (["--since", "2020-01-01", "--until", "2020-01-02T00:00Z"], []),
    ],
)
def test_what_fits_is_found(trail: Path, words: list[str], names: list[str]) -> None:
    assert found(trail, *words) == names


def test_a_time_that_is_none_is_said(trail: Path) -> None:
    result = run("search", "--since", "yesterday", trail)
    assert (result.exit_code, result.output) == (
        1,
        "Error: `yesterday` is no time: 2026-01-31T12:00Z, or 90m, 12h, 7d before now\n",
    )


def test_the_last_records_are_shown(trail: Path) -> None:
    lines = run("tail", "-n", "3", trail).stdout.splitlines()
    assert lines[0].split("  ", 1)[1].split() == [
        "AccessDenied",
        "iam:DeleteUser",
        f"arn:aws:iam::{ACCOUNT}:user/bob",
        "from",
        "127.0.0.1",
    ]
    assert lines[1].strip().startswith(f"User: arn:aws:iam::{ACCOUNT}:user/bob is not authorized to perform")
    assert "iamd:StopServer" in lines[-1]


def test_what_a_client_sent_moves_no_cursor(trail: Path) -> None:
    """R-79."""
    shown = run("search", "--action", "GetRole", trail).stdout
    assert all(each.isprintable() or each == "\n" for each in shown)
    assert len(shown.splitlines()) == 2


def test_a_trail_that_nobody_has_touched_is_whole(trail: Path) -> None:
    result = run("verify", trail)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-1].endswith("records in 1 chain: whole")


def test_a_trail_that_somebody_has_touched_is_not(trail: Path, tmp_path: Path) -> None:
    text = trail.read_text()
    digest = json.loads(text.splitlines()[-1])["iamdChain"]["digest"]
    touched = tmp_path / "audit.jsonl"
    touched.write_text(text.replace('"userName":"alice"', '"userName":"eve"'))
    result = run("verify", touched)
    assert result.exit_code == 1
    assert "the record was changed" in result.stdout
    touched.write_text("".join(text.splitlines(keepends=True)[:-1]))
    assert run("verify", touched).exit_code == 0
    assert run("verify", "--contains", digest, touched).exit_code == 1


def test_the_setting_names_the_file(trail: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IAMD_AUDIT_FILE", str(trail))
    assert "StopServer" in run("tail", "-n", "1").stdout
    monkeypatch.delenv("IAMD_AUDIT_FILE")
    config = trail.with_name("iamd.toml")
    config.write_text(f'audit_file = "{trail.name}"')
    assert "StopServer" in run("tail", "-n", "1", "--config", config).stdout
    assert run("search", "--config", config, "--action", "StopServer").stdout.count("StopServer") == 1
    assert "whole" in run("verify", "--config", config).stdout
    # Then the server that is running is asked; none is.
    monkeypatch.setenv("XDG_STATE_HOME", str(trail.parent / "state"))
    assert run("tail").exit_code == 5


def test_a_file_that_is_none_is_said(tmp_path: Path) -> None:
    for words in (["tail"], ["search"], ["verify"]):
        result = run(*words, tmp_path / "nothing")
        assert (result.exit_code, "cannot be read" in result.output) == (1, True)
