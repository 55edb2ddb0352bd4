"""Resource policies of organizations, as the archive keeps them."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.support.store_values import ACCOUNT_ID, DOCUMENT, OTHER_ACCOUNT_ID, TAGS, read, write

from iamd.domain.ids import OrganizationId, UniqueId
from iamd.domain.organization_resource_policies import OrganizationResourcePolicy
from iamd.domain.organizations import Organization
from iamd.errors.organizations import ResourcePolicyNotFoundException
from iamd.store.interface import Change, ChangeKind, Store, Transaction

ID, OTHER_ID = OrganizationId("o-aaaaaaaaaa"), OrganizationId("o-bbbbbbbbbb")
ORGANIZATION = Organization(organization_id=ID, management_account_id=ACCOUNT_ID, root_id="r-root")
OTHER = Organization(organization_id=OTHER_ID, management_account_id=OTHER_ACCOUNT_ID, root_id="r-root")
POLICY = OrganizationResourcePolicy(
    organization_id=ID,
    policy_id="rp-1",
    content=DOCUMENT,
    trusted_ids=(("arn:aws:iam::1:user/bob", UniqueId("AIDAEXAMPLE")),),
    tags=TAGS,
)


@pytest.fixture
def org(store: Store) -> Store:
    """Give a store with two organizations and nothing in them."""

    def begin(tx: Transaction) -> None:
        tx.organizations.add(ORGANIZATION)
        tx.organizations.add(OTHER)

    write(store, begin)
    return store


def logged(store: Store, job: Callable[[Transaction], object]) -> list[tuple[ChangeKind, str]]:
    """Return what *job* appends to the log of changes."""
    heard: list[Change] = []
    store.on_changes(heard.extend)
    write(store, job)
    return [(change.kind, change.id) for change in heard]


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
