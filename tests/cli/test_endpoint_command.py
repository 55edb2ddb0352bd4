"""`iamd account endpoint`, against a server that is there, with a listener of an endpoint's own; and who else may: nobody."""

import json
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
import structlog
from botocore.config import Config
from click.testing import CliRunner
from tests.support.answers import refusal
from tests.support.loops import LoopThread
from tests.support.networked import ENDPOINT, OTHER, PROXY, VPC
from tests.support.trail import records_of
from tests.support.world import ACCOUNT, Actor, World, allow, document

from iamd.cli.main import cli
from iamd.cli.own_pages import ask
from iamd.cli.state import ServerState, published
from iamd.domain.vpc_endpoints import DEFAULT_POLICY
from iamd.secret import Secret
from iamd.server.app import Door
from iamd.server.health import health_routes
from iamd.server.run import ListenError, ServerThread
from iamd.server.vpc_endpoints import vpc_endpoint_routes
from iamd.settings import Settings

PATH = "/_iamd/vpc-endpoints"
MADE = ["create", "--account", ACCOUNT, "--vpc", VPC]
READING = document(allow("iam:List*") | {"Principal": "*"})


@dataclass
class Running:
    """A server that is found through its state file; `door` is the URL of the endpoint's own listener."""

    world: World
    state: ServerState
    audit: Path
    door: str

    def said(self, *words: str, given: str | None = None) -> str:
        done = CliRunner().invoke(cli, ["account", "endpoint", *words], input=given)
        assert done.exit_code == 0, done.output
        return done.output

    def refused(self, *words: str, given: str | None = None) -> str:
        done = CliRunner().invoke(cli, ["account", "endpoint", *words], input=given)
        assert done.exit_code != 0
        return done.output

    def endpoints(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.said("list", "--output", "json"))
        return found

    def answer(self, actor: Actor, method: str, below: str = "", body: object = None) -> tuple[int, str]:
        credentials = actor.credentials
        assert credentials is not None
        key = (credentials.access_key_id, Secret(credentials.secret_access_key), None)
        status, page = ask(self.state, key, method, PATH + below, body)
        return status, page.get("__type", "")

    def client(self, url: str) -> Any:
        return boto3.client(
            "iam",
            region_name="us-east-1",
            endpoint_url=url,
            aws_access_key_id=self.state.access_key_id,
            aws_secret_access_key=self.state.secret_access_key.reveal(),
            config=Config(retries={"max_attempts": 0}),
        )


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
    return port


@pytest.fixture
def running(loop: LoopThread, environ: dict[str, str], tmp_path: Path) -> Iterator[Running]:
    file = tmp_path / "routes.json"
    port = free_port()
    listener = {"listener": f"127.0.0.1:{port}", "endpoint": ENDPOINT}
    header = {"header": "x-vpce-id", "proxies": [PROXY], "endpoints": [ENDPOINT]}
    file.write_text(json.dumps({"routes": [listener, header]}))
    audit = tmp_path / "audit.jsonl"
    key = ("AKIAROOTEXAMPLE00000", Secret("root/secret/access/key/of/the/tests/0000"))
    settings = Settings(
        account_id=ACCOUNT,
        root_access_key_id=key[0],
        root_secret_access_key=key[1],
        vpc_endpoint_routes=file,
        audit_file=audit,
    )
    world = World(loop, settings)
    routes = {**health_routes({}), **vpc_endpoint_routes(world.app.pipeline, ACCOUNT, "eu-central-1")}
    door = Door(world.app.pipeline.handle, routes)
    with ServerThread(door, listeners=world.app.listeners) as server:
        state = ServerState(
            endpoint=server.url,
            region="eu-central-1",
            account_id=ACCOUNT,
            access_key_id=key[0],
            secret_access_key=key[1],
            pid=os.getpid(),
        )
        with published(state, environ), structlog.testing.capture_logs():
            yield Running(world, state, audit, f"http://127.0.0.1:{port}")
    world.close()


def test_a_request_through_the_listener_is_held_to_the_policy(running: Running, tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    file.write_text(READING)
    assert running.said(*MADE, "--id", ENDPOINT, "--policy", str(file)) == f"{ENDPOINT}\n"
    outside, inside = running.client(running.state.endpoint), running.client(running.door)
    assert outside.list_users()["Users"] == inside.list_users()["Users"] == []
    assert refusal(inside.get_account_summary)[1].endswith(
        "because no VPC endpoint policy allows the iam:GetAccountSummary action"
    )
    assert "SummaryMap" in outside.get_account_summary()
    running.said("set-policy", ENDPOINT, "-", given=document(allow("iam:Get*") | {"Principal": "*"}))
    assert "SummaryMap" in inside.get_account_summary()
    assert refusal(inside.list_users)[0] == "AccessDenied"
    running.said("delete", ENDPOINT)
    assert refusal(inside.get_account_summary)[1].startswith("It cannot be told through which VPC endpoint")


def test_what_is_made_is_listed_and_shown(running: Running) -> None:
    made = running.said(*MADE).strip()
    assert made.startswith("vpce-")
    assert len(made) == len(ENDPOINT)
    assert [line.split() for line in running.said("list").splitlines()] == [
        ["id", "account", "vpc", "region"],
        [made, ACCOUNT, VPC, "eu-central-1"],
    ]
    assert running.said("show", made) == DEFAULT_POLICY + "\n"
    running.said(*MADE, "--id", OTHER, "--region", "us-west-2", "--policy", "-", given=READING)
    assert {each["id"]: (each["region"], each["policy"]) for each in running.endpoints()} == {
        made: ("eu-central-1", DEFAULT_POLICY),
        OTHER: ("us-west-2", READING),
    }
    running.said("delete", made)
    assert [each["id"] for each in running.endpoints()] == [OTHER]


@pytest.mark.parametrize(
    ("words", "given", "said"),
    [
        ([*MADE[:-1], "vpc-1"], None, "`vpc-1` is no id of a VPC"),
        ([*MADE, "--id", "vpce-1"], None, "`vpce-1` is no id of a VPC endpoint"),
        ([*MADE, "--region", "there"], None, "`there` is no region"),
        (
            ["create", "--account", "000000000000", "--vpc", VPC],
            None,
            "The account 000000000000 cannot be found.",
        ),
        ([*MADE, "--policy", "-"], "{", "MalformedPolicyDocument"),
        ([*MADE, "--policy", "-"], document(allow("*")), "MalformedPolicyDocument"),
        ([*MADE, "--policy", "-"], READING + " " * 20_480, "at most 20480 characters"),
        ([*MADE, "--policy", "missing.json"], None, "No such file"),
        (["show", OTHER], None, f"The VPC endpoint {OTHER} cannot be found."),
        (["delete", OTHER], None, f"The VPC endpoint {OTHER} cannot be found."),
        (["set-policy", OTHER, "-"], READING, f"The VPC endpoint {OTHER} cannot be found."),
        (["set-policy", OTHER, "-"], "[]", "MalformedPolicyDocument"),
    ],
)
def test_what_is_refused(running: Running, words: list[str], given: str | None, said: str) -> None:
    assert said in running.refused(*words, given=given)
    assert running.endpoints() == []


def test_a_file_that_is_no_text_is_refused(running: Running, tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    file.write_bytes(b"\xff")
    assert f"cannot read `{file}`" in running.refused(*MADE, "--policy", str(file))


def test_an_id_is_taken_once(running: Running) -> None:
    running.said(*MADE, "--id", ENDPOINT)
    assert f"The VPC endpoint {ENDPOINT} already exists." in running.refused(*MADE, "--id", ENDPOINT)


@pytest.mark.parametrize(
    ("method", "below", "body"),
    [
        ("GET", "", None),
        ("POST", "", {"account": ACCOUNT, "vpc": VPC}),
        ("GET", f"/{ENDPOINT}", None),
        ("PUT", f"/{ENDPOINT}", {"policy": READING}),
        ("DELETE", f"/{ENDPOINT}", None),
    ],
)
def test_nobody_else_may(running: Running, method: str, below: str, body: Any) -> None:
    """Whatever their policies allow; and the chronicle has it."""
    running.said(*MADE, "--id", ENDPOINT)
    admin = running.world.user("admin", allow("*"))
    assert running.answer(admin, method, below, body) == (400, "AccessDeniedException")
    assert [each["policy"] for each in running.endpoints()] == [DEFAULT_POLICY]
    events = records_of(running.world.app)
    refused = [event for event in events if event.get("errorCode") == "AccessDenied"]
    assert [event["eventName"].endswith(("VpcEndpoint", "VpcEndpoints")) for event in refused] == [True]


@pytest.mark.parametrize("body", [None, [], {"account": ACCOUNT}, {"account": ACCOUNT, "vpc": VPC, "x": 1}])
def test_what_is_not_understood_is_refused(running: Running, body: Any) -> None:
    assert running.answer(running.world.root, "POST", "", body) == (400, "InvalidInputException")


def test_the_operator_cannot_come_through_an_endpoint_that_is_not_there(running: Running) -> None:
    """R-73: nor with a header that nobody may send; the page would be open to whoever has the key, from anywhere."""
    running.state = ServerState(
        endpoint=running.door,
        region="eu-central-1",
        account_id=ACCOUNT,
        access_key_id=running.state.access_key_id,
        secret_access_key=running.state.secret_access_key,
        pid=os.getpid(),
    )
    assert running.answer(running.world.root, "GET") == (400, "AccessDeniedException")
    running.said(*MADE, "--id", ENDPOINT)
    assert running.answer(running.world.root, "GET") == (200, "")


def test_a_listener_that_is_taken_is_named(running: Running) -> None:
    """And nothing listens then."""
    other = ServerThread(Door(running.world.app.pipeline.handle), listeners=running.world.app.listeners)
    port = running.door.rpartition(":")[2]
    with pytest.raises(ListenError, match=f"cannot listen on 127.0.0.1 port {port}: .* in use"):
        other.start()
