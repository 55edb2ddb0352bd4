"""Organization policies: what they may say, and what they are attached to."""

import json
import re
from typing import Any

import pytest
from tests.support.answers import content, refusal
from tests.support.organization import RCP, SCP, Organized, reason
from tests.support.world import ACCOUNT, allow, deny, document

from iamd.domain import organization_limits as limits
from iamd.domain.organization_policies import OrganizationPolicy
from iamd.domain.organizations import PolicyType
from iamd.store.interface import Transaction

NO_POLICY = ("PolicyNotFoundException", "You specified a policy that doesn't exist.")
MALFORMED = (
    "MalformedPolicyDocumentException",
    "The provided policy document does not meet the requirements of the specified policy type.",
)
FULL = document(allow("*"))


def make(org: Organized, **other: Any) -> dict[str, Any]:
    params = {"Name": "policy", "Description": "for tests", "Type": SCP, "Content": FULL} | other
    answer: dict[str, Any] = content(org.client.create_policy(**params))
    return answer


def attached(org: Organized, target: str, type_: str = SCP) -> list[str]:
    listed = org.client.list_policies_for_target(TargetId=target, Filter=type_)["Policies"]
    return [policy["Id"] for policy in listed]


def enable_rcps(org: Organized) -> None:
    org.client.enable_policy_type(RootId=org.root_id, PolicyType=RCP)


# Policies


def test_a_new_policy(org: Organized) -> None:
    text = ' {"Version":"2012-10-17",  "Statement": {"Effect":"Allow","Action":"*","Resource":"*"}}\n'
    made = make(org, Content=text)
    summary = made["Policy"]["PolicySummary"]
    assert re.fullmatch("p-[a-z0-9]{8}", summary["Id"])
    assert made == {
        "Policy": {
            "PolicySummary": {
                "Id": summary["Id"],
                "Arn": org.arn(f"policy/service_control_policy/{summary['Id']}"),
                "Name": "policy",
                "Description": "for tests",
                "Type": SCP,
                "AwsManaged": False,
            },
            # As it was sent, to the last blank.
            "Content": text,
        }
    }
    assert content(org.client.describe_policy(PolicyId=summary["Id"])) == made


@pytest.mark.parametrize(
    ("type_", "id_", "name", "statement"),
    [
        (SCP, "p-FullAWSAccess", "FullAWSAccess", allow("*")),
        (RCP, "p-RCPFullAWSAccess", "RCPFullAWSAccess", allow("*", Principal="*")),
    ],
)
def test_a_policy_that_aws_manages(
    org: Organized, type_: str, id_: str, name: str, statement: dict[str, Any]
) -> None:
    policy = org.client.describe_policy(PolicyId=id_)["Policy"]
    assert json.loads(policy["Content"])["Statement"] == [statement]
    arn = f"arn:aws:organizations::aws:policy/{type_.lower()}/{id_}"
    summary = policy["PolicySummary"]
    assert (summary["Arn"], summary["Name"], summary["AwsManaged"]) == (arn, name, True)
    immutable = ("InvalidInputException", "IMMUTABLE_POLICY")
    assert reason(org.client.update_policy, PolicyId=id_, Name="mine") == immutable
    assert reason(org.client.delete_policy, PolicyId=id_) == immutable
    named_alike = {
        "Name": name,
        "Description": "",
        "Type": type_,
        "Content": document(deny("*", Principal="*")),
    }
    if type_ == SCP:
        named_alike["Content"] = FULL
    assert refusal(org.client.create_policy, **named_alike)[0] == "DuplicatePolicyException"


def test_policies_are_listed_by_type(org: Organized) -> None:
    policies = [make(org, Name=str(number))["Policy"]["PolicySummary"] for number in range(3)]
    rcp = make(org, Type=RCP, Content=document(deny("sts:*", Principal="*")))["Policy"]["PolicySummary"]
    listed = org.client.list_policies(Filter=SCP)["Policies"]
    assert listed[0]["Id"] == "p-FullAWSAccess"
    assert listed[1:] == sorted(policies, key=lambda policy: str(policy["Id"]))
    assert org.client.list_policies(Filter=RCP)["Policies"][1:] == [rcp]
    paginator = org.client.get_paginator("list_policies")
    pages = list(paginator.paginate(Filter=SCP, PaginationConfig={"PageSize": 3}))
    assert [policy for page in pages for policy in page["Policies"]] == listed
    assert [len(page["Policies"]) for page in pages] == [3, 1]


def test_types_that_bear_on_no_decision_are_not_built_and_not_pretended(org: Organized) -> None:
    params = {"Name": "n", "Description": "", "Type": "TAG_POLICY", "Content": "{}"}
    assert refusal(org.client.create_policy, **params)[0] == "UnsupportedOperation"
    enabling = {"RootId": org.root_id, "PolicyType": "TAG_POLICY"}
    assert refusal(org.client.enable_policy_type, **enabling)[0] == "UnsupportedOperation"
    assert refusal(org.client.disable_policy_type, **enabling)[0] == "PolicyTypeNotEnabledException"
    assert org.client.list_policies(Filter="TAG_POLICY")["Policies"] == []
    assert attached(org, org.root_id, "TAG_POLICY") == []


def test_names_are_unique_in_their_type(org: Organized) -> None:
    first = make(org)["Policy"]["PolicySummary"]["Id"]
    duplicate = (
        "DuplicatePolicyException",
        "A policy with the specified name and type already exists.",
    )
    again = {"Name": "policy", "Description": "", "Type": SCP, "Content": FULL}
    assert refusal(org.client.create_policy, **again) == duplicate
    make(org, Type=RCP, Content=document(deny("sts:*", Principal="*")))
    other = make(org, Name="other")["Policy"]["PolicySummary"]["Id"]
    assert refusal(org.client.update_policy, PolicyId=other, Name="policy") == duplicate
    org.client.update_policy(PolicyId=first, Name="policy")


def test_a_policy_changes_in_part(org: Organized) -> None:
    made = make(org)["Policy"]
    id_ = made["PolicySummary"]["Id"]
    changed = org.client.update_policy(PolicyId=id_, Description="new")["Policy"]
    assert changed["PolicySummary"] == made["PolicySummary"] | {"Description": "new"}
    assert changed["Content"] == FULL
    text = document(deny("iam:*"))
    changed = org.client.update_policy(PolicyId=id_, Name="renamed", Content=text)["Policy"]
    assert (changed["PolicySummary"]["Name"], changed["Content"]) == ("renamed", text)
    assert content(org.client.describe_policy(PolicyId=id_)) == {"Policy": changed}


def test_a_policy_is_deleted_when_it_is_attached_to_nothing(org: Organized) -> None:
    id_ = org.attach(org.root_id, "policy", allow("*"))
    assert refusal(org.client.delete_policy, PolicyId=id_)[0] == "PolicyInUseException"
    org.client.detach_policy(PolicyId=id_, TargetId=org.root_id)
    assert content(org.client.delete_policy(PolicyId=id_)) == {}
    assert refusal(org.client.describe_policy, PolicyId=id_) == NO_POLICY
    assert refusal(org.client.delete_policy, PolicyId=id_) == NO_POLICY
    assert refusal(org.client.update_policy, PolicyId=id_, Name="n") == NO_POLICY


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        (SCP, "no json"),
        (SCP, '{"Version": "2012-10-17"}'),
        (SCP, document(allow("*", Principal="*"))),
        (SCP, document(allow("*", None))),
        (SCP, document(allow("everything"))),
        (SCP, json.dumps({"Statement": [allow("*")]})),
        (SCP, json.dumps({"Version": "2008-10-17", "Statement": [allow("*")]})),
        # semantics 3: a resource control policy only denies, and to everybody.
        (RCP, document(allow("*", Principal="*"))),
        (RCP, document(deny("sts:*"))),
        (RCP, document(deny("sts:*", Principal={"AWS": ACCOUNT}))),
        (RCP, document({"Effect": "Deny", "NotAction": "sts:*", "Resource": "*", "Principal": "*"})),
        (RCP, json.dumps({"Statement": [deny("sts:*", Principal="*")]})),
    ],
)
def test_what_is_no_policy_of_its_type_is_refused(org: Organized, type_: str, text: str) -> None:
    params = {"Name": "n", "Description": "", "Type": type_, "Content": text}
    assert refusal(org.client.create_policy, **params) == MALFORMED
    good = deny("sts:*", Principal="*") if type_ == RCP else allow("*")
    id_ = make(org, Type=type_, Content=document(good))["Policy"]["PolicySummary"]["Id"]
    assert refusal(org.client.update_policy, PolicyId=id_, Content=text) == MALFORMED


def test_a_policy_is_not_longer_than_5120_characters_white_space_included(org: Organized) -> None:
    longest = FULL + " " * (limits.POLICY_SIZE - len(FULL))
    id_ = make(org, Content=longest)["Policy"]["PolicySummary"]["Id"]
    too_long = ("ConstraintViolationException", "POLICY_CONTENT_LIMIT_EXCEEDED")
    params = {"Name": "n", "Description": "", "Type": SCP, "Content": longest + " "}
    assert reason(org.client.create_policy, **params) == too_long
    assert reason(org.client.update_policy, PolicyId=id_, Content=longest + " ") == too_long


def test_there_are_not_more_policies_than_allowed(org: Organized) -> None:
    type_ = PolicyType.RESOURCE_CONTROL_POLICY

    def fill(tx: Transaction) -> None:
        for number in range(limits.POLICIES[type_]):
            policy = OrganizationPolicy(
                organization_id=org.id,  # type: ignore[arg-type]
                policy_id=f"p-{number:08}",
                type=type_,
                name=str(number),
                description="",
                content=FULL,
            )
            tx.organization_policies.add(policy)

    org.world.app.store.write(fill).result()
    params = {"Name": "n", "Description": "", "Type": RCP, "Content": document(deny("sts:*", Principal="*"))}
    assert reason(org.client.create_policy, **params) == (
        "ConstraintViolationException",
        "POLICY_NUMBER_LIMIT_EXCEEDED",
    )


# Attachments


def test_policies_are_attached_to_roots_units_and_accounts(org: Organized) -> None:
    unit_id = org.unit("prod")
    account_id = org.account("alpha")
    policy_id = org.policy("policy", allow("*"))
    for target in (org.root_id, unit_id, account_id):
        assert content(org.client.attach_policy(PolicyId=policy_id, TargetId=target)) == {}
        assert attached(org, target) == ["p-FullAWSAccess", policy_id]
        assert refusal(org.client.attach_policy, PolicyId=policy_id, TargetId=target)[0] == (
            "DuplicatePolicyAttachmentException"
        )
    assert content(org.client.list_targets_for_policy(PolicyId=policy_id))["Targets"] == [
        {"TargetId": org.root_id, "Arn": org.arn(f"root/{org.root_id}"), "Name": "Root", "Type": "ROOT"},
        {
            "TargetId": unit_id,
            "Arn": org.arn(f"ou/{unit_id}"),
            "Name": "prod",
            "Type": "ORGANIZATIONAL_UNIT",
        },
        {
            "TargetId": account_id,
            "Arn": org.arn(f"account/{account_id}"),
            "Name": "alpha",
            "Type": "ACCOUNT",
        },
    ]
    first = org.client.list_targets_for_policy(PolicyId=policy_id, MaxResults=2)
    rest = org.client.list_targets_for_policy(PolicyId=policy_id, NextToken=first["NextToken"])
    assert [target["TargetId"] for target in rest["Targets"]] == [account_id]


def test_policies_are_detached_but_for_the_last(org: Organized) -> None:
    policy_id = org.attach(org.root_id, "policy", allow("*"))
    assert content(org.client.detach_policy(PolicyId="p-FullAWSAccess", TargetId=org.root_id)) == {}
    assert attached(org, org.root_id) == [policy_id]
    last = {"PolicyId": policy_id, "TargetId": org.root_id}
    assert reason(org.client.detach_policy, **last) == (
        "ConstraintViolationException",
        "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
    )
    assert attached(org, org.root_id) == [policy_id]
    gone = {"PolicyId": "p-FullAWSAccess", "TargetId": org.root_id}
    assert refusal(org.client.detach_policy, **gone)[0] == "PolicyNotAttachedException"


def test_a_target_has_five_policies_of_a_type_at_most(org: Organized) -> None:
    for number in range(4):
        org.attach(org.root_id, str(number), allow("*"))
    one_more = {"PolicyId": org.policy("one more", allow("*")), "TargetId": org.root_id}
    assert refusal(org.client.attach_policy, **one_more)[1] == (
        "You have attached the maximum number of policies to the specified target."
    )
    assert reason(org.client.attach_policy, **one_more) == (
        "ConstraintViolationException",
        "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
    )
    assert len(attached(org, org.root_id)) == 5
    # Of another type there may be as many again.
    enable_rcps(org)
    org.attach(org.root_id, "rcp", deny("s3:*", Principal="*"), type_=RCP)


@pytest.mark.parametrize("target", ["r-none", "ou-abcd-00000000", "000000000000"])
def test_a_target_that_is_not_there(org: Organized, target: str) -> None:
    missing = ("TargetNotFoundException", "You specified a target that doesn't exist.")
    params = {"PolicyId": "p-FullAWSAccess", "TargetId": target}
    assert refusal(org.client.attach_policy, **params) == missing
    assert refusal(org.client.detach_policy, **params) == missing
    assert refusal(org.client.list_policies_for_target, TargetId=target, Filter=SCP) == missing


def test_a_policy_that_is_not_there(org: Organized) -> None:
    params = {"PolicyId": "p-00000000", "TargetId": org.root_id}
    assert refusal(org.client.attach_policy, **params) == NO_POLICY
    assert refusal(org.client.detach_policy, **params) == NO_POLICY
    assert refusal(org.client.list_targets_for_policy, PolicyId="p-00000000") == NO_POLICY


# Types


def test_a_type_is_enabled_with_the_policy_that_allows_everything(org: Organized) -> None:
    unit_id = org.unit("prod")
    account_id = org.account("alpha", unit_id)
    targets = (org.root_id, unit_id, account_id, ACCOUNT)
    own = org.attach(unit_id, "own", allow("*"))
    org.client.detach_policy(PolicyId="p-FullAWSAccess", TargetId=unit_id)

    root = org.client.enable_policy_type(RootId=org.root_id, PolicyType=RCP)["Root"]
    assert root == org.client.list_roots()["Roots"][0]
    assert root["PolicyTypes"] == [{"Type": type_, "Status": "ENABLED"} for type_ in (SCP, RCP)]
    for target in (*targets, org.unit("later"), org.account("beta")):
        assert attached(org, target, RCP) == ["p-RCPFullAWSAccess"]
    # What was attached of the other type stays as it is.
    assert attached(org, unit_id) == [own]
    again = {"RootId": org.root_id, "PolicyType": RCP}
    assert refusal(org.client.enable_policy_type, **again)[0] == "PolicyTypeAlreadyEnabledException"
    detach = {"PolicyId": "p-RCPFullAWSAccess", "TargetId": unit_id}
    org.attach(unit_id, "rcp", deny("s3:*", Principal="*"), type_=RCP)
    assert reason(org.client.detach_policy, **detach) == ("InvalidInputException", "NON_DETACHABLE_POLICY")


def test_a_type_that_is_disabled_begins_anew(org: Organized) -> None:
    unit_id = org.unit("prod")
    policy_id = org.attach(unit_id, "policy", allow("*"))
    org.client.detach_policy(PolicyId="p-FullAWSAccess", TargetId=unit_id)
    root = org.client.disable_policy_type(RootId=org.root_id, PolicyType=SCP)["Root"]
    assert root["PolicyTypes"] == []
    assert attached(org, unit_id) == []
    attaching = {"PolicyId": policy_id, "TargetId": unit_id}
    assert refusal(org.client.attach_policy, **attaching)[0] == "PolicyTypeNotEnabledException"
    disabling = {"RootId": org.root_id, "PolicyType": SCP}
    assert refusal(org.client.disable_policy_type, **disabling)[0] == "PolicyTypeNotEnabledException"
    org.client.enable_policy_type(RootId=org.root_id, PolicyType=SCP)
    assert attached(org, unit_id) == ["p-FullAWSAccess"]


def test_another_root_is_not_found(org: Organized) -> None:
    params = {"RootId": "r-none", "PolicyType": RCP}
    for operation in (org.client.enable_policy_type, org.client.disable_policy_type):
        assert refusal(operation, **params) == (
            "RootNotFoundException",
            "You specified a root that doesn't exist.",
        )
