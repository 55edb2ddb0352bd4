"""
``/_iamd/vpc-endpoints``: the VPC endpoints of all accounts.

``GET`` lists them and ``POST`` makes one; below, at its id, ``GET`` shows it, ``PUT`` gives it another policy, and
``DELETE`` removes it.  For the operator alone, signed as every request is, and noted in the chronicle.
"""

import json
from collections.abc import Callable
from typing import Any, Final, TypeVar

import msgspec

from iamd.domain.ids import AccountId
from iamd.domain.vpc_endpoints import DEFAULT_POLICY, ID_DIGITS, PREFIX, VPCEndpoint
from iamd.errors import InvalidInput
from iamd.http import Request, Response
from iamd.operations.call import Call
from iamd.operations.vpc_endpoints import add_endpoint, set_policy
from iamd.own_pages import OwnPages
from iamd.server.app import Handle, Routes
from iamd.server.keyring import Work

PATH: Final = b"/_iamd/vpc-endpoints"

B = TypeVar("B")


class _Create(msgspec.Struct, forbid_unknown_fields=True):
    account: str
    vpc: str
    id: str | None = None
    region: str | None = None
    policy: str = DEFAULT_POLICY


class _SetPolicy(msgspec.Struct, forbid_unknown_fields=True):
    policy: str


def vpc_endpoint_routes(pipeline: OwnPages, account_id: str, region: str) -> Routes:
    """Return the routes; *account_id* is the server's own, and *region* where endpoints are that say nothing else."""

    def page(name: str, work_of: Callable[[Request], Work]) -> Handle:
        async def answer(request: Request) -> Response:
            return await pipeline.administer(request, name, account_id, work_of(request))

        return answer

    def list_all(_: Request) -> Work:
        return lambda call: _json({"endpoints": list(map(_shown, call.store.vpc_endpoints.all()))})

    def create(request: Request) -> Work:
        def work(call: Call) -> bytes:
            asked = _asked(request, _Create)
            endpoint = VPCEndpoint(
                endpoint_id=asked.id or call.ids.hex_id(PREFIX, ID_DIGITS),
                account_id=AccountId(asked.account),
                vpc_id=asked.vpc,
                region=asked.region or region,
                policy=asked.policy,
                created_at=call.now,
            )
            add_endpoint(call.store, endpoint)
            return _json(_shown(endpoint))

        return work

    def show(request: Request) -> Work:
        return lambda call: _json(_shown(call.store.vpc_endpoints.get(_id(request))))

    def put(request: Request) -> Work:
        return lambda call: _json(
            _shown(set_policy(call.store, _id(request), _asked(request, _SetPolicy).policy))
        )

    def delete(request: Request) -> Work:
        def work(call: Call) -> bytes:
            endpoint = call.store.vpc_endpoints.get(_id(request))
            call.store.vpc_endpoints.delete(endpoint)
            return _json(_shown(endpoint))

        return work

    return {
        ("GET", PATH): page("ListVpcEndpoints", list_all),
        ("POST", PATH): page("CreateVpcEndpoint", create),
        ("GET", PATH + b"/"): page("GetVpcEndpoint", show),
        ("PUT", PATH + b"/"): page("ModifyVpcEndpoint", put),
        ("DELETE", PATH + b"/"): page("DeleteVpcEndpoint", delete),
    }


def _id(request: Request) -> str:
    return request.raw_path.removeprefix(PATH + b"/").decode("latin-1")


def _asked(request: Request, kind: type[B]) -> B:
    """
    Read the body.

    Raises:
        InvalidInput: It cannot be read.
    """
    try:
        return msgspec.json.decode(request.body, type=kind)
    except msgspec.DecodeError as error:
        raise InvalidInput(f"the body of the request: {error}") from error


def _shown(endpoint: VPCEndpoint) -> dict[str, Any]:
    return {
        "id": endpoint.endpoint_id,
        "account": endpoint.account_id,
        "vpc": endpoint.vpc_id,
        "region": endpoint.region,
        "policy": endpoint.policy,
        "created_at": endpoint.created_at.isoformat(),
    }


def _json(page: Any) -> bytes:
    return json.dumps(page).encode() + b"\n"
