"""
What was recorded of AWS, fact by fact: users, groups, roles, and how every answer is written.

The tests of each operation say more; these hold the recordings themselves, and nothing besides.
"""

import json
import re
from datetime import datetime
from typing import Any
from urllib.parse import quote

import pytest
from tests.support.answers import arn, content, refusal
from tests.support.world import Actor, Credentials, World, allow, document

TRUST = document(allow("sts:AssumeRole", None, Principal={"Service": "ec2.amazonaws.com"}))
SOME = document(allow("s3:GetObject"))
UNIQUE = "[A-Z2-7]{17}"
CASELESS = "Duplicate tag keys found. Please note that Tag keys are case insensitive."


def wire(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in pairs]


def status(world: World) -> int:
    return world.responses[-1].status


def violation(member: str, rule: str) -> tuple[str, str]:
    text = f"1 validation error detected: Value at '{member}' failed to satisfy constraint: {rule}"
    return "ValidationError", text


def made(iam: Any) -> None:
    """Make a user, a group, a role and a policy."""
    iam.create_user(UserName="bob")
    iam.create_group(GroupName="g")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    iam.create_policy(PolicyName="p", PolicyDocument=SOME)


# The wire


def test_fact_1_an_error_has_type_code_and_message(world: World) -> None:
    refusal(world.root.iam.get_user, UserName="x")
    body = world.responses[-1].body.decode()
    error = re.search("<Error>(.*)</Error>", body)
    assert error is not None
    assert re.findall(r"<(\w+)>", error[1]) == ["Type", "Code", "Message"]
    assert "<Type>Sender</Type>" in body


def test_fact_2_statuses(world: World) -> None:
    iam = world.root.iam
    made(iam)
    iam.put_user_policy(UserName="bob", PolicyName="i", PolicyDocument=SOME)
    iam.create_access_key(UserName="bob")
    iam.create_access_key(UserName="bob")
    aws = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    seen = []
    for operation, params in (
        (iam.get_user, {"UserName": "x"}),
        (iam.create_user, {"UserName": "bob"}),
        (iam.delete_user, {"UserName": "bob"}),
        (iam.create_access_key, {"UserName": "bob"}),
        (iam.get_user, {"UserName": ""}),
        (iam.put_user_permissions_boundary, {"UserName": "bob", "PermissionsBoundary": "x" * 30}),
        (iam.create_policy, {"PolicyName": "q", "PolicyDocument": "{}"}),
        (iam.delete_policy, {"PolicyArn": aws}),
    ):
        code, _ = refusal(operation, **params)
        seen.append((code, status(world)))
    assert seen == [
        ("NoSuchEntity", 404),
        ("EntityAlreadyExists", 409),
        ("DeleteConflict", 409),
        ("LimitExceeded", 409),
        ("ValidationError", 400),
        ("InvalidInput", 400),
        ("MalformedPolicyDocument", 400),
        ("AccessDenied", 403),
    ]


def test_facts_3_to_7_texts_of_constraints(root: Actor) -> None:
    rule = r"Member must satisfy regular expression pattern: [\w+=,.@-]*"
    assert refusal(root.sts.assume_role, RoleArn=arn("role/r"), RoleSessionName="Session1:2") == (
        "ValidationError",
        f"1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: {rule}",
    )
    update = root.iam.update_access_key
    assert refusal(update, AccessKeyId="A" * 20, Status="Lost") == violation(
        "status", "Member must satisfy enum value set"
    )
    long = "Member must have length less than or equal to"
    assert refusal(root.iam.tag_user, UserName="bob", Tags=wire(("k" * 129, "v" * 257))) == (
        "ValidationError",
        "2 validation errors detected: "
        + "; ".join(
            f"Value at 'tags.1.member.{name}' failed to satisfy constraint: {long} {most}"
            for name, most in (("value", 256), ("key", 128))
        ),
    )
    assert refusal(root.iam.untag_user, UserName="bob", TagKeys=["k" * 129]) == violation(
        "tagKeys",
        "Member must satisfy constraint: [Member must have length less than or equal to 128, "
        "Member must have length greater than or equal to 1, "
        r"Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+, Member must not be null]",
    )


def test_fact_8_lists_say_whether_there_is_more(root: Actor) -> None:
    iam = root.iam
    made(iam)
    lists = {
        "list_users": {},
        "list_groups": {},
        "list_roles": {},
        "list_policies": {"Scope": "Local"},
        "list_instance_profiles": {},
        "list_virtual_mfa_devices": {},
        "list_account_aliases": {},
        "list_access_keys": {"UserName": "bob"},
        "list_mfa_devices": {"UserName": "bob"},
        "get_group": {"GroupName": "g"},
        "list_groups_for_user": {"UserName": "bob"},
        "list_user_policies": {"UserName": "bob"},
        "list_attached_user_policies": {"UserName": "bob"},
        "list_user_tags": {"UserName": "bob"},
        "list_role_policies": {"RoleName": "r"},
        "list_role_tags": {"RoleName": "r"},
        "list_attached_role_policies": {"RoleName": "r"},
        "list_instance_profiles_for_role": {"RoleName": "r"},
        "list_group_policies": {"GroupName": "g"},
        "list_attached_group_policies": {"GroupName": "g"},
        "list_policy_tags": {"PolicyArn": arn("policy/p")},
        "list_policy_versions": {"PolicyArn": arn("policy/p")},
        "list_entities_for_policy": {"PolicyArn": arn("policy/p")},
    }
    for name, params in lists.items():
        answer = getattr(iam, name)(**params)
        assert (name, answer.get("IsTruncated"), "Marker" in answer) == (name, False, False)
        assert refusal(getattr(iam, name), **params, Marker="forged") == (
            "ValidationError",
            "Invalid Marker.",
        )
    iam.create_user(UserName="carol")
    first = iam.list_users(MaxItems=1)
    assert first["IsTruncated"] is True
    assert content(iam.list_users(Marker=first["Marker"]))["IsTruncated"] is False


def test_facts_10_and_11_documents_round_trip(world: World) -> None:
    iam = world.root.iam
    made(iam)
    text = (
        '{ "Version":"2012-10-17", "Id":"x",\n "Statement": {"Effect":"Allow", "Action":"s3:Get*", '
        '"Resource":"arn:aws:s3:::a%3Ab/${aws:username}+é"} }'
    )
    iam.put_user_policy(UserName="bob", PolicyName="i", PolicyDocument=text)
    assert iam.get_user_policy(UserName="bob", PolicyName="i")["PolicyDocument"] == json.loads(text)
    assert quote(text, safe="") in world.responses[-1].body.decode()
    iam.create_policy(PolicyName="q", PolicyDocument=text)
    version = iam.get_policy_version(PolicyArn=arn("policy/q"), VersionId="v1")["PolicyVersion"]
    assert version["Document"] == json.loads(text)
    assert quote(text, safe="") in world.responses[-1].body.decode()


# Users


def test_facts_12_13_and_19_what_is_told_of_a_user(root: Actor) -> None:
    iam = root.iam
    edge = iam.create_policy(PolicyName="edge", PolicyDocument=SOME)["Policy"]["Arn"]
    plain = iam.create_user(UserName="bob")["User"]
    assert sorted(plain) == ["Arn", "CreateDate", "Path", "UserId", "UserName"]
    assert (plain["Path"], plain["Arn"]) == ("/", arn("user/bob"))
    assert re.fullmatch("AIDA" + UNIQUE, plain["UserId"])
    assert iam.get_user(UserName="bob")["User"] == plain
    full = iam.create_user(UserName="ann", Path="/team/", PermissionsBoundary=edge, Tags=wire(("a", "b")))
    assert full["User"]["Arn"] == arn("user/team/ann")
    told = iam.get_user(UserName="ann")["User"]
    assert told["Tags"] == wire(("a", "b"))
    assert told["PermissionsBoundary"] == {
        "PermissionsBoundaryArn": edge,
        "PermissionsBoundaryType": "Policy",
    }
    assert [sorted(user) for user in iam.list_users()["Users"]] == [sorted(plain)] * 2
    assert [user["UserName"] for user in iam.list_users(PathPrefix="/te")["Users"]] == ["ann"]


def test_facts_14_and_15_names(world: World) -> None:
    iam = world.root.iam
    made(iam)
    assert refusal(iam.create_user, UserName="bob") == (
        "EntityAlreadyExists",
        "User with name bob already exists.",
    )
    assert refusal(iam.get_user, UserName="x") == ("NoSuchEntity", "The user with name x cannot be found.")
    before = iam.get_user(UserName="bob")["User"]
    iam.add_user_to_group(GroupName="g", UserName="bob")
    iam.update_user(UserName="bob", NewUserName="bobby", NewPath="/x/")
    after = iam.get_user(UserName="bobby")["User"]
    assert after == before | {"UserName": "bobby", "Path": "/x/", "Arn": arn("user/x/bobby")}
    assert refusal(iam.get_user, UserName="bob")[0] == "NoSuchEntity"
    assert [user["UserName"] for user in iam.get_group(GroupName="g")["Users"]] == ["bobby"]


def test_fact_16_conflicts_of_deletion(root: Actor) -> None:
    iam = root.iam
    made(iam)
    iam.attach_user_policy(UserName="bob", PolicyArn=arn("policy/p"))
    iam.put_user_policy(UserName="bob", PolicyName="i", PolicyDocument=SOME)
    assert refusal(iam.delete_user, UserName="bob") == (
        "DeleteConflict",
        "Cannot delete entity, must detach all policies first.",
    )
    iam.detach_user_policy(UserName="bob", PolicyArn=arn("policy/p"))
    assert refusal(iam.delete_user, UserName="bob") == (
        "DeleteConflict",
        "Cannot delete entity, must delete policies first.",
    )


def test_facts_17_and_18_without_a_name(world: World) -> None:
    bob = world.user("bob", allow("*"))
    assert bob.credentials is not None
    session = bob.assume(world.role("r", {"AWS": arn("user/bob")}, allow("*")))
    for operation in (session.iam.get_user, session.iam.list_access_keys, session.iam.create_access_key):
        assert refusal(operation) == (
            "ValidationError",
            "Must specify userName when calling with non-User credentials",
        )
    assert bob.iam.get_user()["User"]["UserName"] == "bob"
    second = bob.iam.create_access_key()["AccessKey"]
    assert second["UserName"] == "bob"
    bob.iam.delete_access_key(AccessKeyId=second["AccessKeyId"])
    (left,) = bob.iam.list_access_keys()["AccessKeyMetadata"]
    assert left["AccessKeyId"] == bob.credentials.access_key_id


def test_facts_20_to_24_access_keys(world: World) -> None:
    iam = world.root.iam
    made(iam)
    key = iam.create_access_key(UserName="bob")["AccessKey"]
    assert (len(key["AccessKeyId"]), len(key["SecretAccessKey"])) == (20, 40)
    assert (key["AccessKeyId"][:4], key["Status"], key["UserName"]) == ("AKIA", "Active", "bob")
    (listed,) = iam.list_access_keys(UserName="bob")["AccessKeyMetadata"]
    assert listed == {name: value for name, value in key.items() if name != "SecretAccessKey"}
    iam.create_access_key(UserName="bob")
    assert refusal(iam.create_access_key, UserName="bob") == (
        "LimitExceeded",
        "Cannot exceed quota for AccessKeysPerUser: 2",
    )
    gone = "AKIA" + "A" * 16
    missing = ("NoSuchEntity", f"The Access Key with id {gone} cannot be found.")
    assert refusal(iam.update_access_key, UserName="bob", AccessKeyId=gone, Status="Active") == missing
    assert refusal(iam.delete_access_key, UserName="bob", AccessKeyId=gone) == missing

    never = content(iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"]))
    assert never == {"UserName": "bob", "AccessKeyLastUsed": {"Region": "N/A", "ServiceName": "N/A"}}
    refusal(Actor(world, Credentials.of(key)).iam.list_users)
    used = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"]
    assert isinstance(used.pop("LastUsedDate"), datetime)
    assert used == {"ServiceName": "iam", "Region": "us-east-1"}
    assert refusal(iam.get_access_key_last_used, AccessKeyId=gone) == (
        "AccessDenied",
        f"User: {arn('root')} is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key {gone}",
    )


# Groups


def test_facts_26_to_29_groups(root: Actor) -> None:
    iam = root.iam
    made(iam)
    iam.create_group(GroupName="h")
    taken = ("EntityAlreadyExists", "Group with name h already exists.")
    assert refusal(iam.create_group, GroupName="h") == taken
    assert refusal(iam.update_group, GroupName="g", NewGroupName="h") == taken
    assert refusal(iam.get_group, GroupName="x") == (
        "NoSuchEntity",
        "The group with name x cannot be found.",
    )
    before = iam.get_group(GroupName="g")["Group"]
    iam.update_group(GroupName="g", NewGroupName="i", NewPath="/x/")
    after = iam.get_group(GroupName="i")["Group"]
    assert after == before | {"GroupName": "i", "Path": "/x/", "Arn": arn("group/x/i")}

    for _ in range(2):
        iam.add_user_to_group(GroupName="i", UserName="bob")
    iam.remove_user_from_group(GroupName="i", UserName="bob")
    assert iam.get_group(GroupName="i")["Users"] == []
    for user, told in (
        ("x", "The user with name x cannot be found."),
        ("bob", "The group with name y cannot be found."),
    ):
        for operation in (iam.add_user_to_group, iam.remove_user_from_group):
            assert refusal(operation, GroupName="y", UserName=user) == ("NoSuchEntity", told)
    for of, name in (("user", "bob"), ("group", "i"), ("role", "r")):
        for verb in ("get", "delete"):
            ask = getattr(iam, f"{verb}_{of}_policy")
            assert refusal(ask, **{f"{of.title()}Name": name}, PolicyName="X") == (
                "NoSuchEntity",
                f"The {of} policy with name X cannot be found.",
            )


# Roles


def test_facts_30_to_33_what_is_told_of_a_role(world: World) -> None:
    iam = world.root.iam
    edge = iam.create_policy(PolicyName="edge", PolicyDocument=SOME)["Policy"]["Arn"]
    always = ["Arn", "AssumeRolePolicyDocument", "CreateDate", "Path", "RoleId", "RoleName"]
    created = iam.create_role(
        RoleName="r", AssumeRolePolicyDocument=TRUST, Description="d", MaxSessionDuration=7200
    )["Role"]
    assert sorted(created) == always
    assert re.fullmatch("AROA" + UNIQUE, created["RoleId"])
    full = iam.create_role(
        RoleName="s", AssumeRolePolicyDocument=TRUST, PermissionsBoundary=edge, Tags=wire(("a", "b"))
    )["Role"]
    assert sorted(full) == sorted([*always, "PermissionsBoundary", "Tags"])
    told = iam.get_role(RoleName="r")["Role"]
    assert told == created | {"Description": "d", "MaxSessionDuration": 7200, "RoleLastUsed": {}}
    assert iam.get_role(RoleName="s")["Role"] == full | {"MaxSessionDuration": 3600, "RoleLastUsed": {}}
    listed = {role["RoleName"]: role for role in iam.list_roles()["Roles"]}
    assert sorted(listed["s"]) == sorted([*always, "MaxSessionDuration"])
    assert content(iam.update_role(RoleName="r")) == {}
    assert iam.get_role(RoleName="r")["Role"] == told
    assert iam.update_role_description(RoleName="r", Description="e")["Role"] == created | {
        "Description": "e"
    }


def test_facts_34_to_37_refusals_of_roles(root: Actor) -> None:
    iam = root.iam
    made(iam)
    create = iam.create_role
    assert refusal(create, RoleName="r", AssumeRolePolicyDocument=TRUST) == (
        "EntityAlreadyExists",
        "Role with name r already exists.",
    )
    assert refusal(iam.get_role, RoleName="x") == ("NoSuchEntity", "The role with name x cannot be found.")
    iam.create_instance_profile(InstanceProfileName="r")
    iam.add_role_to_instance_profile(InstanceProfileName="r", RoleName="r")
    assert refusal(iam.delete_role, RoleName="r") == (
        "DeleteConflict",
        "Cannot delete entity, must remove roles from instance profile first.",
    )
    iam.remove_role_from_instance_profile(InstanceProfileName="r", RoleName="r")
    iam.attach_role_policy(RoleName="r", PolicyArn=arn("policy/p"))
    iam.put_role_policy(RoleName="r", PolicyName="i", PolicyDocument=SOME)
    for text, undo in (
        ("Cannot delete entity, must detach all policies first.", iam.detach_role_policy),
        ("Cannot delete entity, must delete policies first.", None),
    ):
        assert refusal(iam.delete_role, RoleName="r") == ("DeleteConflict", text)
        if undo is not None:
            undo(RoleName="r", PolicyArn=arn("policy/p"))

    statement: dict[str, Any] = {"Effect": "Allow", "Principal": {"AWS": "*"}}
    for trust, text in (
        ("{", "This policy contains invalid Json"),
        (
            document(statement | {"Action": "s3:GetObject"}),
            "AssumeRole policy may only specify STS AssumeRole actions.",
        ),
        (
            document(statement | {"Action": "sts:AssumeRole", "Resource": "*"}),
            "Has prohibited field Resource",
        ),
    ):
        assert refusal(create, RoleName="t", AssumeRolePolicyDocument=trust) == (
            "MalformedPolicyDocument",
            text,
        )
    for boundary, expected in (
        ("not an arn of a policy", ("InvalidInput", "ARN not an arn of a policy is not valid.")),
        (
            arn("policy/gone"),
            ("NoSuchEntity", f"Scope ARN: {arn('policy/gone')} does not exist or is not attachable."),
        ),
    ):
        given = {"PermissionsBoundary": boundary}
        assert refusal(create, RoleName="t", AssumeRolePolicyDocument=TRUST, **given) == expected
        assert refusal(iam.put_role_permissions_boundary, RoleName="r", **given) == expected


@pytest.mark.parametrize("of", ["user", "role"])
def test_facts_38_and_39_tags(root: Actor, of: str) -> None:
    iam = root.iam
    made(iam)
    named = {"UserName": "bob"} if of == "user" else {"RoleName": "r"}
    tag, untag = getattr(iam, f"tag_{of}"), getattr(iam, f"untag_{of}")
    assert refusal(tag, **named, Tags=wire(("a", "1"), ("A", "2"))) == ("InvalidInput", CASELESS)
    many = [(f"k{number}", "v") for number in range(51)]
    most = "Member must have length less than or equal to 50"
    assert refusal(tag, **named, Tags=wire(*many)) == violation("tags", most)
    assert refusal(untag, **named, TagKeys=[key for key, _ in many]) == violation("tagKeys", most)


def test_fact_40_attachments(root: Actor) -> None:
    iam = root.iam
    made(iam)
    gone, wrong = arn("policy/gone"), "not an arn of a policy"
    for of, named in (("role", {"RoleName": "r"}), ("user", {"UserName": "bob"})):
        attach, detach = getattr(iam, f"attach_{of}_policy"), getattr(iam, f"detach_{of}_policy")
        assert refusal(attach, **named, PolicyArn=wrong) == ("ValidationError", f"ARN {wrong} is not valid.")
        assert refusal(attach, **named, PolicyArn=gone) == (
            "NoSuchEntity",
            f"Policy {gone} does not exist or is not attachable.",
        )
        assert refusal(detach, **named, PolicyArn=arn("policy/p")) == (
            "NoSuchEntity",
            f"Policy {arn('policy/p')} was not found.",
        )
