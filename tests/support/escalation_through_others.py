"""
How Eve gets hold of the rights of others: users of whom she has credentials in the end, and roles.

The list is that of the public catalogues of such paths (Rhino Security Labs, pathfinding.cloud), and their kin.
"""

from collections.abc import Callable, Iterator

from tests.support.escalation import ADMIN_POLICY, EVERYTHING, ONLY_NAMED, PRIZE, Path, Paths, Scene, Walk
from tests.support.world import Actor, allow, deny, document

NO = document(deny(PRIZE))

PATHS = Paths()


# Somebody else's rights, of whom Eve has credentials in the end


@PATHS.way("iam:CreateAccessKey")
def _(scene: Scene) -> Walk:
    admin = scene.admin()
    return lambda: scene.with_key(scene.eve.iam.create_access_key(UserName=admin)["AccessKey"])


@PATHS.way("iam:DeleteAccessKey", "iam:CreateAccessKey")
def _(scene: Scene) -> Walk:
    admin = scene.admin()
    keys = [scene.iam.create_access_key(UserName=admin)["AccessKey"]["AccessKeyId"] for _ in range(2)]

    def walk() -> Actor:
        scene.eve.iam.delete_access_key(UserName=admin, AccessKeyId=keys[0])
        return scene.with_key(scene.eve.iam.create_access_key(UserName=admin)["AccessKey"])

    return walk


@PATHS.way("iam:UpdateAccessKey")
def _(scene: Scene) -> Walk:
    admin = scene.admin()
    key = scene.iam.create_access_key(UserName=admin)["AccessKey"]
    scene.iam.update_access_key(UserName=admin, AccessKeyId=key["AccessKeyId"], Status="Inactive")

    def walk() -> Actor:
        scene.eve.iam.update_access_key(UserName=admin, AccessKeyId=key["AccessKeyId"], Status="Active")
        return scene.with_key(key)

    return walk


@PATHS.way("iam:CreateLoginProfile")
def _(scene: Scene) -> Walk:
    admin = scene.admin()

    def walk() -> None:
        scene.eve.iam.create_login_profile(UserName=admin, Password="Eves-password-1")
        assert scene.iam.get_login_profile(UserName=admin)["LoginProfile"]["UserName"] == admin

    return walk


@PATHS.way("iam:UpdateLoginProfile")
def _(scene: Scene) -> Walk:
    admin = scene.admin()
    scene.iam.create_login_profile(UserName=admin, Password="First-password-1", PasswordResetRequired=True)

    def walk() -> None:
        scene.eve.iam.update_login_profile(
            UserName=admin, Password="Eves-password-1", PasswordResetRequired=False
        )
        assert not scene.iam.get_login_profile(UserName=admin)["LoginProfile"]["PasswordResetRequired"]

    return walk


@PATHS.way("iam:AttachUserPolicy", "iam:CreateAccessKey", name="of another")
def _(scene: Scene) -> Walk:
    other = scene.named("other")
    scene.iam.create_user(UserName=other)

    def walk() -> Actor:
        scene.eve.iam.attach_user_policy(UserName=other, PolicyArn=ADMIN_POLICY)
        return scene.with_key(scene.eve.iam.create_access_key(UserName=other)["AccessKey"])

    return walk


@PATHS.way("iam:PutUserPolicy", "iam:CreateAccessKey", name="of another")
def _(scene: Scene) -> Walk:
    other = scene.named("other")
    scene.iam.create_user(UserName=other)

    def walk() -> Actor:
        scene.eve.iam.put_user_policy(UserName=other, PolicyName="p", PolicyDocument=EVERYTHING)
        return scene.with_key(scene.eve.iam.create_access_key(UserName=other)["AccessKey"])

    return walk


@PATHS.way("iam:CreateUser", "iam:AttachUserPolicy", "iam:CreateAccessKey")
def _(scene: Scene) -> Walk:
    def walk() -> Actor:
        other = scene.named("other")
        scene.eve.iam.create_user(UserName=other)
        scene.eve.iam.attach_user_policy(UserName=other, PolicyArn=ADMIN_POLICY)
        return scene.with_key(scene.eve.iam.create_access_key(UserName=other)["AccessKey"])

    return walk


@PATHS.way("iam:CreateUser", "iam:AddUserToGroup", "iam:CreateAccessKey")
def _(scene: Scene) -> Walk:
    group = scene.group(EVERYTHING, with_eve=False)

    def walk() -> Actor:
        other = scene.named("other")
        scene.eve.iam.create_user(UserName=other)
        scene.eve.iam.add_user_to_group(GroupName=group, UserName=other)
        return scene.with_key(scene.eve.iam.create_access_key(UserName=other)["AccessKey"])

    return walk


# Roles


@PATHS.way("sts:AssumeRole")
def _(scene: Scene) -> Walk:
    role = scene.role(scene.trusting_the_account(), EVERYTHING)
    return lambda: scene.eve.assume(role)


@PATHS.way("iam:UpdateAssumeRolePolicy")
def _(scene: Scene) -> Walk:
    """A trust policy that names her lets her in by itself."""
    role = scene.role(ONLY_NAMED, EVERYTHING)

    def walk() -> Actor:
        scene.eve.iam.update_assume_role_policy(
            RoleName=scene.named("role"), PolicyDocument=scene.trusting_eve()
        )
        return scene.eve.assume(role)

    return walk


@PATHS.way("iam:UpdateAssumeRolePolicy", "sts:AssumeRole", name="for the account")
def _(scene: Scene) -> Walk:
    role = scene.role(ONLY_NAMED, EVERYTHING)

    def walk() -> Actor:
        scene.eve.iam.update_assume_role_policy(
            RoleName=scene.named("role"), PolicyDocument=scene.trusting_the_account()
        )
        return scene.eve.assume(role)

    return walk


def raising(scene: Scene, how: str) -> Callable[[], object]:
    """Prepare to have Eve give everything to the role of a scene, in one of several ways."""
    role = {"RoleName": scene.named("role")}
    if how == "iam:AttachRolePolicy":
        return lambda: scene.eve.iam.attach_role_policy(**role, PolicyArn=ADMIN_POLICY)
    if how == "iam:PutRolePolicy":
        return lambda: scene.eve.iam.put_role_policy(**role, PolicyName="mine", PolicyDocument=EVERYTHING)
    if how == "iam:DeleteRolePermissionsBoundary":
        scene.iam.put_role_policy(**role, PolicyName="all", PolicyDocument=EVERYTHING)
        edge = scene.policy(document(allow("s3:*")))
        scene.iam.put_role_permissions_boundary(**role, PermissionsBoundary=edge)
        return lambda: scene.eve.iam.delete_role_permissions_boundary(**role)
    if how == "iam:PutRolePermissionsBoundary":
        scene.iam.put_role_policy(**role, PolicyName="all", PolicyDocument=EVERYTHING)
        edge = scene.policy(document(allow("s3:*")))
        scene.iam.put_role_permissions_boundary(**role, PermissionsBoundary=edge)
        return lambda: scene.eve.iam.put_role_permissions_boundary(**role, PermissionsBoundary=ADMIN_POLICY)
    if how == "iam:DeleteRolePolicy":
        scene.iam.put_role_policy(**role, PolicyName="all", PolicyDocument=EVERYTHING)
        scene.iam.put_role_policy(**role, PolicyName="no", PolicyDocument=NO)
        return lambda: scene.eve.iam.delete_role_policy(**role, PolicyName="no")
    policy = scene.policy(NO if how == "iam:DetachRolePolicy" else document(allow("s3:*")))
    scene.iam.attach_role_policy(**role, PolicyArn=policy)
    if how == "iam:DetachRolePolicy":
        scene.iam.put_role_policy(**role, PolicyName="all", PolicyDocument=EVERYTHING)
        return lambda: scene.eve.iam.detach_role_policy(**role, PolicyArn=policy)
    assert how == "iam:CreatePolicyVersion"
    return lambda: scene.eve.iam.create_policy_version(
        PolicyArn=policy, PolicyDocument=EVERYTHING, SetAsDefault=True
    )


def raise_and_assume(scene: Scene, how: str) -> Walk:
    role = scene.role(scene.trusting_the_account())
    step = raising(scene, how)

    def walk() -> Actor:
        step()
        return scene.eve.assume(role)

    return walk


def raise_and_be_trusted(scene: Scene, how: str) -> Walk:
    role = scene.role(ONLY_NAMED)
    step = raising(scene, how)

    def walk() -> Actor:
        step()
        scene.eve.iam.update_assume_role_policy(
            RoleName=scene.named("role"), PolicyDocument=scene.trusting_eve()
        )
        return scene.eve.assume(role)

    return walk


def _raising(how: str) -> Iterator[Path]:
    short = how.partition(":")[2]
    yield Path(f"{short}+AssumeRole", (how, "sts:AssumeRole"), lambda scene: raise_and_assume(scene, how))
    yield Path(
        f"{short}+UpdateAssumeRolePolicy",
        (how, "iam:UpdateAssumeRolePolicy"),
        lambda scene: raise_and_be_trusted(scene, how),
    )


for _how in (
    "iam:AttachRolePolicy",
    "iam:PutRolePolicy",
    "iam:CreatePolicyVersion",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:DeleteRolePermissionsBoundary",
    "iam:PutRolePermissionsBoundary",
):
    PATHS.extend(_raising(_how))


@PATHS.way("iam:CreateRole", "iam:AttachRolePolicy")
def _(scene: Scene) -> Walk:
    def walk() -> Actor:
        made = scene.eve.iam.create_role(
            RoleName=scene.named("role"), AssumeRolePolicyDocument=scene.trusting_eve()
        )
        scene.eve.iam.attach_role_policy(RoleName=scene.named("role"), PolicyArn=ADMIN_POLICY)
        return scene.eve.assume(made["Role"]["Arn"])

    return walk


@PATHS.way("iam:CreateRole", "iam:PutRolePolicy")
def _(scene: Scene) -> Walk:
    def walk() -> Actor:
        made = scene.eve.iam.create_role(
            RoleName=scene.named("role"), AssumeRolePolicyDocument=scene.trusting_eve()
        )
        scene.eve.iam.put_role_policy(RoleName=scene.named("role"), PolicyName="p", PolicyDocument=EVERYTHING)
        return scene.eve.assume(made["Role"]["Arn"])

    return walk


# Roles handed to others


@PATHS.way("iam:AddRoleToInstanceProfile", "iam:PassRole")
def _(scene: Scene) -> Walk:
    scene.role(ONLY_NAMED, EVERYTHING)
    profile = {"InstanceProfileName": scene.named("profile")}
    scene.iam.create_instance_profile(**profile)

    def walk() -> None:
        scene.eve.iam.add_role_to_instance_profile(**profile, RoleName=scene.named("role"))
        (role,) = scene.iam.get_instance_profile(**profile)["InstanceProfile"]["Roles"]
        assert role["RoleName"] == scene.named("role")

    return walk


@PATHS.way("iam:RemoveRoleFromInstanceProfile", "iam:AddRoleToInstanceProfile", "iam:PassRole")
def _(scene: Scene) -> Walk:
    scene.role(ONLY_NAMED, EVERYTHING)
    profile = {"InstanceProfileName": scene.named("profile")}
    scene.iam.create_instance_profile(**profile)
    scene.iam.create_role(RoleName=scene.named("weak"), AssumeRolePolicyDocument=ONLY_NAMED)
    scene.iam.add_role_to_instance_profile(**profile, RoleName=scene.named("weak"))

    def walk() -> None:
        scene.eve.iam.remove_role_from_instance_profile(**profile, RoleName=scene.named("weak"))
        scene.eve.iam.add_role_to_instance_profile(**profile, RoleName=scene.named("role"))
        (role,) = scene.iam.get_instance_profile(**profile)["InstanceProfile"]["Roles"]
        assert role["RoleName"] == scene.named("role")

    return walk
