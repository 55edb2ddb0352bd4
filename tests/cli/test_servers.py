"""Which server the commands of operators ask: the one that the environment names, or a development server."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.support.server_state import state_at
from tests.support.world import ACCOUNT, Actor, World, allow

from iamd.cli.doors import door_of
from iamd.cli.main import cli
from iamd.cli.servers import server_to_ask
from iamd.cli.state import published
from iamd.server.run import ServerThread


@pytest.fixture
def url(world: World) -> Iterator[str]:
    """Give where a server is that nothing on this machine tells of."""
    with ServerThread(door_of(world.app)) as server:
        yield server.url


def environ_of(actor: Actor, url: str, folder: Path) -> dict[str, str]:
    assert actor.credentials is not None
    found = {
        "XDG_STATE_HOME": str(folder),
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": actor.credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": actor.credentials.secret_access_key,
    }
    if actor.credentials.session_token is not None:
        found["AWS_SESSION_TOKEN"] = actor.credentials.session_token
    return found


def run(environ: dict[str, str], *words: str) -> tuple[int, str]:
    cleared = {name: None for name in os.environ if name.startswith("AWS_")}
    done = CliRunner().invoke(cli, words, env={**cleared, **environ})
    return done.exit_code, done.output


def test_the_server_that_the_environment_names_is_asked(world: World, url: str, tmp_path: Path) -> None:
    environ = environ_of(world.root, f"{url}/", tmp_path)
    server = server_to_ask(environ)
    assert (server.endpoint, server.account_id) == (url, ACCOUNT)
    code, said = run(environ, "keyring", "list", "--output", "json")
    assert (code, [key["state"] for key in json.loads(said)]) == (0, ["primary"])
    assert run(environ, "sessions", "revoke", "--account", ACCOUNT)[0] == 0
    assert json.loads(run(environ, "export")[1])["account_id"] == ACCOUNT


def test_a_trail_that_is_not_kept_is_not_whole(world: World, url: str, tmp_path: Path) -> None:
    environ = environ_of(world.root, url, tmp_path)
    hint = "holds no records: `audit_database` has it keep them"
    code, said = run(environ, "audit", "verify")
    assert (code, hint in said, "whole" in said) == (1, True, False)
    code, said = run(environ, "audit", "tail")
    assert (code, hint in said) == (0, True)
    assert run(environ, "audit", "tail", "--lines", "0") == (0, "")
    assert run(environ, "audit", "search") == (0, "nothing found in the database of the server\n")


def test_whoever_asks_is_who_they_are(world: World, url: str, tmp_path: Path) -> None:
    """Not the root user, as with a development server: what they may not, they are refused."""
    eve = environ_of(world.user("eve"), url, tmp_path)
    code, said = run(eve, "keyring", "rotate")
    assert (code, said.startswith("Error: AccessDenied")) == (4, True)
    arn = world.role("operator", {"AWS": "*"}, allow("iam:*"))
    session = world.user("ann", allow("*")).assume(arn)
    code, said = run(environ_of(session, url, tmp_path), "export")
    assert (code, json.loads(said)["account_id"]) == (0, ACCOUNT)


def test_credentials_may_be_in_a_file(world: World, url: str, tmp_path: Path) -> None:
    """The one that `iamd init` makes, for instance."""
    given = environ_of(world.root, url, tmp_path)
    file = tmp_path / "root.credentials"
    file.write_text(
        f"[default]\naws_access_key_id = {given.pop('AWS_ACCESS_KEY_ID')}\n"
        f"aws_secret_access_key = {given.pop('AWS_SECRET_ACCESS_KEY')}\n"
    )
    code, said = run(
        given | {"AWS_SHARED_CREDENTIALS_FILE": str(file)}, "keyring", "list", "--output", "json"
    )
    assert (code, [key["state"] for key in json.loads(said)]) == (0, ["primary"])


def test_without_credentials_nobody_is_asked(url: str, tmp_path: Path) -> None:
    nothing = str(tmp_path / "nothing")
    environ = {
        "XDG_STATE_HOME": str(tmp_path),
        "AWS_ENDPOINT_URL": url,
        "AWS_SHARED_CREDENTIALS_FILE": nothing,
        "AWS_CONFIG_FILE": nothing,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    code, said = run(environ, "keyring", "list")
    assert (code, "there are no credentials to ask it with" in said) == (3, True)
    code, said = run({"XDG_STATE_HOME": str(tmp_path), "AWS_ENDPOINT_URL": "iamd"}, "keyring", "list")
    assert (code, "is no URL of a server" in said) == (1, True)


def test_a_server_that_is_not_there_or_not_trusted(world: World, tmp_path: Path) -> None:
    environ = environ_of(world.root, "http://127.0.0.1:1", tmp_path)
    assert "does not answer" in run(environ, "keyring", "list")[1]
    environ |= {"AWS_ENDPOINT_URL": "https://127.0.0.1:1", "AWS_CA_BUNDLE": str(tmp_path / "nowhere.pem")}
    assert "cannot be read" in run(environ, "keyring", "list")[1]


def test_a_development_server_is_asked_as_its_root(world: World, url: str, tmp_path: Path) -> None:
    """Also where `iamd env` has named it, and whoever else's credentials are there."""
    assert world.root.credentials is not None
    state = state_at(int(url.rpartition(":")[2]), os.getpid(), world.root.credentials.secret_access_key)
    environ = environ_of(world.user("eve"), url, tmp_path)
    with published(state, environ):
        assert server_to_ask(environ).access_key_id == state.access_key_id
        del environ["AWS_ENDPOINT_URL"]
        assert server_to_ask(environ).access_key_id == state.access_key_id
        environ["AWS_ENDPOINT_URL"] = "http://127.0.0.1:1"
        assert server_to_ask(environ, state.port).access_key_id == state.access_key_id
