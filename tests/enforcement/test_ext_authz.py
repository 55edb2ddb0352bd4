"""Envoy asks over gRPC."""

import asyncio
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import grpc
import msgspec
import pytest
from tests.support import ext_authz
from tests.support.ext_authz import Answer, check_request, field
from tests.support.loops import loop_thread
from tests.support.points import KEYS, ORDER, points_settings, request_of, signed
from tests.support.serving import certificate_files
from tests.support.world import ACCOUNT, Actor, World, allow

from iamd.enforcement.ext_authz import LONGEST_MESSAGE, ExtAuthz
from iamd.http import Request

REPORT = b"/reports/june.pdf"
UNSIGNED = "UNSIGNED-PAYLOAD"


class Served(World):
    port = 0


@pytest.fixture(scope="module")
def world() -> Iterator[Served]:
    with loop_thread() as loop:
        found = Served(loop, points_settings(ext_authz_port=0))
        (beside,) = found.app.beside
        loop.run(beside.start())
        found.port = beside.port
        yield found
        loop.run(beside.stop(5))
        found.close()


@pytest.fixture(scope="module")
def bob(world: Served) -> Actor:
    return world.user(
        "bob",
        allow(
            "s3:GetObject", "arn:aws:s3:::reports/*", Condition={"IpAddress": {"aws:SourceIp": "192.0.2.7"}}
        ),
        allow("s3:PutObject", "arn:aws:s3:::reports/*", Condition={"Bool": {"aws:SecureTransport": "true"}}),
        allow("orders:GetOrder", f"{ORDER}1*"),
        allow("orders:CreateOrder"),
        allow("sqs:SendMessage", f"arn:aws:sqs:us-east-1:{ACCOUNT}:jobs"),
        allow("bills:Pay", f"arn:aws:bills:us-east-1:{ACCOUNT}:bill/*"),
    )


def s3(actor: Actor | None, method: str = "GET", url: bytes = REPORT, *headers: Any, **more: Any) -> Request:
    return signed(request_of(method, url, *headers, **more), actor, "s3")


def ask(world: Served, request: Request, key: str | None = KEYS["store"], **more: Any) -> Answer:
    return ext_authz.call(world.port, check_request(request, **more), key)


def code(answer: Answer) -> str:
    """Return the code of a refusal."""
    assert answer.headers is None
    assert answer.code != 0
    assert answer.denied is not None
    return answer.denied.headers.get("x-iamd-error") or answer.denied.body.split("<Code>")[1].split("<")[0]


@pytest.mark.parametrize("raw", [True, False], ids=["header_map", "headers"])
def test_who_it_is_is_told_to_whoever_is_behind(world: Served, bob: Actor, raw: bool) -> None:
    answer = ask(world, s3(bob), raw=raw)
    assert bob.credentials is not None
    assert answer.headers is not None
    assert answer.headers.pop("x-iamd-user-id").startswith("AIDA")
    key = bob.credentials.access_key_id
    assert answer.headers == {
        "x-iamd-principal": f"arn:aws:iam::{ACCOUNT}:user/bob",
        "x-iamd-account": ACCOUNT,
        "x-iamd-access-key-id": key,
    }
    assert answer.removed == ["authorization", "x-amz-security-token"]
    assert len(answer.noted.pop("request_id")) == 36
    assert answer.noted == {
        "principal": f"arn:aws:iam::{ACCOUNT}:user/bob",
        "account": ACCOUNT,
        "access_key_id": key,
        "operation": "GetObject",
    }


def test_a_refusal_is_in_the_words_of_the_service(world: Served, bob: Actor) -> None:
    answer = ask(world, s3(bob, "DELETE"))
    assert answer.code == 7
    assert answer.denied is not None
    assert answer.denied.status == 403
    assert answer.denied.headers["content-type"] == "application/xml"
    assert "<Code>AccessDenied</Code>" in answer.denied.body
    assert "s3:DeleteObject" in answer.denied.body
    assert answer.denied.headers["x-iamd-decision-id"] == answer.noted["decision_id"]
    assert (answer.noted["operation"], answer.noted["principal"]) == (
        "DeleteObject",
        f"arn:aws:iam::{ACCOUNT}:user/bob",
    )


def test_address_and_tls_are_those_of_the_client(world: Served, bob: Actor) -> None:
    assert ask(world, s3(bob, "PUT")).code == 0
    assert ask(world, s3(bob), address="203.0.113.9").code == 7
    assert ask(world, s3(bob, "PUT"), scheme="http").code == 7
    assert ask(world, s3(bob, "PUT"), scheme=None).code == 7


def test_the_signature_covers_what_the_client_has_sent(world: Served, bob: Actor) -> None:
    """R-02, R-10, R-73."""
    request = s3(bob)
    changed = [
        msgspec.structs.replace(request, method="PUT"),
        msgspec.structs.replace(request, raw_path=b"/reports/july.pdf"),
        msgspec.structs.replace(request, raw_query=b"versionId=1"),
        msgspec.structs.replace(request, headers=((b"host", b"other.example.com"), *request.headers[1:])),
        msgspec.structs.replace(request, headers=(*request.headers, (b"x-amz-acl", b"public-read"))),
        s3(None),
        signed(request_of("GET", REPORT), bob, "sts"),
        signed(request_of("GET", REPORT), bob, "orders"),
    ]
    for each in changed:
        answer = ask(world, each)
        assert (answer.code, answer.headers) == (7, None)
        assert "principal" not in answer.noted


@pytest.mark.parametrize("key", [None, "", "wrong-key-00000000000", KEYS["store"] + "x", KEYS["queue"]])
def test_only_an_enforcement_point_is_answered(world: Served, bob: Actor, key: str | None) -> None:
    """R-10: nobody else learns whose a request is, or whether it may."""
    answer = ask(world, s3(bob), key)
    assert answer.code == 7
    assert answer.denied is not None
    assert answer.denied.status == 403
    assert "principal" not in answer.noted


def test_two_keys_are_none(world: Served, bob: Actor) -> None:
    message = check_request(s3(bob))
    answer = ext_authz.call(world.port, message, KEYS["store"], ("x-iamd-pep-key", KEYS["store"]))
    assert answer.code == 7


@pytest.mark.parametrize("raw", [True, False], ids=["header_map", "headers"])
@pytest.mark.parametrize("name", [b"x-amz-date", b"authorization", b"content-type", b"x-amz-tagging"])
def test_a_repeated_header_is_refused(world: Served, bob: Actor, raw: bool, name: bytes) -> None:
    """R-72: also where Envoy has joined both."""
    request = s3(bob, "PUT", REPORT, (b"content-type", b"a/b"), (b"x-amz-tagging", b"a=b"))
    value = request.header(name)
    assert value is not None
    twice = msgspec.structs.replace(request, headers=(*request.headers, (name, value)))
    assert ask(world, twice, raw=raw).code == 7


@pytest.mark.parametrize(
    "name", [b"x-iamd-principal", b"x-iamd-account", b"x-iamd-anything", b"X-Iamd-Principal"]
)
def test_a_client_cannot_say_who_it_is(world: Served, bob: Actor, name: bytes) -> None:
    """R-13."""
    request = s3(bob)
    lying = msgspec.structs.replace(request, headers=(*request.headers, (name, b"arn:eve")))
    answer = ask(world, lying)
    assert answer.code == 7
    assert answer.denied is not None
    assert "InvalidRequest" in answer.denied.body


@pytest.mark.parametrize(
    "url",
    [
        b"/reports/../others/june.pdf",
        b"/reports//june.pdf",
        b"/reports/a%2Fb",
        b"/reports/a%00",
        b"/reports/a;b",
        b"/reports/%c0%ae",
        b"/reports/june.pdf#x",
        b"*",
        b"reports",
    ],
)
def test_targets_with_two_readings_are_refused(world: Served, bob: Actor, url: bytes) -> None:
    """R-20, R-73."""
    assert ask(world, s3(bob, url=url)).code == 7


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\xff\xff\xff",
        b"\x0a\xff",
        field(1, b""),
        field(1, field(4, field(2, field(2, "GET")))),
        field(1, field(4, b"\x08\x01")),
    ],
    ids=range(6),
)
def test_half_a_picture_of_a_request_is_refused(world: Served, message: bytes) -> None:
    """R-73."""
    answer = ext_authz.call(world.port, message, KEYS["store"])
    assert (answer.code, code(answer)) == (7, "InvalidRequest")


@pytest.mark.parametrize(
    "more",
    [
        field(7, "versionId=1"),
        field(8, "fragment"),
        field(4, "/others/june.pdf"),
        field(4, b"/\xff"),
        field(5, "other.example.com"),
        field(2, "PUT"),
        field(11, "a") + field(12, "b"),
        field(13, ext_authz.pair(1, ":path", "/others/june.pdf")),
        field(13, ext_authz.pair(1, "a b", "c")),
        field(13, ext_authz.pair(1, "a", "b\r\nc: d")),
        field(13, field(1, field(1, "a") + field(2, "b") + field(3, "c"))),
        field(13, ext_authz.pair(1, "content-length", "+5")),
        field(13, ext_authz.pair(1, "x-forwarded-proto", "https")),
    ],
    ids=range(13),
)
def test_two_pictures_of_a_request_are_refused(world: Served, bob: Actor, more: bytes) -> None:
    """R-73: of a field that is given twice the last one counts, and is not what was signed."""
    assert ask(world, s3(bob), more=more).code == 7


def test_an_api_of_ones_own_has_routes(world: Served, bob: Actor) -> None:
    key = KEYS["orders"]

    def order(method: str, url: bytes) -> Request:
        return signed(request_of(method, url, host=b"orders.example.com"), bob, "orders")

    assert ask(world, order("GET", b"/orders/17"), key).code == 0
    assert ask(world, order("GET", b"/orders/27"), key).code == 7
    missing = ask(world, order("DELETE", b"/orders/17"), key)
    assert missing.denied is not None
    assert missing.denied.headers["content-type"] == "application/json"
    unsigned = ask(world, request_of("GET", b"/orders/17"), key)
    assert (unsigned.code, code(unsigned)) == (16, "MissingAuthenticationToken")
    assert unsigned.denied is not None
    assert unsigned.denied.status == 401


BILL = {
    "iamd_service": "bills",
    "iamd_action": "bills:Pay",
    "iamd_resource": "arn:aws:bills:{region}:{account}:bill/1",
}


def test_a_route_of_envoy_may_say_what_its_requests_need(world: Served, bob: Actor) -> None:
    request = signed(request_of("POST", b"/any/path", host=b"bills.example.com"), bob, "bills")
    assert ask(world, request, extensions=BILL | {"virtual_host": "x"}).code == 0
    for changed in ({"iamd_action": "bills:Refund"}, {"iamd_resource": "*"}, {"iamd_service": "orders"}):
        assert ask(world, request, extensions=BILL | changed).code in {7, 16}
    # The routes of a point are for its own service.
    assert ask(world, request, KEYS["orders"], extensions={"iamd_service": "bills"}).code == 7
    stored = ask(world, s3(bob), KEYS["orders"], extensions={"iamd_service": "s3"})
    assert stored.code == 0


@pytest.mark.parametrize(
    "extensions",
    [
        {"iamd_action": "iam:CreateUser"},
        {"iamd_action": "s3:Get*"},
        {"iamd_action": "s3"},
        {"iamd_actions": "s3:GetObject"},
        {"iamd_resource": "*"},
        {"iamd_action": "bills:Pay", "iamd_resource": "bill/1"},
        {"iamd_action": "bills:Pay", "iamd_resource": "arn:aws:bills:::{id}"},
        {"iamd_service": "sts"},
        {"iamd_service": "IAM"},
    ],
    ids=lambda extensions: "-".join(map("=".join, extensions.items())),
)
def test_what_such_a_route_says_is_checked(world: Served, bob: Actor, extensions: dict[str, str]) -> None:
    """R-10."""
    assert code(ask(world, s3(bob), extensions=extensions)) == "InvalidRequest"


# Bodies.


def sent(actor: Actor, body: bytes, *headers: tuple[bytes, bytes]) -> Request:
    return signed(
        request_of(
            "POST",
            b"/",
            (b"content-type", b"application/x-amz-json-1.0"),
            (b"x-amz-target", b"AmazonSQS.SendMessage"),
            *headers,
            host=b"sqs.example.com",
            body=body,
        ),
        actor,
        "sqs",
    )


JOBS = f'{{"QueueUrl":"http://sqs.example.com/{ACCOUNT}/jobs","MessageBody":"ü"}}'.encode()
OTHERS = JOBS.replace(b"/jobs", b"/others")


@pytest.mark.parametrize("as_text", [False, True], ids=["raw_body", "body"])
def test_a_body_that_is_here_says_what_is_asked(world: Served, bob: Actor, as_text: bool) -> None:
    def asked(signed_body: bytes, body: bytes, **more: Any) -> Answer:
        return ask(world, sent(bob, signed_body), KEYS["queue"], body=body, as_text=as_text, **more)

    assert asked(JOBS, JOBS).code == 0
    denied = asked(OTHERS, OTHERS)
    assert denied.denied is not None
    assert "AccessDeniedException" in denied.denied.body
    for wrong in (asked(JOBS, OTHERS), asked(JOBS, b""), asked(b"", JOBS), asked(JOBS, JOBS, partial="true")):
        assert wrong.code == 7


def test_a_body_is_as_long_as_it_says(world: Served, bob: Actor) -> None:
    request = sent(bob, JOBS)
    short = msgspec.structs.replace(request, headers=(*request.headers, (b"content-length", b"3")))
    assert ask(world, short, KEYS["queue"], body=JOBS).code == 7


@pytest.mark.parametrize(
    ("protocol", "headers", "passes"),
    [
        ("HTTP/1.1", (), True),
        ("HTTP/1.1", ((b"content-length", b"0"),), True),
        ("HTTP/1.1", ((b"content-length", b"5"),), False),
        ("HTTP/1.1", ((b"transfer-encoding", b"chunked"),), False),
        ("HTTP/2", (), False),
        ("HTTP/2", ((b"content-length", b"0"),), True),
        # A client may say so, and Envoy has passed nothing on.
        ("HTTP/1.1", ((b"content-length", b"5"), (b"x-envoy-auth-partial-body", b"false")), False),
    ],
)
def test_a_body_that_is_not_here_must_be_declared(
    world: Served, bob: Actor, protocol: str, headers: tuple[tuple[bytes, bytes], ...], passes: bool
) -> None:
    bare = signed(request_of("POST", b"/orders", host=b"orders.example.com"), bob, "orders")
    request = msgspec.structs.replace(bare, headers=(*bare.headers, *headers))
    assert (ask(world, request, KEYS["orders"], protocol=protocol).code == 0) is passes
    declared = signed(
        request_of("POST", b"/orders", *headers, body=b"12345"), bob, "orders", sha256(b"12345").hexdigest()
    )
    assert ask(world, declared, KEYS["orders"], protocol=protocol).code == 0


def test_what_the_body_tells_is_refused_where_it_is_not(world: Served) -> None:
    delete = signed(request_of("POST", b"/reports?delete=", body=b""), world.root, "s3")
    assert "AccessDenied" in code(ask(world, delete))


# The server.


def test_a_message_that_is_too_long_is_not_read(world: Served, bob: Actor) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        ask(world, s3(bob), more=field(12, b"x" * LONGEST_MESSAGE))
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_there_is_nothing_else(world: Served) -> None:
    for method in ("/envoy.service.auth.v3.Authorization/Other", "/grpc.health.v1.Health/Check"):
        with (
            grpc.insecure_channel(f"127.0.0.1:{world.port}") as channel,
            pytest.raises(grpc.RpcError) as caught,
        ):
            channel.unary_unary(method)(b"", timeout=10)
        assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_a_fault_is_a_denial(world: Served, bob: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not an error of gRPC, which ``failure_mode_allow`` would let pass."""
    doors = world.app._doors
    assert doors is not None

    async def broken(*_: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(doors._requests, "check", broken)
    answer = ask(world, s3(bob))
    assert answer.code == 13
    assert answer.denied is not None
    assert answer.denied.status == 500
    assert "broken" not in answer.denied.body


def test_a_port_is_not_shared(world: Served) -> None:
    assert world.app._doors is not None
    second = ExtAuthz(world.app._doors, "127.0.0.1", world.port)
    with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1 port {world.port}"):
        world.loop.run(second.start())


def test_processes_of_one_server_share_a_port(world: Served) -> None:
    assert world.app._doors is not None
    first = ExtAuthz(world.app._doors, "127.0.0.1", 0, shared=True)
    world.loop.run(first.start())
    second = ExtAuthz(world.app._doors, "127.0.0.1", first.port, shared=True)
    world.loop.run(second.start())
    assert second.port == first.port
    for each in (first, second):
        world.loop.run(each.stop(5))


def test_tls_has_the_certificate_that_there_is_now(world: Served, bob: Actor, tmp_path: Path) -> None:
    assert world.app._doors is not None
    files = certificate_files(tmp_path)
    server = ExtAuthz(world.app._doors, "127.0.0.1", 0, files=files)
    world.loop.run(server.start())
    message = check_request(s3(bob))
    try:
        old = files[0].read_bytes()
        assert ext_authz.call(server.port, message, KEYS["store"], trusted=old).code == 0
        with pytest.raises(grpc.RpcError):
            ext_authz.call(server.port, message, KEYS["store"])
        certificate_files(tmp_path)
        new = files[0].read_bytes()
        assert ext_authz.call(server.port, message, KEYS["store"], trusted=new).code == 0
        with pytest.raises(grpc.RpcError):
            ext_authz.call(server.port, message, KEYS["store"], trusted=old)
        files[1].unlink()
        assert ext_authz.call(server.port, message, KEYS["store"], trusted=new).code == 0
    finally:
        world.loop.run(server.stop(5))


def test_what_is_in_flight_when_it_stops_is_answered(
    world: Served, bob: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    doors = world.app._doors
    assert doors is not None
    server = ExtAuthz(doors, "127.0.0.1", 0)
    world.loop.run(server.start())
    check, begun, stopping = doors._requests.check, asyncio.Event(), asyncio.Event()

    async def waiting(*args: Any, **more: Any) -> Any:
        begun.set()
        await stopping.wait()
        return await check(*args, **more)

    monkeypatch.setattr(doors._requests, "check", waiting)

    async def stop() -> None:
        await begun.wait()
        closing = asyncio.create_task(server.stop(10))
        await asyncio.sleep(0)
        stopping.set()
        await closing

    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        asked = channel.unary_unary(ext_authz.METHOD).future(
            check_request(s3(bob)), timeout=10, metadata=[("x-iamd-pep-key", KEYS["store"])]
        )
        world.loop.run(stop())
        assert ext_authz.read(asked.result()).code == 0
        with pytest.raises(grpc.RpcError) as caught:
            channel.unary_unary(ext_authz.METHOD)(b"", timeout=10)
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
