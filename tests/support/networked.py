"""A world with VPC endpoints: requests come from where a test says."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from tests.support.loops import LoopThread
from tests.support.world import ACCOUNT, World

from iamd.domain.ids import AccountId
from iamd.domain.vpc_endpoints import DEFAULT_POLICY, VPCEndpoint
from iamd.http import Request, Response
from iamd.operations.vpc_endpoints import add_endpoint, set_policy
from iamd.secret import Secret
from iamd.settings import Settings

ENDPOINT = "vpce-0a1b2c3d4e5f60718"
OTHER = "vpce-00000000000000002"
VPC = "vpc-0123456789abcdef0"
PROXY = "10.0.0.1"

ROUTES: list[dict[str, Any]] = [
    {"listener": "127.0.0.1:4264", "endpoint": ENDPOINT},
    {
        "header": "x-vpce-id",
        "proxies": [PROXY],
        "endpoints": [ENDPOINT, OTHER],
        "source_ip_header": "x-forwarded-for",
    },
]


class Networked(World):
    """`through` makes requests come by another way; `endpoint` makes endpoints."""

    way: Mapping[str, Any] = {}

    def send(self, request: Request) -> Response:
        return super().send(self.moved(request))

    def moved(self, request: Request) -> Request:
        changes = dict(self.way)
        more = changes.pop("headers", ())
        return msgspec.structs.replace(request, headers=(*request.headers, *more), **changes)

    @contextmanager
    def through(self, **way: Any) -> Iterator[None]:
        """Have requests come by the listener of `ENDPOINT`, or as *way* says."""
        self.way = way or {"local": ("127.0.0.1", 4264)}
        try:
            yield
        finally:
            self.way = {}

    def by_proxy(self, endpoint_id: str, source_ip: str = "172.31.0.9") -> Any:
        headers = ((b"x-vpce-id", endpoint_id.encode()), (b"x-forwarded-for", source_ip.encode()))
        return self.through(peer=PROXY, headers=headers)

    def endpoint(
        self, policy: str = DEFAULT_POLICY, endpoint_id: str = ENDPOINT, account: str = ACCOUNT
    ) -> None:
        made = VPCEndpoint(
            endpoint_id=endpoint_id,
            account_id=AccountId(account),
            vpc_id=VPC,
            region="us-east-1",
            policy=policy,
            created_at=self.clock.now(),
        )
        self.app.store.write(lambda transaction: add_endpoint(transaction, made)).result()

    def set_policy(self, policy: str, endpoint_id: str = ENDPOINT) -> None:
        self.app.store.write(lambda transaction: set_policy(transaction, endpoint_id, policy)).result()


def networked(loop: LoopThread, folder: Path, **settings: Any) -> Networked:
    path = folder / "routes.json"
    path.write_text(json.dumps({"routes": ROUTES}))
    given: dict[str, Any] = {
        "account_id": ACCOUNT,
        "root_access_key_id": "AKIAROOTEXAMPLE00000",
        "root_secret_access_key": Secret("root/secret/access/key/of/the/tests/0000"),
        "vpc_endpoint_routes": path,
    }
    return Networked(loop, Settings(**given | settings))
