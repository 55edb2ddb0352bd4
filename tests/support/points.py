"""Requests that are signed, and the pages of decision points that they are sent to."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec
from tests.support.loops import loop_thread
from tests.support.serialized import exact_request_of, signing_name
from tests.support.world import ACCOUNT, Actor, World

from iamd.enforcement.doors import PREFIX
from iamd.enforcement.original import KEY_HEADER
from iamd.enforcement.points import ApiRoute, EnforcementPoint
from iamd.http import Request, Response
from iamd.secret import Secret
from iamd.settings import Settings

HOST = b"127.0.0.1:4263"


def signed(request: Request, actor: Actor | None, service: str, payload_hash: str | None = None) -> Request:
    """Return *request* with the signature of *actor*; as it is for nobody."""
    if actor is None or actor.credentials is None:
        return request
    return actor.credentials.sign(request, service, payload_hash=payload_hash)


def call_page(world: World, request: Request) -> Response:
    """Answer *request* by the page that the door would choose."""
    pages = world.app.decision_points
    found = pages.get((request.method, request.raw_path))
    if found is None:
        found = next(
            handle
            for (method, path), handle in pages.items()
            if method == request.method and path.endswith(b"/") and request.raw_path.startswith(path)
        )
    response: Response = world.loop.run(found(request))
    return response


def post(path: bytes, body: object, headers: Mapping[bytes, bytes] | None = None) -> Request:
    """Return a request with *body* as JSON, or as it is."""
    return Request(
        method="POST",
        raw_path=path,
        headers=((b"host", HOST), *(headers or {}).items()),
        body=body if isinstance(body, bytes) else json.dumps(body).encode(),
    )


def told(response: Response) -> Any:
    return json.loads(response.body)


KEYS = {
    "store": "key-of-the-store-0000000",
    "orders": "key-of-the-orders-000000",
    "queue": "key-of-the-queue-0000000",
}
ORDERS = EnforcementPoint(
    name="orders",
    key=Secret(KEYS["orders"]),
    service="orders",
    routes=[
        ApiRoute(
            methods=["GET"],
            path="/orders/{id}",
            action="orders:GetOrder",
            resource="arn:aws:orders:{region}:{account}:order/{id}",
        ),
        ApiRoute(methods=["POST"], path="/orders", action="orders:CreateOrder"),
    ],
)
ORDER = f"arn:aws:orders:us-east-1:{ACCOUNT}:order/"


def points_settings(**more: Any) -> Settings:
    """Return settings with an enforcement point in front of S3, one of an API of its own, and one of SQS."""
    options: dict[str, Any] = {
        "account_id": ACCOUNT,
        "root_access_key_id": "AKIAROOTEXAMPLE00000",
        "root_secret_access_key": Secret("root/secret/access/key/of/the/tests/0000"),
        "s3_domain": "s3.example.com",
        "public_url": "https://iamd.example.com",
        "pep_key": Secret(KEYS["store"]),
        "enforcement_point": (
            ORDERS,
            EnforcementPoint(name="queue", key=Secret(KEYS["queue"]), service="sqs"),
        ),
    }
    return Settings(**(options | more))


@contextmanager
def points_world() -> Iterator[World]:
    with loop_thread() as loop:
        world = World(loop, points_settings())
        yield world
        world.close()


def request_of(
    method: str,
    url: bytes,
    *headers: tuple[bytes, bytes],
    host: bytes = b"store.example.com",
    body: bytes = b"",
) -> Request:
    """Return what a client sends."""
    path, _, query = url.partition(b"?")
    return Request(
        method=method, raw_path=path, raw_query=query, headers=((b"host", host), *headers), body=body
    )


def through(proxy: str, request: Request, key: str | None, **changed: bytes | None) -> Request:
    """
    Return what *proxy* sends to a decision point for *request*.

    Args:
        proxy: ``nginx``, ``traefik`` or ``envoy``.
        request: The client's; its body stays behind.
        key: Of the enforcement point.
        changed: Headers of the proxy's own that are others, or None for none, by their names with underscores.
    """
    target = request.raw_path + (b"?" + request.raw_query if request.raw_query else b"")
    own: dict[bytes, bytes | None]
    if proxy == "nginx":
        own = {
            b"x-original-method": request.method.encode(),
            b"x-original-uri": target,
            b"x-original-host": request.header(b"host"),
            b"x-original-scheme": b"https",
            b"x-original-length": b"%d" % len(request.body) if request.body else None,
            b"x-real-ip": b"192.0.2.7",
        }
    else:
        own = {b"x-forwarded-for": b"198.51.100.1, 192.0.2.7", b"x-forwarded-proto": b"https"}
    if proxy == "traefik":
        own |= {
            b"x-forwarded-method": request.method.encode(),
            b"x-forwarded-uri": target,
            b"x-forwarded-host": request.header(b"host"),
            b"x-forwarded-port": b"443",
        }
    own[KEY_HEADER] = None if key is None else key.encode()
    own |= {name.replace("_", "-").encode(): value for name, value in changed.items()}
    headers = [
        (name, value) for name, value in request.headers if name not in {b"host", b"content-length", *own}
    ]
    headers += [(name, value) for name, value in own.items() if value is not None]
    page = PREFIX + proxy.encode()
    if proxy == "envoy":
        host = request.header(b"host") or b""
        return Request(
            method=request.method,
            raw_path=page + request.raw_path,
            raw_query=request.raw_query,
            headers=((b"host", host), (b"content-length", b"0"), *headers),
        )
    return Request(method="GET", raw_path=page, headers=((b"host", HOST), *headers))


def through_envoy(
    world: World, actor: Actor, key: str, name: str, operation: str, parameters: Mapping[str, Any]
) -> Response:
    """Return the answer to a request of any service of AWS, of which Envoy passes the body on."""
    made = exact_request_of(name, operation, dict(parameters))
    headers = ((b"host", b"aws.example.com"), *(each for each in made.headers if each[0] != b"host"))
    request = signed(msgspec.structs.replace(made, headers=headers), actor, signing_name(name))
    asking = through("envoy", request, key)
    kept = tuple(each for each in asking.headers if each[0] != b"content-length")
    length = (b"content-length", b"%d" % len(request.body))
    return call_page(world, msgspec.structs.replace(asking, headers=(*kept, length), body=request.body))
