"""nginx, Traefik and Envoy ask: each as it does, for requests that boto3's way of signing made."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import msgspec
import pytest
from tests.support.loops import loop_thread
from tests.support.points import KEYS, ORDER, call_page, points_world, request_of, signed, through, told
from tests.support.world import ACCOUNT, Actor, Credentials, World, allow, deny

from iamd.audit.trail import TrailBlockedError
from iamd.http import Request, Response
from iamd.settings import Settings

PROXIES = ("nginx", "traefik", "envoy")
REPORT = b"/reports/june.pdf"
UNSIGNED = "UNSIGNED-PAYLOAD"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with points_world() as found:
        yield found


@pytest.fixture(scope="module")
def bob(world: World) -> Actor:
    return world.user(
        "bob",
        allow(
            "s3:GetObject",
            "arn:aws:s3:::reports/*",
            Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
        ),
        allow("s3:PutObject", "arn:aws:s3:::reports/*", Condition={"Bool": {"aws:SecureTransport": "true"}}),
        allow("s3:ListBucket", "arn:aws:s3:::reports", Condition={"StringEquals": {"s3:prefix": "2026/"}}),
        deny("s3:*", "arn:aws:s3:::reports/secret*"),
        allow("orders:GetOrder", f"{ORDER}1*"),
        allow("orders:CreateOrder"),
        allow("sqs:SendMessage", f"arn:aws:sqs:us-east-1:{ACCOUNT}:jobs"),
    )


def s3(actor: Actor | None, method: str = "GET", url: bytes = REPORT, *headers: Any, **more: Any) -> Request:
    return signed(request_of(method, url, *headers, **more), actor, "s3")


def ask(
    world: World, proxy: str, request: Request, key: str | None = KEYS["store"], **changed: Any
) -> Response:
    return call_page(world, through(proxy, request, key, **changed))


def error(response: Response) -> str:
    """Return the code of a refusal, however it is written."""
    assert response.status in {400, 401, 403, 405}, response
    if response.body.startswith(b"<"):
        return response.body.split(b"<Code>")[1].split(b"<")[0].decode()
    return str(told(response)["code"])


@pytest.mark.parametrize("proxy", PROXIES)
def test_who_it_is_is_told_to_whoever_is_behind(world: World, bob: Actor, proxy: str) -> None:
    response = ask(world, proxy, s3(bob))
    assert response.status == 200
    assert bob.credentials is not None
    headers = dict(response.headers)
    assert headers.pop(b"x-iamd-user-id").startswith(b"AIDA")
    assert headers == {
        b"x-iamd-principal": f"arn:aws:iam::{ACCOUNT}:user/bob".encode(),
        b"x-iamd-account": ACCOUNT.encode(),
        b"x-iamd-access-key-id": bob.credentials.access_key_id.encode(),
        b"cache-control": b"no-store",
    }


@pytest.mark.parametrize("proxy", PROXIES)
def test_what_is_asked_is_mapped_and_authorized(world: World, bob: Actor, proxy: str) -> None:
    assert ask(world, proxy, s3(bob, "PUT")).status == 200
    unhashed = signed(request_of("PUT", REPORT, body=b"x"), bob, "s3", UNSIGNED)
    assert ask(world, proxy, unhashed).status == 200
    assert ask(world, proxy, s3(bob, url=b"/reports?list-type=2&prefix=2026%2F")).status == 200
    for request in (
        s3(bob, "DELETE"),
        s3(bob, url=b"/reports/secret.pdf"),
        s3(bob, url=b"/others/june.pdf"),
        s3(bob, url=b"/reports?list-type=2&prefix=2025%2F"),
    ):
        response = ask(world, proxy, request)
        assert (response.status, error(response)) == (403, "AccessDenied")
        assert dict(response.headers)[b"x-iamd-decision-id"]


@pytest.mark.parametrize("proxy", PROXIES)
def test_a_bucket_may_be_named_by_the_host(world: World, bob: Actor, proxy: str) -> None:
    assert ask(world, proxy, s3(bob, url=b"/june.pdf", host=b"reports.s3.example.com")).status == 200
    assert ask(world, proxy, s3(bob, url=b"/june.pdf", host=b"others.s3.example.com")).status == 403


@pytest.mark.parametrize("proxy", PROXIES)
def test_address_and_tls_are_those_of_the_client(world: World, bob: Actor, proxy: str) -> None:
    address = "x_real_ip" if proxy == "nginx" else "x_forwarded_for"
    scheme = "x_original_scheme" if proxy == "nginx" else "x_forwarded_proto"
    changes: list[tuple[Request, dict[str, Any]]] = [
        (s3(bob), {address: b"203.0.113.9"}),
        (s3(bob, "PUT"), {scheme: b"http"}),
        (s3(bob, "PUT"), {scheme: None}),
    ]
    assert [ask(world, proxy, request, **changed).status for request, changed in changes] == [403] * 3


@pytest.mark.parametrize("proxy", PROXIES)
def test_the_signature_covers_what_the_client_has_sent(world: World, bob: Actor, proxy: str) -> None:
    """R-02, R-10, R-73: nobody has signed another method, target or host."""
    request = s3(bob)
    changed = [
        msgspec.structs.replace(request, method="PUT"),
        msgspec.structs.replace(request, raw_path=b"/reports/july.pdf"),
        msgspec.structs.replace(request, raw_query=b"versionId=1"),
        msgspec.structs.replace(request, headers=((b"host", b"other.example.com"), *request.headers[1:])),
        msgspec.structs.replace(request, headers=(*request.headers, (b"x-amz-acl", b"public-read"))),
    ]
    assert [ask(world, proxy, each).status for each in changed] == [401 if proxy == "nginx" else 403] * len(
        changed
    )


@pytest.mark.parametrize("proxy", PROXIES)
def test_nobody_and_strangers_get_nothing(world: World, bob: Actor, proxy: str) -> None:
    unproven = 401 if proxy == "nginx" else 403
    assert ask(world, proxy, s3(None)).status == unproven
    # what was signed for another service opens nothing.
    assert ask(world, proxy, signed(request_of("GET", REPORT), bob, "sts")).status == unproven
    assert ask(world, proxy, signed(request_of("GET", REPORT), bob, "orders")).status == unproven
    key = world.root.iam.create_access_key(UserName="bob")["AccessKey"]
    other = Actor(world, Credentials.of(key))
    assert ask(world, proxy, s3(other)).status == 200
    world.root.iam.update_access_key(UserName="bob", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert ask(world, proxy, s3(other)).status == unproven
    world.root.iam.delete_access_key(UserName="bob", AccessKeyId=key["AccessKeyId"])


@pytest.mark.parametrize("proxy", PROXIES)
@pytest.mark.parametrize(
    "key", [None, "", "key-of-the-store-000000", "key-of-the-store-00000000", KEYS["queue"]]
)
def test_only_an_enforcement_point_is_believed(world: World, bob: Actor, proxy: str, key: str | None) -> None:
    """R-10, R-73: headers such as X-Original-URI are nothing without the key of the point that they are of."""
    assert ask(world, proxy, s3(bob), key).status in {401, 403}


@pytest.mark.parametrize("proxy", PROXIES)
def test_a_key_that_is_given_twice_is_none(world: World, bob: Actor, proxy: str) -> None:
    """R-72."""
    asking = through(proxy, s3(bob), KEYS["store"])
    twice = (*asking.headers, (b"x-iamd-pep-key", KEYS["store"].encode()))
    assert call_page(world, msgspec.structs.replace(asking, headers=twice)).status == 403


@pytest.mark.parametrize("proxy", PROXIES)
def test_a_client_cannot_send_what_others_believe(world: World, bob: Actor, proxy: str) -> None:
    """R-13, R-74."""
    for name in (b"x-iamd-principal", b"x-iamd-anything", b"x_amz_acl"):
        assert ask(world, proxy, s3(bob, "GET", REPORT, (name, b"eve"))).status in {400, 403}
    asking = through(proxy, s3(bob), KEYS["store"])
    forged = (*asking.headers, (b"x-iamd-principal", b"eve"))
    assert call_page(world, msgspec.structs.replace(asking, headers=forged)).status in {400, 403}


@pytest.mark.parametrize("proxy", ["nginx", "traefik"])
def test_repeated_headers_have_no_reading(world: World, bob: Actor, proxy: str) -> None:
    """R-72: neither the first nor the last of them is taken."""
    asking = through(proxy, s3(bob), KEYS["store"])
    names = {
        name
        for name, _ in asking.headers
        if name.startswith((b"x-original", b"x-forwarded-u", b"auth", b"x-amz"))
    }
    assert len(names) >= 3
    for name in names:
        repeated = (*asking.headers, (name, asking.header(name) or b""))
        assert call_page(world, msgspec.structs.replace(asking, headers=repeated)).status in {400, 403}


@pytest.mark.parametrize("proxy", PROXIES)
@pytest.mark.parametrize(
    "url",
    [
        b"/reports/../others/june.pdf",
        b"/reports/./june.pdf",
        b"/reports//june.pdf",
        b"/reports/a%2Fb",
        b"/reports/a%2f..%2fb",
        b"/reports/a%5Cb",
        b"/reports/a%00",
        b"/reports/a;b",
        b"/reports/%c0%ae",
        b"/reports/%zz",
    ],
)
def test_paths_with_two_readings_are_refused(world: World, bob: Actor, proxy: str, url: bytes) -> None:
    """R-20, R-73."""
    assert ask(world, proxy, s3(bob, url=url)).status in {400, 403}


@pytest.mark.parametrize(
    "changed",
    [
        {"x_original_uri": b"/reports/june.pdf#x"},
        {"x_original_uri": b"reports/june.pdf"},
        {"x_original_uri": b"http://store.example.com/reports/june.pdf"},
        {"x_original_uri": b"/reports/june.pdf?"},
        {"x_original_uri": b"/reports/june.pdf x"},
        {"x_original_uri": None},
        {"x_original_uri": b""},
        {"x_original_method": None},
        {"x_original_method": b"get"},
        {"x_original_host": None},
        {"x_original_host": b"a b"},
        {"x_original_length": b"+5"},
        {"x_original_scheme": b"ftp"},
        {"x_real_ip": None},
        {"x_real_ip": b"localhost"},
    ],
    ids=lambda changed: "-".join(f"{name}:{value!r}" for name, value in changed.items()),
)
def test_half_a_picture_of_a_request_is_refused(world: World, bob: Actor, changed: dict[str, Any]) -> None:
    """R-73."""
    response = ask(world, "nginx", s3(bob), **changed)
    assert (response.status, error(response)) == (403, "InvalidRequest")


def test_what_the_body_tells_is_refused_where_it_is_not(world: World) -> None:
    delete = signed(request_of("POST", b"/reports?delete=", body=b""), world.root, "s3")
    assert error(ask(world, "nginx", delete)) == "AccessDenied"


def test_nginx_hears_of_nothing_but_what_it_understands(world: World, bob: Actor) -> None:
    for request in (s3(None), s3(bob, "DELETE"), s3(bob, url=b"/reports/a%zz"), s3(bob, "PATCH")):
        assert ask(world, "nginx", request).status in {401, 403}


def test_the_others_pass_on_the_words_of_the_service(world: World, bob: Actor) -> None:
    response = ask(world, "traefik", s3(bob, "DELETE"))
    assert dict(response.headers)[b"content-type"] == b"application/xml"
    assert b"<Code>AccessDenied</Code>" in response.body
    assert b"<Resource>/reports/june.pdf</Resource>" in response.body


# An API of one's own.


def order(actor: Actor | None, method: str = "GET", url: bytes = b"/orders/17", body: bytes = b"") -> Request:
    return signed(request_of(method, url, host=b"orders.example.com", body=body), actor, "orders")


@pytest.mark.parametrize("proxy", PROXIES)
def test_the_routes_of_an_api_say_what_a_request_needs(world: World, bob: Actor, proxy: str) -> None:
    key = KEYS["orders"]
    assert ask(world, proxy, order(bob), key).status == 200
    assert ask(world, proxy, order(bob, "POST", b"/orders"), key).status == 200
    for request in (
        order(bob, url=b"/orders/27"),
        order(bob, "HEAD"),
        order(bob, "DELETE"),
        order(bob, url=b"/orders/17/"),
        order(bob, url=b"/orders/17/items"),
        order(bob, url=b"/orders/"),
        order(bob, url=b"/"),
    ):
        assert ask(world, proxy, request, key).status == 403


def test_what_stands_in_a_path_opens_no_place_of_the_resource(world: World) -> None:
    """R-14."""
    actor = world.user("kim", allow("orders:GetOrder", f"{ORDER}{{account}}"))
    assert ask(world, "nginx", order(actor, url=b"/orders/%7Baccount%7D"), KEYS["orders"]).status == 200
    assert ask(world, "nginx", order(actor, url=f"/orders/{ACCOUNT}".encode()), KEYS["orders"]).status == 403


def test_a_body_that_is_not_here_must_be_declared(world: World, bob: Actor) -> None:
    key = KEYS["orders"]
    bare = order(bob, "POST", b"/orders", b"{}")
    assert ask(world, "nginx", bare, key).status in {401, 403}
    declared = signed(request_of("POST", b"/orders", body=b"{}"), bob, "orders", sha256(b"{}").hexdigest())
    assert ask(world, "nginx", declared, key).status == 200
    unsigned = signed(request_of("POST", b"/orders", body=b"{}"), bob, "orders", UNSIGNED)
    assert ask(world, "nginx", unsigned, key).status in {401, 403}


# Envoy passes the body on, and so it is held to its signature.


def sent(actor: Actor, body: bytes) -> Request:
    return signed(
        request_of(
            "POST",
            b"/",
            (b"content-type", b"application/x-amz-json-1.0"),
            (b"x-amz-target", b"AmazonSQS.SendMessage"),
            host=b"sqs.example.com",
            body=body,
        ),
        actor,
        "sqs",
    )


def with_body(request: Request, body: bytes) -> Request:
    asking = through("envoy", request, KEYS["queue"])
    headers = tuple(
        (name, b"%d" % len(body)) if name == b"content-length" else (name, value)
        for name, value in asking.headers
    )
    return msgspec.structs.replace(asking, headers=headers, body=body)


def test_a_body_that_is_here_says_what_is_asked(world: World, bob: Actor) -> None:
    jobs = f'{{"QueueUrl":"http://sqs.example.com/{ACCOUNT}/jobs","MessageBody":"x"}}'.encode()
    others = jobs.replace(b"/jobs", b"/others")
    assert call_page(world, with_body(sent(bob, jobs), jobs)).status == 200
    denied = call_page(world, with_body(sent(bob, others), others))
    assert (denied.status, told(denied)["__type"]) == (400, "AccessDeniedException")
    swapped = call_page(world, with_body(sent(bob, jobs), others))
    assert swapped.status >= 400
    missing = call_page(world, through("envoy", sent(bob, b""), KEYS["queue"]))
    assert missing.status >= 400


def test_without_a_point_there_is_no_page() -> None:
    """Fail closed: nobody is configured, and so nobody is believed."""
    with loop_thread() as loop:
        world = World(loop, Settings(account_id=ACCOUNT))
        assert [path for _, path in world.app.decision_points] == [b"/_iamd/authz/decide"]
        world.close()


def test_each_answer_is_in_the_chronicle(world: World, bob: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[Any] = []

    class Keeping:
        keeps = True

        def check(self) -> None:
            pass

        def record(self, event: Any) -> None:
            kept.append(event)

    doors = world.app._doors
    assert doors is not None
    monkeypatch.setattr(doors._requests.checker, "_trail", Keeping())
    ask(world, "nginx", s3(bob))
    ask(world, "nginx", s3(bob, "DELETE"))
    ask(world, "nginx", s3(bob), "wrong")
    assert [(each.service, each.name, each.status, each.error_code, each.source_ip) for each in kept] == [
        ("s3", "GetObject", 200, None, "192.0.2.7"),
        ("s3", "DeleteObject", 403, "AccessDenied", "192.0.2.7"),
        ("iamd", None, 403, "AccessDenied", "127.0.0.1"),
    ]


def test_who_gets_no_line_in_the_chronicle_gets_no_answer(
    world: World, bob: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        keeps = True

        def check(self) -> None:
            pass

        def record(self, _event: Any) -> None:
            raise TrailBlockedError("no space left on device")

    doors = world.app._doors
    assert doors is not None
    monkeypatch.setattr(doors._requests.checker, "_trail", Full())
    assert ask(world, "nginx", s3(bob)).status == 500


@pytest.mark.parametrize("proxy", PROXIES)
@pytest.mark.parametrize(
    "header",
    [
        (b"x-http-method-override", b"DELETE"),
        (b"x-http-method", b"DELETE"),
        (b"x-rewrite-url", b"/reports/secret.pdf"),
        (b"x-original-url", b"/reports/secret.pdf"),
        (b"x-minio-extract", b"true"),
    ],
    ids=lambda header: header[0].decode(),
)
def test_headers_that_make_another_request_of_it(
    world: World, bob: Actor, proxy: str, header: tuple[bytes, bytes]
) -> None:
    """R-72, R-73: what a framework behind the proxy would do is not what was signed and allowed."""
    assert ask(world, proxy, s3(bob)).status == 200
    assert error(ask(world, proxy, s3(bob, "GET", REPORT, header))) == "InvalidRequest"


@pytest.mark.parametrize("proxy", PROXIES)
def test_an_original_url_that_tells_nothing_new(world: World, bob: Actor, proxy: str) -> None:
    host = (s3(bob).header(b"host") or b"").decode()
    for said in (REPORT, f"https://{host}".encode() + REPORT):
        assert ask(world, proxy, s3(bob, "GET", REPORT, (b"x-original-url", said))).status == 200
