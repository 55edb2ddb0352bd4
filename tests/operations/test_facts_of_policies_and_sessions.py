"""
What was recorded of AWS, fact by fact: managed policies, instance profiles, MFA, the account, and STS.

The tests of each operation say more; these hold the recordings themselves, and nothing besides.
"""

import re
from datetime import UTC, datetime
from typing import Any

import pyotp
import pytest
from botocore.exceptions import ClientError
from tests.support.answers import arn, content, refusal
from tests.support.world import ACCOUNT, Actor, Credentials, World, allow, deny, document

SOME = document(allow("s3:GetObject"))
TRUST = document(allow("sts:AssumeRole", None, Principal={"Service": "ec2.amazonaws.com"}))
UNIQUE = "[A-Z2-7]{17}"
P = arn("policy/p")
OF_AWS = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def wire(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in pairs]


def missing(text: str) -> tuple[str, str]:
    return "NoSuchEntity", text


# Managed policies


def test_facts_41_and_42_what_is_told_of_a_policy(root: Actor) -> None:
    iam = root.iam
    created = iam.create_policy(PolicyName="p", PolicyDocument=SOME, Description="d")["Policy"]
    assert created == {
        "PolicyName": "p",
        "PolicyId": created["PolicyId"],
        "Arn": P,
        "Path": "/",
        "DefaultVersionId": "v1",
        "AttachmentCount": 0,
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
        "CreateDate": created["CreateDate"],
        "UpdateDate": created["CreateDate"],
    }
    assert re.fullmatch("ANPA" + UNIQUE, created["PolicyId"])
    assert iam.get_policy(PolicyArn=P)["Policy"] == created | {"Tags": [], "Description": "d"}
    assert iam.list_policies(Scope="Local")["Policies"] == [created]
    tagged = iam.create_policy(PolicyName="q", PolicyDocument=SOME, Tags=wire(("a", "b")))["Policy"]
    assert tagged["Tags"] == wire(("a", "b"))


def test_fact_43_tags_of_policies(root: Actor) -> None:
    iam = root.iam
    tags = wire(("a", ""), ("A", "1"))
    assert iam.create_policy(PolicyName="p", PolicyDocument=SOME, Tags=tags)["Policy"]["Tags"] == tags
    assert iam.list_policy_tags(PolicyArn=P)["Tags"] == tags[::-1]
    assert refusal(iam.tag_policy, PolicyArn=P, Tags=wire(("a", "1"), ("a", "2"))) == (
        "InvalidInput",
        "Duplicate tag keys found.",
    )


def test_facts_44_to_48_versions(root: Actor) -> None:
    iam = root.iam
    iam.create_policy(PolicyName="p", PolicyDocument=SOME)
    version = iam.create_policy_version(PolicyArn=P, PolicyDocument=SOME)["PolicyVersion"]
    assert version == {"VersionId": "v2", "IsDefaultVersion": False, "CreateDate": version["CreateDate"]}
    assert "Document" in iam.get_policy_version(PolicyArn=P, VersionId="v2")["PolicyVersion"]
    for _ in range(3):
        iam.create_policy_version(PolicyArn=P, PolicyDocument=SOME)
    listed = iam.list_policy_versions(PolicyArn=P)["Versions"]
    assert [each["VersionId"] for each in listed] == ["v5", "v4", "v3", "v2", "v1"]
    assert all("Document" not in each for each in listed)
    assert refusal(iam.create_policy_version, PolicyArn=P, PolicyDocument=SOME) == (
        "LimitExceeded",
        (
            "A managed policy can have up to 5 versions. "
            "Before you create a new version, you must delete an existing version."
        ),
    )
    iam.delete_policy_version(PolicyArn=P, VersionId="v5")
    assert iam.create_policy_version(PolicyArn=P, PolicyDocument=SOME)["PolicyVersion"]["VersionId"] == "v6"
    assert refusal(iam.delete_policy_version, PolicyArn=P, VersionId="v1") == (
        "DeleteConflict",
        "Cannot delete the default version of a policy.",
    )
    iam.create_user(UserName="bob")
    iam.attach_user_policy(UserName="bob", PolicyArn=P)
    assert refusal(iam.delete_policy, PolicyArn=P) == (
        "DeleteConflict",
        "Cannot delete a policy attached to entities.",
    )
    for of in (P, arn("policy/gone")):
        told = missing(f"Policy {of} version v9 does not exist or is not attachable.")
        for operation in (iam.get_policy_version, iam.delete_policy_version, iam.set_default_policy_version):
            assert refusal(operation, PolicyArn=of, VersionId="v9") == told
            code, text = refusal(operation, PolicyArn=of, VersionId="9")
            assert code == "ValidationError"
            assert text.endswith(r"regular expression pattern: v[1-9][0-9]*(\.[A-Za-z0-9-]*)?")
    gone = arn("policy/gone")
    for operation, params in ((iam.delete_policy, {}), (iam.tag_policy, {"Tags": wire(("a", "b"))})):
        assert refusal(operation, PolicyArn=gone, **params) == missing(f"Policy {gone} was not found.")
    assert refusal(iam.list_entities_for_policy, PolicyArn=gone) == missing(
        f"Policy {gone} does not exist or is not attachable."
    )


def test_facts_49_to_52_names_aws_and_entities(root: Actor) -> None:
    iam = root.iam
    iam.create_policy(PolicyName="p", PolicyDocument=SOME)
    assert refusal(iam.create_policy, PolicyName="p", PolicyDocument=SOME) == (
        "EntityAlreadyExists",
        "A policy called p already exists. Duplicate names are not allowed.",
    )
    outside = "outside your own account."
    for operation, params, text in (
        (iam.delete_policy, {}, f"Cannot delete policies {outside}"),
        (
            iam.delete_policy_version,
            {"VersionId": "v1"},
            f"Cannot delete policy versions for policies {outside}",
        ),
        (iam.create_policy_version, {"PolicyDocument": SOME}, f"Cannot update policies {outside}"),
        (iam.set_default_policy_version, {"VersionId": "v1"}, f"Cannot update policies {outside}"),
    ):
        assert refusal(operation, PolicyArn=OF_AWS, **params) == ("AccessDenied", text)

    empty: dict[str, Any] = {"PolicyUsers": [], "PolicyGroups": [], "PolicyRoles": [], "IsTruncated": False}
    assert content(iam.list_entities_for_policy(PolicyArn=P)) == empty
    user = iam.create_user(UserName="bob")["User"]
    group = iam.create_group(GroupName="g")["Group"]
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)["Role"]
    iam.attach_user_policy(UserName="bob", PolicyArn=P)
    iam.attach_group_policy(GroupName="g", PolicyArn=P)
    iam.attach_role_policy(RoleName="r", PolicyArn=P)
    assert content(iam.list_entities_for_policy(PolicyArn=P)) == empty | {
        "PolicyUsers": [{"UserName": "bob", "UserId": user["UserId"]}],
        "PolicyGroups": [{"GroupName": "g", "GroupId": group["GroupId"]}],
        "PolicyRoles": [{"RoleName": "r", "RoleId": role["RoleId"]}],
    }
    page = iam.list_policies(Scope="AWS")
    assert (page["IsTruncated"], len(page["Policies"])) == (True, 100)
    assert int(iam.get_policy(PolicyArn=OF_AWS)["Policy"]["DefaultVersionId"].removeprefix("v")) > 1


# Instance profiles and MFA


def test_facts_62_and_63_instance_profiles(root: Actor) -> None:
    iam = root.iam
    created = iam.create_instance_profile(InstanceProfileName="P")["InstanceProfile"]
    assert sorted(created) == [
        "Arn",
        "CreateDate",
        "InstanceProfileId",
        "InstanceProfileName",
        "Path",
        "Roles",
    ]
    assert created["Roles"] == []
    assert re.fullmatch("AIPA" + UNIQUE, created["InstanceProfileId"])
    assert iam.get_instance_profile(InstanceProfileName="P")["InstanceProfile"] == created | {"Tags": []}
    assert refusal(iam.create_instance_profile, InstanceProfileName="P") == (
        "EntityAlreadyExists",
        "Instance Profile P already exists.",
    )
    assert refusal(iam.get_instance_profile, InstanceProfileName="X") == missing(
        "Instance Profile X cannot be found."
    )
    role = iam.create_role(RoleName="R", AssumeRolePolicyDocument=TRUST)["Role"]
    remove = iam.remove_role_from_instance_profile
    assert refusal(remove, RoleName="R", InstanceProfileName="P") == missing(
        "Role R in Instance Profile P cannot be found."
    )
    iam.add_role_to_instance_profile(RoleName="R", InstanceProfileName="P")
    assert refusal(iam.add_role_to_instance_profile, RoleName="R", InstanceProfileName="P") == (
        "LimitExceeded",
        "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1",
    )
    (listed,) = iam.list_instance_profiles()["InstanceProfiles"]
    assert listed["Roles"] == [role]
    assert refusal(iam.delete_instance_profile, InstanceProfileName="P") == (
        "DeleteConflict",
        "Cannot delete entity, must remove roles from instance profile first.",
    )


def device_of(root: Actor, name: str, **params: Any) -> tuple[str, pyotp.TOTP]:
    device = root.iam.create_virtual_mfa_device(VirtualMFADeviceName=name, **params)["VirtualMFADevice"]
    assert device["QRCodePNG"].startswith(b"\x89PNG")
    return device["SerialNumber"], pyotp.TOTP(device["Base32StringSeed"].decode())


def codes(world: World, totp: pyotp.TOTP) -> dict[str, str]:
    now = int(world.clock.now().timestamp())
    return {"AuthenticationCode1": totp.at(now - 30), "AuthenticationCode2": totp.at(now)}


def test_facts_64_to_66_mfa_devices(world: World) -> None:
    root, iam = world.root, world.root.iam
    iam.create_user(UserName="bob")
    serial, totp = device_of(root, "d", Path="/a//b/", Tags=wire(("a", "b")))
    assert serial == arn("mfa/a//b/d")
    assert content(iam.list_virtual_mfa_devices())["VirtualMFADevices"] == [{"SerialNumber": serial}]
    create = iam.create_virtual_mfa_device
    assert refusal(create, VirtualMFADeviceName="d", Path="/a//b/") == (
        "EntityAlreadyExists",
        "MFA device already exists.",
    )
    assert refusal(create, VirtualMFADeviceName="d", Path="x") == (
        "ValidationError",
        (
            "The specified value for path is invalid. "
            "It must begin and end with / and contain only alphanumeric characters and/or / characters."
        ),
    )
    assert refusal(create, VirtualMFADeviceName="d", Path="/" + "x" * 511 + "/") == (
        "ValidationError",
        (
            "1 validation error detected: Value at 'path' failed to satisfy constraint: "
            "Member must have length less than or equal to 512"
        ),
    )
    gone = arn("mfa/gone")
    assert refusal(iam.delete_virtual_mfa_device, SerialNumber=gone) == missing(
        f"MFA Device with serial number {gone} does not exist."
    )
    given = codes(world, totp)
    enable = iam.enable_mfa_device
    twice = {
        "AuthenticationCode1": given["AuthenticationCode2"],
        "AuthenticationCode2": given["AuthenticationCode2"],
    }
    assert refusal(enable, UserName="bob", SerialNumber=serial, **twice)[0] == "InvalidAuthenticationCode"
    enable(UserName="bob", SerialNumber=serial, **given)
    (listed,) = iam.list_virtual_mfa_devices()["VirtualMFADevices"]
    assert sorted(listed) == ["EnableDate", "SerialNumber", "User"]
    assert refusal(enable, UserName="bob", SerialNumber=serial, **given) == (
        "EntityAlreadyExists",
        "MFA Device is already in use.",
    )


def test_fact_75_the_account_in_34_numbers(root: Actor) -> None:
    summary = root.iam.get_account_summary()["SummaryMap"]
    assert len(summary) == 34
    expected = {
        "AccountPasswordPresent": 0,
        "AccountAccessKeysPresent": 1,
        "AccountMFAEnabled": 0,
        "AccountSigningCertificatesPresent": 0,
        "GlobalEndpointTokenVersion": 1,
        "AssumeRolePolicySizeQuota": 2048,
        "UserPolicySizeQuota": 2048,
        "GroupPolicySizeQuota": 5120,
        "RolePolicySizeQuota": 10240,
        "PolicySizeQuota": 6144,
        "UsersQuota": 5000,
        "GroupsQuota": 300,
        "RolesQuota": 1000,
        "InstanceProfilesQuota": 1000,
        "PoliciesQuota": 1500,
        "PolicyVersionsInUseQuota": 10000,
        "ServerCertificatesQuota": 20,
        "AttachedPoliciesPerUserQuota": 10,
        "AttachedPoliciesPerGroupQuota": 10,
        "AttachedPoliciesPerRoleQuota": 10,
        "GroupsPerUserQuota": 10,
        "VersionsPerPolicyQuota": 5,
        "AccessKeysPerUserQuota": 2,
        "SigningCertificatesPerUserQuota": 2,
        "Providers": 0,
    }
    assert {name: summary.get(name) for name in expected} == expected


# STS


def test_facts_80_84_and_86_a_session_of_a_role(world: World) -> None:
    bob = world.user("bob", allow("*"))
    role_arn = world.role("r", {"AWS": arn("user/bob")}, Path="/deep/")
    role_id = world.root.iam.get_role(RoleName="r")["Role"]["RoleId"]
    answer = content(bob.sts.assume_role(RoleArn=role_arn, RoleSessionName="ss"))
    assert answer.pop("Credentials")["AccessKeyId"].startswith("ASIA")
    session_arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/r/ss"
    assert answer == {"AssumedRoleUser": {"AssumedRoleId": f"{role_id}:ss", "Arn": session_arn}}
    for given in ({"Policy": SOME}, {"PolicyArns": [{"arn": OF_AWS}]}, {"Tags": wire(("a", "b"))}):
        assert "PackedPolicySize" in bob.sts.assume_role(RoleArn=role_arn, RoleSessionName="ss", **given)
    assert content(bob.assume(role_arn, "ss").sts.get_caller_identity()) == {
        "UserId": f"{role_id}:ss",
        "Account": ACCOUNT,
        "Arn": session_arn,
    }
    user_id = world.root.iam.get_user(UserName="bob")["User"]["UserId"]
    assert content(bob.sts.get_caller_identity()) == {
        "UserId": user_id,
        "Account": ACCOUNT,
        "Arn": arn("user/bob"),
    }
    assert re.fullmatch("AGPA" + UNIQUE, world.root.iam.create_group(GroupName="g")["Group"]["GroupId"])


def test_fact_80_inherited_tags_count_for_the_packed_size(world: World) -> None:
    bob = world.user("bob")
    first = world.role("first", {"AWS": arn("user/bob")})
    second = world.role("second", {"AWS": first})
    session = bob.assume(first, Tags=wire(("a", "b")), TransitiveTagKeys=["a"])
    assert "PackedPolicySize" in session.sts.assume_role(RoleArn=second, RoleSessionName="ss")


def test_fact_81_what_is_no_role_and_no_session_name(world: World) -> None:
    bob = world.user("bob", allow("*"))
    ask = bob.sts.assume_role
    for bad in (
        "x" * 20,
        "arn:aws:iam::123456789012:user/bob",
        "arn:aws:iam:123456789012:role",
        "arn:aws:iam:::role/r",
    ):
        assert refusal(ask, RoleArn=bad, RoleSessionName="ss") == ("ValidationError", f"{bad} is invalid")
    name = "n" * 65
    assert refusal(ask, RoleArn=arn("role/r"), RoleSessionName=name) == (
        "ValidationError",
        (
            f"1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy constraint: "
            "Member must have length less than or equal to 64"
        ),
    )


def test_fact_83_a_session_of_a_user(world: World) -> None:
    answer = content(world.user("bob").sts.get_session_token(DurationSeconds=900))
    assert sorted(answer) == ["Credentials"]
    assert 890 < (answer["Credentials"]["Expiration"] - datetime.now(UTC)).total_seconds() <= 900


def test_fact_85_session_tags(world: World) -> None:
    bob = world.user("bob")
    first = world.role("first", {"AWS": arn("user/bob")})
    second = world.role("second", {"AWS": first})

    def ask(actor: Actor, role: str, **given: Any) -> tuple[str, str]:
        return refusal(actor.sts.assume_role, RoleArn=role, RoleSessionName="ss", **given)

    assert ask(bob, first, Tags=wire(("a", "1")), TransitiveTagKeys=["b"]) == (
        "InvalidParameterValue",
        "The specified transitive tag key must be included in the requested tags.",
    )
    code, text = ask(bob, first, Tags=wire(("a", "1"), ("A", "2")))
    assert text == "Duplicate tag keys found. Please note that Tag keys are case insensitive."
    session = bob.assume(first, Tags=wire(("Team", "red")), TransitiveTagKeys=["TEAM"])
    assert ask(session, second, Tags=wire(("team", "blue"))) == (
        "InvalidParameterValue",
        (
            "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key "
            "from the calling session."
        ),
    )
    assert code == "InvalidParameterValue"


def test_fact_87_credentials_that_do_not_hold(world: World) -> None:
    bob = world.user("bob", deny("*"))
    assert bob.credentials is not None
    assert bob.sts.get_caller_identity()["Arn"] == arn("user/bob")
    unknown = Actor(world, Credentials("AKIA" + "A" * 16, "s" * 40))
    assert refusal(unknown.sts.get_caller_identity) == (
        "InvalidClientTokenId",
        "The security token included in the request is invalid.",
    )
    assert world.responses[-1].status == 403
    wrong = Actor(world, Credentials(bob.credentials.access_key_id, "s" * 40))
    with pytest.raises(ClientError) as refused:
        wrong.sts.get_caller_identity()
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert refused.value.response["Error"] == {
        "Type": "Sender",
        "Code": "SignatureDoesNotMatch",
        "Message": "The request signature we calculated does not match the signature you provided. Check your AWS "
        "Secret Access Key and signing method. Consult the service documentation for details.",
    }
