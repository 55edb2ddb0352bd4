"""Organizations, members, units, policies, attachments, requests for accounts; and what of them is logged."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.support import store_values as values
from tests.support.store_organizations import ID, ORGANIZATION, OTHER, OTHER_ID, RCP, ROOT, SCP
from tests.support.store_values import ACCOUNT_ID, AT, LATER, OTHER_ACCOUNT_ID, TAGS, logged, read, write

from iamd.domain.account_creations import AccountCreation, CreationState
from iamd.domain.accounts import AccountStatus
from iamd.domain.ids import AccountId, OrganizationId
from iamd.domain.organization_members import JoinedMethod, OrganizationMember
from iamd.domain.organization_policies import OrganizationPolicy
from iamd.domain.organizational_units import OrganizationalUnit
from iamd.domain.organizations import FeatureSet, PolicyType
from iamd.errors import DeleteConflict, EntityAlreadyExists
from iamd.errors.organizations import (
    AccountNotFoundException,
    AlreadyInOrganizationException,
    AWSOrganizationsNotInUseException,
    DuplicateOrganizationalUnitException,
    DuplicatePolicyException,
    OrganizationalUnitNotFoundException,
    PolicyNotFoundException,
)
from iamd.store.interface import ChangeKind, Store, Transaction


def member(account_id: AccountId = ACCOUNT_ID, **changes: Any) -> OrganizationMember:
    given: dict[str, Any] = {
        "account_id": account_id,
        "organization_id": ID,
        "parent_id": ROOT,
        "joined_method": JoinedMethod.CREATED,
        "joined_at": AT,
        "tags": TAGS,
    }
    return OrganizationMember(**{**given, **changes})


def unit(unit_id: str, **changes: Any) -> OrganizationalUnit:
    given = {"organization_id": ID, "unit_id": unit_id, "parent_id": ROOT, "name": unit_id, "tags": TAGS}
    return OrganizationalUnit(**{**given, **changes})


def policy(policy_id: str, **changes: Any) -> OrganizationPolicy:
    given: dict[str, Any] = {
        "organization_id": ID,
        "policy_id": policy_id,
        "type": SCP,
        "name": policy_id,
        "description": "☃",
        "content": values.DOCUMENT,
        "tags": TAGS,
    }
    return OrganizationPolicy(**{**given, **changes})


def each(*jobs: Callable[[Transaction], object]) -> Callable[[Transaction], None]:
    """Return one job that does all of these."""

    def job(tx: Transaction) -> None:
        for one in jobs:
            one(tx)

    return job


# Organizations


def test_organizations(org: Store) -> None:
    assert read(org, lambda tx: tx.organizations.find(ID)) == ORGANIZATION
    assert read(org, lambda tx: tx.organizations.find(OrganizationId("o-none"))) is None
    changed = replace(
        ORGANIZATION, policy_types=(), root_tags=(), feature_set=FeatureSet.CONSOLIDATED_BILLING
    )
    assert logged(org, lambda tx: tx.organizations.put(changed)) == [(ChangeKind.ORGANIZATION, ID)]
    assert read(org, lambda tx: tx.organizations.find(ID)) == changed
    assert read(org, lambda tx: tx.organizations.find(OTHER_ID)) == OTHER


def test_an_account_manages_one_organization(org: Store) -> None:
    again = replace(ORGANIZATION, organization_id=OrganizationId("o-cccccccccc"))
    with pytest.raises(AlreadyInOrganizationException):
        write(org, lambda tx: tx.organizations.add(again))


def test_an_organization_goes_with_all_that_is_in_it_but_members(org: Store) -> None:
    def fill(tx: Transaction) -> None:
        for organization_id in (ID, OTHER_ID):
            tx.organizational_units.add(unit("ou-1", organization_id=organization_id))
            tx.organization_policies.add(policy("p-1", organization_id=organization_id))
            tx.organization_policy_attachments.add(organization_id, ROOT, SCP, "p-1")
            tx.account_creations.add(creation("car-1", organization_id=organization_id))
        tx.organization_members.add(member())

    write(org, fill)
    with pytest.raises(DeleteConflict):
        write(org, lambda tx: tx.organizations.delete(ORGANIZATION))
    write(org, lambda tx: tx.organization_members.delete(member()))
    assert logged(org, lambda tx: tx.organizations.delete(ORGANIZATION)) == [(ChangeKind.ORGANIZATION, ID)]

    def left(organization_id: OrganizationId) -> list[bool]:
        return read(
            org,
            lambda tx: [
                tx.organizations.find(organization_id) is not None,
                tx.organizational_units.find(organization_id, "ou-1") is not None,
                tx.organization_policies.find(organization_id, "p-1") is not None,
                tx.organization_policy_attachments.targets(organization_id, "p-1") == [ROOT],
                tx.account_creations.find(organization_id, "car-1") is not None,
            ],
        )

    assert left(ID) == [False] * 5
    assert left(OTHER_ID) == [True] * 5
    with pytest.raises(AWSOrganizationsNotInUseException):
        write(org, lambda tx: tx.organizations.put(ORGANIZATION))


# Members


def test_members(org: Store) -> None:
    made = member()
    assert logged(org, lambda tx: tx.organization_members.add(made)) == [(ChangeKind.ACCOUNT, ACCOUNT_ID)]
    assert read(org, lambda tx: tx.organization_members.find(ACCOUNT_ID)) == made
    assert read(org, lambda tx: tx.organization_members.find(OTHER_ACCOUNT_ID)) is None
    moved = replace(made, parent_id="ou-1", tags=())
    assert logged(org, lambda tx: tx.organization_members.put(moved)) == [(ChangeKind.ACCOUNT, ACCOUNT_ID)]
    assert read(org, lambda tx: tx.organization_members.find(ACCOUNT_ID)) == moved
    assert logged(org, lambda tx: tx.organization_members.delete(moved)) == [(ChangeKind.ACCOUNT, ACCOUNT_ID)]
    assert read(org, lambda tx: tx.organization_members.find(ACCOUNT_ID)) is None
    for gone in (
        lambda tx: tx.organization_members.put(made),
        lambda tx: tx.organization_members.delete(made),
    ):
        with pytest.raises(AccountNotFoundException):
            write(org, gone)


def test_an_account_is_in_one_organization_at_most(org: Store) -> None:
    write(org, lambda tx: tx.organization_members.add(member()))
    with pytest.raises(AlreadyInOrganizationException):
        write(org, lambda tx: tx.organization_members.add(member(organization_id=OTHER_ID)))
    # Nor does another organization move or remove it.
    with pytest.raises(AccountNotFoundException):
        write(org, lambda tx: tx.organization_members.put(member(organization_id=OTHER_ID)))
    with pytest.raises(AccountNotFoundException):
        write(org, lambda tx: tx.organization_members.delete(member(organization_id=OTHER_ID)))


def test_pages_of_members(org: Store) -> None:
    third = AccountId("555555555555")

    def fill(tx: Transaction) -> None:
        tx.accounts.add(values.account(third))
        tx.organization_members.add(member(third, parent_id="ou-1"))
        tx.organization_members.add(member(OTHER_ACCOUNT_ID))
        tx.organization_members.add(member(ACCOUNT_ID))

    write(org, fill)

    def page(after: str | None, limit: int) -> list[str]:
        found = read(org, lambda tx: tx.organization_members.page(ID, after, limit))
        return [each.account_id for each in found]

    assert page(None, 10) == [ACCOUNT_ID, third, OTHER_ACCOUNT_ID]
    assert page(None, 2) == [ACCOUNT_ID, third]
    assert page(third, 2) == [OTHER_ACCOUNT_ID]
    assert read(org, lambda tx: tx.organization_members.page(OTHER_ID, None, 10)) == []
    children = read(org, lambda tx: tx.organization_members.children(ID, ROOT, ACCOUNT_ID, 10))
    assert [each.account_id for each in children] == [OTHER_ACCOUNT_ID]
    assert read(org, lambda tx: tx.organization_members.children(OTHER_ID, ROOT, None, 10)) == []
    assert read(
        org, lambda tx: (tx.organization_members.count(ID), tx.organization_members.count(OTHER_ID))
    ) == (
        3,
        0,
    )


# Units


def test_units(org: Store) -> None:
    first, second = unit("ou-1"), unit("ou-2", parent_id="ou-1", name="ou-1", tags=())
    # Alone they change no decision.
    assert (
        logged(
            org,
            each(
                lambda tx: tx.organizational_units.add(first), lambda tx: tx.organizational_units.add(second)
            ),
        )
        == []
    )
    assert read(org, lambda tx: tx.organizational_units.find(ID, "ou-1")) == first
    assert read(org, lambda tx: tx.organizational_units.find(OTHER_ID, "ou-1")) is None
    assert read(org, lambda tx: tx.organizational_units.find_by_name(ID, "ou-1", "ou-1")) == second
    assert read(org, lambda tx: tx.organizational_units.find_by_name(ID, ROOT, "OU-1")) is None
    with pytest.raises(DuplicateOrganizationalUnitException):
        write(org, lambda tx: tx.organizational_units.add(unit("ou-3", name="ou-1")))
    write(org, lambda tx: tx.organizational_units.add(unit("ou-3")))
    with pytest.raises(DuplicateOrganizationalUnitException):
        write(org, lambda tx: tx.organizational_units.put(unit("ou-3", name="ou-1")))
    renamed = unit("ou-3", name="new")
    write(org, lambda tx: tx.organizational_units.put(renamed))
    assert read(org, lambda tx: tx.organizational_units.page(ID, None, 10)) == [first, second, renamed]
    assert read(org, lambda tx: tx.organizational_units.page(ID, "ou-1", 1)) == [second]
    assert read(org, lambda tx: tx.organizational_units.children(ID, ROOT, None, 10)) == [first, renamed]
    assert read(org, lambda tx: tx.organizational_units.children(ID, ROOT, "ou-1", 10)) == [renamed]
    assert read(org, lambda tx: tx.organizational_units.count(ID)) == 3
    write(org, lambda tx: tx.organizational_units.delete(renamed))
    for gone in (
        lambda tx: tx.organizational_units.put(renamed),
        lambda tx: tx.organizational_units.delete(renamed),
    ):
        with pytest.raises(OrganizationalUnitNotFoundException):
            write(org, gone)


# Policies


def test_policies(org: Store) -> None:
    first, second = policy("p-1"), policy("p-2", type=RCP, name="p-1", tags=())
    write(
        org,
        each(lambda tx: tx.organization_policies.add(first), lambda tx: tx.organization_policies.add(second)),
    )
    assert read(org, lambda tx: tx.organization_policies.find(ID, "p-1")) == first
    assert read(org, lambda tx: tx.organization_policies.find(OTHER_ID, "p-1")) is None
    assert read(org, lambda tx: tx.organization_policies.find_by_name(ID, RCP, "p-1")) == second
    with pytest.raises(DuplicatePolicyException):
        write(org, lambda tx: tx.organization_policies.add(policy("p-3", name="p-1")))
    write(org, lambda tx: tx.organization_policies.add(policy("p-3")))
    with pytest.raises(DuplicatePolicyException):
        write(org, lambda tx: tx.organization_policies.put(policy("p-3", name="p-1")))
    changed = replace(first, content="{}", description="")
    assert logged(org, lambda tx: tx.organization_policies.put(changed)) == [(ChangeKind.ORGANIZATION, ID)]
    assert read(org, lambda tx: tx.organization_policies.page(ID, SCP, None, 10)) == [changed, policy("p-3")]
    assert read(org, lambda tx: tx.organization_policies.page(ID, SCP, "p-1", 10)) == [policy("p-3")]
    assert read(org, lambda tx: tx.organization_policies.page(ID, RCP, None, 10)) == [second]
    assert read(org, lambda tx: tx.organization_policies.count(ID, SCP)) == 2
    assert logged(org, lambda tx: tx.organization_policies.delete(changed)) == [(ChangeKind.ORGANIZATION, ID)]
    for gone in (
        lambda tx: tx.organization_policies.put(first),
        lambda tx: tx.organization_policies.delete(first),
    ):
        with pytest.raises(PolicyNotFoundException):
            write(org, gone)


def test_attachments(org: Store) -> None:
    changed = [(ChangeKind.ORGANIZATION, ID)]

    def attach(target: str, type_: PolicyType, policy_id: str) -> bool:
        return write(org, lambda tx: tx.organization_policy_attachments.add(ID, target, type_, policy_id))

    def of(target: str, type_: PolicyType = SCP) -> list[str]:
        return read(org, lambda tx: tx.organization_policy_attachments.of(ID, target, type_))

    def targets(policy_id: str, organization_id: OrganizationId = ID) -> list[str]:
        return read(org, lambda tx: tx.organization_policy_attachments.targets(organization_id, policy_id))

    # In the order in which they were attached, and not of ids.
    assert [attach(ROOT, SCP, "p-2"), attach(ROOT, SCP, "p-1"), attach("ou-1", SCP, "p-2")] == [True] * 3
    assert attach(ROOT, RCP, "p-3")
    assert logged(org, lambda tx: tx.organization_policy_attachments.add(ID, ROOT, SCP, "p-1")) == []
    assert (of(ROOT), of(ROOT, RCP), of("ou-1"), of("ou-2")) == (["p-2", "p-1"], ["p-3"], ["p-2"], [])
    assert (targets("p-2"), targets("p-2", OTHER_ID)) == ([ROOT, "ou-1"], [])
    assert logged(org, lambda tx: tx.organization_policy_attachments.add(ID, "ou-2", SCP, "p-1")) == changed
    assert logged(org, lambda tx: tx.organization_policy_attachments.remove(ID, ROOT, "p-1")) == changed
    assert not write(org, lambda tx: tx.organization_policy_attachments.remove(ID, ROOT, "p-1"))
    assert not write(org, lambda tx: tx.organization_policy_attachments.remove(OTHER_ID, ROOT, "p-2"))
    assert of(ROOT) == ["p-2"]
    assert logged(org, lambda tx: tx.organization_policy_attachments.remove_target(ID, "ou-2")) == changed
    assert of("ou-2") == []
    assert logged(org, lambda tx: tx.organization_policy_attachments.remove_type(ID, SCP)) == changed
    assert (of(ROOT), of("ou-1"), of(ROOT, RCP)) == ([], [], ["p-3"])


# Accounts and requests for them


def creation(request_id: str, **changes: Any) -> AccountCreation:
    given: dict[str, Any] = {
        "organization_id": ID,
        "request_id": request_id,
        "account_name": "Größe",
        "state": CreationState.SUCCEEDED,
        "requested_at": AT,
        "completed_at": LATER,
        "account_id": ACCOUNT_ID,
    }
    return AccountCreation(**{**given, **changes})


def test_requests_for_accounts(org: Store) -> None:
    first = creation("car-1")
    failed = creation(
        "car-0",
        state=CreationState.FAILED,
        account_id=None,
        failure_reason="INVALID_EMAIL",
        completed_at=None,
    )
    assert (
        logged(
            org, each(lambda tx: tx.account_creations.add(first), lambda tx: tx.account_creations.add(failed))
        )
        == []
    )
    assert read(org, lambda tx: tx.account_creations.find(ID, "car-1")) == first
    assert read(org, lambda tx: tx.account_creations.find(ID, "car-0")) == failed
    assert read(org, lambda tx: tx.account_creations.find(OTHER_ID, "car-1")) is None
    every = list(CreationState)
    assert read(org, lambda tx: tx.account_creations.all(ID, every)) == [failed, first]
    assert read(org, lambda tx: tx.account_creations.all(ID, [CreationState.SUCCEEDED])) == [first]
    assert read(org, lambda tx: tx.account_creations.all(OTHER_ID, every)) == []
    with pytest.raises(EntityAlreadyExists):
        write(org, lambda tx: tx.account_creations.add(first))


def test_accounts_have_owners_and_states(store: Store) -> None:
    made = values.account(AccountId("000000000001"), email="a@example.com", status=AccountStatus.CLOSED)
    write(store, lambda tx: tx.accounts.add(made))
    assert read(store, lambda tx: tx.accounts.find(made.account_id)) == made
    assert read(store, lambda tx: tx.accounts.find_by_email("a@example.com")) == made
    assert read(store, lambda tx: tx.accounts.find_by_email("b@example.com")) is None
    opened = replace(made, status=AccountStatus.ACTIVE, email=None)
    assert logged(store, lambda tx: tx.accounts.put(opened)) == [(ChangeKind.ACCOUNT, made.account_id)]
    assert read(store, lambda tx: tx.accounts.find(made.account_id)) == opened
