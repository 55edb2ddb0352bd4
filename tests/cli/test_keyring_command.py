"""`iamd keyring`, against a server that is there; and who else may ask for its pages: nobody."""

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
from tests.support.trail import records_of, told
from tests.support.world import ACCOUNT, Actor, Credentials, World, allow

from iamd.cli.main import cli
from iamd.cli.own_pages import ask
from iamd.cli.state import ServerState, published
from iamd.secret import Secret
from iamd.server.app import Door
from iamd.server.health import health_routes
from iamd.server.keyring import keyring_routes
from iamd.server.run import ServerThread
from iamd.sessions.rotation import MOST_KEYS, RETIRED_FOR, STAGED_FOR
from iamd.settings import Settings

OTHER = "210987654321"


@dataclass
class Running:
    """A server that is found through its state file."""

    world: World
    state: ServerState
    audit: Path

    def said(self, *words: str) -> str:
        done = CliRunner().invoke(cli, ["keyring", *words])
        assert done.exit_code == 0, done.output
        return done.output

    def states(self) -> list[str]:
        return [key["state"] for key in json.loads(self.said("list", "--output", "json"))]

    def turn(self, by: timedelta) -> list[str]:
        """Let time pass, and do what is due, as the background does twice a second."""
        self.world.clock.advance(by)
        self.world.app.sealing_keys.tend()
        return self.states()

    def answer(self, actor: Actor, method: str, path: str, body: object = None) -> tuple[int, dict[str, Any]]:
        credentials = actor.credentials
        assert credentials is not None
        token = Secret(credentials.session_token) if credentials.session_token else None
        key = (credentials.access_key_id, Secret(credentials.secret_access_key), token)
        return ask(self.state, key, method, path, body)

    def recorded(self, operation: str) -> list[dict[str, Any]]:
        return [event for event in records_of(self.world.app) if event["eventName"] == operation]


@pytest.fixture
def running(loop: LoopThread, environ: dict[str, str], tmp_path: Path) -> Iterator[Running]:
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps({"accounts": [{"id": OTHER, "root_access_key": {}}]}))
    audit = tmp_path / "audit.jsonl"
    key = ("AKIAROOTEXAMPLE00000", Secret("root/secret/access/key/of/the/tests/0000"))
    settings = Settings(
        account_id=ACCOUNT,
        root_access_key_id=key[0],
        root_secret_access_key=key[1],
        seed=seed,
        audit_file=audit,
    )
    world = World(loop, settings)
    routes = {
        **health_routes({}),
        **keyring_routes(world.app.pipeline, world.app.sealing_keys, ACCOUNT),
    }
    with ServerThread(Door(world.app.pipeline.handle, routes)) as server:
        state = ServerState(
            endpoint=server.url,
            region="eu-central-1",
            account_id=ACCOUNT,
            access_key_id=key[0],
            secret_access_key=key[1],
            pid=os.getpid(),
        )
        # The server's log would stand between the lines of the command, which runs in the same process here.
        with published(state, environ), structlog.testing.capture_logs():
            yield Running(world, state, audit)
    world.close()


def test_a_new_key_is_staged_then_primary_and_the_old_one_goes_at_last(running: Running) -> None:
    assert running.states() == ["primary"]
    running.said("rotate")
    assert running.states() == ["primary", "staged"]
    running.said("rotate")
    assert running.turn(STAGED_FOR) == ["retired", "primary"]
    assert running.turn(RETIRED_FOR) == ["primary"]


def test_now_is_at_once(running: Running) -> None:
    before, after = (
        json.loads(running.said(*words, "--output", "json")) for words in (["list"], ["rotate", "--now"])
    )
    assert [key["state"] for key in after] == ["retired", "primary"]
    assert after[0]["key_id"] == before[0]["key_id"]
    sealed = running.world.app.keyring.seal(b"purpose", b"text")
    assert sealed[1:5].hex() == after[1]["key_id"]


def test_lines_say_what_comes_next(running: Running) -> None:
    (line,) = running.said("list").splitlines()
    (key,) = json.loads(running.said("list", "--output", "json"))
    since, until = (key[name][:19].replace("T", " ") + "Z" for name in ("changed_at", "until"))
    assert line == f"{key['key_id']}  primary  since {since}, followed by a new one {until}"
    words = [line.split(", ")[1].rsplit(" ", 2)[0] for line in running.said("rotate").splitlines()]
    assert words == ["followed by a new one", "becomes primary"]
    words = [line.split(", ")[1].rsplit(" ", 2)[0] for line in running.said("rotate", "--now").splitlines()]
    assert words == ["dropped", "followed by a new one"]


def test_no_answer_holds_what_a_key_is_made_of(running: Running) -> None:
    said = running.said("list", "--output", "json") + running.said("rotate", "--output", "json")
    keys = running.world.app.sealing_keys.keys
    assert [key.key_id for key in keys if key.material.reveal()[:8] in said] == []


def test_there_is_an_end_to_rotating(running: Running) -> None:
    for _ in range(MOST_KEYS - 1):
        status, _ = running.answer(running.world.root, "POST", "/_iamd/keyring/rotate", {"at_once": True})
        assert status == 200
    done = CliRunner().invoke(cli, ["keyring", "rotate"])
    assert done.exit_code == 1
    assert "LimitExceeded: There are as many keys as there may be" in done.output
    assert len(running.states()) == MOST_KEYS


@pytest.mark.parametrize("body", [{"at_once": 1}, {"now": True}, []])
def test_what_is_not_understood_is_refused(running: Running, body: object) -> None:
    status, page = running.answer(running.world.root, "POST", "/_iamd/keyring/rotate", body)
    assert (status, page["__type"]) == (400, "InvalidInputException")
    assert running.states() == ["primary"]


def test_the_keyring_is_for_the_operator_alone(running: Running) -> None:
    """R-26, R-02: whoever is not the root of the server's own account is refused, and that is noted."""
    world = running.world
    everything = world.user("everything", allow("*"))
    role = world.role("role", {"AWS": f"arn:aws:iam::{ACCOUNT}:user/everything"}, allow("*"))
    planted = world.app.planted[0].access_key
    others = {
        "a user to whom everything is allowed": everything,
        "a role to which everything is allowed": everything.assume(role),
        "the root of another account": Actor(
            world, Credentials(planted.access_key_id, planted.secret.reveal())
        ),
    }
    for actor in others.values():
        for method, path in (("GET", "/_iamd/keyring"), ("POST", "/_iamd/keyring/rotate")):
            status, page = running.answer(actor, method, path)
            assert (status, page["__type"]) == (400, "AccessDeniedException")
    assert running.states() == ["primary"]
    refused = [event["errorCode"] for event in running.recorded("RotateSealingKeys")]
    assert refused == ["AccessDenied"] * len(others)


def test_a_session_without_mfa_is_not_the_operator(running: Running) -> None:
    """semantics 71: what opens no operation of IAM opens no page either."""
    session = running.world.root.sts.get_session_token()["Credentials"]
    actor = Actor(running.world, Credentials.of(session))
    assert running.answer(actor, "GET", "/_iamd/keyring")[1]["__type"] == "UnrecognizedClientException"


def test_a_forged_signature_and_none_at_all_are_refused(running: Running) -> None:
    """R-02, R-30."""
    root = running.world.root.credentials
    assert root is not None
    forged = Actor(running.world, Credentials(root.access_key_id, "x" * 40))
    status, page = running.answer(forged, "POST", "/_iamd/keyring/rotate")
    assert (status, page["__type"]) == (400, "InvalidSignatureException")
    assert running.states() == ["primary"]


def test_it_is_noted_who_rotated(running: Running) -> None:
    running.said("rotate")
    (event,) = running.recorded("RotateSealingKeys")
    assert told(event) == ("RotateSealingKeys", f"arn:aws:iam::{ACCOUNT}:root", None, 200)
