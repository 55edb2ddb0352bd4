"""The completion of names, as a shell asks for it, against a server that is there."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.support.command_line import CommandLine, command_line
from tests.support.loops import LoopThread
from tests.support.world import ACCOUNT, Actor, allow

from iamd.cli.main import cli
from iamd.cli.state import ServerState, published
from iamd.secret import Secret


@pytest.fixture(scope="module")
def line(loop: LoopThread, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    with command_line(loop, tmp_path_factory.mktemp("home")) as found:
        for name in ("reader", "writer"):
            found.world.role(name, {"AWS": ACCOUNT}, Path="/team/")
        found.world.user("ann", allow(["iam:ListRoles", "iam:ListAccessKeys"]))
        found.world.root.organizations.create_organization(FeatureSet="ALL")
        yield found


@pytest.fixture(autouse=True)
def empty(line: CommandLine) -> None:
    for path in (line.home / ".cache" / "iamd" / "names").glob("*"):
        path.unlink()


def completed(line: CommandLine, who: Actor | None, typed: str, **more: str) -> list[str]:
    """Return what is offered for the last word of *typed*."""
    words = typed.split(" ")
    asked = {
        "_IAMD_COMPLETE": "bash_complete",
        "COMP_WORDS": typed,
        "COMP_CWORD": str(len(words) - 1),
    }
    done = CliRunner().invoke(cli, prog_name="iamd", env=line.environ(who, **asked, **more))
    assert done.stderr == ""
    return [each.partition(",")[2] for each in done.stdout.splitlines() if each]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("iamd assume ", ["team/reader", "team/writer"]),
        ("iamd assume team/w", ["team/writer"]),
        ("iamd assume --mfa --session-name x team/r", ["team/reader"]),
        ("iamd credential-process ", ["team/reader", "team/writer"]),
        ("iamd keys rotate ", ["ann"]),
        ("iamd keys create b", []),
        ("iamd keys delete --user an", ["ann"]),
        ("iamd sessions revoke --role w", ["writer"]),
        ("iamd sessions revoke --user ", ["ann"]),
        ("iamd soft report --role ", ["reader", "writer"]),
        ("iamd account close 1", [ACCOUNT]),
        ("iamd org attach Full", ["FullAWSAccess"]),
        ("iamd org remove-unit ", ["/"]),
    ],
)
def test_names_come_from_the_server(line: CommandLine, typed: str, offered: list[str]) -> None:
    assert completed(line, line.world.root, typed) == offered


def test_of_access_keys_ones_own_are_offered(line: CommandLine) -> None:
    root = line.world.root.credentials
    assert root is not None
    assert completed(line, line.world.root, "iamd keys deactivate ") == [root.access_key_id]


def test_profiles_come_from_the_configuration(line: CommandLine) -> None:
    (line.home / "config").write_text("[profile work]\nregion = eu-central-1\n[profile home]\n")
    assert completed(line, None, "iamd whoami --profile w") == ["work"]
    (line.home / "config").unlink()


def test_what_goes_wrong_offers_nothing_and_says_nothing(line: CommandLine) -> None:
    eve = line.world.user("eve")
    assert completed(line, eve, "iamd assume ") == []
    assert completed(line, None, "iamd assume ") == []
    assert completed(line, line.world.root, "iamd assume ", AWS_ENDPOINT_URL="http://127.0.0.1:1") == []
    assert completed(line, line.world.root, "iamd assume --endpoint-url here ") == []
    line.world.root.iam.delete_access_key(
        UserName="eve", AccessKeyId=eve.credentials.access_key_id if eve.credentials else ""
    )
    line.world.root.iam.delete_user(UserName="eve")


def test_names_are_kept_for_a_minute_for_the_same_caller(line: CommandLine) -> None:
    root = line.world.root
    assert completed(line, root, "iamd keys list b") == []
    line.world.user("bob")
    assert completed(line, root, "iamd keys list b") == []
    (kept,) = (line.home / ".cache" / "iamd" / "names").glob("*.json")
    assert (kept.stat().st_mode & 0o777, json.loads(kept.read_text())) == (0o600, ["ann"])
    os.utime(kept, (0, 0))
    assert completed(line, root, "iamd keys list b") == ["bob"]


def test_a_name_that_a_shell_would_run_is_not_offered(line: CommandLine) -> None:
    """R-79: what a server tells steers no terminal."""
    organizations = line.world.root.organizations
    organizations.create_account(AccountName="$(touch x)", Email="x@example.com")
    organizations.create_account(AccountName="tests", Email="t@example.com")
    offered = completed(line, line.world.root, "iamd account close ")
    assert "tests" in offered
    assert [name for name in offered if "$" in name] == []


def test_beside_a_development_server_its_names_are_offered(line: CommandLine, tmp_path: Path) -> None:
    root = line.world.root.credentials
    assert root is not None
    state = ServerState(
        endpoint=line.url,
        region="us-east-1",
        account_id=ACCOUNT,
        access_key_id=root.access_key_id,
        secret_access_key=Secret(root.secret_access_key),
        pid=os.getpid(),
    )
    environ = {"XDG_STATE_HOME": str(tmp_path), "AWS_ENDPOINT_URL": ""}
    with published(state, environ):
        assert completed(line, None, "iamd assume team/r", **environ) == ["team/reader"]
        assert completed(line, None, "iamd sessions revoke --role r", **environ) == ["reader"]
