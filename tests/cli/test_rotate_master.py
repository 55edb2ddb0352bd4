"""`iamd keyring rotate-master`, while a server is busy."""

import base64
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog
from botocore.exceptions import ClientError
from click.testing import CliRunner
from tests.support.loops import LoopThread
from tests.support.world import ACCOUNT, World, allow

from iamd.cli.doors import door_of
from iamd.cli.main import cli
from iamd.cli.own_pages import ask
from iamd.cli.state import ServerState, published
from iamd.http import Request, Response
from iamd.secret import Secret
from iamd.server.run import ServerThread
from iamd.settings import Settings

OLD, NEW = (Secret(base64.b64encode(bytes([each]) * 32).decode()) for each in (1, 2))
ROOT = ("AKIAROOTEXAMPLE00000", Secret("root/secret/access/key/of/the/tests/0000"))


def settings(path: Path, master_key: Secret, other: Secret | None = None) -> Settings:
    return Settings(
        account_id=ACCOUNT,
        data=path,
        master_key=master_key,
        other_master_key=other,
        root_access_key_id=ROOT[0],
        root_secret_access_key=ROOT[1],
    )


@dataclass
class Running:
    world: World
    state: ServerState


@pytest.fixture
def running(
    request: pytest.FixtureRequest, loop: LoopThread, environ: dict[str, str], tmp_path: Path
) -> Iterator[Running]:
    world = World(loop, settings(tmp_path / "iamd.db", OLD, getattr(request, "param", NEW)))
    with ServerThread(door_of(world.app)) as server:
        state = ServerState(
            endpoint=server.url,
            region="us-east-1",
            account_id=ACCOUNT,
            access_key_id=ROOT[0],
            secret_access_key=ROOT[1],
            pid=os.getpid(),
        )
        with published(state, environ), structlog.testing.capture_logs():
            yield Running(world, state)
    world.close()


def rotate(*words: str) -> str:
    done = CliRunner().invoke(cli, ["keyring", "rotate-master", *words])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_no_request_fails_while_the_master_key_changes(
    running: Running, loop: LoopThread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R-87: everything is sealed under the new key in the end, and the old one is of no use any more."""
    monkeypatch.setattr("iamd.server.master_key._AT_ONCE", 3)
    world = running.world
    users = [world.user(f"u{each}", allow("iam:GetUser")) for each in range(5)]
    stopping = threading.Event()
    failed: list[ClientError] = []
    answered: list[str] = []

    def ask_on() -> None:
        while not stopping.is_set():
            try:
                answered.extend(user.sts.get_caller_identity()["Arn"] for user in users)
                key = world.root.iam.create_access_key(UserName="u0")["AccessKey"]
                world.root.iam.delete_access_key(UserName="u0", AccessKeyId=key["AccessKeyId"])
            except ClientError as error:
                failed.append(error)

    asking = threading.Thread(target=ask_on)
    asking.start()
    told = json.loads(rotate("--output", "json"))
    stopping.set()
    asking.join()
    assert failed == []
    assert answered != []
    assert told["resealed"] >= 6
    assert rotate().splitlines()[0] == f"0 secrets are sealed anew, under the master key {told['sealing']}."

    after = World(loop, settings(tmp_path / "iamd.db", NEW))
    assert after.app.store.read(lambda tx: tx.problems()).result() == []
    assert after.root.iam.get_user(UserName="u1")["User"]["UserName"] == "u1"
    after.close()


@pytest.mark.parametrize("running", [None], indirect=True)
def test_there_must_be_another_key(running: Running) -> None:
    done = CliRunner().invoke(cli, ["keyring", "rotate-master"])
    assert done.exit_code == 1
    assert "set other_master_key on every node first" in done.output


def test_only_the_operator_may(running: Running) -> None:
    carl = running.world.user("carl", allow("*"))
    assert carl.credentials is not None
    key = (carl.credentials.access_key_id, Secret(carl.credentials.secret_access_key), None)
    for method, path, body in (("GET", "", None), ("POST", "/change", {"to": "00000000"})):
        _, told = ask(running.state, key, method, f"/_iamd/master-key{path}", body)
        assert told["__type"].rpartition("#")[2] == "AccessDeniedException"
    root = (*ROOT, None)
    wrong: list[object] = [{"to": "00000000"}, {"to": 1}, {}, {"to": "x", "y": 1}]
    for each in wrong:
        status, told = ask(running.state, root, "POST", "/_iamd/master-key/change", each)
        assert (status, told["__type"].rpartition("#")[2]) == (400, "InvalidInputException")


def ready(world: World) -> tuple[int, str]:
    """Return what a node says of itself to whoever balances loads, and of its master key."""
    page = door_of(world.app)._routes["GET", b"/_iamd/health/ready"]
    response: Response = world.loop.run(page(Request(method="GET", raw_path=b"/_iamd/health/ready")))
    return response.status, json.loads(response.body)["checks"]["master_key"]


def test_a_node_that_lacks_the_new_key_says_what_it_lacks(
    running: Running, loop: LoopThread, tmp_path: Path
) -> None:
    """In a line for each request, not in a hundred."""
    late = World(loop, settings(tmp_path / "iamd.db", OLD))
    try:
        late.root.iam.list_users()  # What it needs to know the root user is in memory.
        assert ready(late) == (200, "ok")
        rotate()
        with structlog.testing.capture_logs() as said, pytest.raises(ClientError, match="ServiceFailure"):
            late.root.iam.create_user(UserName="bob")
        assert ready(late) == (503, "failed")
        assert ready(running.world) == (200, "ok")
    finally:
        late.close()
    lines = [each for each in said if each["event"] == "request failed"]
    assert lines
    for each in lines:
        assert "`other_master_key` must be the one that it has now" in each["error"]
        assert "traceback" not in each
