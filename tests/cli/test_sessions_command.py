"""`iamd sessions revoke`, against a server that is there."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from botocore.exceptions import ClientError
from click.testing import CliRunner
from tests.support.answers import arn
from tests.support.loops import LoopThread
from tests.support.trail import records_of, told
from tests.support.world import ACCOUNT, Actor, World, allow

from iamd.cli.main import cli
from iamd.cli.own_pages import ask
from iamd.cli.state import ServerState, published
from iamd.secret import Secret
from iamd.server.app import Door
from iamd.server.health import health_routes
from iamd.server.run import ServerThread
from iamd.server.sessions import session_routes
from iamd.settings import Settings

PAGE = "/_iamd/sessions/revoke"
TIME = r"2[0-9]{3}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z"


@dataclass
class Running:
    """A server that is found through its state file, with a user who is in a session of a role."""

    world: World
    state: ServerState
    bob: Actor
    session: Actor
    audit: Path

    def revoke(self, *words: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli, ["sessions", "revoke", *words])
        return done.exit_code, done.output.rstrip("\n")

    def post(self, actor: Actor, body: object) -> tuple[int, dict[str, Any]]:
        credentials = actor.credentials
        assert credentials is not None
        token = Secret(credentials.session_token) if credentials.session_token else None
        key = (credentials.access_key_id, Secret(credentials.secret_access_key), token)
        return ask(self.state, key, "POST", PAGE, body)

    @property
    def answer(self) -> str:
        """How a request of the session is answered."""
        try:
            self.session.iam.list_users()
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "OK"


@pytest.fixture
def running(loop: LoopThread, environ: dict[str, str], tmp_path: Path) -> Iterator[Running]:
    audit = tmp_path / "audit.jsonl"
    key = ("AKIAROOTEXAMPLE00000", Secret("root/secret/access/key/of/the/tests/0000"))
    settings = Settings(
        account_id=ACCOUNT, root_access_key_id=key[0], root_secret_access_key=key[1], audit_file=audit
    )
    world = World(loop, settings)
    bob = world.user("bob", allow("*"))
    # A session knows the second that it was begun in; the one before is over.
    world.clock.advance(-timedelta(seconds=1))
    session = bob.assume(world.role("worker", {"AWS": arn("user/bob")}, allow("*")))
    world.clock.advance(timedelta(seconds=1))
    routes = {**health_routes({}), **session_routes(world.app.pipeline, ACCOUNT)}
    with ServerThread(Door(world.app.pipeline.handle, routes)) as server:
        state = ServerState(
            endpoint=server.url,
            region="eu-central-1",
            account_id=ACCOUNT,
            access_key_id=key[0],
            secret_access_key=key[1],
            pid=os.getpid(),
        )
        with published(state, environ), structlog.testing.capture_logs():
            yield Running(world, state, bob, session, audit)
    world.close()


def test_a_role_gets_the_policy_of_the_console(running: Running) -> None:
    """AWS: *Revoke IAM role temporary security credentials*."""
    assert running.answer == "OK"
    status, said = running.revoke("--role", "worker")
    match = re.fullmatch(f"ended: the sessions of the role worker that were begun before ({TIME})", said)
    assert match is not None, said
    assert (status, running.answer) == (0, "AccessDenied")
    found = running.world.root.iam.get_role_policy(RoleName="worker", PolicyName="AWSRevokeOlderSessions")
    assert found["PolicyDocument"] == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Action": ["*"],
                "Resource": ["*"],
                "Condition": {"DateLessThan": {"aws:TokenIssueTime": match[1]}},
            }
        ],
    }
    running.world.clock.advance(timedelta(seconds=1))
    running.bob.assume(arn("role/worker")).iam.list_users()


def test_a_second_time_the_policy_is_written_anew(running: Running) -> None:
    assert [running.revoke("--role", "worker")[0] for _ in range(2)] == [0, 0]
    names = running.world.root.iam.list_role_policies(RoleName="worker")["PolicyNames"]
    assert names == ["AWSRevokeOlderSessions", "test"]


def test_a_user_gets_the_same_and_keeps_the_access_keys(running: Running) -> None:
    running.revoke("--user", "bob")
    found = running.world.root.iam.get_user_policy(UserName="bob", PolicyName="AWSRevokeOlderSessions")
    assert found["PolicyDocument"]["Statement"][0]["Effect"] == "Deny"
    running.bob.iam.list_users()


def test_one_session_ends(running: Running) -> None:
    assert running.session.credentials is not None
    access_key_id = running.session.credentials.access_key_id
    status, said = running.revoke("--session", access_key_id)
    assert (status, running.answer) == (0, "ExpiredToken")
    assert re.fullmatch(rf"ended: the session of {access_key_id} \({TIME}\)", said)


def test_all_of_an_account_end(running: Running) -> None:
    status, said = running.revoke("--account", ACCOUNT)
    assert (status, running.answer) == (0, "ExpiredToken")
    assert re.fullmatch(
        rf"ended: the sessions of the account {ACCOUNT} that were begun before \({TIME}\)", said
    )
    running.bob.iam.list_users()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "name one of --role, --user, --account and --session"),
        (("--role", "a", "--user", "b"), "name one of --role, --user, --account and --session"),
        (("--role", "nobody"), "NoSuchEntity: The role with name nobody cannot be found."),
        (("--user", "nobody"), "NoSuchEntity: The user with name nobody cannot be found."),
        (("--account", "999999999999"), "NoSuchEntity: The account 999999999999 cannot be found."),
        (
            ("--account", "12"),
            "InvalidInputException: the body of the request: Expected `str` matching regex",
        ),
        (
            ("--session", "AKIAROOTEXAMPLE00000"),
            "InvalidInputException: the body of the request: Expected `str`",
        ),
    ],
)
def test_what_cannot_be_ended_is_said(running: Running, words: tuple[str, ...], said: str) -> None:
    status, output = running.revoke(*words)
    assert status != 0
    assert f"Error: {said}" in output
    assert running.answer == "OK"


@pytest.mark.parametrize(
    "body", [None, {}, {"account": ACCOUNT, "session": "ASIA" + "A" * 16}, {"role": "a"}, []]
)
def test_what_is_not_understood_is_refused(running: Running, body: object) -> None:
    assert running.post(running.world.root, body)[1]["__type"] == "InvalidInputException"
    assert running.answer == "OK"


def test_accounts_and_single_sessions_are_for_the_operator_to_end(running: Running) -> None:
    """R-26: no policy allows it."""
    for actor in (running.bob, running.session):
        status, page = running.post(actor, {"account": ACCOUNT})
        assert (status, page["__type"]) == (400, "AccessDeniedException")
    assert running.answer == "OK"


def test_it_is_noted_who_ended_sessions(running: Running) -> None:
    running.revoke("--account", ACCOUNT)
    running.post(running.bob, {"account": ACCOUNT})
    events = [told(each) for each in records_of(running.world.app)]
    noted = [each[1:3] for each in events if each[0] == "RevokeSessions"]
    assert noted == [(arn("root"), None), (arn("user/bob"), "AccessDenied")]
