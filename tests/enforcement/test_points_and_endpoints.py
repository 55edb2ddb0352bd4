"""VPC endpoints in front of enforcement points: what a point tells of a request counts, as if it had come to the server."""

import json
from collections.abc import Iterator

import pytest
from tests.support.loops import loop_thread
from tests.support.networked import ENDPOINT, VPC
from tests.support.points import KEYS, call_page, points_settings, request_of, signed, through
from tests.support.world import ACCOUNT, World, allow, document

from iamd.domain.ids import AccountId
from iamd.domain.vpc_endpoints import VPCEndpoint
from iamd.http import Response
from iamd.operations.vpc_endpoints import add_endpoint

PROXY, ELSEWHERE = b"192.0.2.77", b"192.0.2.7"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Give a world with an endpoint that lets reading pass; a proxy behind the points' own says who comes through it."""
    routes = tmp_path_factory.mktemp("routes") / "routes.json"
    route = {"header": "x-vpce-id", "proxies": [PROXY.decode()], "endpoints": [ENDPOINT]}
    routes.write_text(json.dumps({"routes": [route]}))
    with loop_thread() as loop:
        found = World(loop, points_settings(vpc_endpoint_routes=routes))
        endpoint = VPCEndpoint(
            endpoint_id=ENDPOINT,
            account_id=AccountId(ACCOUNT),
            vpc_id=VPC,
            region="us-east-1",
            policy=document(allow("s3:GetObject") | {"Principal": "*"}),
            created_at=found.clock.now(),
        )
        found.app.store.write(lambda transaction: add_endpoint(transaction, endpoint)).result()
        yield found
        found.close()


def ask(world: World, proxy: str, method: str, said: bytes | None, address: bytes) -> Response:
    told_by = "x_real_ip" if proxy == "nginx" else "x_forwarded_for"
    request = signed(request_of(method, b"/reports/june.pdf"), world.root, "s3")
    headers = request.headers if said is None else (*request.headers, (b"x-vpce-id", said))
    asked = request_of(method, b"/reports/june.pdf", *headers[1:])
    return call_page(world, through(proxy, asked, KEYS["store"], **{told_by: address}))


@pytest.mark.parametrize("proxy", ["nginx", "traefik", "envoy"])
@pytest.mark.parametrize(
    ("method", "said", "address", "refusal"),
    [
        ("GET", None, ELSEWHERE, None),
        ("PUT", None, ELSEWHERE, None),
        ("GET", ENDPOINT.encode(), PROXY, None),
        ("PUT", ENDPOINT.encode(), PROXY, b"because no VPC endpoint policy allows the s3:PutObject action"),
        ("PUT", b"none", PROXY, None),
        ("GET", None, PROXY, b"It cannot be told through which VPC endpoint"),
        ("GET", ENDPOINT.encode(), ELSEWHERE, b"It cannot be told through which VPC endpoint"),
    ],
)
def test_an_endpoint_is_told_by_whom_the_point_has_seen(
    world: World, proxy: str, method: str, said: bytes | None, address: bytes, refusal: bytes | None
) -> None:
    response = ask(world, proxy, method, said, address)
    assert response.status == (200 if refusal is None else 403)
    assert refusal is None or refusal in response.body
