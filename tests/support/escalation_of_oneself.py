"""
How Eve raises her own rights: by a policy, a group, a Deny taken away, a boundary lifted, a tag or a device.

The list is that of the public catalogues of such paths (Rhino Security Labs, pathfinding.cloud), and their kin.
"""

from datetime import timedelta
from typing import Any

import pyotp
from tests.support.escalation import ADMIN_POLICY, EVERYTHING, PRIZE, Paths, Scene, Walk
from tests.support.world import Actor, allow, deny, document

NO = document(deny(PRIZE))
STEP = timedelta(seconds=30)

PATHS = Paths()


# Eve's own rights


@PATHS.way("iam:CreatePolicyVersion", raises_eve=True)
def _(scene: Scene) -> Walk:
    policy = scene.policy(document(allow("s3:ListBucket")))
    scene.iam.attach_user_policy(UserName=scene.name, PolicyArn=policy)

    def walk() -> Actor:
        scene.eve.iam.create_policy_version(PolicyArn=policy, PolicyDocument=EVERYTHING, SetAsDefault=True)
        return scene.eve

    return walk


@PATHS.way("iam:SetDefaultPolicyVersion", raises_eve=True)
def _(scene: Scene) -> Walk:
    policy = scene.policy(EVERYTHING)
    scene.iam.create_policy_version(
        PolicyArn=policy, PolicyDocument=document(allow("s3:ListBucket")), SetAsDefault=True
    )
    scene.iam.attach_user_policy(UserName=scene.name, PolicyArn=policy)

    def walk() -> Actor:
        scene.eve.iam.set_default_policy_version(PolicyArn=policy, VersionId="v1")
        return scene.eve

    return walk


@PATHS.way("iam:AttachUserPolicy", raises_eve=True)
def _(scene: Scene) -> Walk:
    def walk() -> Actor:
        scene.eve.iam.attach_user_policy(UserName=scene.name, PolicyArn=ADMIN_POLICY)
        return scene.eve

    return walk


@PATHS.way("iam:AttachGroupPolicy", raises_eve=True)
def _(scene: Scene) -> Walk:
    group = scene.group()

    def walk() -> Actor:
        scene.eve.iam.attach_group_policy(GroupName=group, PolicyArn=ADMIN_POLICY)
        return scene.eve

    return walk


@PATHS.way("iam:PutUserPolicy", raises_eve=True)
def _(scene: Scene) -> Walk:
    def walk() -> Actor:
        scene.eve.iam.put_user_policy(UserName=scene.name, PolicyName="mine", PolicyDocument=EVERYTHING)
        return scene.eve

    return walk


@PATHS.way("iam:PutGroupPolicy", raises_eve=True)
def _(scene: Scene) -> Walk:
    group = scene.group()

    def walk() -> Actor:
        scene.eve.iam.put_group_policy(GroupName=group, PolicyName="mine", PolicyDocument=EVERYTHING)
        return scene.eve

    return walk


@PATHS.way("iam:AddUserToGroup", raises_eve=True)
def _(scene: Scene) -> Walk:
    group = scene.group(EVERYTHING, with_eve=False)

    def walk() -> Actor:
        scene.eve.iam.add_user_to_group(GroupName=group, UserName=scene.name)
        return scene.eve

    return walk


# A Deny taken away


@PATHS.way("iam:DeleteUserPolicy", raises_eve=True)
def _(scene: Scene) -> Walk:
    scene.held()
    scene.iam.put_user_policy(UserName=scene.name, PolicyName="no", PolicyDocument=NO)

    def walk() -> Actor:
        scene.eve.iam.delete_user_policy(UserName=scene.name, PolicyName="no")
        return scene.eve

    return walk


@PATHS.way("iam:DetachUserPolicy", raises_eve=True)
def _(scene: Scene) -> Walk:
    scene.held()
    policy = scene.policy(NO)
    scene.iam.attach_user_policy(UserName=scene.name, PolicyArn=policy)

    def walk() -> Actor:
        scene.eve.iam.detach_user_policy(UserName=scene.name, PolicyArn=policy)
        return scene.eve

    return walk


@PATHS.way("iam:DeleteGroupPolicy", raises_eve=True)
def _(scene: Scene) -> Walk:
    scene.held()
    group = scene.group(NO)

    def walk() -> Actor:
        scene.eve.iam.delete_group_policy(GroupName=group, PolicyName="p")
        return scene.eve

    return walk


@PATHS.way("iam:DetachGroupPolicy", raises_eve=True)
def _(scene: Scene) -> Walk:
    scene.held()
    group, policy = scene.group(), scene.policy(NO)
    scene.iam.attach_group_policy(GroupName=group, PolicyArn=policy)

    def walk() -> Actor:
        scene.eve.iam.detach_group_policy(GroupName=group, PolicyArn=policy)
        return scene.eve

    return walk


@PATHS.way("iam:RemoveUserFromGroup", raises_eve=True)
def _(scene: Scene) -> Walk:
    scene.held()
    group = scene.group(NO)

    def walk() -> Actor:
        scene.eve.iam.remove_user_from_group(GroupName=group, UserName=scene.name)
        return scene.eve

    return walk


# A boundary lifted


def bounded(scene: Scene, action: str) -> str:
    """Have Eve hold the prize within a boundary that has no more than *action*; return the boundary's ARN."""
    scene.held()
    edge = scene.policy(document(allow(action)))
    scene.iam.put_user_permissions_boundary(UserName=scene.name, PermissionsBoundary=edge)
    return edge


@PATHS.way("iam:DeleteUserPermissionsBoundary")
def _(scene: Scene) -> Walk:
    bounded(scene, "iam:DeleteUserPermissionsBoundary")

    def walk() -> Actor:
        scene.eve.iam.delete_user_permissions_boundary(UserName=scene.name)
        return scene.eve

    return walk


@PATHS.way("iam:PutUserPermissionsBoundary")
def _(scene: Scene) -> Walk:
    bounded(scene, "iam:PutUserPermissionsBoundary")

    def walk() -> Actor:
        scene.eve.iam.put_user_permissions_boundary(UserName=scene.name, PermissionsBoundary=ADMIN_POLICY)
        return scene.eve

    return walk


@PATHS.way("iam:CreatePolicyVersion", name="of her boundary")
def _(scene: Scene) -> Walk:
    edge = bounded(scene, "iam:CreatePolicyVersion")

    def walk() -> Actor:
        scene.eve.iam.create_policy_version(PolicyArn=edge, PolicyDocument=EVERYTHING, SetAsDefault=True)
        return scene.eve

    return walk


# What a policy asks for: a tag, a device


@PATHS.way("iam:TagUser", raises_eve=True)
def _(scene: Scene) -> Walk:
    scene.give(allow(PRIZE, Condition={"StringEquals": {"aws:PrincipalTag/job": "admin"}}), name="held")

    def walk() -> Actor:
        scene.eve.iam.tag_user(UserName=scene.name, Tags=[{"Key": "job", "Value": "admin"}])
        return scene.eve

    return walk


@PATHS.way("iam:UntagUser", raises_eve=True)
def _(scene: Scene) -> Walk:
    tagged: Any = {"Condition": {"Null": {"aws:PrincipalTag/watched": "false"}}}
    scene.give(allow(PRIZE), deny(PRIZE, **tagged), name="held")
    scene.iam.tag_user(UserName=scene.name, Tags=[{"Key": "watched", "Value": "yes"}])

    def walk() -> Actor:
        scene.eve.iam.untag_user(UserName=scene.name, TagKeys=["watched"])
        return scene.eve

    return walk


@PATHS.way("iam:CreateVirtualMFADevice", "iam:EnableMFADevice", raises_eve=True)
def _(scene: Scene) -> Walk:
    scene.give(allow(PRIZE, Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}), name="held")

    def walk() -> Actor:
        made = scene.eve.iam.create_virtual_mfa_device(VirtualMFADeviceName=scene.name)["VirtualMFADevice"]
        codes = pyotp.TOTP(made["Base32StringSeed"].decode())
        now = scene.world.clock.now()
        scene.eve.iam.enable_mfa_device(
            UserName=scene.name,
            SerialNumber=made["SerialNumber"],
            AuthenticationCode1=codes.at(now - STEP),
            AuthenticationCode2=codes.at(now),
        )
        token = scene.eve.sts.get_session_token(
            SerialNumber=made["SerialNumber"], TokenCode=codes.at(now + STEP)
        )
        return scene.with_key(token["Credentials"])

    return walk
