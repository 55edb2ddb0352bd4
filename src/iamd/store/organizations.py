"""Organizations, each with its root."""

import json
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import select

from iamd.domain.ids import OrganizationId
from iamd.domain.organizations import FeatureSet, Organization, OrganizationsFeature, PolicyType
from iamd.errors.organizations import AlreadyInOrganizationException, AWSOrganizationsNotInUseException
from iamd.store import schema
from iamd.store.execution import Execution
from iamd.store.interface import ChangeKind
from iamd.store.statements import Statement, adding, deleting, given, replacing
from iamd.store.values import tags_of, tags_text

_TABLE: Final = schema.organizations
_COLUMNS: Final = tuple(_TABLE.c)

_ADD: Final = adding(_TABLE)
_PUT: Final = replacing(_TABLE, "organization_id")
_FIND: Final = Statement(select(*_COLUMNS).where(_TABLE.c.organization_id == given("organization_id")))
# What refers goes before what it refers to.
_DELETE: Final = tuple(
    deleting(table, "organization_id")
    for table in (
        schema.organization_policy_attachments,
        schema.organization_policies,
        schema.organizational_units,
        schema.account_creations,
        schema.delegated_administrators,
        schema.service_accesses,
        schema.handshakes,
        schema.organization_resource_policies,
        _TABLE,
    )
)


class Organizations:
    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def add(self, organization: Organization) -> None:
        if self._execution.write(_ADD, _row(organization)) == 0:
            raise AlreadyInOrganizationException
        self._execution.changed(ChangeKind.ORGANIZATION, organization.organization_id)

    def find(self, organization_id: OrganizationId) -> Organization | None:
        row = self._execution.row(_FIND, {"organization_id": organization_id})
        return None if row is None else _value(row)

    def put(self, organization: Organization) -> None:
        if self._execution.write(_PUT, _row(organization)) == 0:
            raise AWSOrganizationsNotInUseException
        self._execution.changed(ChangeKind.ORGANIZATION, organization.organization_id)

    def delete(self, organization: Organization) -> None:
        for statement in _DELETE:
            self._execution.remove(statement, {"organization_id": organization.organization_id})
        self._execution.changed(ChangeKind.ORGANIZATION, organization.organization_id)


def _row(organization: Organization) -> dict[str, Any]:
    return {
        "organization_id": organization.organization_id,
        "management_account_id": organization.management_account_id,
        "root_id": organization.root_id,
        "feature_set": organization.feature_set.value,
        "policy_types": json.dumps(organization.policy_types),
        "root_tags": tags_text(organization.root_tags),
        "features": json.dumps(organization.features),
    }


def _value(row: Sequence[Any]) -> Organization:
    organization_id, management_account_id, root_id, feature_set, policy_types, root_tags, features = row
    return Organization(
        organization_id=organization_id,
        management_account_id=management_account_id,
        root_id=root_id,
        feature_set=FeatureSet(feature_set),
        policy_types=tuple(map(PolicyType, json.loads(policy_types))),
        root_tags=tags_of(root_tags),
        features=tuple(map(OrganizationsFeature, json.loads(features))),
    )
