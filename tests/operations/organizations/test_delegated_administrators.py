"""Delegated administrators: who they are, and what they may read."""

from datetime import timedelta
from typing import Any

import pytest
from tests.support.answers import content, refusal
from tests.support.organization import SCP, Organized, reason
from tests.support.world import ACCOUNT, Actor, Credentials, World, allow, deny, document

IAM, SSO = "iam.amazonaws.com", "sso.amazonaws.com"
NO_PERMISSION = ("AccessDeniedException", "You don't have permissions to access this resource.")
NOT_REGISTERED = (
    "AccountNotRegisteredException",
    "The account is not a registered delegated administrator for the provided service.",
)
NO_ACCOUNT = ("AccountNotFoundException", "You specified an account that doesn't exist.")


def ids(org: Organized, **asked: str) -> list[str]:
    found = org.client.list_delegated_administrators(**asked)["DelegatedAdministrators"]
    return [each["Id"] for each in found]


def test_an_account_is_registered(org: Organized) -> None:
    org.client.enable_aws_service_access(ServicePrincipal=IAM)
    account_id = org.account("alpha")
    asked = {"AccountId": account_id, "ServicePrincipal": IAM}
    assert content(org.client.register_delegated_administrator(**asked)) == {}

    account = org.client.describe_account(AccountId=account_id)["Account"]
    (told,) = org.client.list_delegated_administrators()["DelegatedAdministrators"]
    since = told.pop("DelegationEnabledDate")
    assert told == {name: value for name, value in account.items() if name != "Paths"}
    services = content(org.client.list_delegated_services_for_account(AccountId=account_id))
    assert services == {"DelegatedServices": [{"ServicePrincipal": IAM, "DelegationEnabledDate": since}]}
    assert reason(org.client.register_delegated_administrator, **asked) == (
        "AccountAlreadyRegisteredException",
        None,
    )
    assert content(org.client.deregister_delegated_administrator(**asked)) == {}
    assert ids(org) == []
    assert refusal(org.client.deregister_delegated_administrator, **asked) == NOT_REGISTERED
    assert refusal(org.client.list_delegated_services_for_account, AccountId=account_id) == NOT_REGISTERED


def test_lists_are_by_service_and_by_account(org: Organized) -> None:
    first, second = org.administrator("first", IAM), org.administrator("second", SSO)
    org.world.clock.advance(timedelta(hours=1))
    org.client.register_delegated_administrator(AccountId=first, ServicePrincipal=SSO)
    assert ids(org) == sorted([first, second])
    assert ids(org, ServicePrincipal=IAM) == [first]
    assert ids(org, ServicePrincipal=SSO) == sorted([first, second])
    assert ids(org, ServicePrincipal="none.amazonaws.com") == []
    services = org.client.list_delegated_services_for_account(AccountId=first)["DelegatedServices"]
    assert [each["ServicePrincipal"] for each in services] == [IAM, SSO]
    since = {
        each["Id"]: each["DelegationEnabledDate"]
        for each in org.client.list_delegated_administrators()["DelegatedAdministrators"]
    }
    # Of several services, since the first.
    assert since[first] == min(each["DelegationEnabledDate"] for each in services)


def test_pages(org: Organized) -> None:
    accounts = sorted(org.administrator(f"admin{number}", IAM) for number in range(3))
    for service in ("a.amazonaws.com", "b.amazonaws.com"):
        org.client.enable_aws_service_access(ServicePrincipal=service)
        org.client.register_delegated_administrator(AccountId=accounts[0], ServicePrincipal=service)

    def pages(operation: str, member: str, key: str, **asked: str) -> list[list[str]]:
        found = org.client.get_paginator(operation).paginate(**asked, PaginationConfig={"PageSize": 2})
        return [[each[key] for each in page[member]] for page in found]

    assert pages("list_delegated_administrators", "DelegatedAdministrators", "Id") == [
        accounts[:2],
        accounts[2:],
    ]
    assert pages(
        "list_delegated_services_for_account",
        "DelegatedServices",
        "ServicePrincipal",
        AccountId=accounts[0],
    ) == [["a.amazonaws.com", "b.amazonaws.com"], [IAM]]


class TestRefusals:
    def test_the_service_must_have_been_let_in(self, org: Organized) -> None:
        asked = {"AccountId": org.account("alpha"), "ServicePrincipal": IAM}
        refused = reason(org.client.register_delegated_administrator, **asked)
        assert refused == ("ConstraintViolationException", "SERVICE_ACCESS_NOT_ENABLED")

    def test_the_management_account_is_none(self, org: Organized) -> None:
        org.client.enable_aws_service_access(ServicePrincipal=IAM)
        assert reason(
            org.client.register_delegated_administrator, AccountId=ACCOUNT, ServicePrincipal=IAM
        ) == ("ConstraintViolationException", "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR")

    def test_a_closed_account_is_none(self, org: Organized) -> None:
        org.client.enable_aws_service_access(ServicePrincipal=IAM)
        account_id = org.account("alpha")
        org.client.close_account(AccountId=account_id)
        assert reason(
            org.client.register_delegated_administrator, AccountId=account_id, ServicePrincipal=IAM
        ) == (
            "ConstraintViolationException",
            "CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR",
        )

    def test_who_is_no_member_is_none(self, org: Organized) -> None:
        asked = {"AccountId": "999999999999", "ServicePrincipal": IAM}
        assert refusal(org.client.register_delegated_administrator, **asked) == NO_ACCOUNT
        assert refusal(org.client.deregister_delegated_administrator, **asked) == NO_ACCOUNT
        assert refusal(org.client.list_delegated_services_for_account, AccountId="999999999999") == NO_ACCOUNT

    def test_it_must_be_a_service(self, org: Organized) -> None:
        asked = {"AccountId": org.account("alpha"), "ServicePrincipal": "example.com"}
        expected = ("InvalidInputException", "UNRECOGNIZED_SERVICE_PRINCIPAL")
        assert reason(org.client.register_delegated_administrator, **asked) == expected
        assert reason(org.client.deregister_delegated_administrator, **asked) == expected
        assert reason(org.client.list_delegated_administrators, ServicePrincipal="x") == expected

    def test_all_features_are_needed(self, world: World) -> None:
        org = Organized.found(world, FeatureSet="CONSOLIDATED_BILLING")
        asked = {"AccountId": org.account("alpha"), "ServicePrincipal": IAM}
        refused = reason(org.client.register_delegated_administrator, **asked)
        assert refused == ("ConstraintViolationException", "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE")

    def test_it_cannot_leave_nor_be_removed(self, org: Organized) -> None:
        account_id = org.administrator("admin", IAM)
        expected = ("ConstraintViolationException", "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG")
        assert reason(org.client.remove_account_from_organization, AccountId=account_id) == expected
        assert reason(org.enter(account_id).organizations.leave_organization) == expected
        org.client.deregister_delegated_administrator(AccountId=account_id, ServicePrincipal=IAM)
        org.client.remove_account_from_organization(AccountId=account_id)


READS: dict[str, dict[str, str]] = {
    "describe_account": {"AccountId": "account"},
    "list_accounts": {},
    "list_accounts_for_parent": {"ParentId": "root"},
    "list_roots": {},
    "list_children": {"ParentId": "root", "ChildType": "=ACCOUNT"},
    "list_parents": {"ChildId": "account"},
    "list_organizational_units_for_parent": {"ParentId": "root"},
    "describe_organizational_unit": {"OrganizationalUnitId": "unit"},
    "describe_policy": {"PolicyId": "policy"},
    "list_policies": {"Filter": f"={SCP}"},
    "list_policies_for_target": {"TargetId": "unit", "Filter": f"={SCP}"},
    "list_targets_for_policy": {"PolicyId": "policy"},
    "list_tags_for_resource": {"ResourceId": "unit"},
    "list_create_account_status": {},
    "describe_create_account_status": {"CreateAccountRequestId": "request"},
    "list_aws_service_access_for_organization": {},
    "list_delegated_administrators": {},
    "list_handshakes_for_organization": {},
    "list_delegated_services_for_account": {"AccountId": "administrator"},
}
WRITES: dict[str, dict[str, str]] = {
    "create_account": {"AccountName": "=x", "Email": "=x@example.com"},
    "close_account": {"AccountId": "account"},
    "move_account": {"AccountId": "account", "SourceParentId": "root", "DestinationParentId": "unit"},
    "remove_account_from_organization": {"AccountId": "account"},
    "create_organizational_unit": {"ParentId": "root", "Name": "=n"},
    "update_organizational_unit": {"OrganizationalUnitId": "unit", "Name": "=n"},
    "delete_organizational_unit": {"OrganizationalUnitId": "unit"},
    "delete_policy": {"PolicyId": "policy"},
    "attach_policy": {"PolicyId": "policy", "TargetId": "unit"},
    "enable_policy_type": {"RootId": "root", "PolicyType": "=RESOURCE_CONTROL_POLICY"},
    "enable_aws_service_access": {"ServicePrincipal": f"={SSO}"},
    "register_delegated_administrator": {"AccountId": "account", "ServicePrincipal": f"={IAM}"},
    "deregister_delegated_administrator": {"AccountId": "administrator", "ServicePrincipal": f"={IAM}"},
    "delete_organization": {},
}


@pytest.fixture
def things(org: Organized) -> dict[str, str]:
    """Fill the organization; the names are those that `READS` and `WRITES` use."""
    made = {
        "administrator": org.administrator("admin", IAM),
        "account": org.account("alpha"),
        "unit": org.unit("prod"),
        "root": org.root_id,
        "policy": org.policy("policy", allow("*")),
    }
    request = org.client.list_create_account_status()["CreateAccountStatuses"][0]["Id"]
    return made | {"request": request}


def asked(params: dict[str, str], things: dict[str, str]) -> dict[str, Any]:
    return {name: value[1:] if value.startswith("=") else things[value] for name, value in params.items()}


def test_an_administrator_reads_all_and_changes_nothing(org: Organized, things: dict[str, str]) -> None:
    administrator = org.enter(things["administrator"]).organizations
    member = org.enter(things["account"]).organizations
    for operation, params in READS.items():
        given = asked(params, things)
        expected = content(getattr(org.client, operation)(**given))
        assert content(getattr(administrator, operation)(**given)) == expected, operation
        assert refusal(getattr(member, operation), **given)[0] == "AccessDeniedException", operation
    for operation, params in WRITES.items():
        given = asked(params, things)
        assert refusal(getattr(administrator, operation), **given) == NO_PERMISSION, operation


def test_its_own_policies_must_allow_it(org: Organized) -> None:
    admin = org.enter(org.administrator("admin", IAM))
    admin.iam.create_user(UserName="eve")
    key = admin.iam.create_access_key(UserName="eve")["AccessKey"]
    eve = Actor(org.world, Credentials.of(key)).organizations
    asked = {"ParentId": org.root_id}
    code, message = refusal(eve.list_accounts_for_parent, **asked)
    assert (code, "no identity-based policy allows" in message) == ("AccessDeniedException", True)
    org.attach(org.root_id, "none", deny("organizations:*"))
    code, message = refusal(admin.organizations.list_accounts_for_parent, **asked)
    assert (code, "service control policy" in message) == ("AccessDeniedException", True)


def test_it_holds_until_it_is_deregistered(org: Organized) -> None:
    account_id = org.administrator("admin", IAM)
    admin = org.enter(account_id).organizations
    admin.list_accounts()
    org.client.deregister_delegated_administrator(AccountId=account_id, ServicePrincipal=IAM)
    assert refusal(admin.list_accounts) == NO_PERMISSION


def test_whose_resource_it_is_stays_the_management_account(org: Organized) -> None:
    admin = org.enter(org.administrator("admin", IAM))
    admin.iam.create_user(UserName="eve")
    admin.iam.put_user_policy(
        UserName="eve",
        PolicyName="own",
        PolicyDocument=document(
            allow("organizations:*", Condition={"StringEquals": {"aws:ResourceAccount": ACCOUNT}})
        ),
    )
    key = admin.iam.create_access_key(UserName="eve")["AccessKey"]
    eve = Actor(org.world, Credentials.of(key)).organizations
    assert eve.describe_account(AccountId=ACCOUNT)["Account"]["Id"] == ACCOUNT
