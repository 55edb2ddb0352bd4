"""State files: who may read them, which server they lead to, and when they are stale."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from tests.support.server_state import state_at

from iamd.cli.failures import NoServerError
from iamd.cli.state import ServerState, find_server, published, state_folder

StartServer = Callable[[int], ServerState]


@pytest.fixture
def gone() -> int:
    """Give the pid of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def refusal(environ: dict[str, str], port: int | None = None) -> str:
    with pytest.raises(NoServerError) as caught:
        find_server(environ, port)
    return caught.value.message


def test_the_running_server_is_found_as_it_was_published(
    environ: dict[str, str], server: ServerState
) -> None:
    found = find_server(environ)
    assert found.secret_access_key.matches(server.secret_access_key)
    assert [
        getattr(found, name) for name in ("endpoint", "region", "account_id", "access_key_id", "pid")
    ] == [getattr(server, name) for name in ("endpoint", "region", "account_id", "access_key_id", "pid")]
    assert find_server(environ, server.port).endpoint == server.endpoint


def test_only_the_user_may_read_the_file(environ: dict[str, str]) -> None:
    before = os.umask(0)
    try:
        with published(state_at(4263, os.getpid()), environ) as path:
            assert path.stat().st_mode & 0o777 == 0o600
            assert path.parent.stat().st_mode & 0o777 == 0o700
            assert [each.name for each in path.parent.iterdir()] == ["server-4263.json"]
        assert not path.exists()
    finally:
        os.umask(before)


def test_a_file_that_others_could_touch_is_refused(environ: dict[str, str]) -> None:
    with published(state_at(4263, os.getpid()), environ) as path:
        path.chmod(0o644)
        assert "open to others" in refusal(environ)


def test_the_representation_shows_no_secret() -> None:
    """R-78: a state may end up in a traceback."""
    assert "hunter2" not in repr(state_at(4263, 1, "hunter2"))


def test_without_a_server_the_error_says_how_to_start_one(environ: dict[str, str]) -> None:
    assert refusal(environ) == "no server is running; start one with `iamd dev`"
    assert refusal(environ, 5000) == "no server is running on port 5000; start one with `iamd dev`"


def test_a_server_that_is_gone_is_said_to_be_gone(environ: dict[str, str], gone: int) -> None:
    with published(state_at(4263, gone), environ):
        assert refusal(environ) == (
            f"the server at http://127.0.0.1:4263 (process {gone}) is gone; start one with `iamd dev`"
        )


def test_a_server_that_does_not_answer_is_refused(environ: dict[str, str]) -> None:
    with socket.socket() as bound:
        # Bound and not listening: connections are refused, and nobody else gets the port.
        bound.bind(("127.0.0.1", 0))
        with published(state_at(bound.getsockname()[1], os.getpid()), environ):
            assert "does not answer" in refusal(environ)


def test_a_server_that_is_not_well_is_refused(environ: dict[str, str], start_server: StartServer) -> None:
    start_server(503)
    assert "/_iamd/health answers 503" in refusal(environ)


def test_of_several_servers_one_must_be_named(environ: dict[str, str], start_server: StartServer) -> None:
    first, second = start_server(200), start_server(200)
    said = refusal(environ)
    assert "several servers are running" in said
    assert str(first.port) in said
    assert find_server(environ, second.port).port == second.port


def test_a_gone_server_does_not_hide_a_running_one(
    environ: dict[str, str], server: ServerState, gone: int
) -> None:
    folder = state_folder(environ)
    with published(state_at(1, gone), environ) as path:
        assert find_server(environ).port == server.port
        with published(state_at(2, os.getpid()), environ):
            # Whoever starts sweeps up behind those that were killed.
            assert not path.exists()
            assert (folder / f"server-{server.port}.json").exists()


def test_a_file_that_another_server_took_over_is_left_to_it(environ: dict[str, str], gone: int) -> None:
    with published(state_at(4263, gone), environ) as path:
        with published(state_at(4263, os.getpid()), environ):
            newer = path.read_bytes()
        assert not path.exists()
        path.write_bytes(newer)
        path.chmod(0o600)
    assert path.read_bytes() == newer


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}",
        b"not json",
        b'{"endpoint": "http://127.0.0.1:4263"}',
        msgspec.json.encode(
            {
                "endpoint": "http://127.0.0.1",
                "region": "",
                "account_id": "",
                "access_key_id": "",
                "secret_access_key": "",
                "pid": 1,
            }
        ),
    ],
)
def test_a_damaged_file_is_named(environ: dict[str, str], text: bytes) -> None:
    with published(state_at(4263, os.getpid()), environ) as path:
        path.write_bytes(text)
        assert refusal(environ).startswith(f"{path} cannot be read; remove it: ")


def test_the_folder_follows_the_environment() -> None:
    assert state_folder({"XDG_STATE_HOME": "/x", "HOME": "/h"}) == Path("/x/iamd")
    assert state_folder({"HOME": "/h"}) == Path("/h/.local/state/iamd")
    assert state_folder({"XDG_STATE_HOME": "", "HOME": "/h"}) == Path("/h/.local/state/iamd")
    assert state_folder({"XDG_STATE_HOME": "relative", "HOME": "/h"}) == Path("/h/.local/state/iamd")
