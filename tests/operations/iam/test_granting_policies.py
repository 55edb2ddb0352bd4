"""ListPoliciesGrantingServiceAccess: by which policies somebody may use a service."""

from collections.abc import Mapping
from typing import Any

import pytest
from tests.support.answers import arn, check_permission, content, refusal
from tests.support.world import Actor, World, allow, deny, document

from iamd.catalogue.service_actions import service_names

POLICY = "arn:aws:iam::aws:policy/"
WITHOUT_A_TEXT = "lex.amazonaws.com"
"""A service whose role has a policy that is not among the installed ones."""


def put(root: Actor, user: str, *statements: Mapping[str, Any], name: str = "test") -> None:
    root.iam.put_user_policy(UserName=user, PolicyName=name, PolicyDocument=document(*statements))


def granting(actor: Actor, of: str, *namespaces: str, **more: Any) -> dict[str, Any]:
    return content(
        actor.iam.list_policies_granting_service_access(Arn=of, ServiceNamespaces=list(namespaces), **more)
    )


def managed(name: str, policy_arn: str) -> dict[str, Any]:
    return {"PolicyName": name, "PolicyType": "MANAGED", "PolicyArn": policy_arn}


def inline(name: str, kind: str, owner: str) -> dict[str, Any]:
    return {"PolicyName": name, "PolicyType": "INLINE", "EntityType": kind, "EntityName": owner}


def test_which_policies_allow_services(world: World, root: Actor) -> None:
    own = root.iam.create_policy(PolicyName="own", PolicyDocument=document(allow(["s3:*", "iam:Get*"])))
    own_arn = own["Policy"]["Arn"]
    world.user("bob", allow("s3:GetObject"))
    put(root, "bob", allow("sqs:*"), name="Other")
    root.iam.create_group(GroupName="Staff")
    root.iam.add_user_to_group(GroupName="Staff", UserName="bob")
    root.iam.put_group_policy(GroupName="Staff", PolicyName="g", PolicyDocument=document(allow("iam:*")))
    root.iam.attach_group_policy(GroupName="Staff", PolicyArn=own_arn)
    root.iam.attach_user_policy(UserName="bob", PolicyArn=own_arn)
    root.iam.attach_user_policy(UserName="bob", PolicyArn=POLICY + "IAMReadOnlyAccess")
    world.role("worker", {"AWS": arn("root")}, allow("*"))

    aws = managed("IAMReadOnlyAccess", POLICY + "IAMReadOnlyAccess")
    of_group = [managed("own", own_arn), inline("g", "GROUP", "Staff")]
    assert granting(root, arn("user/bob"), "iam", "s3", "sqs", "ec2", "iam", "nosuch") == {
        "PoliciesGrantingServiceAccess": [
            {"ServiceNamespace": "iam", "Policies": [aws, *of_group]},
            {"ServiceNamespace": "s3", "Policies": [managed("own", own_arn), inline("test", "USER", "bob")]},
            {"ServiceNamespace": "sqs", "Policies": [inline("Other", "USER", "bob")]},
            {"ServiceNamespace": "ec2", "Policies": []},
            {"ServiceNamespace": "nosuch", "Policies": []},
        ],
        "IsTruncated": False,
    }
    assert granting(root, arn("group/Staff"), "iam")["PoliciesGrantingServiceAccess"] == [
        {"ServiceNamespace": "iam", "Policies": of_group}
    ]
    assert granting(root, arn("role/worker"), "ec2")["PoliciesGrantingServiceAccess"] == [
        {"ServiceNamespace": "ec2", "Policies": [inline("test", "ROLE", "worker")]}
    ]


def test_a_deny_elsewhere_leaves_nothing_to_grant(world: World, root: Actor) -> None:
    world.user("bob", allow(["s3:*", "sqs:*"]))
    put(root, "bob", deny("s3:*"), name="no")
    found = granting(root, arn("user/bob"), "s3", "sqs")["PoliciesGrantingServiceAccess"]
    assert found == [
        {"ServiceNamespace": "s3", "Policies": []},
        {"ServiceNamespace": "sqs", "Policies": [inline("test", "USER", "bob")]},
    ]


def test_a_boundary_grants_nothing(world: World, root: Actor) -> None:
    """AWS: "Policies that are attached to users and roles as permissions boundaries are not returned"."""
    world.user("bob", PermissionsBoundary=POLICY + "IAMReadOnlyAccess")
    found = granting(root, arn("user/bob"), "iam")["PoliciesGrantingServiceAccess"]
    assert found == [{"ServiceNamespace": "iam", "Policies": []}]


def test_many_namespaces_come_in_pages(world: World, root: Actor) -> None:
    world.user("bob", allow("*"))
    names = list(service_names())[:200]
    first = granting(root, arn("user/bob"), *names)
    assert (len(first["PoliciesGrantingServiceAccess"]), first["IsTruncated"]) == (100, True)
    second = granting(root, arn("user/bob"), *names, Marker=first["Marker"])
    assert second["IsTruncated"] is False
    found = [*first["PoliciesGrantingServiceAccess"], *second["PoliciesGrantingServiceAccess"]]
    assert [each["ServiceNamespace"] for each in found] == names


@pytest.mark.parametrize("namespaces", [[], ["a"] * 201, ["a b"], [""], ["a" * 65]])
def test_namespaces_that_are_none(root: Actor, namespaces: list[str]) -> None:
    asked = root.iam.list_policies_granting_service_access
    assert refusal(asked, Arn=arn("user/bob"), ServiceNamespaces=namespaces)[0] == "ValidationError"


@pytest.mark.parametrize("of", ["user/bob", "group/staff", "role/worker"])
def test_who_may_list_granting_policies(world: World, root: Actor, of: str) -> None:
    root.iam.create_user(UserName="bob")
    root.iam.create_group(GroupName="staff")
    world.role("worker", {"AWS": arn("root")})
    check_permission(
        world,
        "list_policies_granting_service_access",
        "iam:ListPoliciesGrantingServiceAccess",
        arn(of),
        arn(of),
        Arn=arn(of),
        ServiceNamespaces=["iam"],
    )


@pytest.mark.parametrize("of", [arn("policy/p"), arn("root"), "arn:aws:s3:::a-bucket-of-ours"])
def test_what_is_no_user_group_or_role(root: Actor, of: str) -> None:
    asked = root.iam.list_policies_granting_service_access
    wrong = ("InvalidInput", f"ARN {of} is not valid.")
    assert refusal(asked, Arn=of, ServiceNamespaces=["iam"]) == wrong


def test_who_is_not_there_or_elsewhere(root: Actor) -> None:
    """R-33."""
    asked = root.iam.list_policies_granting_service_access
    missing = ("NoSuchEntity", "The user with name bob cannot be found.")
    assert refusal(asked, Arn=arn("user/bob"), ServiceNamespaces=["iam"]) == missing
    other = refusal(asked, Arn=arn("user/bob", "210987654321"), ServiceNamespaces=["iam"])
    assert other[0] == "AccessDenied"


def test_a_policy_without_a_text(root: Actor) -> None:
    made = root.iam.create_service_linked_role(AWSServiceName=WITHOUT_A_TEXT)["Role"]
    (attached,) = root.iam.list_attached_role_policies(RoleName=made["RoleName"])["AttachedPolicies"]
    refused = refusal(
        root.iam.list_policies_granting_service_access, Arn=made["Arn"], ServiceNamespaces=["iam"]
    )
    reason = f"The text of the policy {attached['PolicyArn']} is not installed."
    assert refused == ("ServiceFailure", reason)
