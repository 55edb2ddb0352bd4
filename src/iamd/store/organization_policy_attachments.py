"""Organization policies attached to roots, units and accounts; what changes is the organization."""

from typing import Final

from sqlalchemy import select

from iamd.domain.ids import OrganizationId
from iamd.domain.organizations import PolicyType
from iamd.store import schema
from iamd.store.execution import Execution
from iamd.store.interface import ChangeKind
from iamd.store.statements import Statement, adding, deleting, given

_TABLE: Final = schema.organization_policy_attachments
_OURS: Final = _TABLE.c.organization_id == given("organization_id")

_ADD: Final = adding(_TABLE)
_REMOVE: Final = deleting(_TABLE, "organization_id", "target_id", "policy_id")
_REMOVE_TARGET: Final = deleting(_TABLE, "organization_id", "target_id")
_REMOVE_TYPE: Final = deleting(_TABLE, "organization_id", "type")
_OF: Final = Statement(
    select(_TABLE.c.policy_id)
    .where(_OURS, _TABLE.c.target_id == given("target_id"), _TABLE.c.type == given("type"))
    .order_by(_TABLE.c.sequence)
)
_TARGETS: Final = Statement(
    select(_TABLE.c.target_id)
    .where(_OURS, _TABLE.c.policy_id == given("policy_id"))
    .order_by(_TABLE.c.sequence)
)


class OrganizationPolicyAttachments:
    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def add(self, organization_id: OrganizationId, target_id: str, type_: PolicyType, policy_id: str) -> bool:
        values = {"organization_id": organization_id, "target_id": target_id, "type": type_.value}
        return self._write(_ADD, organization_id, {**values, "policy_id": policy_id})

    def remove(self, organization_id: OrganizationId, target_id: str, policy_id: str) -> bool:
        values = {"organization_id": organization_id, "target_id": target_id, "policy_id": policy_id}
        return self._write(_REMOVE, organization_id, values)

    def remove_target(self, organization_id: OrganizationId, target_id: str) -> None:
        values = {"organization_id": organization_id, "target_id": target_id}
        self._write(_REMOVE_TARGET, organization_id, values)

    def remove_type(self, organization_id: OrganizationId, type_: PolicyType) -> None:
        values = {"organization_id": organization_id, "type": type_.value}
        self._write(_REMOVE_TYPE, organization_id, values)

    def of(self, organization_id: OrganizationId, target_id: str, type_: PolicyType) -> list[str]:
        values = {"organization_id": organization_id, "target_id": target_id, "type": type_.value}
        return [policy_id for (policy_id,) in self._execution.rows(_OF, values)]

    def targets(self, organization_id: OrganizationId, policy_id: str) -> list[str]:
        values = {"organization_id": organization_id, "policy_id": policy_id}
        return [target_id for (target_id,) in self._execution.rows(_TARGETS, values)]

    def _write(self, statement: Statement, organization_id: OrganizationId, values: dict[str, str]) -> bool:
        touched = self._execution.write(statement, values) > 0
        if touched:
            self._execution.changed(ChangeKind.ORGANIZATION, organization_id)
        return touched
