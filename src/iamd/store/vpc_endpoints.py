"""VPC endpoints, each with its policy."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import select

from iamd.domain.vpc_endpoints import VPCEndpoint
from iamd.errors import EntityAlreadyExists, NoSuchEntity
from iamd.store import schema
from iamd.store.execution import Execution
from iamd.store.interface import ChangeKind
from iamd.store.statements import Statement, adding, deleting, given, replacing
from iamd.store.values import microseconds, time_of

_TABLE: Final = schema.vpc_endpoints

_ADD: Final = adding(_TABLE)
_PUT: Final = replacing(_TABLE, "endpoint_id")
_DELETE: Final = deleting(_TABLE, "endpoint_id")
_FIND: Final = Statement(select(*_TABLE.c).where(_TABLE.c.endpoint_id == given("endpoint_id")))
_ALL: Final = Statement(select(*_TABLE.c).order_by(_TABLE.c.account_id, _TABLE.c.endpoint_id))


class VPCEndpoints:
    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def add(self, endpoint: VPCEndpoint) -> None:
        if self._execution.write(_ADD, _row(endpoint)) == 0:
            raise EntityAlreadyExists(f"The VPC endpoint {endpoint.endpoint_id} already exists.")
        self._changed(endpoint)

    def find(self, endpoint_id: str) -> VPCEndpoint | None:
        row = self._execution.row(_FIND, {"endpoint_id": endpoint_id})
        return None if row is None else _value(row)

    def get(self, endpoint_id: str) -> VPCEndpoint:
        endpoint = self.find(endpoint_id)
        if endpoint is None:
            raise _missing(endpoint_id)
        return endpoint

    def put(self, endpoint: VPCEndpoint) -> None:
        if self._execution.write(_PUT, _row(endpoint)) == 0:
            raise _missing(endpoint.endpoint_id)
        self._changed(endpoint)

    def delete(self, endpoint: VPCEndpoint) -> None:
        if self._execution.remove(_DELETE, {"endpoint_id": endpoint.endpoint_id}) == 0:
            raise _missing(endpoint.endpoint_id)
        self._changed(endpoint)

    def all(self) -> list[VPCEndpoint]:
        return [_value(row) for row in self._execution.rows(_ALL, {})]

    def _changed(self, endpoint: VPCEndpoint) -> None:
        self._execution.changed(ChangeKind.VPC_ENDPOINT, endpoint.endpoint_id)


def _row(endpoint: VPCEndpoint) -> dict[str, Any]:
    return {
        "endpoint_id": endpoint.endpoint_id,
        "account_id": endpoint.account_id,
        "vpc_id": endpoint.vpc_id,
        "region": endpoint.region,
        "policy": endpoint.policy,
        "created_at": microseconds(endpoint.created_at),
    }


def _value(row: Sequence[Any]) -> VPCEndpoint:
    endpoint_id, account_id, vpc_id, region, policy, created_at = row
    return VPCEndpoint(
        endpoint_id=endpoint_id,
        account_id=account_id,
        vpc_id=vpc_id,
        region=region,
        policy=policy,
        created_at=time_of(created_at),
    )


def _missing(endpoint_id: str) -> NoSuchEntity:
    return NoSuchEntity(f"The VPC endpoint {endpoint_id} cannot be found.")
