"""`iamd login`, against a server that is there."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from tests.support.command_line import whose
from tests.support.loops import loop_thread
from tests.support.world import ACCOUNT, Actor, World, allow

from iamd.cli.main import cli
from iamd.cli.state import ServerState, published
from iamd.secret import Secret
from iamd.server.app import Door
from iamd.server.health import health_routes
from iamd.server.run import ServerThread


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with loop_thread() as loop, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(_private(tmp_path_factory)))
        world = World(loop)
        root = world.root.credentials
        assert root is not None
        routes = {**health_routes({}), **world.app.console.routes()}
        door = Door(world.app.pipeline.handle, routes)
        with ServerThread(door) as server:
            state = ServerState(
                endpoint=server.url,
                region="us-east-1",
                account_id=ACCOUNT,
                access_key_id=root.access_key_id,
                secret_access_key=Secret(root.secret_access_key),
                pid=os.getpid(),
                seeded=(),
            )
            with published(state, os.environ):
                yield world
        world.close()


def _private(factory: pytest.TempPathFactory) -> Path:
    folder = factory.mktemp("runtime")
    folder.chmod(0o700)
    return folder


def test_the_link_signs_in_the_root_user(running: World) -> None:
    done = CliRunner().invoke(cli, ["login"])
    assert done.exit_code == 0, done.output
    assert whose(done.output.strip()) == f"arn:aws:iam::{ACCOUNT}:root"


def test_with_env_it_signs_in_whoever_the_environment_names(running: World) -> None:
    bob: Actor = running.user("bob", allow("iam:GetUser"))
    assert bob.credentials is not None
    environment = {
        "AWS_ACCESS_KEY_ID": bob.credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": bob.credentials.secret_access_key,
    }
    done = CliRunner().invoke(cli, ["login", "--env"], env=environment)
    assert whose(done.output.strip()) == f"arn:aws:iam::{ACCOUNT}:user/bob"
    url = urlsplit(done.output.strip())
    named = ["login", "--endpoint-url", f"http://{url.netloc}/"]
    assert (
        whose(CliRunner().invoke(cli, named, env=environment).output.strip())
        == f"arn:aws:iam::{ACCOUNT}:user/bob"
    )
    assert CliRunner().invoke(cli, ["login", "--endpoint-url", "here"], env=environment).exit_code == 2
    refused = CliRunner().invoke(
        cli, ["login", "--env"], env=environment | {"AWS_SECRET_ACCESS_KEY": "x" * 40}
    )
    assert refused.exit_code == 1
    assert "http" not in refused.output
