"""Resource policies of organizations; what is allowed by one is looked up in the transaction that asks."""

from typing import Any, Final

from sqlalchemy import select

from iamd.domain.ids import OrganizationId
from iamd.domain.organization_resource_policies import OrganizationResourcePolicy
from iamd.errors.organizations import ResourcePolicyNotFoundException
from iamd.store import schema
from iamd.store.execution import Execution
from iamd.store.interface import ChangeKind
from iamd.store.statements import Statement, deleting, given, putting
from iamd.store.values import tags_of, tags_text, trusted_ids_of, trusted_ids_text

_TABLE: Final = schema.organization_resource_policies

_PUT: Final = putting(_TABLE)
_DELETE: Final = deleting(_TABLE, "organization_id")
_FIND: Final = Statement(select(*_TABLE.c).where(_TABLE.c.organization_id == given("organization_id")))


class OrganizationResourcePolicies:
    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def find(self, organization_id: OrganizationId) -> OrganizationResourcePolicy | None:
        row = self._execution.row(_FIND, {"organization_id": organization_id})
        if row is None:
            return None
        _, policy_id, content, trusted_ids, tags = row
        return OrganizationResourcePolicy(
            organization_id=organization_id,
            policy_id=policy_id,
            content=content,
            trusted_ids=trusted_ids_of(trusted_ids),
            tags=tags_of(tags),
        )

    def put(self, policy: OrganizationResourcePolicy) -> None:
        row: dict[str, Any] = {
            "organization_id": policy.organization_id,
            "policy_id": policy.policy_id,
            "content": policy.content,
            "trusted_ids": trusted_ids_text(policy.trusted_ids),
            "tags": tags_text(policy.tags),
        }
        self._execution.write(_PUT, row)
        self._execution.changed(ChangeKind.ORGANIZATION, policy.organization_id)

    def delete(self, policy: OrganizationResourcePolicy) -> None:
        if self._execution.write(_DELETE, {"organization_id": policy.organization_id}) == 0:
            raise ResourcePolicyNotFoundException
        self._execution.changed(ChangeKind.ORGANIZATION, policy.organization_id)
