"""Programs that ask: about requests that they have got (``/_iamd/authz/check``), and MinIO."""

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest
from tests.support.points import KEYS, ORDER, call_page, points_world, post, request_of, signed, told
from tests.support.world import ACCOUNT, Actor, World, allow, deny

from iamd.enforcement.doors import CHECK, MINIO
from iamd.http import Request, Response

POINT = {b"x-iamd-pep-key": KEYS["orders"].encode()}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with points_world() as found:
        yield found


@pytest.fixture(scope="module")
def bob(world: World) -> Actor:
    return world.user(
        "bob",
        allow("orders:GetOrder", f"{ORDER}*", Condition={"StringEquals": {"aws:ResourceTag/team": "red"}}),
        allow("orders:CreateOrder"),
        allow("s3:GetObject", "arn:aws:s3:::reports/*"),
        allow("s3:ListBucket", "arn:aws:s3:::reports", Condition={"StringEquals": {"s3:prefix": "2026/"}}),
        allow(
            "s3:PutObject", "arn:aws:s3:::reports/*", Condition={"StringEquals": {"s3:x-amz-acl": "private"}}
        ),
        deny("s3:*", Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
    )


def question(request: Request, **changed: Any) -> dict[str, Any]:
    """Return what a program asks about *request*."""
    target = request.raw_path + (b"?" + request.raw_query if request.raw_query else b"")
    return {
        "method": request.method,
        "target": target.decode(),
        "headers": [[name.decode(), value.decode()] for name, value in request.headers],
        "body_sha256": sha256(request.body).hexdigest(),
        "source_ip": "192.0.2.7",
        "action": "orders:CreateOrder",
    } | changed


def order(actor: Actor | None, body: bytes = b'{"item":"x"}') -> Request:
    return signed(request_of("POST", b"/orders", body=body), actor, "orders")


def check(world: World, body: object, key: dict[bytes, bytes] = POINT) -> Response:
    return call_page(world, post(CHECK, body, key))


def code(response: Response) -> str:
    page = told(response)
    assert page.get("allowed") is not True
    return str(page["code"])


def test_a_program_is_told_who_it_is(world: World, bob: Actor) -> None:
    page = told(check(world, question(order(bob))))
    assert bob.credentials is not None
    assert page["principal"].pop("user_id").startswith("AIDA")
    assert page == {
        "allowed": True,
        "principal": {
            "arn": f"arn:aws:iam::{ACCOUNT}:user/bob",
            "account": ACCOUNT,
            "type": "User",
            "access_key_id": bob.credentials.access_key_id,
        },
    }


def test_the_body_is_held_to_its_signature(world: World, bob: Actor) -> None:
    """R-01."""
    other = sha256(b'{"item":"y"}').hexdigest()
    page = told(check(world, question(order(bob), body_sha256=other)))
    assert (page["allowed"], page["status"], page["code"]) == (False, 401, "SignatureDoesNotMatch")
    unsigned = signed(request_of("POST", b"/orders", body=b"x"), bob, "orders", "UNSIGNED-PAYLOAD")
    assert code(check(world, question(unsigned))) == "IncompleteSignature"
    lying = signed(request_of("POST", b"/orders", body=b"x"), bob, "orders", other)
    assert code(check(world, question(lying))) == "SignatureDoesNotMatch"


def test_what_the_program_declares_is_authorized(world: World, bob: Actor) -> None:
    asked = {"action": "orders:GetOrder", "resource": f"{ORDER}17"}
    red = question(order(bob), **asked, context={"aws:ResourceTag/team": "red"})
    blue = question(order(bob), **asked, context={"aws:ResourceTag/team": "blue"})
    assert told(check(world, red))["allowed"] is True
    page = told(check(world, blue))
    assert (page["status"], page["code"]) == (403, "AccessDenied")
    assert world.app.pipeline.decisions.find(page["decision_id"], ACCOUNT, world.clock.now()) is not None


@pytest.mark.parametrize(
    "key", ["aws:SourceIp", "AWS:securetransport", "aws:PrincipalArn", "aws:UserAgent", "plain"]
)
def test_the_request_itself_says_some_things(world: World, bob: Actor, key: str) -> None:
    assert code(check(world, question(order(bob), context={key: "192.0.2.7"}))) == "InvalidInput"


@pytest.mark.parametrize(
    "changed",
    [
        {"method": "GET"},
        {"target": "/orders/17"},
        {"target": "/orders?x=1"},
        {"target": "orders"},
        {"target": "/a b"},
        {"target": "/\u20ac"},
        {"source_ip": "nobody"},
        {"headers": []},
        {"headers": [["host", "a"], ["host", "b"]]},
        {"headers": [["host", "a"], ["x\u20ac", "b"]]},
        {"headers": [["host", "a"], ["x", "b\nhost:c"]]},
        {"body_sha256": ""},
        {"action": "orders:*"},
        {"sudo": True},
    ],
    ids=ascii,
)
def test_another_request_is_refused(world: World, bob: Actor, changed: dict[str, Any]) -> None:
    """R-73."""
    response = check(world, question(order(bob), **changed))
    assert code(response) in {
        "InvalidInput",
        "InvalidRequest",
        "SignatureDoesNotMatch",
        "IncompleteSignature",
    }


def test_only_points_may_ask(world: World, bob: Actor) -> None:
    """R-10: whoever holds somebody's signed request learns nothing by it."""
    for key in ({}, {b"x-iamd-pep-key": b"wrong"}, {b"x-iamd-pep-key": KEYS["queue"].encode()}):
        assert code(check(world, question(order(bob)), key)) in {"AccessDenied", "SignatureDoesNotMatch"}
    assert check(world, question(order(bob)), {}).status == 403
    assert code(check(world, question(order(None)))) == "MissingAuthenticationToken"


# MinIO.


def plugin(**changed: Any) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "account": "bob",
        "groups": None,
        "action": "s3:GetObject",
        "bucket": "reports",
        "object": "june.pdf",
        "conditions": {
            "CurrentTime": ["2026-11-22T00:00:00Z"],
            "SecureTransport": ["false"],
            "SourceIp": ["192.0.2.7"],
            "UserAgent": ["MinIO"],
            "username": ["bob"],
            "userid": ["bob"],
            "principaltype": ["User"],
            "versionid": [""],
        },
        "owner": False,
        "claims": {},
        "denyOnly": False,
    }
    return {"input": asked | changed}


def minio(world: World, body: object, token: bytes | None = KEYS["store"].encode()) -> Response:
    return call_page(world, post(MINIO, body, {b"authorization": token} if token is not None else {}))


def allowed(world: World, body: object) -> bool:
    response = minio(world, body)
    assert response.status == 200, response.body
    page = json.loads(response.body)
    assert list(page) == ["result"]
    return bool(page["result"])


def test_minio_is_told_what_its_account_may(world: World, bob: Actor) -> None:
    assert allowed(world, plugin())
    assert not allowed(world, plugin(action="s3:DeleteObject"))
    assert not allowed(world, plugin(bucket="others"))
    assert not allowed(world, plugin(account="nobody"))
    assert not allowed(world, plugin(action="admin:ServerInfo", bucket="", object=""))


def test_minio_needs_the_token(world: World, bob: Actor) -> None:
    """R-10."""
    assert minio(world, plugin(), b"Bearer " + KEYS["store"].encode()).status == 200
    for token in (None, b"", b"Bearer ", b"wrong", b"Bearer wrong", KEYS["store"].encode()[:-1]):
        response = minio(world, plugin(), token)
        assert (response.status, code(response)) == (403, "AccessDenied")


def test_conditions_of_minio_are_those_of_s3(world: World, bob: Actor) -> None:
    listing = {"action": "s3:ListBucket", "object": ""}
    assert allowed(world, plugin(**listing, conditions={"prefix": ["2026/"]}))
    assert not allowed(world, plugin(**listing, conditions={"prefix": ["2025/"]}))
    assert not allowed(world, plugin(**listing, conditions=None))
    putting = {"action": "s3:PutObject"}
    assert allowed(world, plugin(**putting, conditions={"X-Amz-Acl": ["private"]}))
    assert not allowed(world, plugin(**putting, conditions={"X-Amz-Acl": ["public-read"]}))
    assert not allowed(world, plugin(conditions={"SourceIp": ["203.0.113.5"]}))
    assert not allowed(world, plugin(conditions={"aws:PrincipalArn": ["x"]}))


@pytest.mark.parametrize(
    "conditions",
    [
        {"SourceIp": ["203.0.113.5", "192.0.2.1"]},
        {"SourceIp": ["203.0.113.5"], "sourceip": ["192.0.2.1"]},
        {"sourceip": ["192.0.2.1"]},
        {"prefix": ["2025/"], "Prefix": ["2026/"]},
        {"Prefix": ["2026/"]},
        {"s3:prefix": ["2026/"]},
        {"prefix": ["2026/", "2025/"]},
    ],
    ids=str,
)
def test_who_asks_minio_adds_nothing_to_what_it_says(
    world: World, bob: Actor, conditions: dict[str, list[str]]
) -> None:
    """R-14: each header and each parameter of a query is among the conditions, and only a few of those are acted upon."""
    listing = {"action": "s3:ListBucket", "object": ""}
    assert not allowed(world, plugin(**listing, conditions={"prefix": ["2026/"]} | conditions))
    assert allowed(world, plugin(**listing, conditions={"prefix": ["2026/", "2026/"], "Via": ["a", "b"]}))


def test_a_version_is_one_however_often_minio_tells_it(world: World) -> None:
    world.user(
        "archivist",
        allow("s3:GetObjectVersion", Condition={"StringEquals": {"s3:VersionId": "v1"}}),
        allow("s3:GetObject", Condition={"Null": {"s3:VersionId": "true", "aws:Referer": "true"}}),
    )
    by = {"account": "archivist"}
    versioned = by | {"action": "s3:GetObjectVersion"}
    assert allowed(world, plugin(**versioned, conditions={"versionid": ["v1"], "versionId": ["v1"]}))
    assert not allowed(world, plugin(**versioned, conditions={"versionid": [""], "versionId": ["v1"]}))
    assert not allowed(world, plugin(**versioned, conditions={"versionid": [""], "Versionid": ["v1"]}))
    assert allowed(world, plugin(**by, conditions={"versionid": [""], "Referer": [""]}))


def test_tags_that_minio_tells_of_open_nothing(world: World) -> None:
    """R-14: of an object without tags anybody may write `?ExistingObjectTag/team=red`."""
    red = {"StringEquals": {"s3:ExistingObjectTag/team": "red"}}
    world.user("tagged", allow("s3:GetObject", Condition=red), allow("s3:GetObjectVersion"))
    world.user("spared", allow("s3:GetObject"), deny("s3:*", Condition=red))
    tag = {"ExistingObjectTag/team": ["red"]}
    assert not allowed(world, plugin(account="tagged", conditions=tag))
    assert allowed(world, plugin(account="tagged", action="s3:GetObjectVersion", conditions=tag))
    assert not allowed(world, plugin(account="spared", conditions=tag))
    assert allowed(world, plugin(account="spared", conditions={"ExistingObjectTag/team": ["blue"]}))
    assert not allowed(
        world, plugin(account="spared", conditions={"ExistingObjectTag/team": ["red", "blue"]})
    )


def test_less_than_a_whole_decision_is_not_to_be_had(world: World, bob: Actor) -> None:
    """R-22: `denyOnly` and `owner` open nothing."""
    for more in ({"denyOnly": True}, {"owner": True}):
        assert not allowed(world, plugin(action="s3:DeleteObject", **more))
        assert not allowed(world, plugin(account="minioadmin", **more))


def test_a_session_policy_of_the_store_is_not_dropped(world: World, bob: Actor) -> None:
    """R-22."""
    assert allowed(world, plugin(account="TEMPORARY", claims={"parent": "bob"}))
    assert not allowed(world, plugin(account="TEMPORARY", claims={"parent": "bob", "sessionPolicy": "e30="}))


def test_a_subject_counts_if_iamd_has_named_it(world: World, bob: Actor) -> None:
    """R-46: the issuer is compared whole up to its id."""
    subject = f"arn:aws:iam::{ACCOUNT}:user/bob"
    ours = "https://iamd.example.com/_iamd/oidc/0c3dd3ca-4b1e-4c57-9a6c-0cf5c6d70b5b"
    assert allowed(world, plugin(account="x", claims={"sub": subject, "iss": ours}))
    for claims in (
        {"sub": subject},
        {"iss": ours},
        {"sub": subject, "iss": "https://evil.example.com/_iamd/oidc/x"},
        {"sub": subject, "iss": "https://iamd.example.com.evil.example/_iamd/oidc/x"},
        {"sub": "bob", "iss": ours},
        {"sub": subject.replace(ACCOUNT, "210987654321"), "iss": ours},
        {"sub": [subject], "iss": ours},
    ):
        assert not allowed(world, plugin(account="x", claims=claims)), claims


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"input":{}}',
        b'{"input":{"action":"s3:GetObject"}}',
        b'{"input":{"action":"iam:CreateUser","account":"bob"}}',
        b'{"input":{"action":"s3:*","account":"bob"}}',
        b'{"input":{"action":"s3:GetObject","account":"bob","account":"eve"}}',
    ],
)
def test_what_minio_does_not_ask_is_not_allowed(world: World, bob: Actor, body: bytes) -> None:
    """R-68."""
    assert not allowed(world, body)
