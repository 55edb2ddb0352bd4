"""``GET /_iamd/decisions/ID``: who may read why."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.decisions import ask, last_decision, page
from tests.support.loops import LoopThread
from tests.support.trail import records_in, told
from tests.support.world import ACCOUNT, Actor, Credentials, World, allow, deny

from iamd.http import Request, Response
from iamd.secret import Secret
from iamd.server.app import Door
from iamd.settings import Settings


def denied(actor: Actor, operation: str = "list_users", **params: Any) -> str:
    """Have *actor* denied, and return the id of the decision."""
    with pytest.raises(ClientError) as caught:
        getattr(actor.iam, operation)(**params)
    assert caught.value.response["Error"]["Code"] == "AccessDenied"
    return last_decision(actor.world)


def refused(world: World, actor: Actor | None, decision_id: str, service: str = "iam") -> str:
    response = ask(world, actor, decision_id, service)
    assert response.status in {400, 403}
    return str(json.loads(response.body)["__type"])


def test_the_root_reads_why(world: World) -> None:
    decision_id = denied(world.user("bob", allow("iam:GetUser")))
    told = page(world, world.root, decision_id)
    assert told["decision_id"] == decision_id
    assert told["operation"] == "ListUsers"
    assert told["caller"]["arn"] == f"arn:aws:iam::{ACCOUNT}:user/bob"
    assert told["decision"]["outcome"] == "ImplicitDeny"
    assert told["request"]["action"] == "iam:ListUsers"
    assert told["partial"] is False
    assert [lane["layer"] for lane in told["lanes"]] == ["identity"]
    assert told["suggestions"][0]["change"] == "add"


def test_whoever_signs_for_sts_reads_the_same(world: World) -> None:
    decision_id = denied(world.user("bob"))
    assert ask(world, world.root, decision_id, "sts").status == 200


def test_a_user_needs_the_permission(world: World) -> None:
    """R-02: the server's own pages authenticate and authorize as operations do."""
    bob = world.user("bob")
    decision_id = denied(bob)
    assert refused(world, bob, decision_id) == "AccessDeniedException"
    reader = world.user("reader", allow("iam:GetRequestAuthorizationDetails"))
    assert page(world, reader, decision_id)["decision_id"] == decision_id
    never = world.user("never", allow("*"), deny("iam:GetRequestAuthorizationDetails"))
    assert refused(world, never, decision_id) == "AccessDeniedException"


def test_nobody_reads_unsigned_or_for_another_service(world: World) -> None:
    """R-02."""
    decision_id = denied(world.user("bob"))
    assert refused(world, None, decision_id) == "MissingAuthenticationTokenException"
    assert refused(world, world.root, decision_id, "s3") == "InvalidSignatureException"


def test_an_unknown_id_and_an_old_one_are_alike(world: World) -> None:
    decision_id = denied(world.user("bob"))
    unknown = ask(world, world.root, "nothing")
    world.clock.advance(timedelta(hours=24))
    old = ask(world, world.root, decision_id)
    assert (unknown.status, unknown.body) == (old.status, old.body)
    assert json.loads(old.body)["__type"] == "NoSuchEntity"


def test_a_reset_forgets(world: World) -> None:
    decision_id = denied(world.user("bob"))
    world.app.reset()
    assert refused(world, world.root, decision_id) == "NoSuchEntity"


def test_a_session_without_mfa_may_not_ask_as_it_may_not_ask_iam(world: World) -> None:
    """Semantics 71."""
    admin = world.user("admin", allow("*"))
    decision_id = denied(world.user("bob"))
    session = Actor(world, Credentials.of(admin.sts.get_session_token()["Credentials"]))
    assert refused(world, session, decision_id) == "UnrecognizedClientException"


def test_what_is_asked_is_in_the_chronicle(loop: LoopThread, tmp_path: Path) -> None:
    key = ("AKIAROOTEXAMPLE00000", Secret("root/secret/access/key/of/the/tests/0000"))
    settings = Settings(
        root_access_key_id=key[0], root_secret_access_key=key[1], audit_file=tmp_path / "audit.jsonl"
    )
    recorded = World(loop, settings)
    page(recorded, recorded.root, denied(recorded.user("bob")))
    recorded.close()
    asked = records_in(tmp_path / "audit.jsonl")[-1]
    assert told(asked) == ("GetDecision", f"arn:aws:iam::{ACCOUNT}:root", None, 200)


def test_secrets_are_not_in_a_record(world: World) -> None:
    bob = world.user("bob")
    assert bob.credentials is not None
    decision_id = denied(bob)
    told = json.dumps(page(world, world.root, decision_id))
    denial = world.app.pipeline.decisions.find(decision_id, ACCOUNT, world.clock.now())
    for text in (told, repr(denial)):
        assert bob.credentials.secret_access_key not in text
        assert "Signature=" not in text


def test_the_door_leads_to_what_is_below_a_path(loop: LoopThread) -> None:
    async def route(request: Request) -> Response:
        return Response(status=200, body=request.raw_path)

    async def handle(_: Request) -> Response:
        raise AssertionError("this is not the wire's")

    async def nearer(_: Request) -> Response:
        return Response(status=202)

    door = Door(
        handle,
        {("GET", b"/_iamd/things/"): route, ("GET", b"/_iamd/things/near/"): nearer},
    )

    def get(path: bytes, method: str = "GET") -> int:
        return int(loop.run(door._own(Request(method=method, raw_path=path))).status)

    below = [b"/_iamd/things/1", b"/_iamd/things/", b"/_iamd/things/1/2", b"/_iamd/things/near"]
    assert [get(path) for path in below] == [200, 200, 200, 200]
    assert [get(path) for path in (b"/_iamd/things/near/", b"/_iamd/things/near/1")] == [202, 202]
    assert [get(path) for path in (b"/_iamd/things", b"/_iamd/", b"/_iamd//things/1")] == [404, 404, 404]
    assert get(b"/_iamd/things/1", "POST") == 404
