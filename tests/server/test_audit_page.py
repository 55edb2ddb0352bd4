"""``GET /_iamd/audit``, and the command that reads it."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import CliRunner
from tests.support.loops import LoopThread
from tests.support.world import ACCOUNT, Actor, World, allow

from iamd.cli.audit import command
from iamd.cli.own_pages import ask
from iamd.cli.state import ServerState, published
from iamd.secret import Secret
from iamd.server.app import Door
from iamd.server.audit import audit_routes
from iamd.server.health import health_routes
from iamd.server.run import ServerThread
from iamd.settings import Settings


@dataclass
class Running:
    world: World
    state: ServerState

    def get(self, query: str, actor: Actor | None = None) -> tuple[int, dict[str, Any]]:
        credentials = (actor or self.world.root).credentials
        assert credentials is not None
        key = (credentials.access_key_id, Secret(credentials.secret_access_key), None)
        return ask(self.state, key, "GET", "/_iamd/audit" + query)


@pytest.fixture
def running(loop: LoopThread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    key = ("AKIAROOTEXAMPLE00000", Secret("root/secret/access/key/of/the/tests/0000"))
    settings = Settings(
        account_id=ACCOUNT, root_access_key_id=key[0], root_secret_access_key=key[1], audit_database=True
    )
    world = World(loop, settings)
    routes = {**health_routes({}), **audit_routes(world.app.pipeline, ACCOUNT)}
    with ServerThread(Door(world.app.pipeline.handle, routes)) as server:
        state = ServerState(
            endpoint=server.url,
            region="us-east-1",
            account_id=ACCOUNT,
            access_key_id=key[0],
            secret_access_key=key[1],
            pid=os.getpid(),
        )
        with published(state, dict(os.environ)), structlog.testing.capture_logs():
            yield Running(world, state)
    world.close()


def test_pages_follow_one_another(running: Running) -> None:
    for number in range(5):
        running.world.root.iam.create_user(UserName=f"user{number}")
    found: list[str] = []
    query = "?limit=2"
    while query:
        status, page = running.get(query)
        assert status == 200
        found += [each["eventName"] for each in page["Records"]]
        query = f"?limit=2&after={page['next'].replace('+', '%2B')}" if page["next"] else ""
    assert found[:6] == ["StartServer", *["CreateUser"] * 5]
    # It is recorded that they were read, too.
    assert set(found[6:]) == {"ListAuditRecords"}


def test_only_the_operator_reads(running: Running) -> None:
    """R-26: no policy allows it."""
    admin = running.world.user("admin", allow("*"))
    status, page = running.get("", admin)
    assert (status, page["__type"]) == (400, "AccessDeniedException")


@pytest.mark.parametrize(
    "query",
    [
        "?limit=0",
        "?limit=1001",
        "?limit=x",
        "?limit=1&limit=1",
        "?latest=0",
        "?after=x",
        "?after=a~b~c",
        "?since=yesterday",
        "?since=2026-01-01T00:00:00",
        "?x=1",
        "?a",
    ],
)
def test_what_is_not_understood_is_refused(running: Running, query: str) -> None:
    status, page = running.get(query)
    assert (status, page["__type"]) == (400, "InvalidInputException")


def test_the_command_reads_what_the_server_has(running: Running) -> None:
    running.world.root.iam.create_user(UserName="bob")
    shown = CliRunner().invoke(
        command, ["search", "--output", "json", "--action", "Create*", "--since", "1h"]
    )
    assert shown.exit_code == 0, shown.output
    assert [json.loads(line)["requestParameters"] for line in shown.stdout.splitlines()] == [
        {"userName": "bob"}
    ]
    assert "iam:CreateUser" in CliRunner().invoke(command, ["tail"]).stdout
    whole = CliRunner().invoke(command, ["verify"])
    assert (whole.exit_code, "in 1 chain: whole" in whole.stdout) == (0, True), whole.output


def test_time_bounds_what_is_read(running: Running) -> None:
    tomorrow = (running.world.clock.real() + timedelta(days=1)).isoformat().replace("+", "%2B")
    assert running.get(f"?since={tomorrow}")[1]["Records"] == []
    assert len(running.get(f"?until={tomorrow}&latest=1")[1]["Records"]) == 1
