"""Roles that only a service may change: no operation makes one yet, so they are put into the store."""

from typing import Any

import pytest
from tests.support.answers import refusal
from tests.support.store_values import add, role, write
from tests.support.world import World, allow, document

from iamd.store.policies_interface import OwnerKind

NAME = "AWSServiceRoleForAutoScaling"
PATH = "/aws-service-role/autoscaling.amazonaws.com/"
ANY = document(allow("s3:*"))
EC2 = document(allow("sts:AssumeRole", None, Principal={"Service": "ec2.amazonaws.com"}))


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("update_role", {"MaxSessionDuration": 7200}),
        ("update_assume_role_policy", {"PolicyDocument": EC2}),
        ("delete_role", {}),
        ("put_role_policy", {"PolicyName": "p", "PolicyDocument": ANY}),
        ("delete_role_policy", {"PolicyName": "p"}),
        ("attach_role_policy", {"PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}),
        ("detach_role_policy", {"PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}),
        ("add_role_to_instance_profile", {"InstanceProfileName": "p"}),
    ],
)
def test_a_service_linked_role_is_its_services(world: World, method: str, parameters: dict[str, Any]) -> None:
    add(world.app.store, role(NAME, path=PATH))
    world.root.iam.create_instance_profile(InstanceProfileName="p")
    assert refusal(getattr(world.root.iam, method), RoleName=NAME, **parameters) == (
        "UnmodifiableEntity",
        f"Cannot perform the operation on the protected role '{NAME}' - this role is only modifiable by AWS",
    )


def test_a_service_linked_role_may_be_described(world: World) -> None:
    add(world.app.store, role(NAME, path=PATH))
    world.root.iam.update_role_description(RoleName=NAME, Description="d")
    world.root.iam.update_role(RoleName=NAME, Description="e")
    assert world.root.iam.get_role(RoleName=NAME)["Role"]["Description"] == "e"


def test_the_roles_of_identity_center_are_protected_too(world: World) -> None:
    add(world.app.store, role("AWSReservedSSO_Admin_0", path="/aws-reserved/sso.amazonaws.com/"))
    assert refusal(world.root.iam.delete_role, RoleName="AWSReservedSSO_Admin_0") == (
        "UnmodifiableEntity",
        (
            "Cannot perform the operation on the protected role 'AWSReservedSSO_Admin_0' - this role is only modifiable "
            "by AWS"
        ),
    )


def test_a_service_linked_role_shows_its_policies(world: World) -> None:
    linked = role(NAME, path=PATH)
    add(world.app.store, linked)
    policy_arn = "arn:aws:iam::aws:policy/aws-service-role/AutoScalingServiceRolePolicy"
    write(world.app.store, lambda tx: tx.policy_attachments.add(OwnerKind.ROLE, linked.role_id, policy_arn))
    assert world.root.iam.list_attached_role_policies(RoleName=NAME)["AttachedPolicies"] == [
        {"PolicyName": "AutoScalingServiceRolePolicy", "PolicyArn": policy_arn}
    ]
    assert world.root.iam.list_entities_for_policy(PolicyArn=policy_arn)["PolicyRoles"] == [
        {"RoleName": NAME, "RoleId": linked.role_id}
    ]
