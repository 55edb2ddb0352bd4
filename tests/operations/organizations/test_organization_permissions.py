"""What each operation's action is asked on, and which condition keys it has."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.support.answers import denial, refusal
from tests.support.organization import SCP, Organized
from tests.support.world import ACCOUNT, allow, document

Params = dict[str, Any]

ANYTHING = "*"
IAM, SSO = "iam.amazonaws.com", "sso.amazonaws.com"
FULL = document(allow("*"))

# By operation: the parameters, and the ARNs behind the organization's id ("*" for no resource).
ASKED: dict[str, Callable[[dict[str, str]], tuple[Params, list[str]]]] = {
    "describe_organization": lambda _: ({}, [ANYTHING]),
    "list_accounts": lambda _: ({}, [ANYTHING]),
    "list_roots": lambda _: ({}, [ANYTHING]),
    "list_create_account_status": lambda _: ({}, [ANYTHING]),
    "create_account": lambda _: ({"AccountName": "b", "Email": "b@example.com"}, [ANYTHING]),
    "list_policies": lambda _: ({"Filter": SCP}, [ANYTHING]),
    "describe_account": lambda t: ({"AccountId": t["account"]}, ["account/{account}"]),
    "close_account": lambda t: ({"AccountId": t["account"]}, ["account/{account}"]),
    "remove_account_from_organization": lambda t: ({"AccountId": t["account"]}, ["account/{account}"]),
    "list_parents": lambda t: ({"ChildId": t["account"]}, ["account/{account}"]),
    "list_children": lambda t: ({"ParentId": t["unit"], "ChildType": "ACCOUNT"}, ["ou/{unit}"]),
    "list_accounts_for_parent": lambda t: ({"ParentId": t["root"]}, ["root/{root}"]),
    "list_organizational_units_for_parent": lambda t: ({"ParentId": t["unit"]}, ["ou/{unit}"]),
    "create_organizational_unit": lambda t: ({"ParentId": t["unit"], "Name": "n"}, ["ou/{unit}"]),
    "describe_organizational_unit": lambda t: ({"OrganizationalUnitId": t["unit"]}, ["ou/{unit}"]),
    "update_organizational_unit": lambda t: ({"OrganizationalUnitId": t["unit"]}, ["ou/{unit}"]),
    "delete_organizational_unit": lambda t: ({"OrganizationalUnitId": t["unit"]}, ["ou/{unit}"]),
    "move_account": lambda t: (
        {"AccountId": t["account"], "SourceParentId": t["root"], "DestinationParentId": t["unit"]},
        ["account/{account}", "root/{root}", "ou/{unit}"],
    ),
    "create_policy": lambda _: (
        {"Name": "n", "Description": "", "Type": SCP, "Content": FULL},
        ["policy/service_control_policy/*"],
    ),
    "describe_policy": lambda t: ({"PolicyId": t["policy"]}, ["policy/service_control_policy/{policy}"]),
    "update_policy": lambda t: ({"PolicyId": t["policy"]}, ["policy/service_control_policy/{policy}"]),
    "delete_policy": lambda t: ({"PolicyId": t["policy"]}, ["policy/service_control_policy/{policy}"]),
    "list_targets_for_policy": lambda t: (
        {"PolicyId": t["policy"]},
        ["policy/service_control_policy/{policy}"],
    ),
    "list_policies_for_target": lambda t: ({"TargetId": t["unit"], "Filter": SCP}, ["ou/{unit}"]),
    "attach_policy": lambda t: (
        {"PolicyId": t["policy"], "TargetId": t["unit"]},
        ["policy/service_control_policy/{policy}", "ou/{unit}"],
    ),
    "enable_policy_type": lambda t: (
        {"RootId": t["root"], "PolicyType": "RESOURCE_CONTROL_POLICY"},
        ["root/{root}"],
    ),
    "disable_policy_type": lambda t: ({"RootId": t["root"], "PolicyType": SCP}, ["root/{root}"]),
    "tag_resource": lambda t: (
        {"ResourceId": t["unit"], "Tags": [{"Key": "k", "Value": "v"}]},
        ["ou/{unit}"],
    ),
    "untag_resource": lambda t: ({"ResourceId": t["root"], "TagKeys": ["k"]}, ["root/{root}"]),
    "enable_aws_service_access": lambda _: ({"ServicePrincipal": SSO}, [ANYTHING]),
    "disable_aws_service_access": lambda _: ({"ServicePrincipal": SSO}, [ANYTHING]),
    "list_aws_service_access_for_organization": lambda _: ({}, [ANYTHING]),
    "register_delegated_administrator": lambda t: (
        {"AccountId": t["account"], "ServicePrincipal": IAM},
        ["account/{account}"],
    ),
    "deregister_delegated_administrator": lambda t: (
        {"AccountId": t["administrator"], "ServicePrincipal": IAM},
        ["account/{administrator}"],
    ),
    "invite_account_to_organization": lambda _: (
        {"Target": {"Type": "EMAIL", "Id": "new@example.com"}},
        [ANYTHING],
    ),
    "list_handshakes_for_account": lambda _: ({}, [ANYTHING]),
    "list_handshakes_for_organization": lambda _: ({}, [ANYTHING]),
    "describe_handshake": lambda t: ({"HandshakeId": t["handshake"]}, ["handshake/invite/{handshake}"]),
    "cancel_handshake": lambda t: ({"HandshakeId": t["handshake"]}, ["handshake/invite/{handshake}"]),
    "list_delegated_administrators": lambda _: ({}, [ANYTHING]),
    "list_delegated_services_for_account": lambda t: (
        {"AccountId": t["administrator"]},
        ["account/{administrator}"],
    ),
    "put_resource_policy": lambda t: (
        {"Content": document(allow("organizations:List*", Principal={"AWS": t["account"]}))},
        ["resourcepolicy/rp-*"],
    ),
    "delete_resource_policy": lambda _: ({}, [ANYTHING]),
    "describe_resource_policy": lambda _: ({}, [ANYTHING]),
    "list_tags_for_resource": lambda t: ({"ResourceId": t["account"]}, ["account/{account}"]),
}


def action_of(operation: str) -> str:
    name = "".join(part.capitalize() for part in operation.split("_"))
    return "organizations:" + name.replace("Aws", "AWS")


@pytest.mark.parametrize("operation", ASKED)
def test_an_operation_needs_its_action_on_each_of_its_resources(org: Organized, operation: str) -> None:
    # semantics 20
    things = {
        "account": org.account("alpha"),
        "administrator": org.administrator("admin", IAM),
        "handshake": org.client.invite_account_to_organization(
            Target={"Type": "EMAIL", "Id": "somebody@example.com"}
        )["Handshake"]["Id"],
        "unit": org.unit("prod"),
        "root": org.root_id,
        "policy": org.policy("policy", allow("*")),
    }
    if operation in {"delete_resource_policy", "describe_resource_policy"}:
        letting = allow("organizations:List*", Principal={"AWS": things["account"]})
        org.client.put_resource_policy(Content=document(letting))
    params, resources = ASKED[operation](things)
    action = action_of(operation)
    arns = [each if each == ANYTHING else org.arn(each.format(**things)) for each in resources]
    for number, arn in enumerate(arns):
        others = [each for each in arns if each != arn]
        statements = [{"Effect": "Allow", "NotAction": action, "Resource": "*"}]
        statements += [allow(action, others)] if others else []
        outsider = org.world.user(f"outsider{number}", *statements)
        _, denied = denial(f"arn:aws:iam::{ACCOUNT}:user/outsider{number}", action, arn)
        refused = refusal(getattr(outsider.organizations, operation), **params)
        assert refused == ("AccessDeniedException", denied)
    insider = org.world.user("insider", allow(action, arns))
    getattr(insider.organizations, operation)(**params)


def test_what_aws_manages_is_under_aws_s_own_arn(org: Organized) -> None:
    arn = "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess"
    insider = org.world.user("insider", allow("organizations:DescribePolicy", arn))
    assert (
        insider.organizations.describe_policy(PolicyId="p-FullAWSAccess")["Policy"]["PolicySummary"]["Arn"]
        == arn
    )


def test_the_type_of_a_policy_is_a_condition_key(org: Organized) -> None:
    scp = org.policy("scp", allow("*"))
    rcp = org.policy(
        "rcp",
        {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"},
        type_="RESOURCE_CONTROL_POLICY",
    )
    only_scps = org.world.user(
        "only-scps",
        allow("organizations:*", Condition={"StringEquals": {"organizations:PolicyType": SCP}}),
    ).organizations
    only_scps.describe_policy(PolicyId=scp)
    only_scps.list_policies(Filter=SCP)
    assert refusal(only_scps.describe_policy, PolicyId=rcp)[0] == "AccessDeniedException"
    assert refusal(only_scps.list_policies, Filter="RESOURCE_CONTROL_POLICY")[0] == "AccessDeniedException"
    making = {"Name": "n", "Description": "", "Content": FULL}
    only_scps.create_policy(**making, Type=SCP)
    assert refusal(only_scps.create_policy, **making, Type="TAG_POLICY")[0] == "AccessDeniedException"


def test_tags_are_condition_keys(org: Organized) -> None:
    red = org.unit("red", Tags=[{"Key": "team", "Value": "red"}])
    blue = org.unit("blue", Tags=[{"Key": "team", "Value": "blue"}])
    one = org.world.user(
        "one", allow("organizations:*", Condition={"StringEquals": {"aws:ResourceTag/team": "red"}})
    ).organizations
    one.describe_organizational_unit(OrganizationalUnitId=red)
    refused = refusal(one.describe_organizational_unit, OrganizationalUnitId=blue)
    assert refused[0] == "AccessDeniedException"


def test_what_does_not_exist_is_denied_alike(org: Organized) -> None:
    """R-28: whoever may not ask learns nothing about what there is."""
    bare = org.world.user("bare").organizations
    unit_id = org.unit("prod")
    there = refusal(bare.describe_organizational_unit, OrganizationalUnitId=unit_id)
    missing = "ou-abcd-00000000"
    absent = refusal(bare.describe_organizational_unit, OrganizationalUnitId=missing)
    assert there[0] == absent[0] == "AccessDeniedException"
    assert there[1].replace(unit_id, "…") == absent[1].replace(missing, "…")
