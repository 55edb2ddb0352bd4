"""`iamd root-key`: a way in for whoever has lost every key, told in the trail, and a secret that only a file has."""

import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner, Result
from tests.support.loops import LoopThread
from tests.support.serving import init, root_profile
from tests.support.world import World

from iamd.cli.doors import door_of
from iamd.cli.main import cli
from iamd.server.run import ServerThread
from iamd.setting_sources import load_settings


def run(config: Path, *words: object) -> Result:
    return CliRunner().invoke(cli, ["root-key", "--config", str(config), *map(str, words)])


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return init(tmp_path / "iamd")


@pytest.fixture
def server(config: Path, loop: LoopThread) -> Iterator[ServerThread]:
    """One that has the database open while the command runs, as another process would."""
    world = World(loop, load_settings({}, {}, file=config))
    with ServerThread(door_of(world.app)) as running:
        yield running
    world.close()


def profile_in(file: Path) -> dict[str, str]:
    return dict(re.findall(r"^(aws_[a-z_]+) = (\S+)$", file.read_text(), re.MULTILINE))


def client(service: str, server: ServerThread, profile: dict[str, str]) -> Any:
    make: Any = boto3.client
    return make(service, endpoint_url=server.url, region_name="us-east-1", **profile)


def trail_of(config: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (config.parent / "audit.jsonl").read_text().splitlines()]


def test_a_key_lets_in_whoever_has_lost_theirs(config: Path, server: ServerThread, tmp_path: Path) -> None:
    """Beside a server that runs, which takes it at once; of the secret nobody but the file knows."""
    file = tmp_path / "found.credentials"
    done = run(config, file)
    assert done.exit_code == 0, done.output
    profile = profile_in(file)
    root = client("sts", server, profile).get_caller_identity()
    assert root["Arn"] == f"arn:aws:iam::{root['Account']}:root"
    assert (
        f"access key {profile['aws_access_key_id']} of the root user of account {root['Account']}"
        in done.output
    )
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    written = (config.parent / "audit.jsonl").read_text()
    assert profile["aws_secret_access_key"] not in done.output + written
    (told,) = [each for each in trail_of(config) if each["eventName"] == "CreateAccessKey"]
    assert told["userAgent"] == "iamd root-key"
    assert told["userIdentity"]["type"] == "AWSService"
    assert told["recipientAccountId"] == root["Account"]
    assert told["responseElements"]["accessKey"]["accessKeyId"] == profile["aws_access_key_id"]
    assert CliRunner().invoke(cli, ["audit", "verify", "--config", str(config)]).exit_code == 0


def test_there_are_two_keys_at_most(config: Path, server: ServerThread, tmp_path: Path) -> None:
    first = root_profile(config.parent)
    assert run(config, tmp_path / "second").exit_code == 0
    second = profile_in(tmp_path / "second")
    third = run(config, tmp_path / "third")
    assert third.exit_code == 1
    both = f"{first['aws_access_key_id']} and {second['aws_access_key_id']}"
    assert f"has {both}, and may not have more: name one of them with --instead-of" in third.output
    assert not (tmp_path / "third").exists()
    done = run(config, "--instead-of", first["aws_access_key_id"], tmp_path / "third")
    assert done.exit_code == 0, done.output
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        client("sts", server, first).get_caller_identity()
    client("sts", server, profile_in(tmp_path / "third")).get_caller_identity()
    changes = [each["eventName"] for each in trail_of(config) if each["userAgent"] == "iamd root-key"]
    assert changes == ["CreateAccessKey", "DeleteAccessKey", "CreateAccessKey"]


def test_what_cannot_be_is_refused_before_anything_is_made(config: Path, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.write_text("mine")
    for words, said in (
        ((there,), "is there already, and is not overwritten"),
        ((tmp_path / "no" / "folder",), "No such file or directory"),
        (("--account-id", "999999999999", tmp_path / "new"), "there is no account 999999999999"),
        (("--instead-of", "AKIANONE", tmp_path / "new"), "has no access key AKIANONE"),
    ):
        done = run(config, *words)
        assert (done.exit_code, said in done.output) == (1, True), done.output
    assert there.read_text() == "mine"
    assert not (tmp_path / "new").exists()
    (config.parent / "iamd.db").unlink()
    done = run(config, tmp_path / "new")
    assert (done.exit_code, "there is no database" in done.output) == (1, True)
    assert [each for each in trail_of(config) if each["eventName"] == "CreateAccessKey"] == []


def test_nothing_is_made_where_there_is_no_installation(config: Path, tmp_path: Path) -> None:
    """Whatever a first start would make of the settings, as in a container."""
    account = load_settings({}, {}, file=config).account_id
    text = config.read_text().replace(f'account_id = "{account}"', 'account_id = "210987654321"')
    first = 'root_access_key_id = "AKIAROOTEXAMPLE00000"\nroot_secret_access_key_file = "first.key"\n'
    (config.parent / "first.key").touch(0o600)
    (config.parent / "first.key").write_text("root/secret/access/key/of/the/tests/0000")
    config.write_text(first + text)
    done = run(config, tmp_path / "new")
    assert (done.exit_code, f"no account 210987654321 (`account_id`), but {account}" in done.output) == (
        1,
        True,
    )
    assert not (tmp_path / "new").exists()


def test_a_file_of_the_settings_that_cannot_be_read_is_told(config: Path, tmp_path: Path) -> None:
    (config.parent / "providers.json").write_text("{")
    config.write_text('identity_providers = "providers.json"\n' + config.read_text())
    done = run(config, tmp_path / "new")
    assert (done.exit_code, "providers.json" in done.output) == (1, True)
    assert isinstance(done.exception, SystemExit)


def test_a_trail_on_the_standard_output_is_that_of_servers(config: Path, tmp_path: Path) -> None:
    text = config.read_text()
    config.write_text(re.sub(r"(?m)^audit_file = .*$", "audit_stdout = true", text))
    done = run(config, tmp_path / "new")
    assert done.exit_code == 0
    assert "tells nothing of this" in done.output
    assert "eventName" not in done.output
