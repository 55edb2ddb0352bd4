"""VPC endpoints in front of the gateway: their policies bear on other services' requests as on IAM's."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.guarded import Guarded
from tests.support.loops import LoopThread
from tests.support.networked import ENDPOINT, VPC
from tests.support.trail import records_of
from tests.support.upstream import ACCESS_KEY_ID, SECRET, Store
from tests.support.world import ACCOUNT, allow, document

from iamd.domain.ids import AccountId
from iamd.domain.vpc_endpoints import VPCEndpoint
from iamd.enforcement.upstreams import Upstream
from iamd.operations.vpc_endpoints import add_endpoint
from iamd.secret import Secret
from iamd.server.app import Door
from iamd.server.run import ServerThread
from iamd.settings import Settings

INSIDE, OUTSIDE, ELSEWHERE = ENDPOINT, "none", "vpce-00000000000000002"


@pytest.fixture(scope="module")
def behind_a_proxy(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """Give a world with a gateway of which this machine is the proxy, and an endpoint that lets reading pass."""
    folder: Path = tmp_path_factory.mktemp("routes")
    routes = folder / "routes.json"
    route = {"header": "x-vpce-id", "proxies": ["127.0.0.1"], "endpoints": [INSIDE]}
    routes.write_text(json.dumps({"routes": [route]}))
    loop = LoopThread()
    upstream = Upstream(services=["s3"], url=store.url, access_key_id=ACCESS_KEY_ID, secret_access_key=SECRET)
    settings = Settings(
        account_id=ACCOUNT,
        root_access_key_id="AKIAROOTEXAMPLE00000",
        root_secret_access_key=Secret("root/secret/access/key/of/the/tests/0000"),
        upstream=(upstream,),
        vpc_endpoint_routes=routes,
        audit_file=folder / "audit.jsonl",
    )
    world = Guarded(loop, settings)
    endpoint = VPCEndpoint(
        endpoint_id=INSIDE,
        account_id=AccountId(ACCOUNT),
        vpc_id=VPC,
        region="us-east-1",
        policy=document(allow("s3:GetObject") | {"Principal": "*"}),
        created_at=world.clock.now(),
    )
    world.app.store.write(lambda transaction: add_endpoint(transaction, endpoint)).result()
    with ServerThread(Door(world.app.pipeline.handle, {}, world.app.gateway)) as server:
        world.url = server.url
        yield world
    world.close()
    loop.close()


def by(world: Guarded, said: str | None) -> Any:
    """Return a client of the root user's whose proxy says by which endpoint it comes."""
    client = world.s3(world.root)

    def say(request: Any, **_: Any) -> None:
        if said is not None:
            request.headers["X-Vpce-Id"] = said

    client.meta.events.register("before-send", say)
    return client


def test_an_endpoint_lets_pass_what_its_policy_allows(behind_a_proxy: Guarded, store: Store) -> None:
    by(behind_a_proxy, OUTSIDE).put_object(Bucket="data", Key="a", Body=b"a")
    inside = by(behind_a_proxy, INSIDE)
    assert inside.get_object(Bucket="data", Key="a")["Body"].read() == b"a"
    before = len(store.seen)
    with pytest.raises(ClientError) as caught:
        inside.put_object(Bucket="data", Key="a", Body=b"b")
    assert str(caught.value).endswith("because no VPC endpoint policy allows the s3:PutObject action")
    assert len(store.seen) == before


@pytest.mark.parametrize("said", [None, "", ELSEWHERE])
def test_what_cannot_be_told_never_reaches_the_store(
    behind_a_proxy: Guarded, store: Store, said: str | None
) -> None:
    before = len(store.seen)
    with pytest.raises(ClientError) as caught:
        by(behind_a_proxy, said).get_object(Bucket="data", Key="a")
    assert caught.value.response["Error"]["Code"] == "AccessDenied"
    assert len(store.seen) == before


def test_the_chronicle_names_the_endpoint(behind_a_proxy: Guarded) -> None:
    with pytest.raises(ClientError):
        by(behind_a_proxy, INSIDE).delete_object(Bucket="data", Key="a")
    events = records_of(behind_a_proxy.app)
    assert [each["vpcEndpointId"] for each in events if each["eventName"] == "DeleteObject"] == [INSIDE]
