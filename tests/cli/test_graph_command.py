"""`iamd graph`: of a running server, and of files."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tests.support.answers import arn
from tests.support.loops import LoopThread
from tests.support.trusting import details
from tests.support.world import ACCOUNT, Actor, World, allow, document

from iamd.cli.doors import door_of
from iamd.cli.main import cli
from iamd.cli.state import ServerState, published
from iamd.secret import Secret
from iamd.server.run import ServerThread


@pytest.fixture(scope="module")
def world(loop: LoopThread) -> Iterator[World]:
    made = World(loop)
    made.user("ann", allow("sts:AssumeRole", arn("role/deploy")))
    made.user("idle")
    made.role("deploy", {"AWS": ACCOUNT})
    made.role("host", {"Service": "ec2.amazonaws.com"})
    made.user("desk", allow("iam:UpdateLoginProfile", arn("user/ann")))
    yield made
    made.close()


@pytest.fixture(autouse=True)
def server(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ServerState]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    credentials = world.root.credentials
    assert credentials is not None
    with ServerThread(door_of(world.app)) as running:
        state = ServerState(
            endpoint=running.url,
            region="us-east-1",
            account_id=ACCOUNT,
            access_key_id=credentials.access_key_id,
            secret_access_key=Secret(credentials.secret_access_key),
            pid=os.getpid(),
        )
        with published(state, os.environ):
            yield state


@pytest.fixture
def file(world: World, tmp_path: Path) -> Path:
    (found,) = details(world.root)
    path = tmp_path / "details.json"
    path.write_text(json.dumps(found))
    return path


def run(*arguments: object, **more: Any) -> Result:
    return CliRunner().invoke(cli, ["graph", *map(str, arguments)], **more)


LINES = [
    "user ann -> role deploy (always)",
    "service ec2.amazonaws.com -> role host (always)",
]


ESCALATIONS = [
    "user desk => user ann (always)",
    f"    by iam:UpdateLoginProfile on {arn('user/ann')}",
]


def test_escalations_are_drawn_for_whoever_asks(file: Path) -> None:
    for of in ((), (file,)):
        lines = run("--escalations", *of).output.splitlines()
        assert [line for line in lines if not line.startswith("iamd graph: ")] == [
            LINES[0],
            *ESCALATIONS,
            *LINES[1:],
        ]
    assert run("--escalations", "--from", "desk").output.splitlines() == [LINES[0], *ESCALATIONS]


def test_of_a_running_server() -> None:
    result = run()
    assert (result.exit_code, result.stdout.splitlines(), result.stderr) == (0, LINES, "")
    assert run("--role", "deploy").stdout.splitlines() == LINES[:1]
    assert run("--from", "ec2.amazonaws.com").stdout.splitlines() == LINES[1:]
    assert run("--from", "idle").stdout == ""
    assert run("--format", "dot", "--role", "deploy").stdout.startswith("digraph trust {")
    assert run("--format", "mermaid", "--role", "deploy").stdout.splitlines()[0] == "flowchart LR"


def test_of_a_file(file: Path) -> None:
    result = run(file)
    assert (result.exit_code, result.stdout.splitlines()) == (0, LINES)
    assert result.stderr.splitlines()[0] == (
        f"iamd graph: account {ACCOUNT}: its file does not tell of an organization: policies of one may forbid more"
    )
    assert run("-", input=file.read_text()).stdout.splitlines() == LINES


def test_json_of_both_is_the_same(file: Path) -> None:
    of_server, of_file = (json.loads(run("--format", "json", *given).stdout) for given in ((), (file,)))
    assert of_server["nodes"] == of_file["nodes"]
    assert of_server["edges"] == of_file["edges"]


def profile(
    world: World, server: ServerState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, who: Actor
) -> None:
    """Let `work` be a profile of *who*, at the server."""
    credentials = who.credentials
    assert credentials is not None
    path = tmp_path / "config"
    path.write_text(
        f"[profile work]\nendpoint_url = {server.endpoint}\nregion = us-east-1\n"
        f"aws_access_key_id = {credentials.access_key_id}\naws_secret_access_key = {credentials.secret_access_key}\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(path))
    for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)


def test_through_the_public_api(
    world: World, server: ServerState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile(world, server, tmp_path, monkeypatch, world.root)
    result = run("--profile", "work")
    assert (result.exit_code, result.stdout.splitlines(), result.stderr) == (0, LINES, "")
    assert run("--profile", "nobody").exit_code != 0


def test_who_may_not_ask_is_told_so(
    world: World, server: ServerState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile(world, server, tmp_path, monkeypatch, world.user("stranger"))
    result = run("--profile", "work")
    assert result.exit_code == 4
    assert "iam:GetAccountAuthorizationDetails" in result.stderr


def test_of_an_organization_that_may_not_be_asked_for_is_told(
    world: World, server: ServerState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile(world, server, tmp_path, monkeypatch, world.user("reader", allow(["iam:Get*", "iam:List*"])))
    result = run("--profile", "work")
    assert result.stdout.splitlines() == LINES
    assert result.stderr.startswith(f"iamd graph: account {ACCOUNT}: its organization cannot be asked for")


def test_of_an_export(tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    assert CliRunner().invoke(cli, ["export", "-o", str(path)]).exit_code == 0
    assert run(path).stdout.splitlines() == LINES


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--role", "nobody"), "the trust graph has nobody called `nobody`"),
        (("missing.json",), "cannot read `missing.json`"),
        (("--port", "1", "x.json"), "one at a time"),
        (("--env",), "there is no AWS_ACCESS_KEY_ID"),
        (("--account", "210987654321"), "has told of no access key of the root of 210987654321"),
    ],
    ids=["nobody", "no file", "both", "no credentials", "another account"],
)
def test_what_goes_wrong_is_told(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    result = run(*arguments)
    assert result.exit_code != 0
    assert said in result.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("{", "does not parse"),
        ("{}", "is nothing that iamd can import"),
        ('{"RoleDetailList": [{}]}', "missing required field"),
    ],
)
def test_files_that_are_none_are_refused(content: str, said: str) -> None:
    result = run("-", input=content)
    assert result.exit_code == 2
    assert said in result.stderr


def test_documents_that_are_none_are_refused(file: Path) -> None:
    changed = file.read_text().replace("sts:AssumeRole", "iam:GetUser")
    result = run("-", input=changed.replace('"Effect": "Allow"', '"Effect": "Perhaps"'))
    assert result.exit_code == 2
    assert "Syntax errors in policy." in result.stderr


def test_a_value_of_a_policy_makes_no_line_of_its_own(world: World) -> None:
    forged = "x\nuser eve -> role admin (always)"
    statement = allow("sts:AssumeRole", None, Principal={"AWS": arn("user/ann")})
    condition = {"StringEquals": {"sts:ExternalId": forged}}
    world.root.iam.create_role(
        RoleName="forged", AssumeRolePolicyDocument=document({**statement, "Condition": condition})
    )
    assert run("--role", "forged").stdout.splitlines() == [
        "user ann -> role forged",
        "    if sts:ExternalId StringEquals x\\nuser eve -> role admin (always)",
    ]
    world.root.iam.delete_role(RoleName="forged")
