"""The middleware for Python APIs, in front of applications that say what they have got."""

import asyncio
import io
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote
from wsgiref.validate import validator

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest
from tests.support.points import KEYS, ORDER, points_world
from tests.support.world import ACCOUNT, Actor, World, allow

from iamd.middleware import AsgiMiddleware, Iamd, Route, WsgiMiddleware
from iamd.server.app import Door
from iamd.server.run import ServerThread

ROUTES = [
    Route(
        methods=["GET"],
        path="/orders/{id}",
        action="orders:GetOrder",
        resource="arn:aws:orders:{region}:{account}:order/{id}",
    ),
    Route(methods=["POST"], path="/orders", action="orders:CreateOrder"),
]
OPTIONS: dict[str, Any] = {
    "public": ["/health"],
    "account": ACCOUNT,
    "region": "us-east-1",
    "most_body": 1000,
}
Answer = tuple[int, Any, dict[str, str]]


class Sent(dict[str, Any]):
    """A request: method, path, query, headers, body; signed by botocore itself."""


def sent(
    actor: Actor | None, method: str = "GET", path: str = "/orders/17", body: bytes = b"", query: str = ""
) -> Sent:
    url = f"http://orders.example.com{path}" + (f"?{query}" if query else "")
    request = botocore.awsrequest.AWSRequest(method, url, {"Content-Type": "application/json"}, body)
    request.headers["Host"] = "orders.example.com"
    if actor is not None and actor.credentials is not None:
        credentials = botocore.credentials.Credentials(
            actor.credentials.access_key_id,
            actor.credentials.secret_access_key,
            actor.credentials.session_token,
        )
        botocore.auth.SigV4Auth(credentials, "orders", "us-east-1").add_auth(request)
    headers = {name.lower(): value for name, value in request.headers.items()}
    if body:
        headers["content-length"] = str(len(body))
    return Sent(method=method, path=path, query=query, headers=headers, body=body)


async def asgi_application(scope: Any, receive: Any, send: Any) -> None:
    body = (await receive())["body"] if scope["type"] == "http" else b""
    principal = scope["iamd.principal"]
    page = {"who": principal.arn if principal else None, "body": body.decode()}
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(page).encode()})


def wsgi_application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    principal = environ["iamd.principal"]
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps({"who": principal.arn if principal else None, "body": body.decode()}).encode()]


def through_asgi(iamd: Iamd, request: Sent, **changed: Any) -> Answer:
    application = AsgiMiddleware(asgi_application, iamd, ROUTES, **OPTIONS)
    scope = {
        "type": "http",
        "method": request["method"],
        "path": unquote(request["path"]),
        "raw_path": request["path"].encode(),
        "query_string": request["query"].encode(),
        "headers": [(name.encode(), value.encode()) for name, value in request["headers"].items()],
        "client": ("192.0.2.7", 1),
        "scheme": "http",
    } | changed
    halves = [request["body"][:3], request["body"][3:]]
    waiting = [
        {"type": "http.request", "body": half, "more_body": more}
        for half, more in zip(halves, (True, False), strict=True)
    ]
    said: list[Any] = []

    async def receive() -> Any:
        return waiting.pop(0)

    async def send(message: Any) -> None:
        said.append(message)

    asyncio.run(application(scope, receive, send))
    headers = {name.decode(): value.decode() for name, value in said[0]["headers"]}
    return said[0]["status"], json.loads(said[1]["body"]), headers


def through_wsgi(iamd: Iamd, request: Sent, **changed: Any) -> Answer:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(request["path"]).encode().decode("latin-1"),
        "QUERY_STRING": request["query"],
        "REMOTE_ADDR": "192.0.2.7",
        "SERVER_NAME": "orders.example.com",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request["body"]),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request["headers"].items():
        plain = name.upper().replace("-", "_")
        environ[plain if plain in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{plain}"] = value
    environ |= changed
    said: list[Any] = []

    def start_response(status: str, headers: Any, _exc_info: Any = None) -> Callable[[bytes], object]:
        said.append((int(status[:3]), {name.lower(): value for name, value in headers}))
        return said.append

    application = WsgiMiddleware(wsgi_application, iamd, ROUTES, **OPTIONS)
    answer = validator(application)(environ, start_response)
    body = b"".join(answer)
    answer.close()  # type: ignore[attr-defined]  # the validator's has it
    return said[0][0], json.loads(body), said[0][1]


KINDS = pytest.mark.parametrize("through", [through_asgi, through_wsgi], ids=["asgi", "wsgi"])


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with points_world() as found:
        yield found


@pytest.fixture(scope="module")
def server(world: World) -> Iterator[ServerThread]:
    with ServerThread(Door(world.app.pipeline.handle, world.app.decision_points)) as running:
        yield running


@pytest.fixture(scope="module")
def iamd(server: ServerThread) -> Iterator[Iamd]:
    found = Iamd(server.url, key=KEYS["orders"])
    yield found
    found.close()


@pytest.fixture(scope="module")
def bob(world: World) -> Actor:
    only_there = {"Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.7"}}}
    return world.user(
        "bob",
        allow("orders:GetOrder", [f"{ORDER}1*", f"{ORDER}a b"], **only_there),
        allow("orders:CreateOrder"),
    )


@KINDS
def test_the_application_is_told_who_asks(iamd: Iamd, bob: Actor, through: Any) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:user/bob"
    for request in (sent(bob), sent(bob, query="b=2&a=1"), sent(bob, path="/orders/a%20b")):
        assert through(iamd, request)[:2] == (200, {"who": arn, "body": ""})
    posted = sent(bob, "POST", "/orders", b'{"item": 1}')
    assert through(iamd, posted)[:2] == (200, {"who": arn, "body": '{"item": 1}'})


@KINDS
def test_sessions_are_told_as_sessions(world: World, iamd: Iamd, bob: Actor, through: Any) -> None:
    arn = world.role("clerk", {"AWS": ACCOUNT}, allow("orders:GetOrder"))
    world.root.iam.put_user_policy(
        UserName="bob",
        PolicyName="assume",
        PolicyDocument='{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}}',
    )
    clerk = bob.assume(arn, "june")
    told = through(iamd, sent(clerk))[1]
    assert told["who"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/clerk/june"
    narrow = bob.assume(
        arn, Policy='{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}'
    )
    assert through(iamd, sent(narrow))[0] == 403
    world.root.iam.delete_role_policy(RoleName="clerk", PolicyName="test")
    world.root.iam.delete_role(RoleName="clerk")


@KINDS
def test_what_is_not_allowed_does_not_reach_it(iamd: Iamd, bob: Actor, through: Any) -> None:
    status, page, _ = through(iamd, sent(bob, path="/orders/27"))
    assert (status, page["code"]) == (403, "AccessDenied")
    assert page["decision_id"]
    for request in (sent(bob, "DELETE"), sent(bob, path="/orders"), sent(bob, path="/")):
        assert through(iamd, request)[0] == 403


@KINDS
def test_nobody_gets_in(iamd: Iamd, bob: Actor, through: Any) -> None:
    """R-02."""
    status, page, headers = through(iamd, sent(None))
    assert (status, page["code"]) == (401, "MissingAuthenticationToken")
    assert headers["www-authenticate"] == "AWS4-HMAC-SHA256"
    for name, value in (("path", "/orders/18"), ("query", "x=1"), ("body", b"x")):
        changed = sent(bob) | {name: value}
        if name == "body":
            changed["headers"] = {**changed["headers"], "content-length": "1"}
        assert through(iamd, Sent(changed))[0] == 401


@KINDS
def test_what_is_public_needs_nobody(iamd: Iamd, through: Any) -> None:
    assert through(iamd, sent(None, path="/health"))[:2] == (200, {"who": None, "body": ""})
    assert through(iamd, sent(None, path="/health/"))[0] == 403
    assert through(iamd, sent(None, path="/orders/17"))[0] == 401


@KINDS
def test_a_body_has_an_end(iamd: Iamd, bob: Actor, through: Any) -> None:
    assert through(iamd, sent(bob, "POST", "/orders", b"x" * 1001))[0] == 413


def test_the_path_that_is_signed_is_the_one_that_is_read(iamd: Iamd, bob: Actor) -> None:
    """R-73: a server that rewrites one of them has nobody let in."""
    assert through_asgi(iamd, sent(bob), path="/orders/27")[0] == 403
    assert through_asgi(iamd, sent(bob), raw_path=b"/orders/27")[0] == 403
    assert through_wsgi(iamd, sent(bob), RAW_URI="/orders/17")[0] == 200
    assert through_wsgi(iamd, sent(bob), RAW_URI="/orders/27")[0] == 403
    assert through_wsgi(iamd, sent(bob), CONTENT_LENGTH="+1")[0] == 413


def test_an_address_is_that_of_the_connection(iamd: Iamd, bob: Actor) -> None:
    assert through_asgi(iamd, sent(bob), client=("203.0.113.1", 1))[0] == 403
    assert through_asgi(iamd, sent(bob), client=None)[0] == 403
    assert through_wsgi(iamd, sent(bob), REMOTE_ADDR="203.0.113.1")[0] == 403


@KINDS
def test_nobody_gets_in_while_iamd_cannot_be_asked(server: ServerThread, bob: Actor, through: Any) -> None:
    """Fail closed."""
    with ServerThread(Door(lambda _: asyncio.sleep(0))) as other:  # type: ignore[arg-type,return-value]  # never called
        gone = other.url
        nobodys = Iamd(gone, key=KEYS["orders"])
        assert through(nobodys, sent(bob))[0] == 503  # It has no such page.
    assert through(Iamd(gone, key=KEYS["orders"]), sent(bob))[0] == 503
    assert through(nobodys, sent(bob))[0] == 503
    nobodys.close()
    wrong = Iamd(server.url, key="not-the-key-of-anybody")
    assert through(wrong, sent(bob))[0] == 503
    wrong.close()


def test_web_sockets_are_refused(iamd: Iamd) -> None:
    said: list[Any] = []

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        said.append(message)

    application = AsgiMiddleware(asgi_application, iamd, ROUTES, **OPTIONS)
    asyncio.run(application({"type": "websocket", "path": "/health"}, receive, send))
    assert said == [{"type": "websocket.close", "code": 1008}]


def test_what_cannot_be_meant_is_refused_at_once(iamd: Iamd, tmp_path: Any) -> None:
    for url in ("iamd:4263", "ftp://iamd", "http://iamd/x"):
        with pytest.raises(ValueError, match="URL of iamd"):
            Iamd(url, key="k")
    with pytest.raises(ValueError, match="either"):
        Iamd("http://iamd")
    (tmp_path / "key").write_text("\n")
    with pytest.raises(ValueError, match="empty"):
        Iamd("http://iamd", key_file=tmp_path / "key")
    with pytest.raises(ValueError, match="needs the argument"):
        AsgiMiddleware(asgi_application, iamd, ROUTES)


def test_the_key_is_not_shown(iamd: Iamd) -> None:
    assert KEYS["orders"] not in repr(vars(iamd))
