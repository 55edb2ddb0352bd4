"""`iamd explain`: against a server that is there, and what its lines are made of."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner
from tests.support.decisions import last_decision, page
from tests.support.world import ACCOUNT, World, allow, deny, document

from iamd.cli.explanation import lines, plain
from iamd.cli.main import cli
from iamd.cli.state import SeededKey, ServerState, published
from iamd.secret import Secret
from iamd.server.app import Door
from iamd.server.decisions import decision_routes
from iamd.server.health import health_routes
from iamd.server.run import ServerThread


@dataclass
class Running:
    """A server that is found through its state file."""

    world: World
    state: ServerState

    def explain(self, *words: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli, ["explain", *words])
        return done.exit_code, done.output


@pytest.fixture
def running(world: World, environ: dict[str, str]) -> Iterator[Running]:
    routes = {**health_routes({}), **decision_routes(world.app.pipeline)}
    with ServerThread(Door(world.app.pipeline.handle, routes)) as server:
        root = world.root.credentials
        assert root is not None
        state = ServerState(
            endpoint=server.url,
            region="eu-central-1",
            account_id="999999999999",
            access_key_id="AKIAOFANOTHERACCOUNT",
            secret_access_key=Secret("x" * 40),
            pid=os.getpid(),
            seeded=(
                SeededKey(
                    account_id=ACCOUNT,
                    owner="root",
                    access_key_id=root.access_key_id,
                    secret_access_key=Secret(root.secret_access_key),
                ),
            ),
        )
        with published(state, environ):
            yield Running(world, state)


def denied(world: World, *statements: dict[str, Any]) -> str:
    bob = world.user("bob", *statements)
    with pytest.raises(ClientError):
        bob.iam.list_users()
    return last_decision(world)


def test_a_denial_is_explained_with_the_first_key_that_may_read_it(running: Running) -> None:
    decision_id = denied(running.world)
    code, output = running.explain(decision_id)
    assert (code, output) == (0, plain(lines(page(running.world, running.world.root, decision_id))) + "\n")
    assert "Add this statement to an identity-based policy" in output


def test_everything_as_json(running: Running) -> None:
    decision_id = denied(running.world)
    code, output = running.explain("--output", "json", decision_id)
    told, expected = json.loads(output), page(running.world, running.world.root, decision_id)
    # Sealed anew each time.
    assert told.pop("encoded_message") != expected.pop("encoded_message")
    assert (code, told) == (0, expected)


def test_an_unknown_decision_is_an_error(running: Running) -> None:
    code, output = running.explain("no/such thing")
    assert (code, output) == (
        1,
        "Error: `no/such thing`: There is no such decision, or not any more.\n",
    )


def test_whoever_the_environment_says_may_ask(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    decision_id = denied(running.world)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    code, output = running.explain("--env", decision_id)
    assert (code, output.startswith("Error: there is no AWS_ACCESS_KEY_ID")) == (3, True)

    reading = allow("iam:GetRequestAuthorizationDetails")
    admin = running.world.user("admin")
    role = running.world.role("reader", {"AWS": f"arn:aws:iam::{ACCOUNT}:user/admin"}, reading)
    session = admin.assume(role).credentials
    assert session is not None
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", session.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", session.secret_access_key)
    monkeypatch.setenv("AWS_SESSION_TOKEN", session.session_token or "")
    code, output = running.explain("--env", decision_id)
    assert (code, output.startswith(f"Denied: arn:aws:iam::{ACCOUNT}:user/bob")) == (0, True)


def test_without_a_server_there_is_nothing_to_ask(environ: dict[str, str]) -> None:
    done = CliRunner().invoke(cli, ["explain", "x"])
    assert (done.exit_code, done.output) == (5, "Error: no server is running; start one with `iamd dev`\n")


def text_of(world: World, *statements: dict[str, Any]) -> str:
    return plain(lines(page(world, world.root, denied(world, *statements))))


def test_no_line_depends_on_its_style(world: World) -> None:
    told = page(world, world.root, denied(world, allow("*"), deny("iam:List*", Sid="No")))
    made = list(lines(told))
    assert {style for line in made for _, style in line} > {"", "bold", "dim"}
    assert plain(made) == "\n".join("".join(text for text, _ in line).rstrip() for line in made)


def test_nothing_steers_the_terminal(world: World) -> None:
    """R-79: a policy may hold any character up to U+00FF, and escapes of others."""
    condition = {"StringEquals": {"aws:UserAgent": "\x1b[31m\x9b2J"}}
    text = text_of(world, allow("iam:*", Condition=condition))
    assert all(character.isprintable() or character == "\n" for character in text)
    assert "\\x1b[31m\\x9b2J" in text


def test_of_a_long_document_only_what_is_near_is_shown(world: World) -> None:
    many = [allow("sns:Publish", Sid=f"s{number}") for number in range(20)]
    statements = [*many, deny("iam:List*", Sid="No"), *many[:1]]
    statements[-1] = {**statements[-1], "Sid": "last"}
    text = text_of(world, *statements)
    assert text.count("…") == 1
    assert '"Sid": "No"' in text
    assert '"Sid": "s3"' not in text
    assert "21 other statements are not about this action" in text


def test_a_document_on_several_lines_is_shown_as_it_is(world: World) -> None:
    bob = world.user("bob")
    text = json.dumps(json.loads(document(deny("iam:*", Sid="No"))), indent=4).replace("\n", "\r\n")
    world.root.iam.put_user_policy(UserName="bob", PolicyName="own", PolicyDocument=text)
    with pytest.raises(ClientError):
        bob.iam.list_users()
    shown = plain(lines(page(world, world.root)))
    assert ">   4         {\n" in shown
    assert "on one line" not in shown


def test_lists_and_absent_values_are_told_in_words(world: World) -> None:
    condition = {
        "ForAnyValue:StringEquals": {"aws:TagKeys": ["a", "b"]},
        "StringEquals": {"aws:Referer": ["${aws:nothing}", "x"]},
        "Bool": {"aws:SecureTransport": "false"},
    }
    bob = world.user("bob", allow("iam:*", Condition=condition))
    with pytest.raises(ClientError):
        bob.iam.create_user(UserName="x", Tags=[{"Key": "c", "Value": ""}, {"Key": "d", "Value": ""}])
    text = plain(lines(page(world, world.root)))
    assert "wants  a or b\n                         saw    the list c, d" in text
    assert "wants  ${aws:nothing} (here nothing) or x" in text
    assert "saw    nothing: the request has no such key" in text
    assert "holds  Bool aws:SecureTransport" in text
