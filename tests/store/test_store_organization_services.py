"""Services that organizations let in, delegated administrators, features; and what of them is logged."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.support import store_values as values
from tests.support.store_organizations import ID, ORGANIZATION, OTHER_ID
from tests.support.store_values import ACCOUNT_ID, AT, LATER, OTHER_ACCOUNT_ID, logged, read, write

from iamd.domain.delegated_administrators import DelegatedAdministrator
from iamd.domain.ids import AccountId, OrganizationId
from iamd.domain.organizations import OrganizationsFeature
from iamd.domain.service_accesses import ServiceAccess
from iamd.errors import ConcurrentModification
from iamd.store.interface import ChangeKind, Store, Transaction

IAM, SSO = "iam.amazonaws.com", "sso.amazonaws.com"
LOGGED = [(ChangeKind.ORGANIZATION, ID)]


def access(service_principal: str = IAM, **changes: Any) -> ServiceAccess:
    given: dict[str, Any] = {"organization_id": ID, "service_principal": service_principal, "enabled_at": AT}
    return ServiceAccess(**{**given, **changes})


def administrator(
    account_id: AccountId = OTHER_ACCOUNT_ID, service_principal: str = IAM, **changes: Any
) -> DelegatedAdministrator:
    given: dict[str, Any] = {
        "organization_id": ID,
        "account_id": account_id,
        "service_principal": service_principal,
        "enabled_at": AT,
    }
    return DelegatedAdministrator(**{**given, **changes})


def adding(given: DelegatedAdministrator) -> Callable[[Transaction], bool]:
    return lambda tx: tx.delegated_administrators.add(given)


def pages(store: Store, after: str | None, limit: int) -> list[str]:
    found = read(store, lambda tx: tx.service_accesses.page(ID, after, limit))
    return [each.service_principal for each in found]


def test_services_that_are_let_in(org: Store) -> None:
    assert logged(org, lambda tx: tx.service_accesses.add(access())) == LOGGED
    assert read(org, lambda tx: tx.service_accesses.find(ID, IAM)) == access()
    assert read(org, lambda tx: tx.service_accesses.find(ID, SSO)) is None
    assert read(org, lambda tx: tx.service_accesses.find(OTHER_ID, IAM)) is None
    # What is in stays since when it came in.
    assert logged(org, lambda tx: tx.service_accesses.add(access(enabled_at=LATER))) == []
    assert read(org, lambda tx: tx.service_accesses.find(ID, IAM)) == access()
    write(org, lambda tx: tx.service_accesses.add(access(SSO)))
    write(org, lambda tx: tx.service_accesses.add(access("a.amazonaws.com", organization_id=OTHER_ID)))
    assert pages(org, None, 10) == [IAM, SSO]
    assert pages(org, None, 1) == [IAM]
    assert pages(org, IAM, 10) == [SSO]
    assert logged(org, lambda tx: tx.service_accesses.delete(access())) == LOGGED
    assert logged(org, lambda tx: tx.service_accesses.delete(access())) == []
    assert pages(org, None, 10) == [SSO]


def test_what_is_told_of_adding_and_deleting(org: Store) -> None:
    def twice(tx: Transaction) -> list[bool]:
        return [
            *(tx.service_accesses.add(access()) for _ in range(2)),
            *(tx.service_accesses.delete(access()) for _ in range(2)),
            *(tx.delegated_administrators.add(administrator()) for _ in range(2)),
            *(tx.delegated_administrators.delete(administrator()) for _ in range(2)),
        ]

    assert write(org, twice) == [True, False] * 4


def test_delegated_administrators(org: Store) -> None:
    made = [administrator(service_principal=SSO), administrator(), administrator(ACCOUNT_ID)]
    for each in made:
        assert logged(org, adding(each)) == LOGGED
    again = administrator(enabled_at=LATER)
    assert logged(org, lambda tx: tx.delegated_administrators.add(again)) == []
    write(org, lambda tx: tx.delegated_administrators.add(administrator(organization_id=OTHER_ID)))
    by_account = sorted(made, key=lambda each: (each.account_id, each.service_principal))
    assert read(org, lambda tx: tx.delegated_administrators.all(ID)) == by_account
    of_other = read(org, lambda tx: tx.delegated_administrators.of(ID, OTHER_ACCOUNT_ID))
    assert of_other == [made[1], made[0]]
    assert read(org, lambda tx: tx.delegated_administrators.of(OTHER_ID, ACCOUNT_ID)) == []
    assert logged(org, lambda tx: tx.delegated_administrators.delete(made[0])) == LOGGED
    assert logged(org, lambda tx: tx.delegated_administrators.delete(made[0])) == []
    assert read(org, lambda tx: tx.delegated_administrators.of(ID, OTHER_ACCOUNT_ID)) == [made[1]]


def test_an_account_that_is_not_there_administers_nothing(org: Store) -> None:
    with pytest.raises(ConcurrentModification):
        write(org, lambda tx: tx.delegated_administrators.add(administrator(AccountId("555555555555"))))


def test_features(org: Store) -> None:
    assert read(org, lambda tx: tx.organizations.find(ID)) == ORGANIZATION
    both = replace(ORGANIZATION, features=tuple(reversed(OrganizationsFeature)))
    assert logged(org, lambda tx: tx.organizations.put(both)) == LOGGED
    assert read(org, lambda tx: tx.organizations.find(ID)) == both


def test_all_goes_with_the_organization(org: Store) -> None:
    def fill(tx: Transaction) -> None:
        for organization_id in (ID, OTHER_ID):
            tx.service_accesses.add(access(organization_id=organization_id))
            tx.delegated_administrators.add(administrator(organization_id=organization_id))

    write(org, fill)
    write(org, lambda tx: tx.organizations.delete(ORGANIZATION))

    def left(organization_id: OrganizationId) -> list[int]:
        return read(
            org,
            lambda tx: [
                len(tx.service_accesses.page(organization_id, None, 10)),
                len(tx.delegated_administrators.all(organization_id)),
            ],
        )

    assert left(ID) == [0, 0]
    assert left(OTHER_ID) == [1, 1]


def test_a_root_user_may_have_a_login(org: Store) -> None:
    account = values.account(root_login_at=LATER)
    assert logged(org, lambda tx: tx.accounts.put(account)) == [(ChangeKind.ACCOUNT, ACCOUNT_ID)]
    assert read(org, lambda tx: tx.accounts.find(ACCOUNT_ID)) == account
    write(org, lambda tx: tx.accounts.put(replace(account, root_login_at=None)))
    assert read(org, lambda tx: tx.accounts.find(ACCOUNT_ID)) == replace(account, root_login_at=None)
