"""Organization policies of customers; what changes is their organization."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Integer, func, select

from iamd.domain.ids import OrganizationId
from iamd.domain.organization_policies import OrganizationPolicy
from iamd.domain.organizations import PolicyType
from iamd.errors.organizations import DuplicatePolicyException, PolicyNotFoundException
from iamd.store import schema
from iamd.store.execution import Execution
from iamd.store.interface import ChangeKind
from iamd.store.statements import Statement, adding, deleting, given, replacing
from iamd.store.values import tags_of, tags_text

_TABLE: Final = schema.organization_policies
_COLUMNS: Final = tuple(_TABLE.c)
_OURS: Final = _TABLE.c.organization_id == given("organization_id")
_OF_TYPE: Final = _TABLE.c.type == given("type")

_ADD: Final = adding(_TABLE)
_PUT: Final = replacing(_TABLE, "organization_id", "policy_id")
_DELETE: Final = deleting(_TABLE, "organization_id", "policy_id")
_FIND: Final = Statement(select(*_COLUMNS).where(_OURS, _TABLE.c.policy_id == given("policy_id")))
_FIND_BY_NAME: Final = Statement(select(*_COLUMNS).where(_OURS, _OF_TYPE, _TABLE.c.name == given("name")))
_PAGE: Final = Statement(
    select(*_COLUMNS)
    .where(_OURS, _OF_TYPE, _TABLE.c.policy_id > given("after"))
    .order_by(_TABLE.c.policy_id)
    .limit(given("limit", Integer()))
)
_COUNT: Final = Statement(select(func.count()).select_from(_TABLE).where(_OURS, _OF_TYPE))


class OrganizationPolicies:
    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def add(self, policy: OrganizationPolicy) -> None:
        if self._execution.write(_ADD, _row(policy)) == 0:
            raise DuplicatePolicyException

    def find(self, organization_id: OrganizationId, policy_id: str) -> OrganizationPolicy | None:
        row = self._execution.row(_FIND, {"organization_id": organization_id, "policy_id": policy_id})
        return None if row is None else _value(row)

    def find_by_name(
        self, organization_id: OrganizationId, type_: PolicyType, name: str
    ) -> OrganizationPolicy | None:
        values = {"organization_id": organization_id, "type": type_.value, "name": name}
        row = self._execution.row(_FIND_BY_NAME, values)
        return None if row is None else _value(row)

    def put(self, policy: OrganizationPolicy) -> None:
        # Looked for, not tried: on PostgreSQL a violated constraint would spoil the transaction.
        holder = self.find_by_name(policy.organization_id, policy.type, policy.name)
        if holder is not None and holder.policy_id != policy.policy_id:
            raise DuplicatePolicyException
        if self._execution.write(_PUT, _row(policy)) == 0:
            raise PolicyNotFoundException
        self._execution.changed(ChangeKind.ORGANIZATION, policy.organization_id)

    def delete(self, policy: OrganizationPolicy) -> None:
        values = {"organization_id": policy.organization_id, "policy_id": policy.policy_id}
        if self._execution.remove(_DELETE, values) == 0:
            raise PolicyNotFoundException
        self._execution.changed(ChangeKind.ORGANIZATION, policy.organization_id)

    def page(
        self, organization_id: OrganizationId, type_: PolicyType, after: str | None, limit: int
    ) -> list[OrganizationPolicy]:
        values = {"organization_id": organization_id, "type": type_.value, "after": after or ""}
        return [_value(row) for row in self._execution.rows(_PAGE, {**values, "limit": limit})]

    def count(self, organization_id: OrganizationId, type_: PolicyType) -> int:
        return self._execution.count(_COUNT, {"organization_id": organization_id, "type": type_.value})


def _row(policy: OrganizationPolicy) -> dict[str, Any]:
    return {
        "organization_id": policy.organization_id,
        "policy_id": policy.policy_id,
        "type": policy.type.value,
        "name": policy.name,
        "description": policy.description,
        "content": policy.content,
        "tags": tags_text(policy.tags),
    }


def _value(row: Sequence[Any]) -> OrganizationPolicy:
    organization_id, policy_id, type_, name, description, content, tags = row
    return OrganizationPolicy(
        organization_id=organization_id,
        policy_id=policy_id,
        type=PolicyType(type_),
        name=name,
        description=description,
        content=content,
        tags=tags_of(tags),
    )
