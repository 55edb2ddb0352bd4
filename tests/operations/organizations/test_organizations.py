"""CreateOrganization, DescribeOrganization, DeleteOrganization, and who is in one."""

import re
from typing import Any

import pytest
from tests.support.answers import content, refusal
from tests.support.organization import Organized, reason
from tests.support.world import ACCOUNT, Actor, World, allow

NOT_IN_USE = ("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")


def shown(id_: str, **other: Any) -> dict[str, Any]:
    return {
        "Id": id_,
        "Arn": f"arn:aws:organizations::{ACCOUNT}:organization/{id_}",
        "FeatureSet": "ALL",
        "MasterAccountArn": f"arn:aws:organizations::{ACCOUNT}:account/{id_}/{ACCOUNT}",
        "MasterAccountId": ACCOUNT,
        "AvailablePolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}],
        **other,
    }


def test_a_new_organization(root: Actor) -> None:
    organization = content(root.organizations.create_organization())["Organization"]

    assert re.fullmatch("o-[a-z0-9]{10}", organization["Id"])
    assert organization == shown(organization["Id"])
    assert content(root.organizations.describe_organization()) == {"Organization": organization}


def test_service_control_policies_must_be_enabled_and_allow_everything(root: Actor) -> None:
    """Terraform's provider, among others, enables them in each organization that it creates."""
    id_ = root.organizations.create_organization(FeatureSet="ALL")["Organization"]["Id"]
    (found,) = root.organizations.list_roots()["Roots"]

    assert re.fullmatch("r-[a-z0-9]{4}", found["Id"])
    assert found == {
        "Id": found["Id"],
        "Arn": f"arn:aws:organizations::{ACCOUNT}:root/{id_}/{found['Id']}",
        "Name": "Root",
        "PolicyTypes": [],
    }
    enabled = {"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}
    answer = root.organizations.enable_policy_type(RootId=found["Id"], PolicyType=enabled["Type"])
    assert answer["Root"]["PolicyTypes"] == [enabled]
    for target in (found["Id"], ACCOUNT):
        listed = root.organizations.list_policies_for_target(TargetId=target, Filter="SERVICE_CONTROL_POLICY")
        assert [policy["Id"] for policy in listed["Policies"]] == ["p-FullAWSAccess"]


def test_an_organization_for_billing_alone_has_no_policies(world: World) -> None:
    org = Organized.found(world, FeatureSet="CONSOLIDATED_BILLING")
    described = org.client.describe_organization()["Organization"]
    assert (described["FeatureSet"], described["AvailablePolicyTypes"]) == ("CONSOLIDATED_BILLING", [])
    assert org.client.list_roots()["Roots"][0]["PolicyTypes"] == []
    assert org.client.list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"] == []
    unavailable = "PolicyTypeNotAvailableForOrganizationException"
    policy = {"Name": "n", "Description": "", "Type": "SERVICE_CONTROL_POLICY", "Content": "{}"}
    assert refusal(org.client.create_policy, **policy)[0] == unavailable
    enabling = {"RootId": org.root_id, "PolicyType": "SERVICE_CONTROL_POLICY"}
    assert refusal(org.client.enable_policy_type, **enabling)[0] == unavailable
    account_id = org.account("alpha")
    assert reason(org.client.close_account, AccountId=account_id) == (
        "ConstraintViolationException",
        "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE",
    )


def test_an_account_is_in_one_organization_at_most(org: Organized) -> None:
    already = ("AlreadyInOrganizationException", "The AWS account is already a member of an organization.")
    assert refusal(org.client.create_organization) == already
    member = org.enter(org.account("alpha"))
    assert refusal(member.organizations.create_organization) == already


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("describe_organization", {}),
        ("delete_organization", {}),
        ("leave_organization", {}),
        ("list_accounts", {}),
        ("list_roots", {}),
        ("describe_account", {"AccountId": ACCOUNT}),
        ("create_account", {"AccountName": "a", "Email": "a@example.com"}),
        ("create_organizational_unit", {"ParentId": "r-abcd", "Name": "n"}),
        ("attach_policy", {"PolicyId": "p-FullAWSAccess", "TargetId": "r-abcd"}),
        ("list_policies", {"Filter": "SERVICE_CONTROL_POLICY"}),
        (
            "create_policy",
            {"Name": "n", "Description": "", "Type": "SERVICE_CONTROL_POLICY", "Content": "{}"},
        ),
        ("tag_resource", {"ResourceId": ACCOUNT, "Tags": [{"Key": "k", "Value": "v"}]}),
    ],
)
def test_without_an_organization_there_is_nothing_to_ask_about(
    root: Actor, operation: str, params: dict[str, Any]
) -> None:
    assert refusal(getattr(root.organizations, operation), **params) == NOT_IN_USE


def test_a_member_knows_its_organization_and_no_more(org: Organized) -> None:
    account_id = org.account("alpha")
    member = org.enter(account_id).organizations
    assert member.describe_organization()["Organization"] == shown(org.id)
    denied = ("AccessDeniedException", "You don't have permissions to access this resource.")
    assert refusal(member.list_accounts) == denied
    assert refusal(member.list_roots) == denied
    assert refusal(member.delete_organization) == denied
    assert refusal(member.create_account, AccountName="b", Email="b@example.com") == denied
    assert refusal(member.list_policies, Filter="SERVICE_CONTROL_POLICY") == denied
    # What is in the organization is the management account's, and no policy of the resource lets others in.
    code, message = refusal(member.describe_account, AccountId=account_id)
    assert code == "AccessDeniedException"
    assert message == (
        f"User: arn:aws:sts::{account_id}:assumed-role/OrganizationAccountAccessRole/session is not authorized to "
        f"perform: organizations:DescribeAccount on resource: {org.arn(f'account/{account_id}')} because no "
        "resource-based policy allows the organizations:DescribeAccount action"
    )


def test_an_organization_with_members_is_not_dissolved(org: Organized) -> None:
    unit_id = org.unit("prod")
    account_id = org.account("alpha", unit_id)
    org.attach(account_id, "policy", allow("*"))
    assert refusal(org.client.delete_organization)[0] == "OrganizationNotEmptyException"
    org.client.remove_account_from_organization(AccountId=account_id)
    assert content(org.client.delete_organization()) == {}
    assert refusal(org.client.describe_organization) == NOT_IN_USE
    # Nothing of it is left to stand in the way of the next one.
    again = org.client.create_organization()["Organization"]
    assert again == shown(again["Id"])
    assert again["Id"] != org.id


def test_whoever_leaves_is_in_none(org: Organized) -> None:
    account_id = org.account("alpha")
    member = org.enter(account_id)
    org.attach(account_id, "policy", allow("*"))
    member.organizations.leave_organization()
    assert refusal(member.organizations.describe_organization) == NOT_IN_USE
    assert [account["Id"] for account in org.client.list_accounts()["Accounts"]] == [ACCOUNT]
    missing = ("AccountNotFoundException", "You specified an account that doesn't exist.")
    assert refusal(org.client.remove_account_from_organization, AccountId=account_id) == missing
    # It may found one of its own.
    assert member.organizations.create_organization()["Organization"]["MasterAccountId"] == account_id


def test_the_management_account_does_not_leave(org: Organized) -> None:
    for operation, params in (
        (org.client.leave_organization, {}),
        (org.client.remove_account_from_organization, {"AccountId": ACCOUNT}),
    ):
        assert refusal(operation, **params)[0] == "MasterCannotLeaveOrganizationException"


def test_a_reset_forgets_organizations(org: Organized) -> None:
    org.attach(org.account("alpha"), "policy", allow("*"))
    org.world.app.reset()
    assert refusal(org.client.describe_organization) == NOT_IN_USE
