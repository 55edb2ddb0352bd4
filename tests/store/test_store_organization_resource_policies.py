"""Resource policies of organizations, as the archive keeps them."""

from dataclasses import replace

import pytest
from tests.support.store_organizations import ID, ORGANIZATION, OTHER_ID
from tests.support.store_values import DOCUMENT, TAGS, logged, read, write

from iamd.domain.ids import UniqueId
from iamd.domain.organization_resource_policies import OrganizationResourcePolicy
from iamd.errors.organizations import ResourcePolicyNotFoundException
from iamd.store.interface import ChangeKind, Store

POLICY = OrganizationResourcePolicy(
    organization_id=ID,
    policy_id="rp-1",
    content=DOCUMENT,
    trusted_ids=(("arn:aws:iam::1:user/bob", UniqueId("AIDAEXAMPLE")),),
    tags=TAGS,
)


def test_an_organization_has_one_at_most(org: Store) -> None:
    assert read(org, lambda tx: tx.organization_resource_policies.find(ID)) is None
    logs = [(ChangeKind.ORGANIZATION, ID)]
    assert logged(org, lambda tx: tx.organization_resource_policies.put(POLICY)) == logs
    assert read(org, lambda tx: tx.organization_resource_policies.find(ID)) == POLICY
    assert read(org, lambda tx: tx.organization_resource_policies.find(OTHER_ID)) is None
    changed = replace(POLICY, content="{}", trusted_ids=(), tags=())
    assert logged(org, lambda tx: tx.organization_resource_policies.put(changed)) == logs
    assert read(org, lambda tx: tx.organization_resource_policies.find(ID)) == changed
    assert logged(org, lambda tx: tx.organization_resource_policies.delete(changed)) == logs
    assert read(org, lambda tx: tx.organization_resource_policies.find(ID)) is None
    with pytest.raises(ResourcePolicyNotFoundException):
        write(org, lambda tx: tx.organization_resource_policies.delete(changed))


def test_it_goes_with_the_organization(org: Store) -> None:
    write(org, lambda tx: tx.organization_resource_policies.put(POLICY))
    write(org, lambda tx: tx.organization_resource_policies.put(replace(POLICY, organization_id=OTHER_ID)))
    write(org, lambda tx: tx.organizations.delete(ORGANIZATION))
    assert read(org, lambda tx: tx.organization_resource_policies.find(ID)) is None
    assert read(org, lambda tx: tx.organization_resource_policies.find(OTHER_ID)) is not None
