"""Managed policies and their versions."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.support.answers import arn, check_permission, content, denial, refusal
from tests.support.store_values import OTHER_ACCOUNT_ID, account, add, managed_policy
from tests.support.world import ACCOUNT, Actor, World, allow, document

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
ANY = document(allow("s3:*"))
P = arn("policy/P")
EC2 = document(allow("sts:AssumeRole", None, Principal={"Service": "ec2.amazonaws.com"}))


def versions(iam: Any, policy_arn: str = P) -> list[tuple[str, bool]]:
    answer = iam.list_policy_versions(PolicyArn=policy_arn)
    return [(version["VersionId"], version["IsDefaultVersion"]) for version in answer["Versions"]]


@pytest.fixture
def iam(root: Actor) -> Any:
    """Return the client of the root, in an account with the policy `P`."""
    root.iam.create_policy(PolicyName="P", PolicyDocument=ANY)
    return root.iam


# CreatePolicy


def test_a_new_policy_has_one_version_and_tells_no_description(root: Actor) -> None:
    policy = root.iam.create_policy(PolicyName="P", Path="/a/b/", PolicyDocument=ANY, Description="about s3")[
        "Policy"
    ]
    assert policy == {
        "PolicyName": "P",
        "PolicyId": policy["PolicyId"],
        "Arn": arn("policy/a/b/P"),
        "Path": "/a/b/",
        "DefaultVersionId": "v1",
        "AttachmentCount": 0,
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
        "CreateDate": policy["CreateDate"],
        "UpdateDate": policy["CreateDate"],
    }
    assert (policy["PolicyId"][:4], len(policy["PolicyId"])) == ("ANPA", 21)
    assert versions(root.iam, policy["Arn"]) == [("v1", True)]


def test_tags_are_told_in_the_order_given_and_their_keys_have_case(root: Actor) -> None:
    tags = [{"Key": "b", "Value": ""}, {"Key": "B", "Value": "2"}, {"Key": "a", "Value": "3"}]
    policy = root.iam.create_policy(PolicyName="P", PolicyDocument=ANY, Tags=tags)["Policy"]
    assert policy["Tags"] == tags
    twice = [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]
    assert refusal(root.iam.create_policy, PolicyName="Q", PolicyDocument=ANY, Tags=twice) == (
        "InvalidInput",
        "Duplicate tag keys found.",
    )


def test_a_name_is_taken_whatever_its_case_and_path(iam: Any) -> None:
    assert refusal(iam.create_policy, PolicyName="p", Path="/x/", PolicyDocument=ANY) == (
        "EntityAlreadyExists",
        "A policy called p already exists. Duplicate names are not allowed.",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "Syntax errors in policy."),
        ('{"Statement":[]}', "Syntax errors in policy."),
        (
            json.dumps({"Statement": [allow("s3:*")]}),
            "Policy document must be version 2012-10-17 or greater.",
        ),
        (document(allow("s3:*", None)), "Policy statement must contain resources."),
        (document(allow("s3:*", Principal="*")), "Policy document should not specify a principal."),
        (
            document(allow("s3")),
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ),
    ],
)
def test_a_malformed_document_is_refused(iam: Any, text: str, message: str) -> None:
    expected = ("MalformedPolicyDocument", message)
    assert refusal(iam.create_policy, PolicyName="Q", PolicyDocument=text) == expected
    assert refusal(iam.create_policy_version, PolicyArn=P, PolicyDocument=text) == expected
    assert versions(iam) == [("v1", True)]


def test_a_document_may_have_6144_characters_that_are_not_blank(iam: Any) -> None:
    def padded(size: int) -> str:
        compact = json.dumps(json.loads(document(allow("s3:*", "arn:aws:s3:::b/"))), separators=(",", ":"))
        return compact.replace("b/", f"b/{'x' * (size - len(compact))}").replace(",", ",\n\t ")

    iam.create_policy(PolicyName="full", PolicyDocument=padded(6144))
    expected = ("LimitExceeded", "Cannot exceed quota for PolicySize: 6144")
    assert refusal(iam.create_policy, PolicyName="over", PolicyDocument=padded(6145)) == expected
    assert refusal(iam.create_policy_version, PolicyArn=P, PolicyDocument=padded(6145)) == expected


def test_an_account_may_have_1500_policies(world: World) -> None:
    add(world.app.store, *(managed_policy(f"p{number}") for number in range(1500)))
    assert refusal(world.root.iam.create_policy, PolicyName="more", PolicyDocument=ANY) == (
        "LimitExceeded",
        "Cannot exceed quota for PoliciesPerAccount: 1500",
    )


# GetPolicy


def test_getting_tells_everything_but_the_document(world: World, iam: Any) -> None:
    created = iam.create_policy(PolicyName="Q", PolicyDocument=ANY, Description="about s3")["Policy"]
    got = iam.get_policy(PolicyArn=created["Arn"])["Policy"]
    assert got == created | {"Description": "about s3", "Tags": []}
    iam.create_group(GroupName="g")
    iam.attach_group_policy(GroupName="g", PolicyArn=created["Arn"])
    iam.create_user(UserName="bob", PermissionsBoundary=created["Arn"])
    got = iam.get_policy(PolicyArn=created["Arn"])["Policy"]
    assert (got["AttachmentCount"], got["PermissionsBoundaryUsageCount"]) == (1, 1)
    assert iam.get_policy(PolicyArn=P)["Policy"]["AttachmentCount"] == 0


def test_a_policy_of_aws_can_be_read(root: Actor) -> None:
    root.iam.create_user(UserName="bob")
    root.iam.attach_user_policy(UserName="bob", PolicyArn=READ_ONLY)
    policy = root.iam.get_policy(PolicyArn=READ_ONLY)["Policy"]
    assert policy == {
        "PolicyName": "ReadOnlyAccess",
        "PolicyId": policy["PolicyId"],
        "Arn": READ_ONLY,
        "Path": "/",
        "DefaultVersionId": policy["DefaultVersionId"],
        "AttachmentCount": 1,
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
        "CreateDate": policy["CreateDate"],
        "UpdateDate": policy["UpdateDate"],
        "Tags": [],
    }
    assert int(policy["DefaultVersionId"].removeprefix("v")) > 100
    assert policy["UpdateDate"] > policy["CreateDate"]


def test_a_missing_policy_was_not_found(iam: Any) -> None:
    for missing in (arn("policy/ghost"), arn("policy/x/P"), arn("policy/p")):
        expected = ("NoSuchEntity", f"Policy {missing} was not found.")
        assert refusal(iam.get_policy, PolicyArn=missing) == expected
        assert refusal(iam.delete_policy, PolicyArn=missing) == expected
        assert refusal(iam.list_policy_versions, PolicyArn=missing) == expected
        assert refusal(iam.create_policy_version, PolicyArn=missing, PolicyDocument=ANY) == expected


def test_what_is_no_arn_of_a_policy_is_refused(iam: Any) -> None:
    bad = [
        arn("user/P/and/more/of/it"),
        "this-is-not-an-arn-at-all",
        f"{P} ",
        "arn:aws:iam:us-east-1:123456789012:policy/P",
        "arn:aws:iam::12345678901:policy/P",
        "arn:aws:s3::123456789012:policy/P",
        "arn:aws:iam::123456789012:policy/*",
    ]
    expected = {each: ("ValidationError", f"ARN {each} is not valid.") for each in bad}
    elsewhere = "arn:aws-cn:iam::123456789012:policy/P"
    expected[elsewhere] = ("ValidationError", "Invalid ARN partition")
    assert {each: refusal(iam.get_policy, PolicyArn=each) for each in expected} == expected
    assert {each: refusal(iam.delete_policy, PolicyArn=each) for each in expected} == expected


# ListPolicies


def test_listing_tells_neither_description_nor_tags(root: Actor) -> None:
    tags = [{"Key": "a", "Value": "1"}]
    created = root.iam.create_policy(PolicyName="P", PolicyDocument=ANY, Description="d", Tags=tags)["Policy"]
    answer = content(root.iam.list_policies(Scope="Local"))
    del created["Tags"]
    assert answer == {"Policies": [created], "IsTruncated": False}


def test_scopes_tell_policies_apart(iam: Any) -> None:
    def arns(**parameters: Any) -> list[str]:
        pages = iam.get_paginator("list_policies").paginate(**parameters)
        return [policy["Arn"] for page in pages for policy in page["Policies"]]

    aws, every = arns(Scope="AWS"), arns()
    assert arns(Scope="Local") == [P]
    assert len(aws) > 1000
    assert all(each.startswith("arn:aws:iam::aws:policy/") for each in aws)
    assert every == [P, *aws] == arns(Scope="All", PaginationConfig={"PageSize": 333})
    names = [each.rpartition("/")[2].lower() for each in aws]
    assert (names, len(set(names))) == (sorted(names), len(names))


def test_pages_have_a_hundred_policies_unless_told_otherwise(iam: Any) -> None:
    first = iam.list_policies(Scope="AWS")
    assert (len(first["Policies"]), first["IsTruncated"]) == (100, True)
    assert len(iam.list_policies(Scope="AWS", MaxItems=7)["Policies"]) == 7
    assert refusal(iam.list_policies, Scope="Local", Marker=first["Marker"]) == (
        "ValidationError",
        "Invalid Marker.",
    )


def test_filters_go_by_path_and_by_use(iam: Any) -> None:
    iam.create_policy(PolicyName="deep", Path="/x/y/", PolicyDocument=ANY)
    iam.create_policy(PolicyName="edge", Path="/x/", PolicyDocument=ANY)
    iam.create_user(UserName="bob", PermissionsBoundary=arn("policy/x/edge"))
    iam.attach_user_policy(UserName="bob", PolicyArn=READ_ONLY)
    iam.attach_user_policy(UserName="bob", PolicyArn=P)

    def names(**parameters: Any) -> list[str]:
        return [policy["PolicyName"] for policy in iam.list_policies(**parameters)["Policies"]]

    assert names(PathPrefix="/x/") == ["deep", "edge"]
    assert names(PathPrefix="/x/y/") == ["deep"]
    assert names(OnlyAttached=True) == ["P", "ReadOnlyAccess"]
    assert names(OnlyAttached=True, Scope="Local") == ["P"]
    assert names(OnlyAttached=False, Scope="Local") == ["deep", "edge", "P"]
    assert names(PolicyUsageFilter="PermissionsPolicy") == ["P", "ReadOnlyAccess"]
    assert names(PolicyUsageFilter="PermissionsBoundary") == ["edge"]
    assert (
        names(PathPrefix="/job-function/") == sorted(names(PathPrefix="/job-function/"), key=str.lower) != []
    )


def test_policies_for_service_linked_roles_are_not_attachable(root: Actor) -> None:
    policies = root.iam.list_policies(PathPrefix="/aws-service-role/", MaxItems=1000)["Policies"]
    assert {policy["IsAttachable"] for policy in policies} == {False}


# DeletePolicy


def test_a_policy_is_deleted_with_its_last_version(iam: Any) -> None:
    first = iam.get_policy(PolicyArn=P)["Policy"]["PolicyId"]
    iam.delete_policy(PolicyArn=P)
    assert iam.list_policies(Scope="Local")["Policies"] == []
    assert iam.create_policy(PolicyName="P", PolicyDocument=ANY)["Policy"]["PolicyId"] != first


@pytest.mark.parametrize(
    "use",
    [
        lambda iam: iam.attach_user_policy(UserName="bob", PolicyArn=P),
        lambda iam: iam.attach_role_policy(RoleName="r", PolicyArn=P),
        lambda iam: iam.attach_group_policy(GroupName="g", PolicyArn=P),
        lambda iam: iam.put_role_permissions_boundary(RoleName="r", PermissionsBoundary=P),
        lambda iam: iam.put_user_permissions_boundary(UserName="bob", PermissionsBoundary=P),
    ],
)
def test_a_policy_in_use_is_not_deleted(iam: Any, use: Callable[[Any], None]) -> None:
    iam.create_user(UserName="bob")
    iam.create_group(GroupName="g")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=EC2)
    use(iam)
    assert refusal(iam.delete_policy, PolicyArn=P) == (
        "DeleteConflict",
        "Cannot delete a policy attached to entities.",
    )


def test_a_policy_with_further_versions_is_not_deleted(iam: Any) -> None:
    iam.create_policy_version(PolicyArn=P, PolicyDocument=ANY)
    assert refusal(iam.delete_policy, PolicyArn=P) == (
        "DeleteConflict",
        (
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
            "The default version is deleted with the policy."
        ),
    )


# Whose policies


def test_the_policies_of_aws_cannot_be_changed(root: Actor) -> None:
    iam = root.iam
    update = "Cannot update policies outside your own account."
    versions = "Cannot delete policy versions for policies outside your own account."
    for policy_arn in (READ_ONLY, "arn:aws:iam::aws:policy/NoSuchPolicy"):
        for operation, parameters, message in (
            (iam.delete_policy, {}, "Cannot delete policies outside your own account."),
            (iam.delete_policy_version, {"VersionId": "v1"}, versions),
            (iam.create_policy_version, {"PolicyDocument": ANY}, update),
            (iam.set_default_policy_version, {"VersionId": "v1"}, update),
        ):
            assert refusal(operation, PolicyArn=policy_arn, **parameters) == ("AccessDenied", message)


def test_the_policies_of_another_account_are_not_the_callers(world: World) -> None:
    """R-33: nobody of one account reads or changes what belongs to another, its root included."""
    add(
        world.app.store,
        account(OTHER_ACCOUNT_ID),
        managed_policy("theirs", account_id=OTHER_ACCOUNT_ID),
    )
    theirs = arn("policy/theirs", OTHER_ACCOUNT_ID)
    for actor in (world.root, world.user("admin", allow("*"))):
        iam = actor.iam
        for operation, parameters in (
            (iam.get_policy, {}),
            (iam.get_policy_version, {"VersionId": "v1"}),
            (iam.list_policy_versions, {}),
            (iam.list_entities_for_policy, {}),
            (iam.delete_policy, {}),
            (iam.create_policy_version, {"PolicyDocument": ANY}),
            (iam.delete_policy_version, {"VersionId": "v1"}),
            (iam.set_default_policy_version, {"VersionId": "v1"}),
        ):
            code, message = refusal(operation, PolicyArn=theirs, **parameters)
            assert code == "AccessDenied"
            assert f"on resource: policy {theirs} " in message


# Permissions


@pytest.mark.parametrize(
    ("method", "resource", "denied_on", "parameters"),
    [
        ("create_policy", arn("policy/x/new"), "policy new", {"PolicyName": "new", "Path": "/x/"}),
        ("list_policies", arn("policy/x/"), "policy path /x/", {"PathPrefix": "/x/"}),
        ("get_policy", P, f"policy {P}", {"PolicyArn": P}),
        ("get_policy", READ_ONLY, f"policy {READ_ONLY}", {"PolicyArn": READ_ONLY}),
        ("get_policy_version", P, f"policy {P}", {"PolicyArn": P, "VersionId": "v2"}),
        ("list_policy_versions", P, f"policy {P}", {"PolicyArn": P}),
        ("create_policy_version", P, f"policy {P}", {"PolicyArn": P}),
        ("delete_policy_version", P, f"policy {P}", {"PolicyArn": P, "VersionId": "v2"}),
        ("set_default_policy_version", P, f"policy {P}", {"PolicyArn": P, "VersionId": "v2"}),
        ("delete_policy", arn("policy/Q"), f"policy {arn('policy/Q')}", {"PolicyArn": arn("policy/Q")}),
    ],
)
def test_each_operation_needs_its_action_on_the_policy(
    world: World, iam: Any, method: str, resource: str, denied_on: str, parameters: dict[str, Any]
) -> None:
    iam.create_policy_version(PolicyArn=P, PolicyDocument=ANY)
    iam.create_policy(PolicyName="Q", PolicyDocument=ANY)
    action = "iam:" + "".join(word.capitalize() for word in method.split("_"))
    if method.startswith("create"):
        parameters = parameters | {"PolicyDocument": ANY}
    check_permission(world, method, action, resource, denied_on, **parameters)


def test_conditions_see_the_tags_of_a_policy_and_of_the_request(world: World, iam: Any) -> None:
    iam.tag_policy(PolicyArn=P, Tags=[{"Key": "team", "Value": "a"}])
    eve = world.user(
        "eve",
        allow("iam:GetPolicy", Condition={"StringEquals": {"aws:ResourceTag/team": "a"}}),
        allow("iam:CreatePolicy", Condition={"StringEquals": {"aws:RequestTag/team": "a"}}),
    )
    eve.iam.get_policy(PolicyArn=P)
    assert refusal(eve.iam.get_policy, PolicyArn=READ_ONLY)[0] == "AccessDenied"
    expected = denial(arn("user/eve"), "iam:CreatePolicy", "policy Q")
    assert refusal(eve.iam.create_policy, PolicyName="Q", PolicyDocument=ANY) == expected
    eve.iam.create_policy(PolicyName="Q", PolicyDocument=ANY, Tags=[{"Key": "team", "Value": "a"}])


def test_a_restricted_session_cannot_widen_its_own_policy(world: World, iam: Any) -> None:
    """R-23: a new version of the policy that a session lives by is outside of its session policy."""
    role = world.role("r", {"AWS": ACCOUNT}, allow("iam:*"))
    iam.attach_role_policy(RoleName="r", PolicyArn=P)
    bob = world.user("bob", allow("sts:AssumeRole"))
    session = bob.assume(role, Policy=document(allow("iam:Get*"), allow("iam:List*")))
    session.iam.get_policy(PolicyArn=P)
    all_ = document(allow("*"))
    for operation, parameters in (
        (session.iam.create_policy_version, {"PolicyArn": P, "PolicyDocument": all_, "SetAsDefault": True}),
        (session.iam.set_default_policy_version, {"PolicyArn": P, "VersionId": "v1"}),
        (session.iam.put_role_policy, {"RoleName": "r", "PolicyName": "p", "PolicyDocument": all_}),
        (session.iam.attach_role_policy, {"RoleName": "r", "PolicyArn": READ_ONLY}),
        (session.iam.update_assume_role_policy, {"RoleName": "r", "PolicyDocument": EC2}),
    ):
        code, message = refusal(operation, **parameters)
        assert code == "AccessDenied"
        assert " because no session policy allows the " in message
